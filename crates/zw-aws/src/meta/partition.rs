//! `aws_partition`: which of the separate parts of AWS the provider's region is in.

use zw_lang::Type;
use zw_provider::schema::Schema;

use crate::toolkit::computed;

pub(super) fn schema() -> Schema {
    Schema::new(
        "Which of the separate parts of AWS the provider's region is in.",
        [
            computed("id", Type::String, "The partition, as `aws`."),
            computed(
                "partition",
                Type::String,
                "The partition, as `aws`: the second part of ARNs.",
            ),
            computed("dns_suffix", Type::String, "The domain of its services, as `amazonaws.com`."),
            computed(
                "reverse_dns_prefix",
                Type::String,
                "The domain backwards, as the names of VPC endpoints begin.",
            ),
        ],
        [],
    )
}

#[cfg(feature = "client")]
pub(super) mod live {
    use async_trait::async_trait;
    use zw_lang::Value;
    use zw_provider::{DataSource, OpResult};

    use crate::toolkit::{AwsClients, Draft, dns_suffix, partition};

    pub(in crate::meta) struct Partition;

    #[async_trait]
    impl DataSource<AwsClients> for Partition {
        async fn read(&self, client: &AwsClients, config: &Value) -> OpResult<Value> {
            let partition = partition(&client.region);
            let suffix = dns_suffix(partition);
            let backwards: Vec<&str> = suffix.rsplit('.').collect();
            let mut draft = Draft::answering(config);
            draft
                .set("id", partition)
                .set("partition", partition)
                .set("dns_suffix", suffix)
                .set("reverse_dns_prefix", backwards.join("."));
            Ok(draft.finish())
        }
    }
}
