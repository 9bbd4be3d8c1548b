//! Routes, as the types `aws_route` and `aws_route_table` have them in common.

use zw_provider::View;

/// What a route may be for; as attributes of `aws_route`.
pub(super) const DESTINATIONS: [&str; 3] =
    ["destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"];

/// Where a route may lead; as attributes of both.
pub(super) const TARGETS: [&str; 10] = [
    "carrier_gateway_id",
    "core_network_arn",
    "egress_only_gateway_id",
    "gateway_id",
    "local_gateway_id",
    "nat_gateway_id",
    "network_interface_id",
    "transit_gateway_id",
    "vpc_endpoint_id",
    "vpc_peering_connection_id",
];

/// The destination of an `aws_route` or of a `route` of an `aws_route_table`.
pub(super) fn destination(route: View<'_>) -> Option<&str> {
    ["cidr_block", "ipv6_cidr_block"]
        .iter()
        .chain(&DESTINATIONS)
        .filter_map(|name| route.str(name))
        .find(|text| !text.is_empty())
}

/// The id of an `aws_route`: Terraform's, so that ids carry over.
///
/// Source: `routeCreateID` of the Terraform AWS provider: the checksum is CRC-32 (IEEE).
pub(super) fn route_id(table: &str, destination: &str) -> String {
    let mut crc = u32::MAX;
    for byte in destination.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    format!("r-{table}{}", !crc)
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::net::Ipv6Addr;
    use std::time::Duration;

    use aws_sdk_ec2::types::{Filter, Route, RouteState, RouteTable};
    use zw_provider::{OpResult, View};

    use super::destination;
    use crate::ec2::describe_by_id;
    use crate::ec2::live::once;
    use crate::toolkit::{Answer, AwsClients, Draft, Progress, Wait};

    pub(in crate::ec2) async fn describe(
        client: &AwsClients,
        filter: Filter,
    ) -> OpResult<HashMap<String, RouteTable>> {
        describe_by_id!(
            client,
            describe_route_tables,
            "ec2:DescribeRouteTables",
            route_table_id,
            filter
        )
    }

    pub(in crate::ec2) async fn get(client: &AwsClients, id: &str) -> OpResult<Option<RouteTable>> {
        let filter = crate::ec2::live::filter("route-table-id", [id]);
        Ok(describe(client, filter).await?.remove(id))
    }

    /// The attribute of a request that a destination belongs into.
    enum Destination {
        Ipv4(String),
        Ipv6(String),
        PrefixList(String),
    }

    impl Destination {
        fn of(route: View<'_>) -> Option<Self> {
            let text = destination(route)?;
            Some(match text {
                _ if text.starts_with("pl-") => Self::PrefixList(text.to_owned()),
                _ if text.contains(':') => Self::Ipv6(text.to_owned()),
                _ => Self::Ipv4(text.to_owned()),
            })
        }
    }

    /// Sets the destination and the target of a request that creates or replaces a route.
    macro_rules! fill {
        ($call:expr, $route:expr) => {{
            let given = |name| $route.string(name).filter(|text| !text.is_empty());
            let call = match Destination::of($route) {
                Some(Destination::Ipv4(network)) => $call.destination_cidr_block(network),
                Some(Destination::Ipv6(network)) => $call.destination_ipv6_cidr_block(network),
                Some(Destination::PrefixList(id)) => $call.destination_prefix_list_id(id),
                None => $call,
            };
            call.set_carrier_gateway_id(given("carrier_gateway_id"))
                .set_core_network_arn(given("core_network_arn"))
                .set_egress_only_internet_gateway_id(given("egress_only_gateway_id"))
                .set_gateway_id(given("gateway_id"))
                .set_local_gateway_id(given("local_gateway_id"))
                .set_nat_gateway_id(given("nat_gateway_id"))
                .set_network_interface_id(given("network_interface_id"))
                .set_transit_gateway_id(given("transit_gateway_id"))
                .set_vpc_endpoint_id(given("vpc_endpoint_id"))
                .set_vpc_peering_connection_id(given("vpc_peering_connection_id"))
        }};
    }

    pub(in crate::ec2) async fn create_route(
        client: &AwsClients,
        table: &str,
        route: View<'_>,
        timeout: Duration,
    ) -> OpResult<()> {
        // Targets that are new are not known to all servers at once.
        let codes = ["InvalidParameterException", "InvalidTransitGatewayID.NotFound"];
        Wait::new(format!("a route of {table} to be created"), timeout)
            .until_done(
                |error| error.code.as_deref().is_some_and(|code| codes.contains(&code)),
                || async {
                    let call = fill!(client.ec2().create_route().route_table_id(table), route);
                    let call = call.customize().config_override(once());
                    call.send().await.of("ec2:CreateRoute").map(drop)
                },
            )
            .await
    }

    pub(in crate::ec2) async fn replace_route(
        client: &AwsClients,
        table: &str,
        route: View<'_>,
    ) -> OpResult<()> {
        let is_local = route.str("gateway_id") == Some("local");
        let call = client.ec2().replace_route().route_table_id(table);
        let call = if is_local {
            let call = match Destination::of(route) {
                Some(Destination::Ipv6(network)) => call.destination_ipv6_cidr_block(network),
                Some(Destination::Ipv4(network)) => call.destination_cidr_block(network),
                Some(Destination::PrefixList(id)) => call.destination_prefix_list_id(id),
                None => call,
            };
            call.local_target(true)
        } else {
            fill!(call, route)
        };
        call.send().await.of("ec2:ReplaceRoute").map(drop)
    }

    pub(in crate::ec2) async fn delete_route(
        client: &AwsClients,
        table: &str,
        route: View<'_>,
    ) -> OpResult<()> {
        let call = client.ec2().delete_route().route_table_id(table);
        let call = match Destination::of(route) {
            Some(Destination::Ipv4(network)) => call.destination_cidr_block(network),
            Some(Destination::Ipv6(network)) => call.destination_ipv6_cidr_block(network),
            Some(Destination::PrefixList(id)) => call.destination_prefix_list_id(id),
            None => call,
        };
        call.send().await.if_found("ec2:DeleteRoute").map(drop)
    }

    /// Waits until a route is there, or is not any more.
    pub(in crate::ec2) async fn wait_for_route(
        client: &AwsClients,
        table: &str,
        to: Option<&str>,
        wanted: bool,
        timeout: Duration,
    ) -> OpResult<()> {
        let to = to.unwrap_or_default();
        let verb = if wanted { "appear in" } else { "disappear from" };
        Wait::new(format!("the route to {to} to {verb} {table}"), timeout)
            .until(|| async {
                let found = get(client, table).await?;
                let route = found.as_ref().and_then(|table| find_route(table, to));
                Ok(match route {
                    Some(_) | None if route.is_some() == wanted => Progress::Ready(()),
                    Some(route) => Progress::Pending(
                        route.state().map(RouteState::to_string).unwrap_or_default(),
                    ),
                    None => Progress::Pending("not found".into()),
                })
            })
            .await
    }

    /// The route of a table for a destination, however an IPv6 network is written.
    pub(in crate::ec2) fn find_route<'a>(table: &'a RouteTable, to: &str) -> Option<&'a Route> {
        table.routes().iter().find(|route| {
            destination_of(route).is_some_and(|found| found == to || same_ipv6(found, to))
        })
    }

    pub(in crate::ec2) fn destination_of(route: &Route) -> Option<&str> {
        route
            .destination_cidr_block()
            .or_else(|| route.destination_ipv6_cidr_block())
            .or_else(|| route.destination_prefix_list_id())
    }

    /// Sets the attributes for targets, which both types have under the same names.
    pub(in crate::ec2) fn show_targets(draft: &mut Draft, found: &Route) {
        let endpoint = found.gateway_id().filter(|id| id.starts_with("vpce-"));
        draft
            .set("carrier_gateway_id", found.carrier_gateway_id())
            .set("core_network_arn", found.core_network_arn())
            .set("egress_only_gateway_id", found.egress_only_internet_gateway_id())
            .set("gateway_id", found.gateway_id().filter(|_| endpoint.is_none()))
            .set("local_gateway_id", found.local_gateway_id())
            .set("nat_gateway_id", found.nat_gateway_id())
            .set("network_interface_id", found.network_interface_id())
            .set("transit_gateway_id", found.transit_gateway_id())
            .set("vpc_endpoint_id", endpoint)
            .set("vpc_peering_connection_id", found.vpc_peering_connection_id());
    }

    fn same_ipv6(some: &str, other: &str) -> bool {
        let parse = |text: &str| {
            let (address, length) = text.split_once('/')?;
            Some((address.parse::<Ipv6Addr>().ok()?, length.to_owned()))
        };
        parse(some).is_some_and(|some| parse(other) == Some(some))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_routes_are_terraforms() {
        assert_eq!(route_id("rtb-1", "0.0.0.0/0"), "r-rtb-11080289494");
    }
}
