//! The store in S3 keeps the laws of every store, on a server that nobody here wrote.

#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::json;
use zw_remote::S3;
use zw_state::testing::{Place, begin, row};
use zw_state::{Actor, Backend, RunKind, RunStatus, Store, StoreError, Write};
use zw_testing::{Emulator, FaultProxy, Kind};

const BUCKET: &str = "states-of-zw";

static MOTO: OnceLock<Option<Emulator>> = OnceLock::new();

/// The address of moto with a bucket in it.
fn endpoint() -> Option<&'static str> {
    let moto = MOTO.get_or_init(|| {
        let moto = Emulator::start(Kind::Moto)?;
        moto.create_bucket(BUCKET);
        Some(moto)
    });
    moto.as_ref().map(|moto| moto.endpoint.as_str())
}

fn configured(endpoint: &str, key: &str) -> S3 {
    S3 {
        bucket: BUCKET.to_owned(),
        key: key.to_owned(),
        region: Some("us-east-1".to_owned()),
        endpoint: Some(endpoint.to_owned()),
        access_key: Some("test".to_owned()),
        secret_key: Some("test".to_owned()),
        max_retries: Some(1),
        ..S3::default()
    }
}

fn backend(endpoint: &str, key: &str) -> Arc<dyn Backend> {
    configured(endpoint, key).open(Actor::of_this_process()).unwrap()
}

/// A key of its own for each state.
struct Key(Arc<dyn Backend>);

impl Key {
    fn find() -> Option<Self> {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let key = format!("a/ü {}/terraform.tfstate", LAST.fetch_add(1, Ordering::Relaxed));
        Some(Self(backend(endpoint()?, &key)))
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
    let Some(endpoint) = endpoint() else { return };
    let backend = backend(endpoint, "workspaces/terraform.tfstate");
    assert_eq!(backend.workspaces().await.unwrap(), ["default"]);
    backend.create("dev").await.unwrap();
    backend.create("dev").await.unwrap();
    assert_eq!(backend.workspaces().await.unwrap(), ["default", "dev"]);
    let dev = backend.store("dev").unwrap();
    assert_eq!(dev.runs(9).await.unwrap().len(), 1);
    let session = begin(&*dev).await;
    session.write(vec![Write::Put(row("a.b"))]).await.unwrap();
    assert!(matches!(backend.delete("dev").await, Err(StoreError::Held(_))));
    session.end(RunStatus::Done).await.unwrap();
    assert_eq!(backend.store("default").unwrap().snapshot().await.unwrap().resources.len(), 0);
    backend.delete("dev").await.unwrap();
    assert_eq!(backend.workspaces().await.unwrap(), ["default"]);
    assert!(backend.store("dev").unwrap().snapshot().await.unwrap().resources.is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_the_place_is_said() {
    let Some(endpoint) = endpoint() else { return };
    let missing = S3 { bucket: "there-is-none".to_owned(), ..configured(endpoint, "k") };
    let missing = missing.open(Actor::of_this_process()).unwrap().store("default").unwrap();
    let error = missing.snapshot().await.unwrap_err().to_string();
    assert!(error.contains("s3://there-is-none/k"), "{error}");
    assert!(error.contains("NoSuchBucket") && error.contains("Create the bucket"), "{error}");

    let nobody = backend("http://127.0.0.1:9", "k").store("default").unwrap();
    let error =
        nobody.begin(RunKind::Apply, Duration::ZERO).await.map(drop).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot list s3://{BUCKET}/k: ")), "{error}");
    assert!(error.contains("onnection refused"), "{error}");
}

/// A proxy stands before the service and cuts connections: before it has the request, in the middle of it, and after it
/// has done what was asked.
#[tokio::test]
async fn what_was_acknowledged_is_there_however_connections_are_cut() {
    let Some(endpoint) = endpoint() else { return };
    let moto = MOTO.get().and_then(Option::as_ref).unwrap();
    let proxy = FaultProxy::before(moto);
    let faults = [
        json!({ "reset": true }),
        json!({ "request": { "cut_upload": { "after_bytes": 100 } } }),
        json!({ "response": { "abort_bytes": 0 } }),
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let key = format!("cut/{number}");
        let mut rule = json!({ "service": "s3", "operation": "PutObject" });
        rule["sequence"] = json!({ "fail": 1, "pass": 2 });
        rule.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
        let already = proxy.fired().len();
        proxy.set_rules(&json!([rule]));
        let session = begin(&*backend(&proxy.endpoint, &key).store("default").unwrap()).await;
        for number in 0..12 {
            let mut row = row(&format!("a.b[{number}]"));
            // So long that there is a middle.
            row.attributes =
                format!("\"{}\"", u128::from(session.run().0).pow(2)).repeat(100).into();
            session.write(vec![Write::Put(row)]).await.unwrap();
        }
        session.end(RunStatus::Done).await.unwrap();
        proxy.set_rules(&json!([]));
        assert!(proxy.fired().len() > already + 4, "{fault}: {:?}", proxy.counts());
        let store = backend(endpoint, &key).store("default").unwrap();
        assert_eq!(store.snapshot().await.unwrap().resources.len(), 12);
        let runs = store.runs(9).await.unwrap();
        assert_eq!((runs.len(), runs[0].changes, runs[0].status), (1, [12, 0, 0], RunStatus::Done));
    }
}
