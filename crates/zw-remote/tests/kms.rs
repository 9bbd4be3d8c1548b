//! States that are encrypted with keys of AWS KMS, on a server that nobody here wrote.

#![cfg(feature = "aws-kms")]
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_kms::config::{BehaviorVersion, Credentials, Region};
use zw_remote::AwsKms;
use zw_state::testing::{begin, row};
use zw_state::{
    Actor, KeySource, RunStatus, SealScope, SealedStore, Sealing, SqliteStore, Store, Write,
    open_file, seal_file,
};
use zw_testing::{Emulator, Kind};

const SECRET: &str = "hunter2-the-planted-secret";

/// A client that is not the one under test.
fn client(moto: &Emulator) -> aws_sdk_kms::Client {
    let credentials = Credentials::new("test", "test", None, None, "a test");
    let config = aws_sdk_kms::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(&moto.endpoint)
        .credentials_provider(credentials)
        .http_client(
            aws_smithy_http_client::Builder::new()
                .tls_provider(aws_smithy_http_client::tls::Provider::Rustls(
                    aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
                ))
                .build_https(),
        );
    aws_sdk_kms::Client::from_conf(config.build())
}

async fn new_key(client: &aws_sdk_kms::Client) -> String {
    client.create_key().send().await.unwrap().key_metadata.unwrap().arn.unwrap()
}

/// The region is that of the key.
fn source(moto: &Emulator, kms_key_id: &str) -> Arc<dyn KeySource> {
    AwsKms {
        kms_key_id: kms_key_id.to_owned(),
        endpoint: Some(moto.endpoint.clone()),
        access_key: Some("test".to_owned()),
        secret_key: Some("test".to_owned()),
        max_retries: Some(0),
        ..AwsKms::default()
    }
    .open()
}

fn store(path: &Path, source: &Arc<dyn KeySource>, former: &[Arc<dyn KeySource>]) -> SealedStore {
    let sealing = Sealing {
        source: source.clone(),
        fallbacks: former.to_vec(),
        scope: SealScope::All,
        enforced: true,
        holds_secrets: Arc::new(|_, _| false),
    };
    let inner = SqliteStore::new(path.join("state.db"), Actor::of_this_process());
    SealedStore::new(Arc::new(inner), Some(sealing))
}

#[tokio::test]
async fn a_state_is_read_by_who_may_ask_for_its_key_and_gets_another_one() {
    let Some(moto) = Emulator::start(Kind::Moto) else { return };
    let client = client(&moto);
    let (first, second) = (new_key(&client).await, new_key(&client).await);
    let (one, two) = (source(&moto, &first), source(&moto, &second));
    let dir = tempfile::tempdir().unwrap();

    let session = begin(&store(dir.path(), &one, &[])).await;
    let mut secret = row("a.b");
    secret.attributes = format!("{{\"password\":\"{SECRET}\"}}").into();
    session.write(vec![Write::Put(secret)]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    let bytes = std::fs::read(dir.path().join("state.db")).unwrap();
    let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has(&first) && !has(SECRET));

    // Another process asks for the key again, by an alias, too.
    let snapshot = store(dir.path(), &source(&moto, &first), &[]).snapshot().await.unwrap();
    assert!(snapshot.resources.values().any(|row| row.attributes.contains(SECRET)));
    client.create_alias().alias_name("alias/states").target_key_id(&first).send().await.unwrap();
    let by_alias = AwsKms {
        kms_key_id: "alias/states".to_owned(),
        region: Some("eu-west-1".to_owned()),
        endpoint: Some(moto.endpoint.clone()),
        access_key: Some("test".to_owned()),
        secret_key: Some("test".to_owned()),
        ..AwsKms::default()
    };
    assert_eq!(store(dir.path(), &by_alias.open(), &[]).snapshot().await.unwrap(), snapshot);

    // From one key to the other; then the first opens nothing any more.
    let refused = store(dir.path(), &two, &[]).snapshot().await.unwrap_err().to_string();
    assert!(refused.contains("AWS KMS does not decrypt the data key"), "{refused}");
    assert!(refused.contains(&second), "{refused}");
    let rotating = store(dir.path(), &two, std::slice::from_ref(&one));
    rotating.encrypt(Duration::ZERO).await.unwrap();
    assert_eq!(
        store(dir.path(), &two, &[]).snapshot().await.unwrap().resources,
        snapshot.resources
    );
    let refused = store(dir.path(), &one, &[]).snapshot().await.unwrap_err().to_string();
    assert!(refused.contains(&first), "{refused}");
}

#[tokio::test]
async fn what_is_wrong_with_the_key_is_said() {
    let Some(moto) = Emulator::start(Kind::Moto) else { return };
    let absent = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555";
    let absent = seal_file(&*source(&moto, absent), b"plan").await.unwrap_err().to_string();
    assert!(absent.contains("NotFoundException"), "{absent}");

    let one = source(&moto, &new_key(&client(&moto)).await);
    let sealed = seal_file(&*one, b"plan").await.unwrap();
    assert_eq!(open_file(&[&*one], &sealed).await.unwrap(), b"plan");
    let nobody = AwsKms {
        kms_key_id: "alias/states".to_owned(),
        region: Some("eu-west-1".to_owned()),
        endpoint: Some("http://127.0.0.1:9".to_owned()),
        access_key: Some("test".to_owned()),
        secret_key: Some("hush".to_owned()),
        max_retries: Some(0),
        ..AwsKms::default()
    };
    let error = open_file(&[&*nobody.open()], &sealed).await.unwrap_err().to_string();
    assert!(error.contains("onnection refused") && !error.contains("hush"), "{error}");
}
