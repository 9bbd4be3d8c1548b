//! `aws_subnets` (data source): ids of subnets.

use zw_lang::Type;
use zw_provider::schema::Schema;

use super::filters::{filter_blocks, tags};
use crate::toolkit::{computed, list_of_strings};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "Ids of subnets.",
        [
            computed("id", Type::String, "The region."),
            computed("ids", list_of_strings(), "The ids of the subnets."),
            tags(),
        ],
        filter_blocks(),
    )
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use async_trait::async_trait;
    use zw_lang::{Type, Value};
    use zw_provider::{DataSource, OpResult, View};

    use crate::ec2::filters::live::filters;
    use crate::toolkit::{Answer, AwsClients, Draft, strings_list};

    pub(in crate::ec2) struct Subnets;

    #[async_trait]
    impl DataSource<AwsClients> for Subnets {
        async fn read(&self, client: &AwsClients, config: &Value) -> OpResult<Value> {
            let call = client.ec2().describe_subnets();
            let call = call.set_filters(filters(View::new(config), &[]));
            let found = call.into_paginator().items().send().try_collect().await;
            let found = found.of("ec2:DescribeSubnets")?;
            let mut ids: Vec<String> =
                found.into_iter().filter_map(|subnet| subnet.subnet_id).collect();
            // The API gives them in another order each time, which would look like a change.
            ids.sort_unstable();
            let mut draft = Draft::answering(config);
            draft.set("id", client.region.as_str()).set("ids", strings_list(ids));
            let no_tags = Value::map(Type::String, Vec::<(String, Value)>::new());
            if config.get("tags").is_none_or(Value::is_null) {
                draft.set("tags", no_tags);
            }
            Ok(draft.finish())
        }
    }
}
