//! `aws_iam_instance_profile`: what passes a role to EC2 instances.

use zw_lang::Type;
use zw_provider::schema::Schema;

use super::valid_name;
use crate::toolkit::{computed, optional, optional_computed, tag_attributes};

pub(super) fn schema() -> Schema {
    Schema::new(
        "What passes a role to EC2 instances.",
        [
            computed("id", Type::String, "The profile's name."),
            computed("arn", Type::String, "The profile's ARN."),
            computed("unique_id", Type::String, "The profile's id."),
            computed("create_date", Type::String, "When the profile was made."),
            optional_computed("name", Type::String, "The name; generated if it is not given.")
                .force_new()
                .validate(valid_name::<128>),
            optional_computed("name_prefix", Type::String, "What a generated name begins with.")
                .force_new()
                .validate(valid_name::<102>),
            optional("path", Type::String, "The path, which is part of the ARN.")
                .default("/")
                .force_new(),
            optional("role", Type::String, "The role's name."),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [],
    )
    .import_id("name")
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use async_trait::async_trait;
    use aws_sdk_iam::types::{InstanceProfile as Description, Role};
    use zw_lang::Value;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpError, OpResult, Resource,
        UpdateRequest, View,
    };

    use crate::iam::live::{PROPAGATION_TIMEOUT, new_tags, once, pairs};
    use crate::iam::update_tags;
    use crate::toolkit::validate::is_arn;
    use crate::toolkit::{
        Answer, AwsClients, Draft, Progress, Wait, chosen_name, created, found_again, imported,
        is_as_planned, prefix_of, rfc3339, updated,
    };

    pub(in crate::iam) struct InstanceProfile;

    #[async_trait]
    impl Resource<AwsClients> for InstanceProfile {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let name = name(&request);
            let tags = match new_tags(client, &request.planned) {
                Ok(tags) => tags,
                Err(error) => return Created::failed(error),
            };
            let answer = client
                .iam()
                .create_instance_profile()
                .instance_profile_name(&name)
                .set_path(planned.string("path"))
                .set_tags(tags)
                .customize()
                .config_override(once())
                .send()
                .await
                .of("iam:CreateInstanceProfile");
            if let Err(error) = answer {
                return Created::failed(error);
            }
            created(self, client, &request, &name, complete(client, &name, planned)).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            let found = get(client, View::new(prior).str_or_empty("id")).await?;
            Ok(found.map(|found| object(client, prior, &found)))
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let (old, new) = (View::new(&request.prior), View::new(&request.planned));
            let name = old.str_or_empty("id");
            let (old, new) = (old.str_or_empty("role"), new.str_or_empty("role"));
            if old != new {
                remove_role(client, name, old).await?;
                add_role(client, name, new).await?;
            }
            update_tags!(
                client, request, instance_profile_name(name),
                tag_instance_profile "iam:TagInstanceProfile",
                untag_instance_profile "iam:UntagInstanceProfile"
            );
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let prior = View::new(&request.prior);
            let name = prior.str_or_empty("id");
            remove_role(client, name, prior.str_or_empty("role")).await?;
            Wait::new(format!("{name} to be deleted"), PROPAGATION_TIMEOUT)
                .until_deleted(|| async {
                    let call = client.iam().delete_instance_profile().instance_profile_name(name);
                    call.send().await.of("iam:DeleteInstanceProfile").map(drop)
                })
                .await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            imported(self, client, "aws_iam_instance_profile", id).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            let (name, planned) = (name(request), View::new(&request.planned));
            let Some(found) = found_again(self, client, request, Some(name.clone())).await? else {
                return Ok(None);
            };
            if !is_as_planned(client, &found, &request.planned, &["path"]) {
                return Ok(None);
            }
            if View::new(&found).str_or_empty("role").is_empty() {
                complete(client, &name, planned).await?;
            }
            let found = found_again(self, client, request, Some(name)).await?;
            let is_ours = |found: &Value| is_as_planned(client, found, &request.planned, &["role"]);
            Ok(found.filter(is_ours))
        }
    }

    fn name(request: &CreateRequest) -> String {
        let planned = View::new(&request.planned);
        chosen_name(planned.str("name"), planned.str("name_prefix"), &request.token)
    }

    async fn complete(client: &AwsClients, name: &str, planned: View<'_>) -> OpResult<()> {
        // At first a profile's ARN may be its unique id, which EC2 does not take.
        Wait::new(format!("{name} to have an ARN"), PROPAGATION_TIMEOUT)
            .until(|| async {
                Ok(match get(client, name).await? {
                    Some(profile) if is_arn(profile.arn()) => Progress::Ready(()),
                    Some(profile) => Progress::Pending(profile.arn),
                    None => Progress::Pending("not found".into()),
                })
            })
            .await?;
        add_role(client, name, planned.str_or_empty("role")).await
    }

    async fn get(client: &AwsClients, name: &str) -> OpResult<Option<Description>> {
        let call = client.iam().get_instance_profile().instance_profile_name(name);
        let answer = call.send().await.if_found("iam:GetInstanceProfile")?;
        Ok(answer.and_then(|answer| answer.instance_profile))
    }

    async fn add_role(client: &AwsClients, name: &str, role: &str) -> OpResult<()> {
        if role.is_empty() {
            return Ok(());
        }
        let call = client.iam().add_role_to_instance_profile().instance_profile_name(name);
        let call = call.role_name(role);
        // A role or profile made a moment ago may not be known to the server that answers.
        let is_not_known_yet = |error: &OpError| error.is_not_found();
        Wait::new(format!("{role} to be added to {name}"), PROPAGATION_TIMEOUT)
            .until_done(is_not_known_yet, || async {
                call.clone().send().await.of("iam:AddRoleToInstanceProfile").map(drop)
            })
            .await
    }

    async fn remove_role(client: &AwsClients, name: &str, role: &str) -> OpResult<()> {
        if role.is_empty() {
            return Ok(());
        }
        let call = client.iam().remove_role_from_instance_profile().instance_profile_name(name);
        let call = call.role_name(role);
        call.send().await.if_found("iam:RemoveRoleFromInstanceProfile").map(drop)
    }

    fn object(client: &AwsClients, prior: &Value, found: &Description) -> Value {
        let name = found.instance_profile_name();
        let mut draft = Draft::from(prior);
        draft
            .set("id", name)
            .set("arn", found.arn())
            .set("unique_id", found.instance_profile_id())
            .set("create_date", rfc3339(found.create_date()))
            .set("name", name)
            .set("name_prefix", prefix_of(name))
            .set("path", found.path())
            // There is one at most.
            .set("role", found.roles().first().map(Role::role_name));
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }
}
