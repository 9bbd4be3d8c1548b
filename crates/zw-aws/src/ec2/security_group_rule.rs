//! What `aws_vpc_security_group_ingress_rule` and `aws_vpc_security_group_egress_rule` have in common: everything but
//! the direction.

use zw_lang::{Path, Type, Value};
use zw_provider::schema::{Equality, Schema};
use zw_provider::{OpError, OpErrorKind, OpResult, PlanRequest, Planned};

use super::permissions::protocol_name;
use crate::toolkit::validate::{ipv4_cidr, ipv6_cidr};
use crate::toolkit::{Tags, changes, computed, is_zero, optional, required, tag_attributes};

/// Where traffic may come from or go to: exactly one of these.
const PEERS: [&str; 4] =
    ["cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"];

pub(super) fn schema(description: &'static str) -> Schema {
    Schema::new(
        description,
        [
            computed("id", Type::String, "The rule's id."),
            computed("arn", Type::String, "The rule's ARN."),
            computed("security_group_rule_id", Type::String, "The rule's id."),
            required("security_group_id", Type::String, "The group that has the rule.").force_new(),
            required("ip_protocol", Type::String, "The protocol's name or number; `-1` for all.")
                .equality(Equality::Custom(same_protocol)),
            optional("from_port", Type::Number, "The first port, or the ICMP type."),
            optional("to_port", Type::Number, "The last port, or the ICMP code."),
            optional("cidr_ipv4", Type::String, "The IPv4 network on the other side.")
                .validate(ipv4_cidr),
            optional("cidr_ipv6", Type::String, "The IPv6 network on the other side.")
                .validate(ipv6_cidr),
            optional("prefix_list_id", Type::String, "The prefix list on the other side."),
            optional(
                "referenced_security_group_id",
                Type::String,
                "The security group on the other side.",
            ),
            optional("description", Type::String, "What the rule is for."),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [],
    )
    .import_id("id")
}

pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = Planned::unchanged(Tags::planned(&request));
    // The service changes a rule's peer, but not what kind of peer it is.
    if changes(&request, &PEERS) {
        let appears = |name: &&&str| {
            let (old, new) = (request.prior.get(name), request.planned.get(name));
            old.is_none_or(is_zero) && !new.is_none_or(is_zero)
        };
        planned
            .force_new
            .extend(PEERS.iter().filter(appears).map(|name| Path::attr_of_root(*name)));
    }
    Ok(planned)
}

/// A rule has one peer, and ports unless it is for all traffic.
pub(crate) fn validate(config: &Value) -> Vec<OpError> {
    let given = |name: &&&str| config.get(name).is_some_and(|value| !value.is_null());
    let mut errors = Vec::new();
    let count = PEERS.iter().filter(given).count();
    if count != 1 {
        let message = format!("A rule needs exactly one of {}; it has {count}.", PEERS.join(", "));
        errors.push(OpError::new(OpErrorKind::Invalid, message));
    }
    errors
}

