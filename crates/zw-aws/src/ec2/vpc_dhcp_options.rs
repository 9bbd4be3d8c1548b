//! `aws_vpc_dhcp_options`: what instances of a VPC are told of names and time.

use zw_lang::Type;
use zw_provider::schema::Schema;

use crate::toolkit::{computed, list_of_strings, optional, tag_attributes};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "What instances of a VPC are told of names and time.",
        [
            computed("id", Type::String, "The id of the set of options."),
            computed("arn", Type::String, "The ARN of the set of options."),
            computed("owner_id", Type::String, "The account that owns the set of options."),
            optional("domain_name", Type::String, "The domain of names without one.").force_new(),
            optional("domain_name_servers", list_of_strings(), "Name servers.").force_new(),
            optional(
                "ipv6_address_preferred_lease_time",
                Type::String,
                "After how many seconds an IPv6 address is renewed.",
            )
            .force_new(),
            optional("netbios_name_servers", list_of_strings(), "NetBIOS name servers.")
                .force_new(),
            optional("netbios_node_type", Type::String, "The NetBIOS node type: 1, 2, 4 or 8.")
                .force_new(),
            optional("ntp_servers", list_of_strings(), "Time servers.").force_new(),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [],
    )
    .import_id("id")
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::time::Duration;

    use aws_sdk_ec2::types::{
        AttributeValue, DhcpConfiguration, DhcpOptions as Description, Filter,
        NewDhcpConfiguration, ResourceType as Kind,
    };

    use crate::ec2::describe_by_id;
    use crate::ec2::live::{
        FoundBy, bearer, filter, id_of, once, pairs, retag, tags_of_new, token_filter,
    };
    use crate::toolkit::prelude::*;
    use crate::toolkit::read_batched;

    /// How long a VPC that left the set a moment ago may still be counted.
    const DELETE_TIMEOUT: Duration = Duration::from_mins(3);

    /// Our names and those of EC2. Source: `CreateDhcpOptions`, EC2 API 2016-11-15.
    const OPTIONS: [(&str, &str); 6] = [
        ("domain_name", "domain-name"),
        ("domain_name_servers", "domain-name-servers"),
        ("ipv6_address_preferred_lease_time", "ipv6-address-preferred-lease-time"),
        ("netbios_name_servers", "netbios-name-servers"),
        ("netbios_node_type", "netbios-node-type"),
        ("ntp_servers", "ntp-servers"),
    ];

    pub(in crate::ec2) struct VpcDhcpOptions;

    #[async_trait]
    impl ResourceType for VpcDhcpOptions {
        const NAME: &'static str = "aws_vpc_dhcp_options";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let options = OPTIONS.iter().filter_map(|(name, key)| {
                let values = match new.planned.text(name) {
                    Some(text) => vec![text],
                    None => new.planned.texts(name)?,
                };
                let option = NewDhcpConfiguration::builder().key(*key);
                Some(option.set_values(Some(values)).build())
            });
            let call = client.ec2().create_dhcp_options();
            let call = call.set_dhcp_configurations(Some(options.collect()));
            let tags = tags_of_new(client, Kind::DhcpOptions, new, FoundBy::Tag);
            let call = call.set_tag_specifications(tags).customize().config_override(once());
            let answer = call.send().await.of("ec2:CreateDhcpOptions");
            let answer = answer.map(|answer| answer.dhcp_options?.dhcp_options_id);
            id_of(answer, self.find(client, new)).await
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let id = View::new(known).str_or_empty("id");
            let found = describe(client, filter("dhcp-options-id", [id])).await?.remove(id);
            Ok(found.map(|found| object(client, known, &found)))
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let find = |ids| describe(client, filter("dhcp-options-id", ids));
            let build = |known: &Value, found: &Description| Some(object(client, known, found));
            read_batched(requests, "id", find, build).await
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            retag(client, object.str_or_empty("id"), tags).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.ec2().delete_dhcp_options();
            let call = call.dhcp_options_id(object.str_or_empty("id"));
            call.send().await.of("ec2:DeleteDhcpOptions").map(drop)
        }

        fn deletion_timeout(&self, _: View<'_>) -> Duration {
            DELETE_TIMEOUT
        }

        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let found = describe(client, token_filter(new.token)).await?;
            Ok(bearer(found, new.token, Description::tags))
        }
    }

    async fn describe(
        client: &AwsClients,
        filter: Filter,
    ) -> OpResult<HashMap<String, Description>> {
        describe_by_id!(
            client,
            describe_dhcp_options,
            "ec2:DescribeDhcpOptions",
            dhcp_options_id,
            filter
        )
    }

    fn object(client: &AwsClients, known: &Value, found: &Description) -> Value {
        let id = found.dhcp_options_id().unwrap_or_default();
        let owner = found.owner_id().unwrap_or_default();
        let mut draft = Draft::from(known);
        draft
            .set("id", id)
            .set("arn", client.arn_of("ec2", owner, &format!("dhcp-options/{id}")))
            .set("owner_id", owner);
        for (name, key) in OPTIONS {
            let mut options = found.dhcp_configurations().iter();
            let option = options.find(|option| option.key() == Some(key));
            let values = option.map(DhcpConfiguration::values).unwrap_or_default();
            let values: Vec<&str> = values.iter().filter_map(AttributeValue::value).collect();
            if name.ends_with("_servers") {
                draft.texts(name, values);
            } else {
                draft.set(name, values.first().copied());
            }
        }
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }
}
