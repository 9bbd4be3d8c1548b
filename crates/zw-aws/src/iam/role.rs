//! `aws_iam_role`: an identity that services, workloads and people can act as.

#[cfg(feature = "iam")]
pub(super) mod calls;
#[cfg(feature = "iam")]
pub(super) mod found;

use zw_lang::{Type, Value};
use zw_provider::schema::{Block, Equality, NestedBlock, Nesting, Schema};
use zw_provider::{OpResult, PlanRequest, Planned, View};

use super::valid_name;
use crate::toolkit::validate::{arn, arns, between, json, length, not_empty};
use crate::toolkit::{
    Draft, Tags, computed, optional, optional_computed, required, set_of_strings, tag_attributes,
};

const INLINE: &str = "inline_policy";

pub(super) fn schema() -> Schema {
    Schema::new(
        "An identity that services, workloads and people can act as.",
        [
            computed("id", Type::String, "The role's name."),
            computed("arn", Type::String, "The role's ARN."),
            computed("unique_id", Type::String, "The role's id, which no other role ever has."),
            computed("create_date", Type::String, "When the role was made."),
            optional_computed("name", Type::String, "The name; generated if it is not given.")
                .force_new()
                .validate(valid_name::<64>),
            optional_computed("name_prefix", Type::String, "What a generated name begins with.")
                .force_new()
                .validate(valid_name::<38>),
            optional("path", Type::String, "The path, which is part of the ARN.")
                .default("/")
                .force_new()
                .validate(length::<0, 512>),
            required("assume_role_policy", Type::String, "The policy that says who may be it.")
                .equality(Equality::Policy)
                .validate(json),
            optional("description", Type::String, "What the role is for.")
                .validate(length::<0, 1000>),
            optional(
                "force_detach_policies",
                Type::Bool,
                "Whether it is deleted with its policies.",
            )
            .default(false),
            optional_computed(
                "managed_policy_arns",
                set_of_strings(),
                "The only managed policies that are attached.",
            )
            .deprecated("Use `aws_iam_role_policy_attachment`.")
            .validate(arns),
            optional(
                "max_session_duration",
                Type::Number,
                "For how many seconds it can be assumed at most.",
            )
            .default(3600)
            .validate(between!(3600, 43200)),
            optional(
                "permissions_boundary",
                Type::String,
                "The policy that limits what its policies can allow.",
            )
            .validate(arn),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [NestedBlock::new(INLINE, Nesting::Set, inline_block())
            .computed()
            .describe("The only inline policies. An empty block says that there are none.")],
    )
    .import_id("name")
}

fn inline_block() -> Block {
    Block::new(
        [
            // Both are needed unless the block is empty.
            optional("name", Type::String, "The name.").validate(not_empty),
            optional("policy", Type::String, "The policy.")
                .equality(Equality::Policy)
                .validate(json),
        ],
        [],
    )
}

pub(super) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = Tags::planned(&request);
    let (old, new) = (request.prior.get(INLINE), request.planned.get(INLINE));
    if let (Some(old), Some(new)) = (old, new)
        && new.is_wholly_known()
        && same_policies(old, new)
    {
        let mut draft = Draft::from(&planned);
        draft.set(INLINE, old.clone());
        planned = draft.into_planned();
    }
    Ok(Planned::unchanged(planned))
}

/// Whether two sets of inline policies mean the same.
fn same_policies(some: &Value, other: &Value) -> bool {
    let (some, other) = (policies(some), policies(other));
    some.len() == other.len()
        && some.iter().all(|(name, policy)| {
            let same = |(_, found): &(&str, &Value)| Equality::Policy.equal(policy, found);
            other.iter().find(|(found, _)| found == name).is_some_and(same)
        })
}

