//! The store in Azure Storage keeps the laws of every store, on Microsoft's emulator.

#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use zw_remote::{Azurerm, Identity};
use zw_state::testing::{Place, begin, row};
use zw_state::{Actor, Backend, RunStatus, Store, Write};
use zw_testing::Azurite;

const CONTAINER: &str = "states";

static AZURITE: OnceLock<Option<Azurite>> = OnceLock::new();

fn backend(key: &str, account_key: &str) -> Option<Arc<dyn Backend>> {
    let azurite = AZURITE.get_or_init(|| Azurite::start(CONTAINER));
    let configured = Azurerm {
        storage_account_name: Azurite::ACCOUNT.to_owned(),
        container_name: CONTAINER.to_owned(),
        key: key.to_owned(),
        endpoint: Some(azurite.as_ref()?.endpoint.clone()),
        identity: Identity::AccessKey(account_key.to_owned()),
    };
    Some(configured.open(Actor::of_this_process()).unwrap())
}

/// A key of its own for each state.
struct Key(Arc<dyn Backend>);

impl Key {
    fn find() -> Option<Self> {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let key = format!("a/ü {}/terraform.tfstate", LAST.fetch_add(1, Ordering::Relaxed));
        backend(&key, Azurite::KEY).map(Self)
    }
}

impl Place for Key {
    fn open(&self) -> Arc<dyn Store> {
        self.0.store("default").unwrap()
    }
}

zw_state::store_laws!(where there is Key::find);

#[tokio::test]
async fn workspaces_have_states_of_their_own() {
    let Some(backend) = backend("w/terraform.tfstate", Azurite::KEY) else { return };
    backend.create("dev").await.unwrap();
    let session = begin(&*backend.store("dev").unwrap()).await;
    session.write(vec![Write::Put(row("a.b"))]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    assert_eq!(backend.workspaces().await.unwrap(), ["default", "dev"]);
    assert!(backend.store("default").unwrap().snapshot().await.unwrap().resources.is_empty());
    backend.delete("dev").await.unwrap();
    assert_eq!(backend.workspaces().await.unwrap(), ["default"]);
}

#[tokio::test]
async fn a_wrong_key_is_said_to_be_wrong() {
    let Some(backend) = backend("k", "d3Jvbmc=") else { return };
    let error = backend.store("default").unwrap().snapshot().await.unwrap_err().to_string();
    assert!(error.contains("Check the credentials"), "{error}");
    assert!(error.contains("azure://devstoreaccount1/states/k"), "{error}");
}
