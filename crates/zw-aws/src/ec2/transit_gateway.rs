//! `aws_ec2_transit_gateway`: where networks meet.

use zw_lang::Type;
use zw_provider::schema::{Attribute, Schema};

use crate::toolkit::validate::{one_of, word};
use crate::toolkit::{
    computed, optional, optional_computed, set_of_strings, tag_attributes, timeouts_block,
};

/// A switch of EC2's: `enable` or `disable`.
pub(super) fn switch(name: &'static str, default: &'static str, what: &'static str) -> Attribute {
    let is_one = |value: &zw_lang::Value| word(value, &["enable", "disable"]);
    optional(name, Type::String, what).default(default).validate(is_one)
}

pub(super) fn schema() -> Schema {
    Schema::new(
        "Where networks meet.",
        [
            computed("id", Type::String, "The transit gateway's id."),
            computed("arn", Type::String, "The transit gateway's ARN."),
            computed(
                "association_default_route_table_id",
                Type::String,
                "The route table that attachments use unless they are told otherwise.",
            ),
            computed("owner_id", Type::String, "The account that it belongs to."),
            computed(
                "propagation_default_route_table_id",
                Type::String,
                "The route table that attachments tell their routes to.",
            ),
            optional("amazon_side_asn", Type::Number, "Its number as an autonomous system.")
                .default(64_512),
            switch(
                "auto_accept_shared_attachments",
                "disable",
                "Whether attachments of other accounts are accepted.",
            ),
            switch(
                "default_route_table_association",
                "enable",
                "Whether attachments use the default route table.",
            ),
            switch(
                "default_route_table_propagation",
                "enable",
                "Whether attachments tell their routes to the default route table.",
            ),
            optional("description", Type::String, "What it is for."),
            switch("dns_support", "enable", "Whether names lead to private addresses."),
            optional("multicast_support", Type::String, "Whether one can speak to many.")
                .default("disable")
                .force_new()
                .validate(one_of!("enable", "disable")),
            switch(
                "security_group_referencing_support",
                "disable",
                "Whether rules can refer to security groups of other VPCs.",
            ),
            optional_computed(
                "transit_gateway_cidr_blocks",
                set_of_strings(),
                "Ranges of its own addresses.",
            ),
            switch("vpn_ecmp_support", "enable", "Whether VPN connections share traffic."),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [timeouts_block(&["create", "update", "delete"])],
    )
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::time::Duration;

    use aws_sdk_ec2::types::{
        Filter, ModifyTransitGatewayOptions, ResourceType as Kind, TransitGateway as Description,
        TransitGatewayRequestOptions, TransitGatewayState as State,
    };

    use crate::ec2::describe_by_id;
    use crate::ec2::live::{
        FoundBy, bearer, filter, id_of, once, pairs, retag, tags_of_new, token_filter,
    };
    use crate::toolkit::prelude::*;
    use crate::toolkit::{read_batched, timeouts};

    const TIMEOUT: Duration = Duration::from_mins(10);

    pub(in crate::ec2) struct TransitGateway;

    #[async_trait]
    impl ResourceType for TransitGateway {
        const NAME: &'static str = "aws_ec2_transit_gateway";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let planned = new.planned;
            let options = build!(
                TransitGatewayRequestOptions, planned,
                set_auto_accept_shared_attachments = word "auto_accept_shared_attachments",
                set_default_route_table_association = word "default_route_table_association",
                set_default_route_table_propagation = word "default_route_table_propagation",
                set_vpn_ecmp_support = word "vpn_ecmp_support",
                set_dns_support = word "dns_support",
                set_security_group_referencing_support = word "security_group_referencing_support",
                set_multicast_support = word "multicast_support",
                set_transit_gateway_cidr_blocks = texts "transit_gateway_cidr_blocks",
                set_amazon_side_asn = i64 "amazon_side_asn",
            );
            let call = client.ec2().create_transit_gateway().options(options);
            let call = call.set_description(planned.text("description"));
            let tags = tags_of_new(client, Kind::TransitGateway, new, FoundBy::Tag);
            let call = call.set_tag_specifications(tags).customize().config_override(once());
            let answer = call.send().await.of("ec2:CreateTransitGateway");
            let answer = answer.map(|answer| answer.transit_gateway?.transit_gateway_id);
            id_of(answer, self.find(client, new)).await
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            let timeout = timeouts(new.planned.value(), "create", TIMEOUT);
            until_available(client, id, timeout).await
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let found = get(client, View::new(known).str_or_empty("id")).await?;
            Ok(found.map(|found| object(client, known, &found)))
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let find = |ids| describe(client, filter("transit-gateway-id", ids));
            let build = |known: &Value, found: &Description| {
                (!is_gone(found)).then(|| object(client, known, found))
            };
            read_batched(requests, "id", find, build).await
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let (id, planned) = (change.id(), change.planned);
            let options = build!(
                ModifyTransitGatewayOptions, planned,
                set_auto_accept_shared_attachments = word "auto_accept_shared_attachments",
                set_default_route_table_association = word "default_route_table_association",
                set_default_route_table_propagation = word "default_route_table_propagation",
                set_vpn_ecmp_support = word "vpn_ecmp_support",
                set_dns_support = word "dns_support",
                set_security_group_referencing_support = word "security_group_referencing_support",
            );
            let mut options = options;
            options.add_transit_gateway_cidr_blocks = change.added("transit_gateway_cidr_blocks");
            options.remove_transit_gateway_cidr_blocks =
                change.dropped("transit_gateway_cidr_blocks");
            if change.of(&["amazon_side_asn"]) {
                options.amazon_side_asn = planned.i64("amazon_side_asn");
            }
            let call = client.ec2().modify_transit_gateway().transit_gateway_id(id);
            let call = call.set_description(planned.string("description")).options(options);
            call.send().await.of("ec2:ModifyTransitGateway")?;
            let timeout = timeouts(planned.value(), "update", TIMEOUT);
            until_available(client, id, timeout).await
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
            let id = object.str_or_empty("id");
            let timeout = timeouts(object.value(), "delete", TIMEOUT);
            // Attachments may be on their way off.
            let answer = Wait::new(format!("{id} to be free for its deletion"), timeout)
                .until_done(
                    |error| error.code.as_deref() == Some("IncorrectState"),
                    || async {
                        let call = client.ec2().delete_transit_gateway().transit_gateway_id(id);
                        call.send().await.if_found("ec2:DeleteTransitGateway")
                    },
                )
                .await?;
            if answer.is_none() {
                return Ok(());
            }
            Wait::new(format!("{id} to be deleted"), timeout)
                .until_gone(|| async {
                    let found = get(client, id).await?;
                    Ok(found.and_then(|found| found.state).map(|state| state.to_string()))
                })
                .await
        }

        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let mut found = describe(client, token_filter(new.token)).await?;
            found.retain(|_, found| !is_gone(found));
            Ok(bearer(found, new.token, Description::tags))
        }
    }

    async fn describe(
        client: &AwsClients,
        filter: Filter,
    ) -> OpResult<HashMap<String, Description>> {
        let operation = "ec2:DescribeTransitGateways";
        let _ = operation;
        describe_by_id!(
            client,
            describe_transit_gateways,
            "ec2:DescribeTransitGateways",
            transit_gateway_id,
            filter
        )
    }

    async fn get(client: &AwsClients, id: &str) -> OpResult<Option<Description>> {
        let found = describe(client, filter("transit-gateway-id", [id])).await?.remove(id);
        Ok(found.filter(|found| !is_gone(found)))
    }

    fn is_gone(found: &Description) -> bool {
        matches!(found.state(), Some(State::Deleted))
    }

    async fn until_available(client: &AwsClients, id: &str, timeout: Duration) -> OpResult<()> {
        Wait::new(format!("{id} to become available"), timeout)
            .until(|| async {
                let found = get(client, id).await?;
                Ok(match found.and_then(|found| found.state) {
                    Some(State::Available) => Progress::Ready(()),
                    Some(state) => Progress::Pending(state.to_string()),
                    None => Progress::Pending("not found".into()),
                })
            })
            .await
    }

    fn object(client: &AwsClients, known: &Value, found: &Description) -> Value {
        let mut draft = Draft::from(known);
        draft
            .set("id", found.transit_gateway_id())
            .set("arn", found.transit_gateway_arn())
            .set("owner_id", found.owner_id())
            .set("description", found.description());
        if let Some(options) = found.options() {
            draft
                .set("amazon_side_asn", options.amazon_side_asn())
                .set(
                    "association_default_route_table_id",
                    options.association_default_route_table_id(),
                )
                .set(
                    "propagation_default_route_table_id",
                    options.propagation_default_route_table_id(),
                )
                .word("auto_accept_shared_attachments", options.auto_accept_shared_attachments())
                .word("default_route_table_association", options.default_route_table_association())
                .word("default_route_table_propagation", options.default_route_table_propagation())
                .word("dns_support", options.dns_support())
                .word("multicast_support", options.multicast_support())
                .word("vpn_ecmp_support", options.vpn_ecmp_support())
                .texts("transit_gateway_cidr_blocks", options.transit_gateway_cidr_blocks());
            // Regions that do not have it do not speak of it.
            let referencing = options.security_group_referencing_support();
            let referencing = referencing.map_or("disable", |support| support.as_str());
            draft.set("security_group_referencing_support", referencing);
        }
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }
}
