//! `aws_network_acl`: which traffic may pass into and out of subnets.

use zw_lang::Type;
use zw_provider::schema::{Attribute, Equality, Schema};

use super::acl_entries::{entry_type, same_entries};
use crate::toolkit::{computed, optional_computed, required, set_of_strings, tag_attributes};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "Which traffic may pass into and out of subnets.",
        [
            computed("id", Type::String, "The ACL's id."),
            computed("arn", Type::String, "The ACL's ARN."),
            computed("owner_id", Type::String, "The account that owns the ACL."),
            required("vpc_id", Type::String, "The VPC.").force_new(),
            entries(
                "ingress",
                "Rules for traffic that comes in, if they are not resources of their own.",
            ),
            entries(
                "egress",
                "Rules for traffic that goes out, if they are not resources of their own.",
            ),
            optional_computed("subnet_ids", set_of_strings(), "The subnets."),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [],
    )
    .import_id("id")
}

fn entries(name: &'static str, description: &'static str) -> Attribute {
    optional_computed(name, Type::set(entry_type()), description)
        .equality(Equality::Custom(same_entries))
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::time::Duration;

    use aws_sdk_ec2::types::{NetworkAcl as Description, ResourceType as Kind};

    use super::entry_type;
    use crate::ec2::acl_entries::live::{
        Entry, Traffic, add, describe, element, entries, remove, search,
    };
    use crate::ec2::acl_entries::same_entry;
    use crate::ec2::live::{
        FoundBy, bearer, filter, id_of, once, pairs, retag, tags_of_new, token_filter,
    };
    use crate::toolkit::prelude::*;
    use crate::toolkit::read_batched;

    /// How long a subnet that left a moment ago may still be counted.
    const DELETE_TIMEOUT: Duration = Duration::from_mins(2);

    pub(in crate::ec2) struct NetworkAcl;

    #[async_trait]
    impl ResourceType for NetworkAcl {
        const NAME: &'static str = "aws_network_acl";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let call = client.ec2().create_network_acl().client_token(new.token);
            let call = call.set_vpc_id(new.planned.string("vpc_id"));
            let tags = tags_of_new(client, Kind::NetworkAcl, new, FoundBy::Tag);
            let call = call.set_tag_specifications(tags).customize().config_override(once());
            let answer = call.send().await.of("ec2:CreateNetworkAcl");
            let answer = answer.map(|answer| answer.network_acl?.network_acl_id);
            id_of(answer, self.find(client, new)).await
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            for (name, egress) in [("ingress", false), ("egress", true)] {
                for entry in elements(new.planned, name) {
                    add(client, id, as_entry(entry, egress)).await?;
                }
            }
            take_subnets(client, id, &new.planned.strings("subnet_ids")).await
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

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            for (name, egress) in [("ingress", false), ("egress", true)] {
                if change.of(&[name]) {
                    change_entries(client, change, name, egress).await?;
                }
            }
            if change.of(&["subnet_ids"]) {
                let old = change.prior.strings("subnet_ids");
                let new = change.planned.strings("subnet_ids");
                let left: Vec<String> =
                    old.into_iter().filter(|subnet| !new.contains(subnet)).collect();
                leave_subnets(client, change.prior, &left).await?;
                take_subnets(client, change.id(), &new).await?;
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
            let found = describe(client, vec![id.to_owned()]).await?.remove(id);
            let Some(found) = found else { return Ok(()) };
            leave_subnets(client, object, &subnets(&found)).await?;
            let call = client.ec2().delete_network_acl().network_acl_id(id);
            call.send().await.of("ec2:DeleteNetworkAcl").map(drop)
        }

        fn deletion_timeout(&self, _: View<'_>) -> Duration {
            DELETE_TIMEOUT
        }

        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let found = search(client, token_filter(new.token)).await?;
            Ok(bearer(found, new.token, Description::tags))
        }
    }

    fn elements<'a>(object: View<'a>, name: &str) -> &'a [Value] {
        object.value().get(name).and_then(Value::as_sequence).unwrap_or_default()
    }

    fn as_entry(element: &Value, egress: bool) -> Entry {
        let entry = View::new(element);
        Entry {
            number: entry.i32("rule_no").unwrap_or_default(),
            egress,
            action: entry.str_or_empty("action").to_lowercase(),
            traffic: Traffic::of(entry),
        }
    }

    /// A number stands for one rule, so what goes comes first.
    async fn change_entries(
        client: &AwsClients,
        change: &Change<'_>,
        name: &str,
        egress: bool,
    ) -> OpResult<()> {
        let (old, new) = (elements(change.prior, name), elements(change.planned, name));
        let has = |all: &[Value], entry| all.iter().any(|other| same_entry(entry, other));
        for entry in old.iter().filter(|entry| !has(new, entry)) {
            let number = View::new(entry).i32("rule_no").unwrap_or_default();
            remove(client, change.id(), number, egress).await?;
        }
        for entry in new.iter().filter(|entry| !has(old, entry)) {
            add(client, change.id(), as_entry(entry, egress)).await?;
        }
        Ok(())
    }

    fn subnets(found: &Description) -> Vec<String> {
        found.associations().iter().filter_map(|it| it.subnet_id.clone()).collect()
    }

    /// Subnets always have an ACL: to come to another one, what associates them is replaced.
    async fn take_subnets(client: &AwsClients, acl: &str, subnets: &[String]) -> OpResult<()> {
        if subnets.is_empty() {
            return Ok(());
        }
        let found = search(client, filter("association.subnet-id", subnets.to_vec())).await?;
        let associations = found.values().flat_map(Description::associations);
        for association in associations {
            let is_meant = association.subnet_id.as_ref().is_some_and(|id| subnets.contains(id));
            if !is_meant || association.network_acl_id() == Some(acl) {
                continue;
            }
            let call = client.ec2().replace_network_acl_association().network_acl_id(acl);
            let call = call.set_association_id(association.network_acl_association_id.clone());
            call.send().await.of("ec2:ReplaceNetworkAclAssociation")?;
        }
        Ok(())
    }

    /// Subnets that leave an ACL come to that of the VPC.
    async fn leave_subnets(
        client: &AwsClients,
        object: View<'_>,
        subnets: &[String],
    ) -> OpResult<()> {
        if subnets.is_empty() {
            return Ok(());
        }
        let vpc = object.str_or_empty("vpc_id");
        let found = search(client, filter("vpc-id", [vpc])).await?;
        let of_vpc =
            |acl: &Description| acl.is_default() == Some(true) && acl.vpc_id() == Some(vpc);
        let default = found.into_values().find(of_vpc).and_then(|acl| acl.network_acl_id);
        take_subnets(client, &default.promised("default network ACL of the VPC")?, subnets).await
    }

    fn object(client: &AwsClients, known: &Value, found: &Description) -> Value {
        let id = found.network_acl_id().unwrap_or_default();
        let owner = found.owner_id().unwrap_or_default();
        let elements =
            |egress| Value::set(entry_type(), entries(found, egress).map(element).collect());
        let mut draft = Draft::from(known);
        draft
            .set("id", id)
            .set("arn", client.arn_of("ec2", owner, &format!("network-acl/{id}")))
            .set("owner_id", owner)
            .set("vpc_id", found.vpc_id())
            .set("ingress", elements(false))
            .set("egress", elements(true))
            .texts("subnet_ids", subnets(found));
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }
}
