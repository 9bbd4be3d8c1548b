//! The simulated cloud, far away: requests and answers travel, whoever asks may die meanwhile, and somebody watches.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use zw_lang::{Diagnostics, Type, Value};
use zw_provider::schema::{Attribute, Block, Schema};
use zw_provider::{
    ConfigureRequest, Connection, CreateRequest, Created, DataRequest, DeleteRequest, Imported,
    OpResult, Output, PlanRequest, Planned, Provider, Provisioner, ReadRequest, UpdateRequest,
};
use zw_sim::{Fault, Faults, SimOptions, Simulated, Verb};

use crate::fate::{Fate, Process};
use crate::support::cloud::TestProvider;

/// How long a new object is not seen by others, at most.
const LAG_MAX_MILLIS: usize = 200;
/// How long a request or an answer is under way, at most.
const TRAVEL_MAX_MILLIS: usize = 40;

/// The provider `test` in a simulated cloud.
pub(crate) struct FarCloud {
    inner: Arc<Simulated>,
    fate: Fate,
    pub(crate) watch: Arc<Mutex<Watch>>,
}

/// What was seen.
#[derive(Default)]
pub(crate) struct Watch {
    /// Ids of objects whose provisioner has done its work.
    pub(crate) provisioned: BTreeSet<String>,
    /// Names that may go only after these, which refer to them.
    pub(crate) leave_last: BTreeMap<String, Vec<String>>,
    /// Creations and changes that have been begun.
    pub(crate) calls: usize,
    /// What broke a law.
    pub(crate) broken: Vec<String>,
}

impl FarCloud {
    pub(crate) fn new(fate: Fate) -> Self {
        let consistency_lag = fate.with(|chance| {
            if chance.one_in(2) { chance.millis(LAG_MAX_MILLIS) } else { Duration::ZERO }
        });
        let seed = fate.with(crate::chance::Chance::next);
        let options = SimOptions { always: true, seed, consistency_lag, ..SimOptions::in_memory() };
        let inner = Arc::new(TestProvider::new(Arc::default()));
        Self { inner: Arc::new(Simulated::new(inner, options)), fate, watch: Arc::default() }
    }

    /// Whether calls fail now and then.
    pub(crate) fn trouble(&self, is_on: bool) {
        let rates = if is_on { rates() } else { Vec::new() };
        self.inner.set_faults(Faults { rates, ..Faults::default() }).expect("it is in memory");
    }

    /// Everything that exists, in the order of creation.
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.inner.everything("test_thing").expect("it is in memory")
    }
}

fn rates() -> Vec<(Verb, Fault, f64)> {
    let mut rates = vec![(Verb::Read, Fault::Throttled, 0.02)];
    for verb in [Verb::Create, Verb::Update, Verb::Delete] {
        for fault in [Fault::Throttled, Fault::Internal, Fault::Unreachable] {
            rates.push((verb, fault, 0.02));
        }
        for fault in [Fault::LostAnswer, Fault::Timeout] {
            rates.push((verb, fault, 0.05));
        }
    }
    rates
}

/// A text attribute.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[async_trait]
impl Provider for FarCloud {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn config_schema(&self) -> &Schema {
        self.inner.config_schema()
    }

    fn resource_types(&self) -> &BTreeMap<&'static str, Schema> {
        self.inner.resource_types()
    }

    fn data_sources(&self) -> &BTreeMap<&'static str, Schema> {
        self.inner.data_sources()
    }

    fn plan(&self, type_name: &str, request: PlanRequest<'_>) -> OpResult<Planned> {
        self.inner.plan(type_name, request)
    }

    async fn configure(
        &self,
        request: ConfigureRequest,
    ) -> Result<Arc<dyn Connection>, Diagnostics> {
        let inner = self.inner.configure(request).await?;
        let process = self.fate.living();
        let (watch, cloud) = (self.watch.clone(), self.inner.clone());
        Ok(Arc::new(FarConnection { inner, process, watch, cloud }))
    }
}

struct FarConnection {
    inner: Arc<dyn Connection>,
    process: Process,
    watch: Arc<Mutex<Watch>>,
    cloud: Arc<Simulated>,
}

impl FarConnection {
    /// A request on its way to the cloud. One of a process that has died arrives, or is lost.
    async fn sent(&self, what: impl Fn() -> String) {
        self.process.point(what).await;
        self.process.wait(TRAVEL_MAX_MILLIS).await;
        if !self.process.lives() && self.process.fate().with(|chance| chance.one_in(2)) {
            std::future::pending::<()>().await;
        }
    }

    /// An answer on its way back.
    async fn answered(&self, what: impl Fn() -> String) {
        self.process.point(&what).await;
        self.process.wait(TRAVEL_MAX_MILLIS).await;
        self.process.point(|| format!("is answered: {}", what())).await;
    }

