//! `aws_vpc_peering_connection`: a way between two VPCs.

use zw_lang::Type;
use zw_provider::schema::{Block, NestedBlock, Schema};

use crate::toolkit::{
    computed, optional, optional_computed, required, tag_attributes, timeouts_block,
};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "A way between two VPCs.",
        [
            computed("id", Type::String, "The connection's id."),
            computed("accept_status", Type::String, "Whether the other side has accepted it."),
            optional(
                "auto_accept",
                Type::Bool,
                "Whether to accept it, too; if both VPCs are in this account and region.",
            ),
            optional_computed("peer_owner_id", Type::String, "The account of the other VPC.")
                .force_new(),
            optional_computed("peer_region", Type::String, "The region of the other VPC.")
                .force_new(),
            required("peer_vpc_id", Type::String, "The other VPC.").force_new(),
            required("vpc_id", Type::String, "The VPC.").force_new(),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [
            side("accepter", "What the other VPC may do."),
            side("requester", "What this VPC may do."),
            timeouts_block(&["create", "update", "delete"]),
        ],
    )
    .import_id("id")
}

fn side(name: &'static str, description: &'static str) -> NestedBlock {
    let resolution = optional(
        "allow_remote_vpc_dns_resolution",
        Type::Bool,
        "Whether names of the other side lead to private addresses.",
    );
    NestedBlock::one(name, Block::new([resolution.default(false)], []))
        .computed()
        .describe(description)
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::time::Duration;

    use aws_sdk_ec2::types::{
        Filter, PeeringConnectionOptionsRequest, ResourceType as Kind,
        VpcPeeringConnection as Description, VpcPeeringConnectionOptionsDescription,
        VpcPeeringConnectionStateReasonCode as State, VpcPeeringConnectionVpcInfo,
    };

    use crate::ec2::describe_by_id;
    use crate::ec2::live::{
        FoundBy, bearer, filter, id_of, once, pairs, retag, tags_of_new, token_filter,
    };
    use crate::toolkit::prelude::*;
    use crate::toolkit::{read_batched, timeouts};

    const TIMEOUT: Duration = Duration::from_mins(1);

    pub(in crate::ec2) struct VpcPeeringConnection;

    #[async_trait]
    impl ResourceType for VpcPeeringConnection {
        const NAME: &'static str = "aws_vpc_peering_connection";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let call = fill!(
                client.ec2().create_vpc_peering_connection(), new.planned,
                set_vpc_id = string "vpc_id",
                set_peer_vpc_id = string "peer_vpc_id",
                set_peer_owner_id = text "peer_owner_id",
                set_peer_region = text "peer_region",
            );
            let tags = tags_of_new(client, Kind::VpcPeeringConnection, new, FoundBy::Tag);
            let call = call.set_tag_specifications(tags).customize().config_override(once());
            let answer = call.send().await.of("ec2:CreateVpcPeeringConnection");
            let answer =
                answer.map(|answer| answer.vpc_peering_connection?.vpc_peering_connection_id);
            id_of(answer, self.find(client, new)).await
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            let timeout = timeouts(new.planned.value(), "create", TIMEOUT);
            until(client, id, timeout, &[State::PendingAcceptance, State::Active]).await?;
            accept(client, id, new.planned, timeout).await?;
            let has_options = ["accepter", "requester"]
                .iter()
                .any(|side| allows(new.planned, side) == Some(true));
            if has_options { set_options(client, id, new.planned).await } else { Ok(()) }
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let id = View::new(known).str_or_empty("id");
            Ok(get(client, id).await?.map(|found| object(client, known, &found)))
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let find = |ids| describe(client, filter("vpc-peering-connection-id", ids));
            let build = |known: &Value, found: &Description| {
                (!is_gone(found)).then(|| object(client, known, found))
            };
            read_batched(requests, "id", find, build).await
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let timeout = timeouts(change.planned.value(), "update", TIMEOUT);
            accept(client, change.id(), change.planned, timeout).await?;
            if change.of(&["accepter", "requester"]) {
                set_options(client, change.id(), change.planned).await?;
            }
            Ok(())
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
            let call = client.ec2().delete_vpc_peering_connection().vpc_peering_connection_id(id);
            call.send().await.if_found("ec2:DeleteVpcPeeringConnection")?;
            let timeout = timeouts(object.value(), "delete", TIMEOUT);
            Wait::new(format!("{id} to be deleted"), timeout)
                .until_gone(|| async {
                    let found = get(client, id).await?;
                    Ok(found.and_then(|found| state(&found)).map(|state| state.to_string()))
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
        describe_by_id!(
            client,
            describe_vpc_peering_connections,
            "ec2:DescribeVpcPeeringConnections",
            vpc_peering_connection_id,
            filter
        )
    }

    async fn get(client: &AwsClients, id: &str) -> OpResult<Option<Description>> {
        let found = describe(client, filter("vpc-peering-connection-id", [id])).await?.remove(id);
        Ok(found.filter(|found| !is_gone(found)))
    }

    fn state(found: &Description) -> Option<State> {
        found.status().and_then(|status| status.code().cloned())
    }

    /// What is over is told of for a while.
    fn is_gone(found: &Description) -> bool {
        matches!(
            state(found),
            Some(
                State::Deleted | State::Deleting | State::Expired | State::Failed | State::Rejected
            )
        )
    }

    async fn until(
        client: &AwsClients,
        id: &str,
        timeout: Duration,
        wanted: &[State],
    ) -> OpResult<()> {
        Wait::new(format!("{id} to be {wanted:?}"), timeout)
            .until(|| async {
                let found = describe(client, filter("vpc-peering-connection-id", [id])).await?;
                let found = found.get(id);
                match found.and_then(state) {
                    Some(state) if wanted.contains(&state) => Ok(Progress::Ready(())),
                    Some(bad @ (State::Failed | State::Rejected | State::Expired)) => {
                        let status = found.and_then(Description::status);
                        let why = status.and_then(|status| status.message()).unwrap_or_default();
                        let message = format!("{id} is {bad}. {why}");
                        Err(OpError::new(OpErrorKind::Other, message.trim_end()))
                    }
                    state => Ok(Progress::Pending(format!("{state:?}"))),
                }
            })
            .await
    }

    /// Accepts what waits for it, if it is to be accepted here.
    async fn accept(
        client: &AwsClients,
        id: &str,
        planned: View<'_>,
        timeout: Duration,
    ) -> OpResult<()> {
        let found = get(client, id).await?;
        let waits = found.as_ref().and_then(state) == Some(State::PendingAcceptance);
        if planned.bool("auto_accept") != Some(true) || !waits {
            return Ok(());
        }
        let call = client.ec2().accept_vpc_peering_connection().vpc_peering_connection_id(id);
        call.send().await.of("ec2:AcceptVpcPeeringConnection")?;
        until(client, id, timeout, &[State::Active]).await
    }

    fn allows(planned: View<'_>, side: &str) -> Option<bool> {
        planned.block(side)?.bool("allow_remote_vpc_dns_resolution")
    }

    async fn set_options(client: &AwsClients, id: &str, planned: View<'_>) -> OpResult<()> {
        let options = |side| {
            let options = PeeringConnectionOptionsRequest::builder();
            Some(options.allow_dns_resolution_from_remote_vpc(allows(planned, side)?).build())
        };
        let call = client.ec2().modify_vpc_peering_connection_options();
        let call = call.vpc_peering_connection_id(id);
        let call = call.set_accepter_peering_connection_options(options("accepter"));
        let call = call.set_requester_peering_connection_options(options("requester"));
        call.send().await.of("ec2:ModifyVpcPeeringConnectionOptions").map(drop)
    }

    /// Which side is ours follows from whose connection it is; seen from the other side it is another type.
    fn object(client: &AwsClients, known: &Value, found: &Description) -> Value {
        let (accepter, requester) = (found.accepter_vpc_info(), found.requester_vpc_info());
        let region = accepter.and_then(|info| info.region());
        let mut draft = Draft::from(known);
        draft
            .set("id", found.vpc_peering_connection_id())
            .set("accept_status", state(found).map(|state| state.to_string()))
            .set("peer_owner_id", accepter.and_then(|info| info.owner_id()))
            .set("peer_region", region.unwrap_or(&client.region))
            .set("peer_vpc_id", accepter.and_then(|info| info.vpc_id()))
            .set("vpc_id", requester.and_then(|info| info.vpc_id()))
            .each("accepter", accepter, show_side)
            .each("requester", requester, show_side);
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }

    fn show_side(block: &mut Draft, info: &VpcPeeringConnectionVpcInfo) {
        let options = info.peering_options();
        let allows = options
            .and_then(VpcPeeringConnectionOptionsDescription::allow_dns_resolution_from_remote_vpc);
        block.set("allow_remote_vpc_dns_resolution", allows.unwrap_or(false));
    }
}