fn same_protocol(some: &Value, other: &Value) -> bool {
    match (some.as_str(), other.as_str()) {
        (Some(some), Some(other)) => protocol_name(some) == protocol_name(other),
        _ => some == other,
    }
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;

    use async_trait::async_trait;
    use aws_sdk_ec2::types::{
        Filter, ResourceType, SecurityGroupRule as Description, SecurityGroupRuleRequest,
        SecurityGroupRuleUpdate,
    };
    use zw_lang::Value;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpResult, ReadRequest, Resource,
        UpdateRequest, View,
    };

    use super::PEERS;
    use crate::ec2::describe_by_id;
    use crate::ec2::live::{FoundBy, filter, id_of, once, pairs, tag_specification, update_tags};
    use crate::ec2::permissions::live::as_permission;
    use crate::ec2::permissions::{Peer, Permission, Traffic, protocol_name};
    use crate::toolkit::{
        Answer, AwsClients, Draft, Given, created, fill, found_again, imported, one, read_batched,
        updated,
    };

    /// Rules for one direction.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub(in crate::ec2) enum SecurityGroupRule {
        Ingress,
        Egress,
    }

    #[async_trait]
    impl Resource<AwsClients> for SecurityGroupRule {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let group_id = planned.str_or_empty("security_group_id");
            let kind = ResourceType::SecurityGroupRule;
            let tags = tag_specification(client, kind, &request, FoundBy::Key);
            let permission = as_permission(group_id, &permission(planned));
            let ec2 = client.ec2();
            let rules = match self {
                Self::Ingress => {
                    let call = ec2.authorize_security_group_ingress().group_id(group_id);
                    let call = call.ip_permissions(permission).set_tag_specifications(tags);
                    let answer = call.customize().config_override(once()).send().await;
                    let answer = answer.of("ec2:AuthorizeSecurityGroupIngress");
                    answer.map(|answer| answer.security_group_rules)
                }
                Self::Egress => {
                    let call = ec2.authorize_security_group_egress().group_id(group_id);
                    let call = call.ip_permissions(permission).set_tag_specifications(tags);
                    let answer = call.customize().config_override(once()).send().await;
                    let answer = answer.of("ec2:AuthorizeSecurityGroupEgress");
                    answer.map(|answer| answer.security_group_rules)
                }
            };
            let rule = rules.map(|rules| rules?.into_iter().next());
            // moto forgets the description of a new rule whose peer is a group; it keeps one that is given later.
            let is_forgotten = rule.as_ref().is_ok_and(|rule| {
                let found = rule.as_ref().and_then(|rule| rule.description.clone());
                planned.text("description").is_some() && found.unwrap_or_default().is_empty()
            });
            let id = rule.map(|rule| rule?.security_group_rule_id);
            let id = match id_of(id, self.find_id(client, planned)).await {
                Ok(id) => id,
                Err(error) => return Created::failed(error),
            };
            let finish =
                async { if is_forgotten { modify(client, &id, planned).await } else { Ok(()) } };
            created(self, client, &request, &id, finish).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            one(self, client, prior).await
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let find = |ids| describe(client, filter("security-group-rule-id", ids));
            let build = |prior: &Value, found: &Description| {
                self.is_of(found).then(|| object(client, prior, found))
            };
            read_batched(requests, "id", find, build).await
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let (old, new) = (View::new(&request.prior), View::new(&request.planned));
            let names = ["ip_protocol", "from_port", "to_port", "description"];
            if names.iter().chain(&PEERS).any(|name| old.get(name) != new.get(name)) {
                modify(client, old.str_or_empty("id"), new).await?;
            }
            update_tags(client, &request.prior, &request.planned).await?;
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let prior = View::new(&request.prior);
            let (id, group_id) = (prior.str_or_empty("id"), prior.string("security_group_id"));
            let ec2 = client.ec2();
            match self {
                Self::Ingress => {
                    let call = ec2.revoke_security_group_ingress().set_group_id(group_id);
                    let call = call.security_group_rule_ids(id).send().await;
                    call.if_found("ec2:RevokeSecurityGroupIngress").map(drop)
                }
                Self::Egress => {
                    let call = ec2.revoke_security_group_egress().set_group_id(group_id);
                    let call = call.security_group_rule_ids(id).send().await;
                    call.if_found("ec2:RevokeSecurityGroupEgress").map(drop)
                }
            }
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            imported(self, client, self.type_name(), id).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            let id = self.find_id(client, View::new(&request.planned)).await?;
            found_again(self, client, request, id).await
        }
    }

    impl SecurityGroupRule {
        const fn type_name(self) -> &'static str {
            match self {
                Self::Ingress => "aws_vpc_security_group_ingress_rule",
                Self::Egress => "aws_vpc_security_group_egress_rule",
            }
        }

        /// The rule for the planned traffic and peer: there cannot be two in one group.
        async fn find_id(self, client: &AwsClients, planned: View<'_>) -> OpResult<Option<String>> {
            let wanted = permission(planned);
            let group_id = planned.str_or_empty("security_group_id");
            let found = describe(client, filter("group-id", [group_id])).await?;
            let found = found.into_iter().find(|(_, found)| {
                let found_permission = permission_of(found);
                self.is_of(found)
                    && found_permission.peer == wanted.peer
                    && found_permission.traffic.protocol == wanted.traffic.protocol
                    && found_permission.traffic.from_port == wanted.traffic.from_port
                    && found_permission.traffic.to_port == wanted.traffic.to_port
            });
            Ok(found.map(|(id, _)| id))
        }

        fn is_of(self, found: &Description) -> bool {
            (self == Self::Egress) == found.is_egress.unwrap_or(false)
        }
    }

    async fn modify(client: &AwsClients, id: &str, planned: View<'_>) -> OpResult<()> {
        let rule = fill!(
            SecurityGroupRuleRequest::builder(), planned,
            set_ip_protocol = text "ip_protocol",
            set_cidr_ipv4 = text "cidr_ipv4",
            set_cidr_ipv6 = text "cidr_ipv6",
            set_prefix_list_id = text "prefix_list_id",
            set_referenced_group_id = text "referenced_security_group_id",
            set_description = string "description",
        )
        .set_from_port(planned.i32("from_port").or(Some(-1)))
        .set_to_port(planned.i32("to_port").or(Some(-1)))
        .build();
        let rule = SecurityGroupRuleUpdate::builder().security_group_rule(rule);
        let rule = rule.security_group_rule_id(id).build();
        let call = client.ec2().modify_security_group_rules().security_group_rules(rule);
        let call = call.set_group_id(planned.string("security_group_id")).send().await;
        call.of("ec2:ModifySecurityGroupRules").map(drop)
    }

    fn permission(rule: View<'_>) -> Permission {
        let text = |name| rule.string(name).unwrap_or_default();
        let group_id = rule.str_or_empty("security_group_id");
        let given = PEERS.into_iter().find(|name| !rule.str_or_empty(name).is_empty());
        let peer = match given {
            Some("cidr_ipv4") => Peer::Ipv4(text("cidr_ipv4")),
            Some("cidr_ipv6") => Peer::Ipv6(text("cidr_ipv6")),
            Some("prefix_list_id") => Peer::PrefixList(text("prefix_list_id")),
            _ => match text("referenced_security_group_id") {
                id if id == group_id => Peer::Itself,
                id => Peer::Group(id),
            },
        };
        let (from, to) = (rule.i64("from_port"), rule.i64("to_port"));
        let (protocol, about) = (text("ip_protocol"), text("description"));
        Permission { traffic: Traffic::new(&protocol, from, to, &about), peer }
    }

    fn permission_of(found: &Description) -> Permission {
        let peer = if let Some(network) = found.cidr_ipv4() {
            Peer::Ipv4(network.to_owned())
        } else if let Some(network) = found.cidr_ipv6() {
            Peer::Ipv6(network.to_owned())
        } else if let Some(list) = found.prefix_list_id() {
            Peer::PrefixList(list.to_owned())
        } else {
            match referenced(found) {
                Some(id) if Some(id.as_str()) == found.group_id() => Peer::Itself,
                id => Peer::Group(id.unwrap_or_default()),
            }
        };
        let traffic = Traffic::new(
            found.ip_protocol().unwrap_or_default(),
            found.from_port.map(i64::from),
            found.to_port.map(i64::from),
            found.description().unwrap_or_default(),
        );
        Permission { traffic, peer }
    }

    async fn describe(
        client: &AwsClients,
        filter: Filter,
    ) -> OpResult<HashMap<String, Description>> {
        let found: OpResult<HashMap<String, Description>> = describe_by_id!(
            client,
            describe_security_group_rules,
            "ec2:DescribeSecurityGroupRules",
            security_group_rule_id,
            filter
        );
        let mut found = found?;
        // Emulators leave the owner out.
        for rule in found.values_mut().filter(|rule| rule.group_owner_id.is_none()) {
            rule.group_owner_id = Some(client.account_id().await?.to_owned());
        }
        Ok(found)
    }

    fn object(client: &AwsClients, prior: &Value, found: &Description) -> Value {
        let id = found.security_group_rule_id().unwrap_or_default();
        let owner = found.group_owner_id().unwrap_or_default();
        let protocol = found.ip_protocol().unwrap_or_default();
        // Without ports all are meant; the service then says -1.
        let is_all = protocol_name(protocol) == "-1";
        let known = View::new(prior);
        let port = |name: &str, port: Option<i32>| {
            port.filter(|port| !(*port == -1 && (is_all && known.i64(name) != Some(-1))))
        };
        let (from_port, to_port) =
            (port("from_port", found.from_port), port("to_port", found.to_port));
        let same = known
            .str("ip_protocol")
            .filter(|known| protocol_name(known) == protocol_name(protocol));
        let mut draft = Draft::from(prior);
        draft
            .set("id", id)
            .set("arn", client.arn_of("ec2", owner, &format!("security-group-rule/{id}")))
            .set("security_group_rule_id", id)
            .set("security_group_id", found.group_id())
            .set("ip_protocol", same.unwrap_or(protocol))
            .set_exactly("from_port", from_port)
            .set_exactly("to_port", to_port)
            .set("cidr_ipv4", found.cidr_ipv4())
            .set("cidr_ipv6", found.cidr_ipv6())
            .set("prefix_list_id", found.prefix_list_id())
            .set("referenced_security_group_id", referenced(found))
            .set("description", found.description());
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }

    /// The group on the other side, with its account where that is another one.
    fn referenced(found: &Description) -> Option<String> {
        let group = found.referenced_group_info()?;
        let id = group.group_id()?;
        match group.user_id() {
            Some(owner) if Some(owner) != found.group_owner_id() => Some(format!("{owner}/{id}")),
            _ => Some(id.to_owned()),
        }
    }
}
