//! The provider itself: what it knows without credentials, and how it connects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use zw_lang::{Diagnostics, Function, ResourceMode, Value};
use zw_provider::schema::Schema;
use zw_provider::{
    Catalog, ConfigureRequest, Connection, OpError, OpResult, PermissionsRequest, PlanRequest,
    Planned, Provider,
};

/// How long it may take until an object that was created shows. EC2 calls itself eventually consistent without a
/// bound; seconds are usual.
///
/// Source: <https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html>
#[cfg(feature = "client")]
const APPEARANCE: std::time::Duration = std::time::Duration::from_secs(5);

/// The provider `aws`.
pub struct Aws {
    config_schema: Schema,
    catalog: Arc<Catalog>,
    functions: Vec<Function>,
    #[cfg(feature = "client")]
    operations: Arc<zw_provider::Operations<crate::AwsClients>>,
}

impl Aws {
    /// The provider, not connected to anything yet.
    pub fn new() -> Self {
        Self {
            config_schema: crate::config::schema(),
            catalog: crate::catalog(),
            functions: crate::functions::all(),
            #[cfg(feature = "client")]
            operations: Arc::new(crate::operations()),
        }
    }

    /// The types that it has.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }
}

impl Default for Aws {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Provider for Aws {
    fn name(&self) -> &'static str {
        "aws"
    }

    fn config_schema(&self) -> &Schema {
        &self.config_schema
    }

    fn identity_source(&self) -> Option<&'static str> {
        Some("aws_caller_identity")
    }

    fn functions(&self) -> &[Function] {
        &self.functions
    }

    fn resource_types(&self) -> &BTreeMap<&'static str, Schema> {
        &self.catalog.resource_types
    }

    fn data_sources(&self) -> &BTreeMap<&'static str, Schema> {
        &self.catalog.data_sources
    }

    fn plan(&self, type_name: &str, request: PlanRequest<'_>) -> OpResult<Planned> {
        self.catalog.plan(type_name, request)
    }

    fn read_pure_data(&self, type_name: &str, config: &Value) -> Option<OpResult<Value>> {
        self.catalog.read_pure(type_name, config)
    }

    fn permissions(&self, request: PermissionsRequest<'_>) -> Option<BTreeSet<String>> {
        if request.mode == ResourceMode::Data && self.catalog.is_pure(request.type_name) {
            return Some(BTreeSet::new());
        }
        crate::permissions::permissions(request)
    }

    fn validate(&self, type_name: &str, config: &Value) -> Vec<OpError> {
        self.catalog.validate(type_name, config)
    }

    #[cfg(feature = "client")]
    async fn configure(
        &self,
        request: ConfigureRequest,
    ) -> Result<Arc<dyn Connection>, Diagnostics> {
        let (catalog, traffic) = (self.catalog.clone(), request.traffic);
        let client = crate::AwsClients::connect(&request.config, catalog, traffic).await?;
        Ok(Arc::new(zw_provider::TypedConnection {
            region: Some(client.region.clone()),
            client,
            operations: self.operations.clone(),
            catalog: self.catalog.clone(),
            appearance: APPEARANCE,
        }))
    }

    #[cfg(not(feature = "client"))]
    async fn configure(
        &self,
        request: ConfigureRequest,
    ) -> Result<Arc<dyn Connection>, Diagnostics> {
        Err(zw_lang::Diagnostic::error(
            format!("{} cannot connect to AWS", request.address),
            "This zw was built without the AWS SDK. Use a build with the feature \"aws\", or work in the \
             simulated cloud with -simulate or `simulate = true`.",
        )
        .into())
    }
}
