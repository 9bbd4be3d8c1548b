//! `aws_route53_zone`: names in DNS that end alike.

use zw_lang::{Type, Value};
use zw_provider::schema::{Block, Equality, NestedBlock, Nesting, Schema};

use crate::toolkit::validate::length;
use crate::toolkit::{
    computed, list_of_strings, optional, optional_computed, required, tag_attributes,
    timeouts_block,
};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Names in DNS that end alike.",
        [
            computed("id", Type::String, "The zone's id."),
            computed("arn", Type::String, "The zone's ARN."),
            computed("name_servers", list_of_strings(), "Who answers for the zone."),
            computed("primary_name_server", Type::String, "The first of them."),
            computed("zone_id", Type::String, "The zone's id."),
            // Terraform's words, so that configurations and state carry over.
            optional("comment", Type::String, "What the zone is for.")
                .default("Managed by Terraform")
                .validate(length::<0, 256>),
            optional(
                "delegation_set_id",
                Type::String,
                "Name servers that several zones have in common.",
            )
            .force_new(),
            optional(
                "force_destroy",
                Type::Bool,
                "Whether records that are still in the zone are deleted with it.",
            )
            .default(false),
            required("name", Type::String, "The name.")
                .force_new()
                .equality(Equality::Custom(same_name))
                .validate(length::<1, 1024>),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [
            NestedBlock::new(
                "vpc",
                Nesting::Set,
                Block::new(
                    [
                        required("vpc_id", Type::String, "The VPC."),
                        optional_computed("vpc_region", Type::String, "The VPC's region."),
                    ],
                    [],
                ),
            )
            .describe("A VPC in which the zone is known; with one, it is known nowhere else."),
            timeouts_block(&["create", "update", "delete"]),
        ],
    )
    .import_id("zone_id")
}

/// A dot at the end of a name says nothing, nor do capital letters.
fn same_name(some: &Value, other: &Value) -> bool {
    let name =
        |value: &Value| value.as_str().map(|name| name.trim_end_matches('.').to_ascii_lowercase());
    name(some) == name(other)
}

#[cfg(feature = "route53")]
pub(super) mod live {
    use std::time::Duration;

    use aws_sdk_route53::operation::get_hosted_zone::GetHostedZoneOutput;
    use aws_sdk_route53::types::{
        Change as RecordChange, ChangeAction, DelegationSet, HostedZoneConfig, ResourceRecordSet,
        RrType, TagResourceType, Vpc, VpcRegion,
    };

    use crate::route53::bare;
    use crate::route53::live::{change, retag, tags_of, until_known, zone_of};
    use crate::route53::record::live::all_of;
    use crate::toolkit::prelude::*;
    use crate::toolkit::{partition, timeouts};

    const TIMEOUT: Duration = Duration::from_mins(30);

    pub(in crate::route53) struct Zone;

    #[async_trait]
    impl ResourceType for Zone {
        const NAME: &'static str = "aws_route53_zone";

        /// The token of the creation is the reference by which Route 53 tells that it is the same.
        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let planned = new.planned;
            let first = planned.blocks("vpc").next();
            let config = HostedZoneConfig::builder().set_comment(planned.text("comment"));
            let config = config.private_zone(first.is_some()).build();
            let call = client.route53().create_hosted_zone().caller_reference(new.token);
            let call = call.set_name(planned.string("name")).hosted_zone_config(config);
            let call = call.set_delegation_set_id(planned.text("delegation_set_id"));
            let call = call.set_vpc(first.map(|block| vpc(client, block)));
            let answer = call.send().await.of("route53:CreateHostedZone")?;
            Ok(bare(answer.hosted_zone.promised("zone")?.id()).to_owned())
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            let set = client.tags.wanted(new.planned.value()).into_iter().collect();
            let tags = TagChange { removed: Vec::new(), set };
            retag(client, TagResourceType::Hostedzone, id, tags).await?;
            let timeout = timeouts(new.planned.value(), "create", TIMEOUT);
            for block in new.planned.blocks("vpc").skip(1) {
                associate(client, id, block, timeout).await?;
            }
            Ok(())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let id = View::new(known).str_or_empty("id");
            let Some(found) = zone_of(client, id).await? else { return Ok(None) };
            let tags = tags_of(client, TagResourceType::Hostedzone, id).await?;
            let mut draft = object(client, known, id, &found);
            client.tags.show(&mut draft, pairs(&tags));
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let (id, planned) = (change.id(), change.planned);
            if change.of(&["comment"]) {
                let call = client.route53().update_hosted_zone_comment().id(id);
                let call = call.comment(planned.str_or_empty("comment"));
                call.send().await.of("route53:UpdateHostedZoneComment")?;
            }
            if change.of(&["vpc"]) {
                let timeout = timeouts(planned.value(), "update", TIMEOUT);
                let is_in = |all: View<'_>, block: View<'_>| {
                    all.blocks("vpc").any(|other| other.str("vpc_id") == block.str("vpc_id"))
                };
                // A private zone has one VPC at least, so the new ones come first.
                for block in planned.blocks("vpc").filter(|block| !is_in(change.prior, *block)) {
                    associate(client, id, block, timeout).await?;
                }
                for block in change.prior.blocks("vpc").filter(|block| !is_in(planned, *block)) {
                    let call = client.route53().disassociate_vpc_from_hosted_zone();
                    let call = call.hosted_zone_id(id).vpc(vpc(client, block));
                    let answer = call.send().await;
                    let answer = answer.if_found("route53:DisassociateVPCFromHostedZone")?;
                    let info = answer.and_then(|answer| answer.change_info);
                    until_known(client, info, timeout).await?;
                }
            }
            Ok(())
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            let id = object.str_or_empty("id");
            retag(client, TagResourceType::Hostedzone, id, tags).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let id = object.str_or_empty("id");
            if object.bool("force_destroy") == Some(true) {
                empty(client, id, object.str_or_empty("name")).await?;
            }
            let answer = client.route53().delete_hosted_zone().id(id).send().await;
            match answer.of("route53:DeleteHostedZone") {
                Err(error) if error.code.as_deref() == Some("HostedZoneNotEmpty") => {
                    let message = format!(
                        "There are records in the zone {id} that are not zw's. Delete them, or \
                         apply `force_destroy = true` before it is destroyed."
                    );
                    Err(OpError { message, ..error })
                }
                answer => answer.map(drop),
            }
        }

