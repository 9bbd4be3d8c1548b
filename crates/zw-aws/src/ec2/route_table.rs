//! `aws_route_table`: where a subnet sends what is not for the VPC.

use zw_lang::Type;
use zw_provider::schema::{Attribute, Equality, Schema};

use super::routes::TARGETS;
use crate::toolkit::{
    computed, optional_computed, required, same_but_for_zeros, set_of_strings, tag_attributes,
    timeouts_block,
};

/// The type of an element of `route`.
fn route_type() -> Type {
    let names = TARGETS.into_iter();
    let names = names.chain(["cidr_block", "ipv6_cidr_block", "destination_prefix_list_id"]);
    Type::object(names.map(|name| (name, Type::String)))
}

pub(crate) fn schema() -> Schema {
    Schema::new(
        "Where a subnet sends what is not for the VPC.",
        [
            computed("id", Type::String, "The route table's id."),
            computed("arn", Type::String, "The route table's ARN."),
            computed("owner_id", Type::String, "The account that owns the route table."),
            required("vpc_id", Type::String, "The VPC.").force_new(),
            optional_computed(
                "propagating_vgws",
                set_of_strings(),
                "Virtual private gateways that add routes.",
            ),
            routes(),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [timeouts_block(&["create", "update", "delete"])],
    )
    .import_id("id")
}

fn routes() -> Attribute {
    optional_computed(
        "route",
        Type::set(route_type()),
        "The routes, if they are not managed as `aws_route`.",
    )
    .equality(Equality::Custom(same_but_for_zeros))
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::{BTreeSet, HashMap};
    use std::time::Duration;

    use async_trait::async_trait;
    use aws_sdk_ec2::types::{ResourceType, Route, RouteOrigin, RouteTable as Description};
    use zw_lang::Value;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpResult, ReadRequest, Resource,
        UpdateRequest, View,
    };

    use crate::ec2::live::{
        FoundBy, bears_token, filter, id_of, once, pairs, tag_specification, token_filter,
        update_tags,
    };
    use crate::ec2::routes::destination;
    use crate::ec2::routes::live::{
        create_route, delete_route, describe, get, replace_route, show_targets, wait_for_route,
    };
    use crate::toolkit::{
        Answer, AwsClients, Draft, Wait, created, found_again, imported, one, read_batched,
        same_but_for_zeros, strings_set, timeouts, updated,
    };

    const CREATE_TIMEOUT: Duration = Duration::from_mins(5);
    const UPDATE_TIMEOUT: Duration = Duration::from_mins(2);
    const DELETE_TIMEOUT: Duration = Duration::from_mins(5);

    pub(in crate::ec2) struct RouteTable;

    #[async_trait]
    impl Resource<AwsClients> for RouteTable {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let tags = tag_specification(client, ResourceType::RouteTable, &request, FoundBy::Tag);
            let answer = client
                .ec2()
                .create_route_table()
                .client_token(&request.token)
                .set_vpc_id(planned.string("vpc_id"))
                .set_tag_specifications(tags)
                .customize()
                .config_override(once())
                .send()
                .await
                .of("ec2:CreateRouteTable");
            let answer = answer.map(|answer| answer.route_table?.route_table_id);
            let id = match id_of(answer, find_id(client, &request.token)).await {
                Ok(id) => id,
                Err(error) => return Created::failed(error),
            };
            let timeout = timeouts(&request.planned, "create", CREATE_TIMEOUT);
            let fill = async {
                Wait::new(format!("{id} to be found"), timeout)
                    .until_found(|| get(client, &id))
                    .await?;
                change_gateways(client, &id, &[], &planned.strings("propagating_vgws")).await?;
                change_routes(client, &id, None, request.planned.get("route"), timeout).await
            };
            created(self, client, &request, &id, fill).await
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
            let build = |prior: &Value, found: &Description| Some(object(client, prior, found));
            read_batched(requests, "id", find, build).await
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let (old, new) = (View::new(&request.prior), View::new(&request.planned));
            let id = old.str_or_empty("id");
            let timeout = timeouts(&request.planned, "update", UPDATE_TIMEOUT);
            let gateways = "propagating_vgws";
            change_gateways(client, id, &old.strings(gateways), &new.strings(gateways)).await?;
            let (prior, planned) = (request.prior.get("route"), request.planned.get("route"));
            change_routes(client, id, prior, planned, timeout).await?;
            update_tags(client, &request.prior, &request.planned).await?;
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let id = View::new(&request.prior).str_or_empty("id");
            let Some(table) = get(client, id).await? else { return Ok(()) };
            // Associations that nobody manages here, such as of a subnet that was made by hand.
            for association in table.associations() {
                let association_id = association.route_table_association_id.clone();
                if association.main == Some(true) {
                    continue;
                }
                let call = client.ec2().disassociate_route_table();
                let call = call.set_association_id(association_id).send().await;
                call.if_found("ec2:DisassociateRouteTable")?;
            }
            let timeout = timeouts(&request.prior, "delete", DELETE_TIMEOUT);
            Wait::new(format!("{id} to be deleted"), timeout)
                .until_deleted(|| async {
                    let call = client.ec2().delete_route_table().route_table_id(id);
                    call.send().await.of("ec2:DeleteRouteTable").map(drop)
                })
                .await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            imported(self, client, "aws_route_table", id).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            let id = find_id(client, &request.token).await?;
            found_again(self, client, request, id).await
        }
    }

    async fn find_id(client: &AwsClients, token: &str) -> OpResult<Option<String>> {
        let found = describe(client, token_filter(token)).await?;
        let mut found = found.into_iter();
        Ok(found.find(|(_, found)| bears_token(found.tags(), token)).map(|(id, _)| id))
    }

    /// Lets virtual private gateways add routes, or no longer.
    async fn change_gateways(
        client: &AwsClients,
        id: &str,
        old: &[String],
        new: &[String],
    ) -> OpResult<()> {
        let (old, new): (BTreeSet<_>, BTreeSet<_>) = (old.iter().collect(), new.iter().collect());
        for gateway in old.difference(&new) {
            let call = client.ec2().disable_vgw_route_propagation().route_table_id(id);
            let call = call.gateway_id(*gateway).send().await;
            call.of("ec2:DisableVgwRoutePropagation")?;
        }
        for gateway in new.difference(&old) {
            let call = client.ec2().enable_vgw_route_propagation().route_table_id(id);
            let call = call.gateway_id(*gateway).send().await;
            call.of("ec2:EnableVgwRoutePropagation")?;
        }
        Ok(())
    }

    /// Deletes, replaces and creates routes until they are as planned.
    async fn change_routes(
        client: &AwsClients,
        id: &str,
        prior: Option<&Value>,
        planned: Option<&Value>,
        timeout: Duration,
    ) -> OpResult<()> {
        let Some(planned) = planned.filter(|planned| planned.is_known()) else { return Ok(()) };
        let old = by_destination(prior);
        let new = by_destination(Some(planned));
        for (to, route) in &old {
            if !new.contains_key(to) {
                delete_route(client, id, View::new(route)).await?;
                wait_for_route(client, id, Some(to), false, timeout).await?;
            }
        }
        for (to, route) in &new {
            match old.get(to) {
                Some(old) if same_but_for_zeros(old, route) => continue,
                Some(_) => replace_route(client, id, View::new(route)).await?,
                None if View::new(route).str("gateway_id") == Some("local") => {
                    // The VPC's own route is there already.
                    replace_route(client, id, View::new(route)).await?;
                }
                None => create_route(client, id, View::new(route), timeout).await?,
            }
            wait_for_route(client, id, Some(to), true, timeout).await?;
        }
        Ok(())
    }

    fn by_destination(routes: Option<&Value>) -> HashMap<&str, &Value> {
        let routes = routes.and_then(Value::as_sequence).unwrap_or_default();
        routes.iter().filter_map(|route| Some((destination(View::new(route))?, route))).collect()
    }

    fn object(client: &AwsClients, prior: &Value, found: &Description) -> Value {
        let id = found.route_table_id().unwrap_or_default();
        let owner = found.owner_id().unwrap_or_default();
        let gateways = found.propagating_vgws().iter().filter_map(|vgw| vgw.gateway_id.clone());
        let known = by_destination(prior.get("route"));
        let routes = found.routes().iter().filter(|route| is_managed(route, &known));
        let mut draft = Draft::from(prior);
        draft
            .set("id", id)
            .set("arn", client.arn_of("ec2", owner, &format!("route-table/{id}")))
            .set("owner_id", owner)
            .set("vpc_id", found.vpc_id())
            .set("propagating_vgws", strings_set(gateways))
            .each("route", routes, show_route);
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }

    /// Whether a route is one that a configuration would name: not the VPC's own, nor one that a gateway or an
    /// endpoint added.
    fn is_managed(route: &Route, known: &HashMap<&str, &Value>) -> bool {
        let gateway = route.gateway_id().unwrap_or_default();
        if gateway == "local" {
            let to = crate::ec2::routes::live::destination_of(route);
            return to.is_some_and(|to| known.contains_key(to));
        }
        let of_endpoint =
            route.destination_prefix_list_id().is_some() && gateway.starts_with("vpce-");
        gateway != "VpcLattice"
            && !of_endpoint
            && route.origin() != Some(&RouteOrigin::EnableVgwRoutePropagation)
            && route.origin() != Some(&RouteOrigin::Advertisement)
    }

    fn show_route(draft: &mut Draft, route: &Route) {
        draft
            .set("cidr_block", route.destination_cidr_block())
            .set("ipv6_cidr_block", route.destination_ipv6_cidr_block())
            .set("destination_prefix_list_id", route.destination_prefix_list_id());
        show_targets(draft, route);
    }
}
