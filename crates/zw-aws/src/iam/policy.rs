//! `aws_iam_policy`: a policy that can be attached to roles, users and groups.

use zw_lang::Type;
use zw_provider::schema::{Equality, Schema};

use super::valid_name;
use crate::toolkit::validate::json;
use crate::toolkit::{computed, optional, optional_computed, required, tag_attributes};

pub(super) fn schema() -> Schema {
    Schema::new(
        "A policy that can be attached to roles, users and groups.",
        [
            computed("id", Type::String, "The policy's ARN."),
            computed("arn", Type::String, "The policy's ARN."),
            computed("policy_id", Type::String, "The policy's id, which no other policy ever has."),
            computed("attachment_count", Type::Number, "To how many identities it is attached."),
            optional_computed("name", Type::String, "The name; generated if it is not given.")
                .force_new()
                .validate(valid_name::<128>),
            optional_computed("name_prefix", Type::String, "What a generated name begins with.")
                .force_new()
                .validate(valid_name::<102>),
            optional("path", Type::String, "The path, which is part of the ARN.")
                .default("/")
                .force_new(),
            optional("description", Type::String, "What the policy is for.").force_new(),
            required("policy", Type::String, "The policy.")
                .equality(Equality::Policy)
                .validate(json),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [],
    )
    .import_id("arn")
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::sync::Arc;

    use async_trait::async_trait;
    use aws_sdk_iam::types::{
        EntityType, ManagedPolicyDetail, Policy as Description, PolicyVersion,
    };
    use zw_lang::Value;
    use zw_provider::schema::Equality;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpResult, ReadRequest, Resource,
        UpdateRequest, View,
    };

    use crate::iam::live::{PROPAGATION_TIMEOUT, decoded, new_tags, once, or_nothing, pairs};
    use crate::iam::update_tags;
    use crate::toolkit::{
        Answer, AwsClients, Draft, Wait, chosen_name, created, found_again, imported,
        is_as_planned, list_for, listed, partition, prefix_of, read_listed, updated,
    };

    /// From how many policies on it takes fewer calls to ask for the texts of all.
    const BATCH_MIN: usize = 3;

    /// Source: IAM quotas, "Versions of a managed policy that can be stored".
    const VERSIONS_MAX: usize = 5;

    pub(in crate::iam) struct Policy;

    #[async_trait]
    impl Resource<AwsClients> for Policy {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let tags = match new_tags(client, &request.planned) {
                Ok(tags) => tags,
                Err(error) => return Created::failed(error),
            };
            let answer = client
                .iam()
                .create_policy()
                .policy_name(name(&request))
                .set_path(planned.string("path"))
                .set_description(planned.string("description"))
                .set_policy_document(planned.string("policy"))
                .set_tags(tags)
                .customize()
                .config_override(once())
                .send()
                .await
                .of("iam:CreatePolicy");
            let arn = match answer {
                Ok(answer) => answer.policy.and_then(|policy| policy.arn).unwrap_or_default(),
                Err(error) => return Created::failed(error),
            };
            created(self, client, &request, &arn, async { Ok(()) }).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            let arn = View::new(prior).str_or_empty("id");
            let answer = client.iam().get_policy().policy_arn(arn).send().await;
            let found = answer.if_found("iam:GetPolicy")?.and_then(|answer| answer.policy);
            let Some(policy) = found else { return Ok(None) };
            let version = policy.default_version_id().unwrap_or_default();
            let Some(version) = get_version(client, arn, version).await? else { return Ok(None) };
            Ok(Some(object(client, prior, &policy, version.document())))
        }

        /// One call each instead of two: a list has the texts of all policies. Their tags it has not.
        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let list = list_for(&requests, BATCH_MIN, texts(client)).await;
            read_listed(&requests, &list, |prior, texts| async move {
                let arn = View::new(prior).str_or_empty("id");
                let Some((version, text)) = texts.get(arn) else {
                    return self.read(client, prior).await;
                };
                let answer = client.iam().get_policy().policy_arn(arn).send().await;
                let found = answer.if_found("iam:GetPolicy")?.and_then(|answer| answer.policy);
                match found {
                    Some(policy) if policy.default_version_id.as_ref() == Some(version) => {
                        Ok(Some(object(client, prior, &policy, Some(text))))
                    }
                    Some(_) => self.read(client, prior).await,
                    None => Ok(None),
                }
            })
            .await
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let arn = View::new(&request.prior).str_or_empty("id");
            if request.prior.get("policy") != request.planned.get("policy") {
                let policy = View::new(&request.planned).str_or_empty("policy");
                set_policy(client, arn, policy).await?;
            }
            update_tags!(client, request, policy_arn(arn), tag_policy "iam:TagPolicy", untag_policy "iam:UntagPolicy");
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let arn = View::new(&request.prior).str_or_empty("id");
            for version in versions(client, arn).await? {
                if !version.is_default_version {
                    delete_version(client, arn, &version).await?;
                }
            }
            // What it was attached to may have been deleted a moment ago.
            Wait::new(format!("{arn} to be deleted"), PROPAGATION_TIMEOUT)
                .until_deleted(|| async {
                    let call = client.iam().delete_policy().policy_arn(arn);
                    call.send().await.of("iam:DeletePolicy").map(drop)
                })
                .await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            imported(self, client, "aws_iam_policy", id).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            let account = &client.caller().await?.account_id;
            let path = View::new(&request.planned).str("path").unwrap_or("/");
            let (partition, name) = (partition(&client.region), name(request));
            let arn = format!("arn:{partition}:iam::{account}:policy{path}{name}");
            let found = found_again(self, client, request, Some(arn)).await?;
            let keys = ["policy", "description"];
            Ok(found.filter(|found| is_as_planned(client, found, &request.planned, &keys)))
        }
    }

    fn name(request: &CreateRequest) -> String {
        let planned = View::new(&request.planned);
        chosen_name(planned.str("name"), planned.str("name_prefix"), &request.token)
    }

    async fn get_version(
        client: &AwsClients,
        arn: &str,
        version: &str,
    ) -> OpResult<Option<PolicyVersion>> {
        let call = client.iam().get_policy_version().policy_arn(arn).version_id(version);
        let answer = call.send().await.if_found("iam:GetPolicyVersion")?;
        Ok(answer.and_then(|answer| answer.policy_version))
    }

    /// The default versions of all policies of the account and their texts, by ARN.
    async fn texts(client: &AwsClients) -> OpResult<Arc<HashMap<String, (String, String)>>> {
        let ask = async {
            let call = client.iam().get_account_authorization_details();
            let call = call.filter(EntityType::LocalManagedPolicy).max_items(1000);
            let pages = call.into_paginator().send().try_collect().await;
            let pages = pages.of("iam:GetAccountAuthorizationDetails")?.into_iter();
            let policies = pages.flat_map(|page| page.policies.unwrap_or_default());
            let text = |policy: ManagedPolicyDetail| {
                let version = policy.default_version_id?;
                let mut versions = policy.policy_version_list?.into_iter();
                let found = versions.find(|found| found.version_id() == Some(&version))?;
                Some((policy.arn?, (version, found.document?)))
            };
            Ok(policies.filter_map(text).collect())
        };
        or_nothing(listed(&client.gathering, "iam:LocalManagedPolicies", ask).await)
    }

    async fn versions(client: &AwsClients, arn: &str) -> OpResult<Vec<PolicyVersion>> {
        let call = client.iam().list_policy_versions().policy_arn(arn).into_paginator().items();
        let found = call.send().try_collect().await;
        Ok(found.if_found("iam:ListPolicyVersions")?.unwrap_or_default())
    }

    async fn delete_version(
        client: &AwsClients,
        arn: &str,
        version: &PolicyVersion,
    ) -> OpResult<()> {
        let call = client.iam().delete_policy_version().policy_arn(arn);
        let call = call.set_version_id(version.version_id.clone());
        call.send().await.if_found("iam:DeletePolicyVersion").map(drop)
    }

    /// Adds a version and makes it the default; the oldest one goes if there are too many.
    ///
    /// The version is made the default once it can be read: in one step with its creation, servers that
    /// do not know of it yet would deny what both the old and the new one allow.
    async fn set_policy(client: &AwsClients, arn: &str, policy: &str) -> OpResult<()> {
        let versions = versions(client, arn).await?;
        if versions.len() >= VERSIONS_MAX {
            let others = versions.iter().filter(|version| !version.is_default_version);
            let oldest = others.min_by_key(|version| {
                version.create_date.map(|time| (time.secs(), time.subsec_nanos()))
            });
            if let Some(oldest) = oldest {
                delete_version(client, arn, oldest).await?;
            }
        }
        let call = client.iam().create_policy_version().policy_arn(arn).policy_document(policy);
        let answer = call.set_as_default(false).send().await.of("iam:CreatePolicyVersion")?;
        let id = answer.policy_version.and_then(|version| version.version_id).unwrap_or_default();
        Wait::new(format!("version {id} of {arn} to be known"), PROPAGATION_TIMEOUT)
            .until_found(|| get_version(client, arn, &id))
            .await?;
        let call = client.iam().set_default_policy_version().policy_arn(arn).version_id(&id);
        call.send().await.of("iam:SetDefaultPolicyVersion").map(drop)
    }

    fn object(
        client: &AwsClients,
        prior: &Value,
        policy: &Description,
        text: Option<&str>,
    ) -> Value {
        let mut draft = Draft::from(prior);
        draft
            .set("id", policy.arn())
            .set("arn", policy.arn())
            .set("policy_id", policy.policy_id())
            .set("attachment_count", policy.attachment_count())
            .set("name", policy.policy_name())
            .set("name_prefix", policy.policy_name().and_then(prefix_of))
            .set("path", policy.path())
            .set("description", policy.description())
            .set_unless_equal("policy", Equality::Policy, text.map(decoded));
        client.tags.show(&mut draft, pairs(policy.tags()));
        draft.finish()
    }
}
