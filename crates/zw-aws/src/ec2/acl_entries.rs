//! Rules of network ACLs: what `aws_network_acl` and `aws_network_acl_rule` share.

use zw_lang::{Type, Value};
use zw_provider::View;

use crate::toolkit::{Draft, is_zero, same_but_for_zeros};

/// What an element of `ingress` and `egress` has.
const ENTRY: [(&str, Type); 9] = [
    ("action", Type::String),
    ("cidr_block", Type::String),
    ("from_port", Type::Number),
    ("icmp_code", Type::Number),
    ("icmp_type", Type::Number),
    ("ipv6_cidr_block", Type::String),
    ("protocol", Type::String),
    ("rule_no", Type::Number),
    ("to_port", Type::Number),
];

/// The type of an element of `ingress` and `egress`.
pub(super) fn entry_type() -> Type {
    Type::object(ENTRY)
}

/// A protocol as EC2 has it: a number, or -1 for all. Source: "Protocol Numbers", IANA.
pub(super) fn protocol_number(protocol: &str) -> String {
    match protocol.to_ascii_lowercase().as_str() {
        "all" => "-1".into(),
        "icmp" => "1".into(),
        "tcp" => "6".into(),
        "udp" => "17".into(),
        "icmpv6" => "58".into(),
        number => number.to_owned(),
    }
}

/// Whether two texts name the same protocol. An [`Equality`](zw_provider::schema::Equality).
pub(super) fn same_protocol(some: &Value, other: &Value) -> bool {
    let number = |value: &Value| value.as_str().map(protocol_number);
    number(some) == number(other)
}

/// Whether two sets of rules mean the same. An [`Equality`](zw_provider::schema::Equality).
pub(super) fn same_entries(some: &Value, other: &Value) -> bool {
    let (Some(some), Some(others)) = (some.as_sequence(), other.as_sequence()) else {
        return is_zero(some) && is_zero(other);
    };
    some.len() == others.len()
        && some.iter().all(|entry| others.iter().any(|other| same_entry(entry, other)))
}

/// Whether two rules mean the same.
pub(super) fn same_entry(some: &Value, other: &Value) -> bool {
    same_but_for_zeros(&normal(some), &normal(other))
}

