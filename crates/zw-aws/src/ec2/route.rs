//! `aws_route`: where a route table sends what is for one destination.

use zw_lang::{Type, Value};
use zw_provider::schema::Schema;
use zw_provider::{OpError, OpErrorKind, OpResult, PlanRequest, Planned};

use super::routes::{DESTINATIONS, TARGETS};
use crate::toolkit::validate::{ipv4_cidr, ipv6_cidr};
use crate::toolkit::{
    changes, computed, forget, optional, optional_computed, required, timeouts_block,
};

pub(crate) fn schema() -> Schema {
    let target = |name, description| optional(name, Type::String, description);
    let destination = |name, description| optional(name, Type::String, description).force_new();
    Schema::new(
        "Where a route table sends what is for one destination.",
        [
            computed("id", Type::String, "The id, made of the route table's and the destination."),
            required("route_table_id", Type::String, "The route table.").force_new(),
            destination("destination_cidr_block", "The IPv4 network that is the destination.")
                .validate(ipv4_cidr),
            destination("destination_ipv6_cidr_block", "The IPv6 network that is the destination.")
                .validate(ipv6_cidr),
            destination("destination_prefix_list_id", "The prefix list that is the destination."),
            target("carrier_gateway_id", "A carrier gateway."),
            target("core_network_arn", "A core network."),
            target("egress_only_gateway_id", "An egress-only internet gateway."),
            target("gateway_id", "An internet gateway, a virtual private gateway, or `local`."),
            target("local_gateway_id", "A local gateway of an Outpost."),
            target("nat_gateway_id", "A NAT gateway."),
            target("transit_gateway_id", "A transit gateway."),
            target("vpc_endpoint_id", "A VPC endpoint."),
            target("vpc_peering_connection_id", "A peering connection."),
            optional_computed("network_interface_id", Type::String, "A network interface."),
            computed("instance_id", Type::String, "The instance of the network interface."),
            computed("instance_owner_id", Type::String, "The account that owns the instance."),
            computed("origin", Type::String, "How the route came to be."),
            computed("state", Type::String, "`active`, or `blackhole` if the target is gone."),
        ],
        [timeouts_block(&["create", "update", "delete"])],
    )
    .import_id("ROUTE-TABLE-ID_DESTINATION")
}

pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = request.planned.clone();
    if changes(&request, &TARGETS) {
        let names = ["instance_id", "instance_owner_id", "network_interface_id", "state"];
        planned = forget(&request, &planned, &names);
    }
    Ok(Planned::unchanged(planned))
}

/// A route has one destination and one target.
pub(crate) fn validate(config: &Value) -> Vec<OpError> {
    let check = |names: &[&str], what: &str| {
        let given = names
            .iter()
            .filter(|name| config.get(name).is_some_and(|value| !value.is_null()))
            .count();
        let message = format!("A route needs exactly one of {}; it has {given}.", names.join(", "));
        (given != 1).then(|| OpError::new(OpErrorKind::Invalid, format!("{what}: {message}")))
    };
    [check(&DESTINATIONS, "Destination"), check(&TARGETS, "Target")].into_iter().flatten().collect()
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::time::Duration;

    use async_trait::async_trait;
    use aws_sdk_ec2::types::{Route as Description, RouteOrigin, RouteState, RouteTable};
    use zw_lang::Value;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpError, OpErrorKind, OpResult,
        ReadRequest, Resource, UpdateRequest, View,
    };

    use crate::ec2::live::filter;
    use crate::ec2::routes::live::{
        create_route, delete_route, describe, destination_of, find_route, replace_route,
        show_targets, wait_for_route,
    };
    use crate::ec2::routes::{destination, route_id};
    use crate::toolkit::{
        AwsClients, Draft, created, imported_as, one, read_batched, timeouts, updated,
    };

    const CREATE_TIMEOUT: Duration = Duration::from_mins(5);
    const UPDATE_TIMEOUT: Duration = Duration::from_mins(2);
    const DELETE_TIMEOUT: Duration = Duration::from_mins(5);

    pub(in crate::ec2) struct Route;

    #[async_trait]
    impl Resource<AwsClients> for Route {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let timeout = timeouts(&request.planned, "create", CREATE_TIMEOUT);
            let table = planned.str_or_empty("route_table_id");
            if let Err(error) = create_route(client, table, planned, timeout).await {
                return Created::failed(error);
            }
            let id = route_id(table, destination(planned).unwrap_or_default());
            let wait = wait_for_route(client, table, destination(planned), true, timeout);
            created(self, client, &request, &id, wait).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            one(self, client, prior).await
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let find = |ids| describe(client, filter("route-table-id", ids));
            read_batched(requests, "route_table_id", find, object).await
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let planned = View::new(&request.planned);
            let table = planned.str_or_empty("route_table_id");
            replace_route(client, table, planned).await?;
            let timeout = timeouts(&request.planned, "update", UPDATE_TIMEOUT);
            wait_for_route(client, table, destination(planned), true, timeout).await?;
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let prior = View::new(&request.prior);
            let table = prior.str_or_empty("route_table_id");
            delete_route(client, table, prior).await?;
            let timeout = timeouts(&request.prior, "delete", DELETE_TIMEOUT);
            wait_for_route(client, table, destination(prior), false, timeout).await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            let Some((table, to)) = id.split_once('_') else {
                let message = format!("{id:?} is not of the form ROUTE-TABLE-ID_DESTINATION.");
                return Err(OpError::new(OpErrorKind::Invalid, message));
            };
            let name = match to {
                _ if to.starts_with("pl-") => "destination_prefix_list_id",
                _ if to.contains(':') => "destination_ipv6_cidr_block",
                _ => "destination_cidr_block",
            };
            let mut draft = Draft::from(&client.blank("aws_route"));
            draft.set("route_table_id", table).set(name, to);
            imported_as(self, client, "aws_route", id, draft.into_planned()).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            self.read(client, &request.planned).await
        }
    }

    fn object(prior: &Value, table: &RouteTable) -> Option<Value> {
        let id = table.route_table_id().unwrap_or_default();
        let found = find_route(table, destination(View::new(prior))?)?;
        let mut draft = Draft::from(prior);
        draft.set("id", route_id(id, destination_of(found)?)).set("route_table_id", id);
        show_facts(&mut draft, found);
        Some(draft.finish())
    }

    fn show_facts(draft: &mut Draft, found: &Description) {
        show_targets(draft, found);
        draft
            .set("instance_id", found.instance_id())
            .set("instance_owner_id", found.instance_owner_id())
            .set("origin", found.origin().map(RouteOrigin::as_str))
            .set("state", found.state().map(RouteState::as_str));
    }
}
