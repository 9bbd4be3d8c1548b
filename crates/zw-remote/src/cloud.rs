//! Buckets of the clouds, as backends: how their clients are made, and where states are in them.

use std::sync::{Arc, Once};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{BackoffConfig, Certificate, ClientOptions, Error, ObjectStore, RetryConfig};
use zw_state::{Actor, Backend, DEFAULT_WORKSPACE, RunKind, RunStatus, Store, StoreError};

use crate::bucket::{Bucket, BucketStore, Place};
use crate::io::Io;

/// What ends the names of everything of one state.
pub(crate) const SUFFIX: &str = ".zw";

/// Where the states of workspaces are, after the manner of Terraform's backends: each is given by the object in
/// which Terraform would keep it.
#[derive(Clone, Debug)]
pub(crate) enum Naming {
    /// `key`, and `PREFIX/WORKSPACE/key`.
    S3 { key: String, prefix: String },
    /// `PREFIX/WORKSPACE.tfstate`.
    Gcs { prefix: String },
    /// `key`, and `keyenv:WORKSPACE`.
    Azure { key: String },
}

impl Naming {
    fn object(&self, workspace: &str) -> String {
        let is_default = workspace == DEFAULT_WORKSPACE;
        match self {
            Self::S3 { key, .. } | Self::Azure { key } if is_default => key.clone(),
            Self::S3 { key, prefix } => format!("{prefix}/{workspace}/{key}"),
            Self::Gcs { prefix } => format!("{prefix}/{workspace}.tfstate"),
            Self::Azure { key } => format!("{key}env:{workspace}"),
        }
    }

    /// What directories of workspaces are in.
    fn parent(&self) -> &str {
        match self {
            Self::S3 { prefix, .. } | Self::Gcs { prefix } => prefix,
            Self::Azure { key } => key.rsplit_once('/').map_or("", |(parent, _)| parent),
        }
    }

    /// The workspace that a directory in there is of.
    fn workspace<'d>(&self, directory: &'d str) -> Option<&'d str> {
        match self {
            Self::S3 { .. } => Some(directory),
            Self::Gcs { .. } => directory.strip_suffix(SUFFIX)?.strip_suffix(".tfstate"),
            Self::Azure { key } => {
                let name = key.rsplit_once('/').map_or(key.as_str(), |(_, name)| name);
                directory.strip_suffix(SUFFIX)?.strip_prefix(name)?.strip_prefix("env:")
            }
        }
    }
}

/// States in one bucket.
pub(crate) struct BucketBackend {
    objects: Arc<dyn ObjectStore>,
    /// The bucket, as `s3://bucket`.
    place: String,
    naming: Naming,
    actor: Actor,
    io: Io,
}

impl BucketBackend {
    /// States in a bucket, for which a client is made on the threads that will use it.
    pub(crate) fn new(
        place: String,
        naming: Naming,
        actor: Actor,
        client: impl FnOnce() -> object_store::Result<Arc<dyn ObjectStore>>,
    ) -> Result<Self, StoreError> {
        use_ring();
        let io = Io::new()?;
        let made = {
            let _here = io.handle().enter();
            client()
        };
        let objects = made.map_err(|error| Place(place.clone()).fault("use", &error))?;
        Ok(Self { objects, place, naming, actor, io })
    }

    fn bucket(&self, workspace: &str) -> Bucket {
        let object = self.naming.object(workspace);
        let place = Place(format!("{}/{object}", self.place));
        Bucket::new(self.objects.clone(), place, Path::from(object))
    }

    fn bucket_store(&self, workspace: &str) -> BucketStore {
        BucketStore::new(self.bucket(workspace), self.actor.clone(), self.io.clone())
    }
}

