//! Rules of security groups, taken apart.
//!
//! A rule of a configuration may name many sources, and EC2 groups them in its own way. To compare the
//! two, both are taken apart into permissions of one source each. Reading puts them together again: in
//! the rules as they were written as far as all their permissions are still there, the rest by port.

use std::collections::BTreeSet;

use zw_lang::{Type, Value};
use zw_provider::View;

use crate::toolkit::{Draft, list_of_strings, set_of_strings, strings_list, strings_set};

/// The permission of one source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Permission {
    /// Protocol and ports, and what is said about them.
    pub(super) traffic: Traffic,
    /// Where the traffic may come from or go to.
    pub(super) peer: Peer,
}

/// Which traffic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Traffic {
    pub(super) protocol: String,
    pub(super) from_port: i64,
    pub(super) to_port: i64,
    pub(super) description: String,
}

/// Where traffic comes from or goes to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Peer {
    Ipv4(String),
    Ipv6(String),
    PrefixList(String),
    /// A security group: its id, or its owner's account and its id as `1234/sg-5678`.
    Group(String),
    /// The group that has the rule.
    Itself,
}

/// The type of an element of `ingress` and `egress`.
pub(super) fn rule_type() -> Type {
    Type::object([
        ("cidr_blocks", list_of_strings()),
        ("description", Type::String),
        ("from_port", Type::Number),
        ("ipv6_cidr_blocks", list_of_strings()),
        ("prefix_list_ids", list_of_strings()),
        ("protocol", Type::String),
        ("security_groups", set_of_strings()),
        ("self", Type::Bool),
        ("to_port", Type::Number),
    ])
}

/// The permissions of a set of rules.
pub(super) fn permissions(rules: &Value) -> BTreeSet<Permission> {
    let rules = rules.as_sequence().unwrap_or_default();
    rules.iter().flat_map(|rule| of_rule(View::new(rule))).collect()
}

fn of_rule(rule: View<'_>) -> Vec<Permission> {
    let traffic = Traffic::new(
        rule.str_or_empty("protocol"),
        rule.i64("from_port"),
        rule.i64("to_port"),
        rule.str_or_empty("description"),
    );
    let peers = rule.strings("cidr_blocks").into_iter().map(Peer::Ipv4);
    let peers = peers.chain(rule.strings("ipv6_cidr_blocks").into_iter().map(Peer::Ipv6));
    let peers = peers.chain(rule.strings("prefix_list_ids").into_iter().map(Peer::PrefixList));
    let peers = peers.chain(rule.strings("security_groups").into_iter().map(Peer::Group));
    let peers = peers.chain((rule.bool("self") == Some(true)).then_some(Peer::Itself));
    peers.map(|peer| Permission { traffic: traffic.clone(), peer }).collect()
}

impl Traffic {
    /// Traffic in one form, however it is written: names of protocols for their numbers, and no ports
    /// where all traffic is meant.
    pub(super) fn new(
        protocol: &str,
        from_port: Option<i64>,
        to_port: Option<i64>,
        description: &str,
    ) -> Self {
        let protocol = protocol_name(protocol);
        let has_ports = protocol != "-1";
        Self {
            from_port: from_port.filter(|_| has_ports).unwrap_or(0),
            to_port: to_port.filter(|_| has_ports).unwrap_or(0),
            protocol,
            description: description.to_owned(),
        }
    }
}

/// The name of a protocol as EC2 gives it. Source: EC2 API reference, `IpPermission`.
pub(super) fn protocol_name(protocol: &str) -> String {
    let lower = protocol.to_lowercase();
    match lower.as_str() {
        "all" => "-1",
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        other => other,
    }
    .to_owned()
}

/// The permissions as a set of rules: those written before as far as they are wholly there, the rest by port.
pub(super) fn rules(before: Option<&Value>, found: &BTreeSet<Permission>) -> Value {
    let mut rest = found.clone();
    let mut rules = Vec::new();
    for rule in before.and_then(Value::as_sequence).unwrap_or_default() {
        let parts = of_rule(View::new(rule));
        if !parts.is_empty() && parts.iter().all(|part| found.contains(part)) {
            for part in &parts {
                rest.remove(part);
            }
            rules.push(rule.clone());
        }
    }
    let mut rest = rest.into_iter().peekable();
    while let Some(first) = rest.next() {
        let mut peers = vec![first.peer];
        while let Some(next) = rest.next_if(|next| next.traffic == first.traffic) {
            peers.push(next.peer);
        }
        rules.push(rule(&first.traffic, &peers));
    }
    Value::set(rule_type(), rules)
}

