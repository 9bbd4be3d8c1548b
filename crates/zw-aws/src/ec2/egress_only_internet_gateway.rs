//! `aws_egress_only_internet_gateway`: the way out of a VPC for IPv6, by which nobody comes in.

use zw_lang::Type;
use zw_provider::schema::Schema;

use crate::toolkit::{computed, required, tag_attributes};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "The way out of a VPC for IPv6, by which nobody comes in.",
        [
            computed("id", Type::String, "The gateway's id."),
            required("vpc_id", Type::String, "The VPC that the gateway is attached to.")
                .force_new(),
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

    use aws_sdk_ec2::types::{
        EgressOnlyInternetGateway as Description, Filter, ResourceType as Kind,
    };

    use crate::ec2::live::{
        FoundBy, bearer, by_ids, id_of, once, pairs, retag, tags_of_new, token_filter,
    };
    use crate::toolkit::prelude::*;
    use crate::toolkit::read_batched;

    pub(in crate::ec2) struct EgressOnlyInternetGateway;

    #[async_trait]
    impl ResourceType for EgressOnlyInternetGateway {
        const NAME: &'static str = "aws_egress_only_internet_gateway";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let call = client.ec2().create_egress_only_internet_gateway().client_token(new.token);
            let call = call.set_vpc_id(new.planned.string("vpc_id"));
            let tags = tags_of_new(client, Kind::EgressOnlyInternetGateway, new, FoundBy::Tag);
            let call = call.set_tag_specifications(tags).customize().config_override(once());
            let answer = call.send().await.of("ec2:CreateEgressOnlyInternetGateway");
            let answer = answer
                .map(|answer| answer.egress_only_internet_gateway?.egress_only_internet_gateway_id);
            id_of(answer, self.find(client, new)).await
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let id = View::new(known).str_or_empty("id");
            let found = describe(client, vec![id.to_owned()]).await?.remove(id);
            Ok(found.map(|found| object(client, known, &found)))
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let find = |ids| describe(client, ids);
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
            let call = client.ec2().delete_egress_only_internet_gateway();
            let call = call.egress_only_internet_gateway_id(object.str_or_empty("id"));
            call.send().await.of("ec2:DeleteEgressOnlyInternetGateway").map(drop)
        }

        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let found = all(client, Some(token_filter(new.token))).await?;
            Ok(bearer(found, new.token, Description::tags))
        }
    }

    /// There is no filter for ids, and of several ids one that does not exist fails the call: so several are looked for
    /// among all that there are.
    async fn describe(
        client: &AwsClients,
        ids: Vec<String>,
    ) -> OpResult<HashMap<String, Description>> {
        let operation = "ec2:DescribeEgressOnlyInternetGateways";
        let one = async |id: String| {
            let call = client.ec2().describe_egress_only_internet_gateways();
            let answer = call.egress_only_internet_gateway_ids(id).send().await;
            let found = answer.if_found(operation)?;
            Ok(found.and_then(|found| found.egress_only_internet_gateways?.into_iter().next()))
        };
        by_ids(client, operation, ids, one, async |_| all(client, None).await).await
    }

    async fn all(
        client: &AwsClients,
        filter: Option<Filter>,
    ) -> OpResult<HashMap<String, Description>> {
        let call = client.ec2().describe_egress_only_internet_gateways();
        let call = call.set_filters(filter.map(|filter| vec![filter]));
        let found = call.into_paginator().items().send().try_collect().await;
        let found = found.of("ec2:DescribeEgressOnlyInternetGateways")?.into_iter();
        let key = |found: &Description| found.egress_only_internet_gateway_id.clone();
        Ok(found.filter_map(|found| Some((key(&found)?, found))).collect())
    }

    fn object(client: &AwsClients, known: &Value, found: &Description) -> Value {
        let attached = found.attachments().first();
        let mut draft = Draft::from(known);
        draft
            .set("id", found.egress_only_internet_gateway_id())
            .set("vpc_id", attached.and_then(|attached| attached.vpc_id()));
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }
}
