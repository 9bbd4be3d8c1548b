//! Providers that panic. What goes wrong in one operation is an error of its object, and everything else goes on.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use zw_lang::{Diagnostic, Diagnostics, Value};
use zw_provider::{
    ConfigureRequest, Connection, CreateRequest, Created, DataRequest, DeleteRequest, Imported,
    OpError, OpErrorKind, OpResult, Provider, ReadRequest, UpdateRequest,
};

/// Configures a provider. What it gives never panics.
pub(crate) async fn configure(
    provider: &dyn Provider,
    request: ConfigureRequest,
) -> Result<Arc<dyn Connection>, Diagnostics> {
    match caught(provider.configure(request)).await {
        Ok(configured) => Ok(Arc::new(Guarded(configured?))),
        Err(words) => Err(Diagnostic::error("A provider stopped unexpectedly", words).into()),
    }
}

/// What a future gives, or what is to be said of its panic.
///
/// What it was working on is not looked at again: its own state went with it, and what others share with it is either
/// behind locks, whose poison they see or pass over knowingly, or a service's.
pub(crate) async fn caught<T>(work: impl Future<Output = T>) -> Result<T, String> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|panic| words(&*panic))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let said = said.map(|said| format!(": {}", said.trim_end_matches('.'))).unwrap_or_default();
    format!("It stopped unexpectedly{said}. This is a bug in zw.")
}

/// A connection whose panics are errors.
struct Guarded(Arc<dyn Connection>);

/// Nobody knows how far it came: an operation that may have created something stays in the journal.
fn in_doubt(words: String) -> OpError {
    OpError::new(OpErrorKind::Unreachable, words)
}

fn failed(words: String) -> OpError {
    OpError::new(OpErrorKind::Other, words)
}

#[async_trait]
impl Connection for Guarded {
    async fn read(
        &self,
        type_name: &str,
        requests: Vec<ReadRequest>,
    ) -> Vec<OpResult<Option<Value>>> {
        let count = requests.len();
        match caught(self.0.read(type_name, requests)).await {
            Ok(answers) => answers,
            Err(words) => vec![Err(failed(words)); count],
        }
    }

    async fn create(&self, type_name: &str, request: CreateRequest) -> Created {
        match caught(self.0.create(type_name, request)).await {
            Ok(created) => created,
            Err(words) => Created::failed(in_doubt(words)),
        }
    }

    async fn update(&self, type_name: &str, request: UpdateRequest) -> OpResult<Value> {
        caught(self.0.update(type_name, request)).await.unwrap_or_else(|words| Err(in_doubt(words)))
    }

    async fn delete(&self, type_name: &str, request: DeleteRequest) -> OpResult<()> {
        caught(self.0.delete(type_name, request)).await.unwrap_or_else(|words| Err(in_doubt(words)))
    }

    async fn import(&self, type_name: &str, id: &str) -> OpResult<Imported> {
        caught(self.0.import(type_name, id)).await.unwrap_or_else(|words| Err(failed(words)))
    }

    async fn find(&self, type_name: &str, request: &CreateRequest) -> OpResult<Option<Value>> {
        caught(self.0.find(type_name, request)).await.unwrap_or_else(|words| Err(failed(words)))
    }

    fn region(&self) -> Option<&str> {
        self.0.region()
    }

    fn appearance(&self) -> Duration {
        self.0.appearance()
    }

    async fn read_data(&self, type_name: &str, request: DataRequest) -> OpResult<Value> {
        caught(self.0.read_data(type_name, request))
            .await
            .unwrap_or_else(|words| Err(failed(words)))
    }

    async fn open(&self, type_name: &str, request: DataRequest) -> OpResult<Value> {
        caught(self.0.open(type_name, request)).await.unwrap_or_else(|words| Err(failed(words)))
    }
}