    fn watch(&self, look: impl FnOnce(&mut Watch)) {
        look(&mut self.watch.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn exists(&self, is_it: impl Fn(&Value) -> bool) -> bool {
        self.cloud.everything("test_thing").expect("it is in memory").iter().any(is_it)
    }

    /// What is linked to must be there.
    fn check_links(&self, object: &Value) {
        let missing = text(object, "link")
            .split_whitespace()
            .find(|id| id.starts_with("thing-") && !self.exists(|other| text(other, "id") == *id));
        self.watch(|watch| {
            watch.calls += 1;
            let broken = missing
                .map(|id| format!("{} refers to {id}, which does not exist", text(object, "name")));
            watch.broken.extend(broken);
        });
    }
}

#[async_trait]
impl Connection for FarConnection {
    async fn read(
        &self,
        type_name: &str,
        requests: Vec<ReadRequest>,
    ) -> Vec<OpResult<Option<Value>>> {
        self.sent(|| format!("reads {} objects", requests.len())).await;
        let answers = self.inner.read(type_name, requests.clone()).await;
        self.answered(|| "objects are read".to_owned()).await;
        answers
    }

    async fn create(&self, type_name: &str, request: CreateRequest) -> Created {
        let name = text(&request.planned, "name").to_owned();
        self.sent(|| format!("asks to create {name} ({})", request.token)).await;
        self.check_links(&request.planned);
        let created = self.inner.create(type_name, request).await;
        let outcome = format!(
            "{:?}, {}",
            created.error.as_ref().map(|error| error.kind),
            created.object.is_some()
        );
        // As a provider does, which ends a creation with reading the object.
        if let Some(prior) = &created.object {
            let again = || vec![ReadRequest { prior: prior.clone() }];
            while !matches!(self.inner.read(type_name, again()).await[..], [Ok(Some(_))]) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        self.answered(|| format!("{name} is created: {outcome}")).await;
        created
    }

    async fn update(&self, type_name: &str, request: UpdateRequest) -> OpResult<Value> {
        let name = text(&request.planned, "name").to_owned();
        self.sent(|| format!("asks to change {name}")).await;
        self.check_links(&request.planned);
        let changed = self.inner.update(type_name, request).await;
        self.answered(|| format!("{name} is changed: {:?}", changed.as_ref().err())).await;
        changed
    }

    async fn delete(&self, type_name: &str, request: DeleteRequest) -> OpResult<()> {
        let name = text(&request.prior, "name").to_owned();
        self.sent(|| format!("asks to delete {name} {}", text(&request.prior, "id"))).await;
        let id = text(&request.prior, "id");
        let users = self
            .watch
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .leave_last
            .get(&name)
            .cloned();
        for user in users.unwrap_or_default() {
            let refers = |other: &Value| {
                text(other, "name") == user
                    && text(other, "link").split_whitespace().any(|link| link == id)
            };
            if self.exists(refers) {
                let broken = format!("{name} is deleted before {user}, which refers to it");
                self.watch(|watch| watch.broken.push(broken));
            }
        }
        let deleted = self.inner.delete(type_name, request).await;
        self.answered(|| format!("{name} is deleted: {:?}", deleted.as_ref().err())).await;
        deleted
    }

    async fn import(&self, type_name: &str, id: &str) -> OpResult<Imported> {
        self.inner.import(type_name, id).await
    }

    async fn find(&self, type_name: &str, request: &CreateRequest) -> OpResult<Option<Value>> {
        self.sent(|| format!("looks for {}", request.token)).await;
        let found = self.inner.find(type_name, request).await;
        self.answered(|| {
            format!("{} is there: {:?}", request.token, found.as_ref().map(Option::is_some))
        })
        .await;
        found
    }

    fn appearance(&self) -> Duration {
        self.inner.appearance() + Duration::from_millis(TRAVEL_MAX_MILLIS as u64)
    }

    async fn read_data(&self, type_name: &str, request: DataRequest) -> OpResult<Value> {
        self.inner.read_data(type_name, request).await
    }
}

/// A provisioner that takes its time, fails, and dies with the process.
pub(crate) struct Setup {
    schema: Block,
    fate: Fate,
    watch: Arc<Mutex<Watch>>,
}

impl Setup {
    pub(crate) fn new(fate: Fate, watch: Arc<Mutex<Watch>>) -> Self {
        Self { schema: Block::new([Attribute::required("id", Type::String)], []), fate, watch }
    }
}

#[async_trait]
impl Provisioner for Setup {
    fn schema(&self) -> &Block {
        &self.schema
    }

    async fn run(&self, config: &Value, _: Option<&Value>, _: &Output<'_>) -> Result<(), String> {
        let id = text(config, "id").to_owned();
        let process = self.fate.living();
        process.point(|| format!("sets up {id}")).await;
        process.wait(TRAVEL_MAX_MILLIS).await;
        process.point(|| format!("has set up {id}")).await;
        if self.fate.strikes(20) {
            return Err("It failed.".to_owned());
        }
        self.watch.lock().unwrap_or_else(PoisonError::into_inner).provisioned.insert(id);
        Ok(())
    }
}
