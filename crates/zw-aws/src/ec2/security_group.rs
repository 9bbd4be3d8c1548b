//! `aws_security_group`: which traffic may pass.

use zw_lang::{Type, Value};
use zw_provider::OpError;
use zw_provider::schema::{Attribute, Equality, Schema};

use super::permissions::rule_type;
use crate::toolkit::validate::{exclusive, length};
use crate::toolkit::{
    computed, optional, optional_computed, same_but_for_zeros, tag_attributes, timeouts_block,
};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "Which traffic may pass.",
        [
            computed("id", Type::String, "The security group's id."),
            computed("arn", Type::String, "The security group's ARN."),
            computed("owner_id", Type::String, "The account that owns the security group."),
            optional_computed("name", Type::String, "The name.").force_new().validate(name),
            optional_computed("name_prefix", Type::String, "The beginning of a generated name.")
                .force_new(),
            // Terraform's words, so that configurations and state carry over.
            optional("description", Type::String, "What the group is for.")
                .force_new()
                .default("Managed by Terraform")
                .validate(length::<0, 255>),
            optional_computed("vpc_id", Type::String, "The VPC; without it the default one.")
                .force_new(),
            rules(
                "ingress",
                "Rules for traffic that comes in, if they are not resources of their own.",
            ),
            rules(
                "egress",
                "Rules for traffic that goes out, if they are not resources of their own.",
            ),
            optional(
                "revoke_rules_on_delete",
                Type::Bool,
                "Whether to take away all rules before the group is deleted.",
            )
            .default(false),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [timeouts_block(&["create", "delete"])],
    )
    .version(1)
    .import_id("id")
}

fn rules(name: &'static str, description: &'static str) -> Attribute {
    optional_computed(name, Type::set(rule_type()), description)
        .equality(Equality::Custom(same_but_for_zeros))
}

/// Refuses what cannot be together.
pub(crate) fn validate(config: &Value) -> Vec<OpError> {
    exclusive(config, &[("name", "name_prefix")])
}

