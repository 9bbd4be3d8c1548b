//! `aws_network_acl_rule`: one rule of a network ACL.

use zw_lang::{Type, Value};
use zw_provider::OpError;
use zw_provider::schema::{Equality, Schema};

use super::acl_entries::same_protocol;
use crate::toolkit::validate::{between, exactly_one, ipv4_cidr, ipv6_cidr, one_of};
use crate::toolkit::{computed, optional, required};

pub(crate) fn schema() -> Schema {
    let number = |name, description| optional(name, Type::Number, description).force_new();
    Schema::new(
        "One rule of a network ACL.",
        [
            computed("id", Type::String, "The ACL, the number, the protocol and the direction."),
            required("network_acl_id", Type::String, "The ACL.").force_new(),
            required("rule_number", Type::Number, "The rule's place among others.")
                .force_new()
                .validate(between!(1, 32_766)),
            required("rule_action", Type::String, "`allow` or `deny`.")
                .force_new()
                .validate(one_of!("allow", "deny", "ALLOW", "DENY")),
            required("protocol", Type::String, "The protocol, by name or number.")
                .force_new()
                .equality(Equality::Custom(same_protocol)),
            optional("egress", Type::Bool, "Whether it is about traffic that goes out.")
                .default(false)
                .force_new(),
            optional("cidr_block", Type::String, "The network.").force_new().validate(ipv4_cidr),
            optional("ipv6_cidr_block", Type::String, "The IPv6 network.")
                .force_new()
                .validate(ipv6_cidr),
            number("from_port", "The first port."),
            number("to_port", "The last port."),
            number("icmp_code", "The code of ICMP; -1 for all."),
            number("icmp_type", "The type of ICMP; -1 for all."),
        ],
        [],
    )
    .import_id("network_acl_id:rule_number:protocol:egress")
}

/// Refuses what cannot be together.
pub(crate) fn validate(config: &Value) -> Vec<OpError> {
    exactly_one(config, &["cidr_block", "ipv6_cidr_block"])
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use aws_sdk_ec2::types::{NetworkAcl, RuleAction};
    use zw_lang::Path;

    use crate::ec2::acl_entries::live::{
        Entry, Traffic, add, describe, entries, remove, show_traffic,
    };
    use crate::toolkit::prelude::*;
    use crate::toolkit::read_batched;

    pub(in crate::ec2) struct NetworkAclRule;

    #[async_trait]
    impl ResourceType for NetworkAclRule {
        const NAME: &'static str = "aws_network_acl_rule";
        const TELLING: &'static [&'static str] =
            &["rule_action", "cidr_block", "ipv6_cidr_block", "from_port", "to_port"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let planned = new.planned;
            let entry = Entry {
                number: planned.i32("rule_number").unwrap_or_default(),
                egress: planned.bool("egress") == Some(true),
                action: planned.str_or_empty("rule_action").to_lowercase(),
                traffic: Traffic::of(planned),
            };
            add(client, planned.str_or_empty("network_acl_id"), entry).await?;
            Ok(id_of(planned))
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let acl = View::new(known).str_or_empty("network_acl_id");
            let found = describe(client, vec![acl.to_owned()]).await?;
            Ok(found.get(acl).and_then(|acl| object(known, acl)))
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            read_batched(requests, "network_acl_id", |ids| describe(client, ids), object).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let number = object.i32("rule_number").unwrap_or_default();
            let egress = object.bool("egress") == Some(true);
            remove(client, object.str_or_empty("network_acl_id"), number, egress).await
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(Some(id_of(new.planned)))
        }

        fn identify(&self, id: &str, object: &mut Draft) -> OpResult<()> {
            let wrong = || {
                let message = format!("{id:?} is not of the form ACL:NUMBER:PROTOCOL:EGRESS.");
                OpError::invalid(Path::attr_of_root("id"), message)
            };
            let parts: Vec<&str> = id.split(':').collect();
            let [acl, number, protocol, egress] = parts[..] else { return Err(wrong()) };
            let number: i64 = number.parse().map_err(|_| wrong())?;
            let egress: bool = egress.parse().map_err(|_| wrong())?;
            object
                .set("id", id)
                .set("network_acl_id", acl)
                .set("rule_number", number)
                .set("protocol", protocol)
                .set("egress", egress);
            Ok(())
        }
    }

    fn id_of(object: View<'_>) -> String {
        let number = object.i64("rule_number").unwrap_or_default();
        let egress = object.bool("egress") == Some(true);
        let part = |name| object.str_or_empty(name);
        format!("{}:{number}:{}:{egress}", part("network_acl_id"), part("protocol"))
    }

    fn object(known: &Value, acl: &NetworkAcl) -> Option<Value> {
        let (number, egress) =
            (View::new(known).i32("rule_number"), View::new(known).bool("egress"));
        let mut found = entries(acl, egress == Some(true));
        let entry = found.find(|entry| entry.rule_number() == number)?;
        let mut draft = Draft::from(known);
        show_traffic(&mut draft, entry);
        let action = entry.rule_action().map(RuleAction::as_str);
        let is_same =
            View::new(known).str("rule_action").map(str::to_lowercase).as_deref() == action;
        if !is_same {
            draft.set("rule_action", action);
        }
        Some(draft.finish())
    }
}