fn normal(entry: &Value) -> Value {
    let mut draft = Draft::from(entry);
    if let Some(protocol) = View::new(entry).str("protocol") {
        draft.set_exactly("protocol", protocol_number(protocol));
    }
    draft.into_planned()
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;

    use aws_sdk_ec2::types::{
        Filter, IcmpTypeCode, NetworkAcl, NetworkAclEntry, PortRange, RuleAction,
    };

    use super::{ENTRY, protocol_number};
    use crate::ec2::live::{by_ids, filter};
    use crate::toolkit::prelude::*;

    /// From here on rules are EC2's own, which refuse what no other rule is about.
    const RULE_NUMBER_MAX: i32 = 32_766;

    /// A rule, as the API takes it.
    pub(in crate::ec2) struct Entry {
        /// Its place among others.
        pub(in crate::ec2) number: i32,
        /// Whether it is about traffic that goes out.
        pub(in crate::ec2) egress: bool,
        /// `allow` or `deny`.
        pub(in crate::ec2) action: String,
        /// What it is about.
        pub(in crate::ec2) traffic: Traffic,
    }

    /// What a rule is about.
    pub(in crate::ec2) struct Traffic {
        protocol: String,
        cidr_block: Option<String>,
        ipv6_cidr_block: Option<String>,
        ports: Option<PortRange>,
        icmp: Option<IcmpTypeCode>,
    }

    impl Traffic {
        /// What the attributes of a rule say.
        pub(in crate::ec2) fn of(entry: View<'_>) -> Self {
            let protocol = protocol_number(entry.str_or_empty("protocol"));
            let icmp = matches!(protocol.as_str(), "1" | "58").then(|| {
                IcmpTypeCode::builder()
                    .code(entry.i32("icmp_code").unwrap_or_default())
                    .r#type(entry.i32("icmp_type").unwrap_or_default())
                    .build()
            });
            let ports = matches!(protocol.as_str(), "6" | "17").then(|| {
                PortRange::builder()
                    .from(entry.i32("from_port").unwrap_or_default())
                    .to(entry.i32("to_port").unwrap_or_default())
                    .build()
            });
            let cidr_block = entry.text("cidr_block");
            Self {
                cidr_block,
                ipv6_cidr_block: entry.text("ipv6_cidr_block"),
                ports,
                icmp,
                protocol,
            }
        }
    }

    /// The rules of an ACL that are not EC2's own.
    pub(in crate::ec2) fn entries(
        found: &NetworkAcl,
        egress: bool,
    ) -> impl Iterator<Item = &NetworkAclEntry> {
        found.entries().iter().filter(move |entry| {
            entry.egress() == Some(egress)
                && entry.rule_number().is_some_and(|number| number <= RULE_NUMBER_MAX)
        })
    }

    /// The rule as an element of `ingress` or `egress`.
    pub(in crate::ec2) fn element(entry: &NetworkAclEntry) -> Value {
        let nothing = Value::object(ENTRY.map(|(name, ty)| (name, Value::null(ty))));
        let mut draft = Draft::from(&nothing);
        draft.set("action", entry.rule_action().map(RuleAction::as_str));
        draft.set("rule_no", entry.rule_number());
        show_traffic(&mut draft, entry);
        draft.finish()
    }

    /// What a rule is about, but for its number and action.
    pub(in crate::ec2) fn show_traffic(draft: &mut Draft, entry: &NetworkAclEntry) {
        let (ports, icmp) = (entry.port_range(), entry.icmp_type_code());
        draft
            .set("protocol", entry.protocol())
            .set("cidr_block", entry.cidr_block())
            .set("ipv6_cidr_block", entry.ipv6_cidr_block())
            .set("from_port", ports.and_then(PortRange::from))
            .set("to_port", ports.and_then(PortRange::to))
            .set("icmp_code", icmp.and_then(IcmpTypeCode::code))
            .set("icmp_type", icmp.and_then(IcmpTypeCode::r#type));
    }

    /// ACLs that a filter lets pass, by id.
    pub(in crate::ec2) async fn search(
        client: &AwsClients,
        filter: Filter,
    ) -> OpResult<HashMap<String, NetworkAcl>> {
        let call = client.ec2().describe_network_acls().filters(filter).into_paginator().items();
        let found = call.send().try_collect().await.of("ec2:DescribeNetworkAcls")?.into_iter();
        let key = |found: &NetworkAcl| found.network_acl_id.clone();
        Ok(found.filter_map(|found| Some((key(&found)?, found))).collect())
    }

    /// ACLs by id.
    pub(in crate::ec2) async fn describe(
        client: &AwsClients,
        ids: Vec<String>,
    ) -> OpResult<HashMap<String, NetworkAcl>> {
        let operation = "ec2:DescribeNetworkAcls";
        let one = async |id: String| {
            let call = client.ec2().describe_network_acls().network_acl_ids(id);
            let found = call.send().await.if_found(operation)?;
            Ok(found.and_then(|found| found.network_acls?.into_iter().next()))
        };
        let many = |ids| search(client, filter("network-acl-id", ids));
        by_ids(client, operation, ids, one, many).await
    }

    /// Adds a rule.
    pub(in crate::ec2) async fn add(client: &AwsClients, acl: &str, entry: Entry) -> OpResult<()> {
        let Entry { number, egress, action, traffic } = entry;
        let call = client.ec2().create_network_acl_entry().network_acl_id(acl);
        let call = call.rule_number(number).egress(egress).rule_action(action.as_str().into());
        let call = call.protocol(traffic.protocol).set_port_range(traffic.ports);
        let call = call.set_cidr_block(traffic.cidr_block).set_icmp_type_code(traffic.icmp);
        let call = call.set_ipv6_cidr_block(traffic.ipv6_cidr_block);
        call.send().await.of("ec2:CreateNetworkAclEntry").map(drop)
    }

    /// Takes a rule away.
    pub(in crate::ec2) async fn remove(
        client: &AwsClients,
        acl: &str,
        number: i32,
        egress: bool,
    ) -> OpResult<()> {
        let call = client.ec2().delete_network_acl_entry().network_acl_id(acl);
        let call = call.rule_number(number).egress(egress);
        call.send().await.if_found("ec2:DeleteNetworkAclEntry").map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(protocol: &str, port: Value) -> Value {
        Value::object([("protocol", Value::from(protocol)), ("from_port", port)])
    }

    fn entries(items: Vec<Value>) -> Value {
        let element = Type::object([("protocol", Type::String), ("from_port", Type::Number)]);
        Value::set(element, items)
    }

    #[test]
    fn protocols_have_names_and_numbers() {
        let zero = Value::null(Type::Number);
        let some = entries(vec![entry("tcp", 80.into()), entry("all", zero)]);
        let same = entries(vec![entry("-1", 0.into()), entry("6", 80.into())]);
        let other = entries(vec![entry("-1", 0.into()), entry("17", 80.into())]);
        assert!(same_entries(&some, &same));
        assert!(!same_entries(&some, &other));
        assert!(!same_entries(&some, &entries(vec![entry("tcp", 80.into())])));
    }
}