fn name(value: &Value) -> Result<(), String> {
    length::<1, 255>(value)?;
    match value.as_str() {
        Some(name) if name.starts_with("sg-") => Err("it must not begin with \"sg-\".".into()),
        _ => Ok(()),
    }
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::{BTreeSet, HashMap};
    use std::time::Duration;

    use async_trait::async_trait;
    use aws_sdk_ec2::types::{Filter, ResourceType, SecurityGroup as Description};
    use zw_lang::Value;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpResult, ReadRequest, Resource,
        UpdateRequest, View,
    };

    use crate::ec2::describe_by_id;
    use crate::ec2::live::{FoundBy, filter, id_of, once, pairs, tag_specification, update_tags};
    use crate::ec2::permissions::live::{as_permissions, permissions_of_service};
    use crate::ec2::permissions::{Permission, permissions, rules};
    use crate::toolkit::{
        Answer, AwsClients, Draft, Wait, chosen_name, created, found_again, imported, one,
        prefix_of, read_batched, timeouts, updated,
    };

    const CREATE_TIMEOUT: Duration = Duration::from_mins(10);
    const DELETE_TIMEOUT: Duration = Duration::from_mins(15);

    pub(in crate::ec2) struct SecurityGroup;

    #[async_trait]
    impl Resource<AwsClients> for SecurityGroup {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let tags =
                tag_specification(client, ResourceType::SecurityGroup, &request, FoundBy::Key);
            let answer = client
                .ec2()
                .create_security_group()
                .group_name(name_of(&request))
                .set_description(planned.string("description"))
                .set_vpc_id(planned.string("vpc_id"))
                .set_tag_specifications(tags)
                .customize()
                .config_override(once())
                .send()
                .await
                .of("ec2:CreateSecurityGroup");
            let answer = answer.map(|answer| answer.group_id);
            let id = match id_of(answer, find_id(client, &request)).await {
                Ok(id) => id,
                Err(error) => return Created::failed(error),
            };
            created(self, client, &request, &id, fill(client, &id, &request)).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            one(self, client, prior).await
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let find = |ids| describe(client, filter("group-id", ids));
            let build = |prior: &Value, found: &Description| Some(object(client, prior, found));
            read_batched(requests, "id", find, build).await
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let id = View::new(&request.prior).str_or_empty("id");
            for direction in [Direction::Ingress, Direction::Egress] {
                let name = direction.name();
                let (old, new) = (request.prior.get(name), request.planned.get(name));
                let Some(new) = new.filter(|new| new.is_known() && old != Some(*new)) else {
                    continue;
                };
                let old = old.map(permissions).unwrap_or_default();
                change(client, id, direction, &old, &permissions(new)).await?;
            }
            update_tags(client, &request.prior, &request.planned).await?;
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let prior = View::new(&request.prior);
            let id = prior.str_or_empty("id");
            // Two groups whose rules name each other cannot go as long as they do.
            if prior.bool("revoke_rules_on_delete") == Some(true) {
                let Some(found) = get(client, id).await? else { return Ok(()) };
                for direction in [Direction::Ingress, Direction::Egress] {
                    let now = direction.now(&found);
                    change(client, id, direction, &now, &BTreeSet::new()).await?;
                }
            }
            let timeout = timeouts(&request.prior, "delete", DELETE_TIMEOUT);
            Wait::new(format!("{id} to be deleted"), timeout)
                .until_deleted(|| async {
                    let call = client.ec2().delete_security_group().group_id(id);
                    call.send().await.of("ec2:DeleteSecurityGroup").map(drop)
                })
                .await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            imported(self, client, "aws_security_group", id).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            let id = find_id(client, request).await?;
            if let Some(id) = &id {
                // Rules that the group should not have would never show: nobody asked for them.
                fill(client, id, request).await?;
            }
            found_again(self, client, request, id).await
        }
    }

    /// Gives a new group the rules that are written, and takes away those that it came with: as in Terraform,
    /// only what is written may pass.
    async fn fill(client: &AwsClients, id: &str, request: &CreateRequest) -> OpResult<()> {
        let timeout = timeouts(&request.planned, "create", CREATE_TIMEOUT);
        let found =
            Wait::new(format!("{id} to be found"), timeout).until_found(|| get(client, id)).await?;
        for direction in [Direction::Ingress, Direction::Egress] {
            let now = direction.now(&found);
            let wanted = request.planned.get(direction.name());
            let wanted = wanted.filter(|wanted| wanted.is_known()).map(permissions);
            change(client, id, direction, &now, &wanted.unwrap_or_default()).await?;
        }
        Ok(())
    }

    /// The group of that name in the VPC: there cannot be two.
    async fn find_id(client: &AwsClients, request: &CreateRequest) -> OpResult<Option<String>> {
        let planned = View::new(&request.planned);
        let (vpc_id, description) = (planned.str("vpc_id"), planned.str("description"));
        let found = describe(client, filter("group-name", [name_of(request)])).await?;
        let found = found.into_values().find(|found| {
            vpc_id.is_none_or(|vpc_id| found.vpc_id() == Some(vpc_id))
                && found.description() == description
        });
        Ok(found.and_then(|found| found.group_id))
    }

    fn name_of(request: &CreateRequest) -> String {
        let planned = View::new(&request.planned);
        chosen_name(planned.str("name"), planned.str("name_prefix"), &request.token)
    }

    #[derive(Clone, Copy)]
    enum Direction {
        Ingress,
        Egress,
    }

    impl Direction {
        const fn name(self) -> &'static str {
            match self {
                Self::Ingress => "ingress",
                Self::Egress => "egress",
            }
        }

        fn now(self, found: &Description) -> BTreeSet<Permission> {
            let id = found.group_id().unwrap_or_default();
            permissions_of_service(
                id,
                match self {
                    Self::Ingress => found.ip_permissions(),
                    Self::Egress => found.ip_permissions_egress(),
                },
            )
        }
    }

    /// Takes away and gives what makes the difference.
    async fn change(
        client: &AwsClients,
        id: &str,
        direction: Direction,
        old: &BTreeSet<Permission>,
        new: &BTreeSet<Permission>,
    ) -> OpResult<()> {
        let revoked = as_permissions(id, old.difference(new));
        if !revoked.is_empty() {
            let ec2 = client.ec2();
            match direction {
                Direction::Ingress => {
                    let call = ec2.revoke_security_group_ingress().group_id(id);
                    let call = call.set_ip_permissions(Some(revoked)).send().await;
                    call.if_found("ec2:RevokeSecurityGroupIngress").map(drop)?;
                }
                Direction::Egress => {
                    let call = ec2.revoke_security_group_egress().group_id(id);
                    let call = call.set_ip_permissions(Some(revoked)).send().await;
                    call.if_found("ec2:RevokeSecurityGroupEgress").map(drop)?;
                }
            }
        }
        let given = as_permissions(id, new.difference(old));
        if !given.is_empty() {
            let ec2 = client.ec2();
            match direction {
                Direction::Ingress => {
                    let call = ec2.authorize_security_group_ingress().group_id(id);
                    let call = call.set_ip_permissions(Some(given)).send().await;
                    call.of("ec2:AuthorizeSecurityGroupIngress").map(drop)?;
                }
                Direction::Egress => {
                    let call = ec2.authorize_security_group_egress().group_id(id);
                    let call = call.set_ip_permissions(Some(given)).send().await;
                    call.of("ec2:AuthorizeSecurityGroupEgress").map(drop)?;
                }
            }
        }
        Ok(())
    }

    async fn describe(
        client: &AwsClients,
        filter: Filter,
    ) -> OpResult<HashMap<String, Description>> {
        describe_by_id!(
            client,
            describe_security_groups,
            "ec2:DescribeSecurityGroups",
            group_id,
            filter
        )
    }

    async fn get(client: &AwsClients, id: &str) -> OpResult<Option<Description>> {
        Ok(describe(client, filter("group-id", [id])).await?.remove(id))
    }

    fn object(client: &AwsClients, prior: &Value, found: &Description) -> Value {
        let id = found.group_id().unwrap_or_default();
        let owner = found.owner_id().unwrap_or_default();
        let name = found.group_name().unwrap_or_default();
        let mut draft = Draft::from(prior);
        draft
            .set("id", id)
            .set("arn", client.arn_of("ec2", owner, &format!("security-group/{id}")))
            .set("owner_id", owner)
            .set("name", name)
            .set("name_prefix", prefix_of(name))
            .set("description", found.description())
            .set("vpc_id", found.vpc_id());
        for direction in [Direction::Ingress, Direction::Egress] {
            let name = direction.name();
            draft.set(name, rules(prior.get(name), &direction.now(found)));
        }
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }
}
