//! `aws_region` (data source): the region of the provider, or another one.

use zw_lang::Type;
use zw_provider::schema::Schema;

use crate::toolkit::{computed, optional_computed};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "The region of the provider, or another one.",
        [
            optional_computed("id", Type::String, "The region's name."),
            optional_computed("name", Type::String, "The region's name."),
            optional_computed(
                "endpoint",
                Type::String,
                "The region's EC2 endpoint, without `https://`.",
            ),
            computed("description", Type::String, "Where the region is."),
        ],
        [],
    )
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use async_trait::async_trait;
    use zw_lang::{Path, Value};
    use zw_provider::{DataSource, OpError, OpResult, View};

    use crate::toolkit::{AwsClients, Draft, Given, dns_suffix, partition, region_description};

    pub(in crate::ec2) struct Region;

    #[async_trait]
    impl DataSource<AwsClients> for Region {
        async fn read(&self, client: &AwsClients, config: &Value) -> OpResult<Value> {
            let view = View::new(config);
            let of_endpoint = view.text("endpoint").map(|endpoint| {
                let region = endpoint.strip_prefix("ec2.").and_then(|rest| rest.split('.').next());
                region.map(str::to_owned).ok_or_else(|| {
                    let message = format!("{endpoint:?} is not an EC2 endpoint of a region.");
                    OpError::invalid(Path::attr_of_root("endpoint"), message)
                })
            });
            let name = match view.text("name") {
                Some(name) => name,
                None => of_endpoint.transpose()?.unwrap_or_else(|| client.region.clone()),
            };
            let suffix = dns_suffix(partition(&name));
            let mut draft = Draft::answering(config);
            draft
                .set("id", name.as_str())
                .set("name", name.as_str())
                .set("endpoint", format!("ec2.{name}.{suffix}"))
                .set_exactly("description", region_description(&name).unwrap_or_default());
            Ok(draft.finish())
        }
    }
}