fn rule(traffic: &Traffic, peers: &[Peer]) -> Value {
    let of = |pick: fn(&Peer) -> Option<&String>| peers.iter().filter_map(pick).cloned();
    let ipv4 = of(|peer| if let Peer::Ipv4(network) = peer { Some(network) } else { None });
    let ipv6 = of(|peer| if let Peer::Ipv6(network) = peer { Some(network) } else { None });
    let lists = of(|peer| if let Peer::PrefixList(id) = peer { Some(id) } else { None });
    let groups = of(|peer| if let Peer::Group(id) = peer { Some(id) } else { None });
    let Type::Object(shape) = rule_type() else { return Value::null(rule_type()) };
    let nulls = shape.attrs().iter().map(|attr| (attr.name.clone(), Value::null(attr.ty.clone())));
    let mut draft = Draft::from(&Value::object(nulls));
    // Ports are required in a configuration, so zero is not the same as absent here.
    draft
        .set_exactly("from_port", traffic.from_port)
        .set_exactly("to_port", traffic.to_port)
        .set("protocol", traffic.protocol.as_str())
        .set("description", traffic.description.as_str())
        .set("cidr_blocks", strings_list(ipv4))
        .set("ipv6_cidr_blocks", strings_list(ipv6))
        .set("prefix_list_ids", strings_list(lists))
        .set("security_groups", strings_set(groups))
        .set("self", peers.contains(&Peer::Itself));
    draft.finish()
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::BTreeSet;

    use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};

    use super::{Peer, Permission, Traffic};

    /// The permissions that EC2 lists for the group `id`.
    pub(in crate::ec2) fn permissions_of_service(
        id: &str,
        listed: &[IpPermission],
    ) -> BTreeSet<Permission> {
        let mut found = BTreeSet::new();
        for listed in listed {
            let mut add = |description: Option<&str>, peer: Peer| {
                let traffic = Traffic::new(
                    listed.ip_protocol().unwrap_or_default(),
                    listed.from_port.map(i64::from),
                    listed.to_port.map(i64::from),
                    description.unwrap_or_default(),
                );
                found.insert(Permission { traffic, peer });
            };
            for range in listed.ip_ranges() {
                let network = range.cidr_ip().unwrap_or_default();
                add(range.description(), Peer::Ipv4(network.to_owned()));
            }
            for range in listed.ipv6_ranges() {
                let network = range.cidr_ipv6().unwrap_or_default();
                add(range.description(), Peer::Ipv6(network.to_owned()));
            }
            for list in listed.prefix_list_ids() {
                let list_id = list.prefix_list_id().unwrap_or_default();
                add(list.description(), Peer::PrefixList(list_id.to_owned()));
            }
            for pair in listed.user_id_group_pairs() {
                let group_id = pair.group_id().unwrap_or_default();
                let peer = match pair.user_id() {
                    _ if group_id == id => Peer::Itself,
                    // The owner is said where the group is of another account, behind a peering connection.
                    Some(owner) if pair.vpc_peering_connection_id().is_some() => {
                        Peer::Group(format!("{owner}/{group_id}"))
                    }
                    _ => Peer::Group(group_id.to_owned()),
                };
                add(pair.description(), peer);
            }
        }
        found
    }

    /// Permissions as a request of the group `id` takes them.
    pub(in crate::ec2) fn as_permissions<'a>(
        id: &str,
        permissions: impl Iterator<Item = &'a Permission>,
    ) -> Vec<IpPermission> {
        permissions.map(|permission| as_permission(id, permission)).collect()
    }

    /// A permission as a request of the group `id` takes it.
    pub(in crate::ec2) fn as_permission(id: &str, permission: &Permission) -> IpPermission {
        let Traffic { protocol, from_port, to_port, description } = &permission.traffic;
        let text = Some(description.clone()).filter(|text| !text.is_empty());
        let mut listed = IpPermission::builder().ip_protocol(protocol);
        if protocol != "-1" {
            listed = listed
                .set_from_port(i32::try_from(*from_port).ok())
                .set_to_port(i32::try_from(*to_port).ok());
        }
        let group = |group_id: &str, owner: Option<&str>| {
            let pair = UserIdGroupPair::builder().group_id(group_id);
            pair.set_user_id(owner.map(str::to_owned)).set_description(text.clone()).build()
        };
        match &permission.peer {
            Peer::Ipv4(network) => {
                let range = IpRange::builder().cidr_ip(network).set_description(text);
                listed.ip_ranges(range.build())
            }
            Peer::Ipv6(network) => {
                let range = Ipv6Range::builder().cidr_ipv6(network).set_description(text);
                listed.ipv6_ranges(range.build())
            }
            Peer::PrefixList(list_id) => {
                let list = PrefixListId::builder().prefix_list_id(list_id).set_description(text);
                listed.prefix_list_ids(list.build())
            }
            Peer::Group(peer) => listed.user_id_group_pairs(match peer.split_once('/') {
                Some((owner, group_id)) => group(group_id, Some(owner)),
                None => group(peer, None),
            }),
            Peer::Itself => listed.user_id_group_pairs(group(id, None)),
        }
        .build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(protocol: &str, networks: &[&str]) -> Value {
        let traffic = Traffic::new(protocol, Some(443), Some(443), "");
        let peers: Vec<Peer> =
            networks.iter().map(|network| Peer::Ipv4((*network).to_owned())).collect();
        rule(&traffic, &peers)
    }

    #[test]
    fn rules_come_back_as_they_were_written() {
        let one = written("tcp", &["10.0.0.0/8"]);
        let two = written("tcp", &["10.1.0.0/16", "10.2.0.0/16"]);
        let before = Value::set(rule_type(), vec![one, two]);
        assert_eq!(rules(Some(&before), &permissions(&before)), before);
    }

    #[test]
    fn what_nobody_wrote_comes_back_by_port() {
        let before = Value::set(rule_type(), vec![written("tcp", &["10.0.0.0/8"])]);
        let mut found = permissions(&before);
        found.extend(permissions(&Value::set(
            rule_type(),
            vec![written("tcp", &["10.9.0.0/16"]), written("tcp", &["10.8.0.0/16"])],
        )));
        let expected = Value::set(
            rule_type(),
            vec![written("tcp", &["10.0.0.0/8"]), written("tcp", &["10.8.0.0/16", "10.9.0.0/16"])],
        );
        assert_eq!(rules(Some(&before), &found), expected);
    }

    #[test]
    fn protocols_have_one_name() {
        assert_eq!(protocol_name("6"), "tcp");
        assert_eq!(protocol_name("ALL"), "-1");
        assert_eq!(protocol_name("50"), "50");
    }
}