        /// A zone has the reference of its creation, and its name may be that of others.
        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let zones = client.route53().list_hosted_zones().into_paginator().items().send();
            let zones = zones.try_collect().await.of("route53:ListHostedZones")?;
            let ours = zones.iter().find(|zone| zone.caller_reference() == new.token);
            Ok(ours.map(|zone| bare(zone.id()).to_owned()))
        }
    }

    fn vpc(client: &AwsClients, block: View<'_>) -> Vpc {
        let region = block.word::<VpcRegion>("vpc_region");
        let region = region.unwrap_or_else(|| VpcRegion::from(client.region.as_str()));
        Vpc::builder().set_vpc_id(block.text("vpc_id")).vpc_region(region).build()
    }

    async fn associate(
        client: &AwsClients,
        zone: &str,
        block: View<'_>,
        timeout: Duration,
    ) -> OpResult<()> {
        let call = client.route53().associate_vpc_with_hosted_zone().hosted_zone_id(zone);
        let answer = call.vpc(vpc(client, block)).send().await;
        let info = answer.of("route53:AssociateVPCWithHostedZone")?.change_info;
        until_known(client, info, timeout).await
    }

    fn object(client: &AwsClients, known: &Value, id: &str, found: &GetHostedZoneOutput) -> Draft {
        let zone = found.hosted_zone();
        let set = found.delegation_set();
        let servers = set.map(DelegationSet::name_servers).unwrap_or_default();
        let mut servers: Vec<&String> = servers.iter().collect();
        servers.sort();
        let config = zone.and_then(|zone| zone.config());
        let mut draft = Draft::from(known);
        draft
            .set("id", id)
            .set("zone_id", id)
            .set("arn", format!("arn:{}:route53:::hostedzone/{id}", partition(&client.region)))
            .set("name", zone.map(|zone| zone.name().trim_end_matches('.')))
            .set("comment", config.and_then(|config| config.comment()))
            .set("delegation_set_id", set.and_then(|set| set.id()).map(bare))
            .set("primary_name_server", servers.first().copied())
            .texts("name_servers", servers)
            .each("vpc", found.vpcs(), |block, vpc| {
                block.set("vpc_id", vpc.vpc_id()).word("vpc_region", vpc.vpc_region());
            });
        draft
    }

    /// Deletes all records but those that a zone cannot be without.
    async fn empty(client: &AwsClients, zone: &str, name: &str) -> OpResult<()> {
        let own = name.trim_end_matches('.');
        let is_own = |record: &ResourceRecordSet| {
            matches!(record.r#type(), RrType::Ns | RrType::Soa)
                && record.name().trim_end_matches('.').eq_ignore_ascii_case(own)
        };
        let records = all_of(client, zone).await?;
        let records: Vec<_> = records.into_iter().filter(|record| !is_own(record)).collect();
        // Source: "Maximum characters and elements in ChangeResourceRecordSets requests", Route 53 Developer Guide.
        for chunk in records.chunks(100) {
            let deletions = chunk.iter().map(|record| {
                let change = RecordChange::builder().action(ChangeAction::Delete);
                change.resource_record_set(record.clone()).build().complete()
            });
            change(client, zone, deletions.collect::<OpResult<_>>()?).await?;
        }
        Ok(())
    }
}