/// Names and texts of inline policies, without an empty block.
fn policies(set: &Value) -> Vec<(&str, &Value)> {
    let items = set.as_sequence().unwrap_or_default().iter();
    items.filter_map(|item| Some((View::new(item).str("name")?, item.get("policy")?))).collect()
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use std::collections::BTreeSet;

    use async_trait::async_trait;
    use zw_lang::Value;
    use zw_provider::schema::Equality;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpResult, ReadRequest, Resource,
        UpdateRequest, View,
    };

    use super::calls::{
        attach, delete_inline, detach, get, inline_names, leave_instance_profiles,
        managed_policies, put_inline, set_boundary,
    };
    use super::found::{self, BATCH_MIN, Found};
    use super::{INLINE, policies};
    use crate::iam::live::{
        PROPAGATION_TIMEOUT, decoded, is_principal_not_known_yet, new_tags, once, pairs,
    };
    use crate::iam::update_tags;
    use crate::toolkit::validate::is_arn;
    use crate::toolkit::{
        Answer, AwsClients, Draft, Progress, Wait, chosen_name, created, found_again, imported,
        is_as_planned, list_for, prefix_of, read_listed, rfc3339, strings_set, updated,
    };

    const MANAGED: &str = "managed_policy_arns";

    pub(in crate::iam) struct Role;

    #[async_trait]
    impl Resource<AwsClients> for Role {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let name = name(&request);
            let tags = match new_tags(client, &request.planned) {
                Ok(tags) => tags,
                Err(error) => return Created::failed(error),
            };
            let call = client
                .iam()
                .create_role()
                .role_name(&name)
                .set_path(planned.string("path"))
                .set_assume_role_policy_document(planned.string("assume_role_policy"))
                .set_description(planned.string("description"))
                .set_max_session_duration(planned.i32("max_session_duration"))
                .set_permissions_boundary(planned.string("permissions_boundary"))
                .set_tags(tags);
            let answer = Wait::new(format!("{name} to be created"), PROPAGATION_TIMEOUT)
                .until_done(is_principal_not_known_yet, || async {
                    let call = call.clone().customize().config_override(once());
                    call.send().await.of("iam:CreateRole")
                })
                .await;
            if let Err(error) = answer {
                return Created::failed(error);
            }
            created(self, client, &request, &name, complete(client, &name, &request.planned)).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            let found = Found::of(client, View::new(prior).str_or_empty("id")).await?;
            Ok(found.map(|found| object(client, prior, &found)))
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let list = list_for(&requests, BATCH_MIN, found::all(client)).await;
            read_listed(&requests, &list, |prior, all| async move {
                match all.get(View::new(prior).str_or_empty("id")) {
                    Some(found) => Ok(Some(object(client, prior, found))),
                    // A role that is too new for the list is no reason to take it for gone.
                    None => self.read(client, prior).await,
                }
            })
            .await
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let (old, new) = (View::new(&request.prior), View::new(&request.planned));
            let name = old.str_or_empty("id");
            let changed = |attribute| old.get(attribute) != new.get(attribute);
            if changed("assume_role_policy") {
                let call = client.iam().update_assume_role_policy().role_name(name);
                let call = call.set_policy_document(new.string("assume_role_policy"));
                Wait::new(format!("{name} to be changed"), PROPAGATION_TIMEOUT)
                    .until_done(is_principal_not_known_yet, || async {
                        call.clone().send().await.of("iam:UpdateAssumeRolePolicy")
                    })
                    .await?;
            }
            if changed("description") || changed("max_session_duration") {
                client
                    .iam()
                    .update_role()
                    .role_name(name)
                    .description(new.str_or_empty("description"))
                    .set_max_session_duration(new.i32("max_session_duration"))
                    .send()
                    .await
                    .of("iam:UpdateRole")?;
            }
            if changed("permissions_boundary") {
                set_boundary(client, name, new.str("permissions_boundary")).await?;
            }
            if changed(INLINE) {
                change_inline(client, name, old, new).await?;
            }
            if changed(MANAGED) {
                let (old, new) = (old.strings(MANAGED), new.strings(MANAGED));
                let is_new = |arn: &&String| !old.contains(arn);
                let is_gone = |arn: &&String| !new.contains(arn);
                for arn in old.iter().filter(is_gone) {
                    detach(client, name, arn).await?;
                }
                for arn in new.iter().filter(is_new) {
                    attach(client, name, arn).await?;
                }
            }
            update_tags!(client, request, role_name(name), tag_role "iam:TagRole", untag_role "iam:UntagRole");
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let prior = View::new(&request.prior);
            let name = prior.str_or_empty("id");
            let forced = prior.bool("force_detach_policies").unwrap_or(false);
            leave_instance_profiles(client, name).await?;
            if forced || !prior.strings(MANAGED).is_empty() {
                for arn in managed_policies(client, name).await? {
                    detach(client, name, &arn).await?;
                }
            }
            if forced || prior.blocks(INLINE).next().is_some() {
                for policy in inline_names(client, name).await? {
                    delete_inline(client, name, &policy).await?;
                }
            }
            Wait::new(format!("{name} to be deleted"), PROPAGATION_TIMEOUT)
                .until_deleted(|| async {
                    let call = client.iam().delete_role().role_name(name);
                    call.send().await.of("iam:DeleteRole").map(drop)
                })
                .await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            imported(self, client, "aws_iam_role", id).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            let name = name(request);
            let Some(found) = found_again(self, client, request, Some(name.clone())).await? else {
                return Ok(None);
            };
            let keys = ["assume_role_policy", "path"];
            if !is_as_planned(client, &found, &request.planned, &keys) {
                return Ok(None);
            }
            complete(client, &name, &request.planned).await?;
            found_again(self, client, request, Some(name)).await
        }
    }

    fn name(request: &CreateRequest) -> String {
        let planned = View::new(&request.planned);
        chosen_name(planned.str("name"), planned.str("name_prefix"), &request.token)
    }

    /// What the call that creates a role cannot say. It may be done twice.
    async fn complete(client: &AwsClients, name: &str, planned: &Value) -> OpResult<()> {
        // At first a role's ARN may be its unique id, which no policy can name.
        Wait::new(format!("{name} to have an ARN"), PROPAGATION_TIMEOUT)
            .until(|| async {
                Ok(match get(client, name).await? {
                    Some(role) if is_arn(role.arn()) => Progress::Ready(()),
                    Some(role) => Progress::Pending(role.arn),
                    None => Progress::Pending("not found".into()),
                })
            })
            .await?;
        if let Some(inline) = planned.get(INLINE) {
            for (policy, text) in policies(inline) {
                put_inline(client, name, policy, text).await?;
            }
        }
        for arn in View::new(planned).strings(MANAGED) {
            attach(client, name, &arn).await?;
        }
        Ok(())
    }

    async fn change_inline(
        client: &AwsClients,
        role: &str,
        old: View<'_>,
        new: View<'_>,
    ) -> OpResult<()> {
        let (Some(old), Some(new)) = (old.get(INLINE), new.get(INLINE)) else { return Ok(()) };
        let (old, new) = (policies(old), policies(new));
        let names: BTreeSet<&str> = new.iter().map(|(name, _)| *name).collect();
        for (name, _) in old.iter().filter(|(name, _)| !names.contains(name)) {
            delete_inline(client, role, name).await?;
        }
        let is_same = |name: &str, text: &Value| {
            let known = old.iter().find(|(known, _)| *known == name);
            known.is_some_and(|(_, known)| Equality::Policy.equal(known, text))
        };
        for (name, text) in new.iter().filter(|(name, text)| !is_same(name, text)) {
            put_inline(client, role, name, text).await?;
        }
        Ok(())
    }

    fn object(client: &AwsClients, prior: &Value, found: &Found) -> Value {
        let role = &found.role;
        let boundary = role.permissions_boundary();
        let mut draft = Draft::from(prior);
        draft
            .set("id", role.role_name())
            .set("arn", role.arn())
            .set("unique_id", role.role_id())
            .set("create_date", rfc3339(role.create_date()))
            .set("name", role.role_name())
            .set("name_prefix", prefix_of(role.role_name()))
            .set("path", role.path())
            .set("description", role.description())
            .set("max_session_duration", role.max_session_duration())
            .set(
                "permissions_boundary",
                boundary.and_then(|boundary| boundary.permissions_boundary_arn()),
            )
            .set(MANAGED, strings_set(found.managed.iter().cloned()))
            .set_unless_equal(
                "assume_role_policy",
                Equality::Policy,
                role.assume_role_policy_document().map(decoded),
            );
        show_inline(&mut draft, &found.inline);
        client.tags.show(&mut draft, pairs(role.tags()));
        draft.finish()
    }

    /// Policies that mean the same as the known ones of their names keep their text.
    fn show_inline(draft: &mut Draft, found: &[(String, String)]) {
        let known = draft.get(INLINE).cloned();
        let known_policies = known.as_ref().map(policies).unwrap_or_default();
        let is_known = known.as_ref().is_some_and(Value::is_wholly_known);
        // An empty block stands for no policies.
        if is_known && found.is_empty() && known_policies.is_empty() {
            return;
        }
        let blocks: Vec<Draft> = found
            .iter()
            .map(|(name, policy)| {
                let mut block = draft.new_block(INLINE);
                block.set("name", name.as_str());
                if let Some((_, known)) = known_policies.iter().find(|(known, _)| known == name) {
                    block.set("policy", (*known).clone());
                }
                block.set_unless_equal("policy", Equality::Policy, policy.as_str());
                block
            })
            .collect();
        draft.set_blocks(INLINE, blocks);
    }
}
