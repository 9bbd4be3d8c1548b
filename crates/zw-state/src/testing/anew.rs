//! Laws of writing all that a store holds anew, and what tests of encryption share.

use std::sync::Arc;

use async_trait::async_trait;

use crate::model::{ResourceRow, RowKey, RunStatus, Snapshot, Write};
use crate::seal::{Key, KeySource, SEAL, SealScope, SealedStore, Sealing};
use crate::store::Store;
use crate::testing::{LONG, Place, begin, intent, output, row};

/// What must not be found anywhere.
pub const SECRET: &str = "hunter2-the-planted-secret";

/// A key that is always the same.
pub struct FixedKey(pub u8);

#[async_trait]
impl KeySource for FixedKey {
    fn kind(&self) -> &'static str {
        "fixed"
    }

    async fn new_key(&self) -> Result<(Key, serde_json::Value), String> {
        Ok((Key::new([self.0; 32]), serde_json::json!({})))
    }

    async fn key(&self, _: &serde_json::Value) -> Result<Key, String> {
        Ok(Key::new([self.0; 32]))
    }
}

/// A row that has it.
pub fn secret_row(address: &str) -> ResourceRow {
    let mut row = row(address);
    row.attributes = format!("{{\"password\":\"{SECRET}\"}}").into();
    row
}

/// A run that writes, overwrites and removes secrets, and leaves an operation in doubt.
pub async fn live(store: &dyn Store) {
    let session = begin(store).await;
    let mut secret_output = output("o", 0);
    secret_output.value = format!("\"{SECRET}\"").into();
    secret_output.ty = "\"string\"".into();
    let mut private = secret_row("aws_vpc.private");
    private.private = Some(SECRET.into());
    let writes = vec![
        Write::Put(secret_row("aws_vpc.kept")),
        Write::Put(secret_row("aws_vpc.gone")),
        Write::Put(private),
        Write::PutOutput(secret_output),
    ];
    session.write(writes).await.unwrap();
    let mut doubtful = intent("token", session.run(), "aws_vpc.doubtful");
    doubtful.request = format!("{{\"password\":\"{SECRET}\"}}").into();
    session.write(vec![Write::Begin(doubtful)]).await.unwrap();
    session.end(RunStatus::Failed).await.unwrap();
    let session = begin(store).await;
    let mut changed = secret_row("aws_vpc.kept");
    changed.schema_version = 7;
    let to = RowKey { address: "aws_vpc.private".into(), deposed: Some("00000001".into()) };
    let writes = vec![
        Write::Put(changed),
        Write::Remove(RowKey::current("aws_vpc.gone")),
        Write::Move(RowKey::current("aws_vpc.private"), to),
        Write::PutOutput(output("o", 2)),
    ];
    session.write(writes).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
}

/// All that there is and was, and what is in doubt.
pub async fn everything(store: &dyn Store) -> Vec<String> {
    let mut all = Vec::new();
    let mut note =
        |snapshot: Snapshot| all.push(format!("{:?} {:?}", snapshot.resources, snapshot.outputs));
    note(store.snapshot().await.unwrap());
    for run in store.runs(99).await.unwrap() {
        note(store.snapshot_at(Some(run.id)).await.unwrap());
    }
    let session = begin(store).await;
    all.push(format!("{:?}", session.in_doubt().await.unwrap()));
    session.end(RunStatus::Done).await.unwrap();
    all
}

fn sealed(store: Arc<dyn Store>, key: u8, former: Option<u8>) -> SealedStore {
    let fallbacks = former.into_iter().map(|key| Arc::new(FixedKey(key)) as Arc<dyn KeySource>);
    let sealing = Sealing {
        source: Arc::new(FixedKey(key)),
        fallbacks: fallbacks.collect(),
        scope: SealScope::All,
        enforced: true,
        holds_secrets: Arc::new(|_, _| false),
    };
    SealedStore::new(store, Some(sealing))
}

/// What there is, was and is in doubt means the same however it is encrypted, and is legible with the key only.
pub async fn all_of_it_is_encrypted_and_decrypted(place: &impl Place) {
    live(&*place.open()).await;
    let before = everything(&*place.open()).await;
    let versions = |store: Arc<dyn Store>| async move {
        store
            .versions(&[RowKey::current("aws_vpc.kept"), RowKey::current("aws_vpc.gone")])
            .await
            .unwrap()
    };
    let versions_before = versions(place.open()).await;
    let means_the_same = |after: &[String]| {
        assert_eq!(after[0], before[0]);
        assert!(before[1..].iter().all(|then| after.contains(then)), "{after:#?} and {before:#?}");
    };
    let is_legible = async || {
        let all = everything(&*place.open()).await;
        all.iter().any(|text| text.contains(SECRET))
    };
    assert!(is_legible().await);

    sealed(place.open(), 1, None).encrypt(LONG).await.unwrap();
    assert!(!is_legible().await);
    means_the_same(&everything(&sealed(place.open(), 1, None)).await);
    assert_eq!(versions(place.open()).await, versions_before);
    assert!(place.open().output(SEAL).await.unwrap().is_some());

    sealed(place.open(), 2, Some(1)).encrypt(LONG).await.unwrap();
    assert!(!is_legible().await);
    assert!(sealed(place.open(), 1, None).snapshot().await.is_err(), "the old key still opens it");
    means_the_same(&everything(&sealed(place.open(), 2, None)).await);

    // What cannot be opened is left as it is.
    assert!(sealed(place.open(), 3, None).encrypt(LONG).await.is_err());
    means_the_same(&everything(&sealed(place.open(), 2, None)).await);

    // It goes on as before.
    let store = sealed(place.open(), 2, None);
    let session = begin(&store).await;
    session.write(vec![Write::Put(secret_row("aws_vpc.later"))]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();

    sealed(place.open(), 2, None).decrypt(LONG).await.unwrap();
    let after = everything(&*place.open()).await;
    assert!(before[1..].iter().all(|then| after.contains(then)), "{after:#?} and {before:#?}");
    assert!(after[0].contains("aws_vpc.later") && after[0].contains(SECRET));
    assert_eq!(place.open().output(SEAL).await.unwrap(), None);
}