#[async_trait]
impl Backend for BucketBackend {
    fn store(&self, workspace: &str) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(self.bucket_store(workspace)))
    }

    async fn workspaces(&self) -> Result<Vec<String>, StoreError> {
        let (objects, naming) = (self.objects.clone(), self.naming.clone());
        let place = Place(self.place.clone());
        self.io
            .run(async move {
                let fault = |error: Error| place.fault("list", &error);
                let parent = Path::from(naming.parent());
                let listed = objects.list_with_delimiter(Some(&parent)).await.map_err(fault)?;
                let mut names = vec![DEFAULT_WORKSPACE.to_owned()];
                for directory in &listed.common_prefixes {
                    let Some(name) = directory.filename().and_then(|name| naming.workspace(name))
                    else {
                        continue;
                    };
                    let root = Path::from(format!("{}{SUFFIX}", naming.object(name)));
                    let first = objects.list(Some(&root)).try_next().await.map_err(fault)?;
                    if first.is_some() && name != DEFAULT_WORKSPACE {
                        names.push(name.to_owned());
                    }
                }
                names.sort_unstable();
                Ok(names)
            })
            .await
    }

    async fn create(&self, workspace: &str) -> Result<(), StoreError> {
        let store = self.bucket_store(workspace);
        if store.runs(1).await?.is_empty() {
            let session = store.begin(RunKind::Edit, Duration::ZERO).await?;
            session.end(RunStatus::Done).await?;
        }
        Ok(())
    }

    async fn delete(&self, workspace: &str) -> Result<(), StoreError> {
        let session = self.bucket_store(workspace).begin(RunKind::Edit, Duration::ZERO).await?;
        let (objects, bucket) = (self.objects.clone(), self.bucket(workspace));
        let deleted = self.io.run(async move { bucket.delete_all(&*objects).await }).await;
        // Giving back what is not there any more takes a moment, and makes nothing.
        drop(session);
        deleted
    }
}

impl Bucket {
    async fn delete_all(&self, objects: &dyn ObjectStore) -> Result<(), StoreError> {
        let paths = objects.list(Some(&self.root_path())).map_ok(|meta| meta.location).boxed();
        let mut deleted = objects.delete_stream(paths);
        while let Some(outcome) = deleted.next().await {
            match outcome {
                Ok(_) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(self.place().fault("delete", &error)),
            }
        }
        Ok(())
    }
}

/// Chooses the cryptography of TLS for this program, as everything else in it has it.
pub(crate) fn use_ring() {
    static ONCE: Once = Once::new();
    // It is an error if somebody has chosen before, and then it is chosen.
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

/// How a service is connected to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connection {
    /// Whether any certificate will do.
    pub(crate) insecure: bool,
    /// A file with certificates besides those of the system.
    pub(crate) ca_file: Option<String>,
}

impl Connection {
    pub(crate) fn options(&self, endpoint: Option<&str>) -> object_store::Result<ClientOptions> {
        let is_plain = endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));
        let mut options = ClientOptions::new()
            .with_allow_http(is_plain)
            .with_allow_invalid_certificates(self.insecure)
            .with_connect_timeout(Duration::from_secs(5))
            .with_timeout(Duration::from_mins(2));
        if let Some(file) = &self.ca_file {
            let pem = std::fs::read(file).map_err(|error| Error::Generic {
                store: "certificates",
                source: format!("{file}: {error}").into(),
            })?;
            for certificate in Certificate::from_pem_bundle(&pem)? {
                options = options.with_root_certificate(certificate);
            }
        }
        Ok(options)
    }
}

/// How often a request is tried that fails on the way or is throttled. Writes of segments are tried for longer than
/// that by themselves.
pub(crate) fn retries(max_retries: Option<usize>) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(5),
            base: 2.0,
        },
        max_retries: max_retries.unwrap_or(5),
        retry_timeout: Duration::from_mins(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_where_terraform_would_keep_them() {
        let s3 = Naming::S3 { key: "a/b.tfstate".to_owned(), prefix: "env:".to_owned() };
        let gcs = Naming::Gcs { prefix: "p/q".to_owned() };
        let azure = Naming::Azure { key: "a/b.tfstate".to_owned() };
        assert_eq!(s3.object("default"), "a/b.tfstate");
        assert_eq!(s3.object("dev"), "env:/dev/a/b.tfstate");
        assert_eq!(gcs.object("default"), "p/q/default.tfstate");
        assert_eq!(gcs.object("dev"), "p/q/dev.tfstate");
        assert_eq!(azure.object("dev"), "a/b.tfstateenv:dev");
        assert_eq!(azure.workspace("b.tfstateenv:dev.zw"), Some("dev"));
        assert_eq!(azure.workspace("b.tfstate.zw"), None);
        assert_eq!(gcs.workspace("dev.tfstate.zw"), Some("dev"));
        assert_eq!(gcs.workspace("dev.tfstate"), None);
    }
}
