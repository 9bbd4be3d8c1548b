//! `aws_launch_template`: what instances are to be like, in versions.

mod blocks;
#[cfg(feature = "ec2")]
mod request;
#[cfg(feature = "ec2")]
mod response;

use zw_lang::{Type, Value};
use zw_provider::schema::Schema;
use zw_provider::{OpError, OpResult, PlanRequest, Planned, View};

use crate::toolkit::validate::{exclusive, length, one_of};
use crate::toolkit::{
    Tags, computed, forget, is_zero, optional, optional_computed, set_of_strings, tag_attributes,
};

pub(crate) fn schema() -> Schema {
    let text = |name, description| optional(name, Type::String, description);
    let flag = |name, description| optional(name, Type::Bool, description);
    Schema::new(
        "What instances are to be like, in versions.",
        [
            computed("id", Type::String, "The template's id."),
            computed("arn", Type::String, "The template's ARN."),
            optional_computed("name", Type::String, "The name.").force_new(),
            optional_computed("name_prefix", Type::String, "The beginning of a generated name.")
                .force_new(),
            text("description", "What the version is for.").validate(length::<0, 255>),
            optional_computed(
                "default_version",
                Type::Number,
                "The version that is used where none is named.",
            ),
            flag("update_default_version", "Whether each new version becomes the default one."),
            computed("latest_version", Type::Number, "The newest version."),
            flag("disable_api_stop", "Whether instances are protected from being stopped."),
            flag(
                "disable_api_termination",
                "Whether instances are protected from being terminated.",
            ),
            text("ebs_optimized", "Whether instances have bandwidth of their own for volumes."),
            text("image_id", "The image."),
            text(
                "instance_initiated_shutdown_behavior",
                "`stop` or `terminate`: what a shutdown from within means.",
            )
            .validate(one_of!("stop", "terminate")),
            text("instance_type", "The instance type."),
            text("kernel_id", "The kernel."),
            text("key_name", "The key pair."),
            text("ram_disk_id", "The RAM disk."),
            text("user_data", "Data for the instance, in base64."),
            optional(
                "security_group_names",
                set_of_strings(),
                "Names of security groups, outside of a VPC.",
            ),
            optional("vpc_security_group_ids", set_of_strings(), "Security groups."),
        ]
        .into_iter()
        .chain(tag_attributes()),
        blocks::blocks(),
    )
    .import_id("id")
}

/// Attributes that are not part of a version.
const NOT_OF_VERSION: [&str; 9] = [
    "arn",
    "default_version",
    "id",
    "latest_version",
    "name",
    "name_prefix",
    "tags",
    "tags_all",
    "update_default_version",
];

pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = Tags::planned(&request);
    if request.prior.is_null() {
        return Ok(Planned::unchanged(planned));
    }
    let follows = View::new(request.planned).bool("update_default_version") == Some(true);
    if needs_version(request.prior, request.planned) {
        planned = forget(&request, &planned, &["latest_version"]);
        if follows {
            planned = forget(&request, &planned, &["default_version"]);
        }
    } else if follows && request.prior.get("default_version") != request.prior.get("latest_version")
    {
        planned = forget(&request, &planned, &["default_version"]);
    }
    Ok(Planned::unchanged(planned))
}

/// Refuses what cannot be together.
pub(crate) fn validate(config: &Value) -> Vec<OpError> {
    exclusive(
        config,
        &[
            ("name", "name_prefix"),
            ("default_version", "update_default_version"),
            ("vpc_security_group_ids", "security_group_names"),
        ],
    )
}

/// Whether the change makes a new version.
fn needs_version(prior: &Value, planned: &Value) -> bool {
    let Some(planned) = planned.as_object() else { return false };
    planned.iter().any(|(name, new)| {
        let old = prior.get(name);
        !NOT_OF_VERSION.contains(&name.as_str())
            && old != Some(new)
            && !(is_zero(new) && old.is_none_or(is_zero))
    })
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;

    use async_trait::async_trait;
    use aws_sdk_ec2::types::{LaunchTemplate as Description, LaunchTemplateVersion, ResourceType};
    use zw_lang::Value;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpResult, ReadRequest, Resource,
        UpdateRequest, View,
    };

    use super::request::launch_template_data;
    use super::{needs_version, response};
    use crate::ec2::live::{FoundBy, id_of, once, pairs, tag_specification, update_tags};
    use crate::toolkit::{
        Answer, AwsClients, Draft, Given, chosen_name, created, found_again, imported, list_for,
        prefix_of, read_listed, updated,
    };

    /// From how many templates on it takes fewer calls to ask for all of the region: each takes two, all take two for
    /// each two hundred.
    const BATCH_MIN: usize = 3;
    /// Items of a page. Source: EC2 API, `DescribeLaunchTemplateVersions`.
    const PAGE_MAX: i32 = 200;

    pub(in crate::ec2) struct LaunchTemplate;

    #[async_trait]
    impl Resource<AwsClients> for LaunchTemplate {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let tags =
                tag_specification(client, ResourceType::LaunchTemplate, &request, FoundBy::Key);
            let answer = client
                .ec2()
                .create_launch_template()
                .client_token(&request.token)
                .launch_template_name(name_of(&request))
                .set_version_description(planned.text("description"))
                .launch_template_data(launch_template_data(planned))
                .set_tag_specifications(tags)
                .customize()
                .config_override(once())
                .send()
                .await
                .of("ec2:CreateLaunchTemplate");
            let answer = answer.map(|answer| answer.launch_template?.launch_template_id);
            let id = match id_of(answer, find_id(client, &request)).await {
                Ok(id) => id,
                Err(error) => return Created::failed(error),
            };
            created(self, client, &request, &id, async { Ok(()) }).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            let id = View::new(prior).str_or_empty("id");
            let Some((template, version)) = get(client, id).await? else { return Ok(None) };
            let account = client.account_id().await?;
            Ok(Some(object(client, account, prior, &template, &version)))
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let list = list_for(&requests, BATCH_MIN, all(client)).await;
            read_listed(&requests, &list, |prior, all| async move {
                match all.get(View::new(prior).str_or_empty("id")) {
                    Some((template, version)) => {
                        let account = client.account_id().await?;
                        Ok(Some(object(client, account, prior, template, version)))
                    }
                    None => self.read(client, prior).await,
                }
            })
            .await
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let (old, new) = (View::new(&request.prior), View::new(&request.planned));
            let id = old.str_or_empty("id");
            let mut latest = old.i64("latest_version");
            if needs_version(&request.prior, &request.planned) {
                let call = client.ec2().create_launch_template_version().launch_template_id(id);
                let call = call.client_token(&request.token);
                let call = call.set_version_description(new.text("description"));
                let call = call.launch_template_data(launch_template_data(new));
                let answer = call.send().await.of("ec2:CreateLaunchTemplateVersion")?;
                latest = answer.launch_template_version.and_then(|version| version.version_number);
            }
            let wanted = match new.bool("update_default_version") {
                Some(true) => latest,
                _ => new.i64("default_version"),
            };
            if let Some(wanted) =
                wanted.filter(|wanted| Some(*wanted) != old.i64("default_version"))
            {
                let call = client.ec2().modify_launch_template().launch_template_id(id);
                let call = call.default_version(wanted.to_string());
                call.send().await.of("ec2:ModifyLaunchTemplate")?;
            }
            update_tags(client, &request.prior, &request.planned).await?;
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let id = View::new(&request.prior).str_or_empty("id");
            let call = client.ec2().delete_launch_template().launch_template_id(id);
            call.send().await.if_found("ec2:DeleteLaunchTemplate").map(drop)
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            imported(self, client, "aws_launch_template", id).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            let id = find_id(client, request).await?;
            found_again(self, client, request, id).await
        }
    }

    fn name_of(request: &CreateRequest) -> String {
        let planned = View::new(&request.planned);
        chosen_name(planned.str("name"), planned.str("name_prefix"), &request.token)
    }

    /// The template of that name: there cannot be two.
    async fn find_id(client: &AwsClients, request: &CreateRequest) -> OpResult<Option<String>> {
        let call = client.ec2().describe_launch_templates();
        let call = call.launch_template_names(name_of(request)).send().await;
        let found = call.if_found("ec2:DescribeLaunchTemplates")?;
        let found = found.and_then(|found| found.launch_templates?.into_iter().next());
        Ok(found.and_then(|template| template.launch_template_id))
    }

    async fn get(
        client: &AwsClients,
        id: &str,
    ) -> OpResult<Option<(Description, LaunchTemplateVersion)>> {
        let call = client.ec2().describe_launch_templates().launch_template_ids(id);
        let found = call.send().await.if_found("ec2:DescribeLaunchTemplates")?;
        let template = found.and_then(|found| found.launch_templates?.into_iter().next());
        let Some(template) = template else { return Ok(None) };
        let call = client.ec2().describe_launch_template_versions().launch_template_id(id);
        let call = call.versions("$Latest").send().await;
        let found = call.if_found("ec2:DescribeLaunchTemplateVersions")?;
        let version = found.and_then(|found| found.launch_template_versions?.into_iter().next());
        Ok(version.map(|version| (template, version)))
    }

    /// All templates of the region with their latest versions, by id.
    async fn all(
        client: &AwsClients,
    ) -> OpResult<HashMap<String, (Description, LaunchTemplateVersion)>> {
        let call = client.ec2().describe_launch_templates().max_results(PAGE_MAX);
        let templates = call.into_paginator().items().send().try_collect().await;
        let call = client.ec2().describe_launch_template_versions().max_results(PAGE_MAX);
        let versions = call.versions("$Latest").into_paginator().items().send().try_collect().await;
        let mut versions: HashMap<String, LaunchTemplateVersion> = versions
            .of("ec2:DescribeLaunchTemplateVersions")?
            .into_iter()
            .filter_map(|version| Some((version.launch_template_id.clone()?, version)))
            .collect();
        let templates = templates.of("ec2:DescribeLaunchTemplates")?.into_iter();
        let found = templates.filter_map(|template| {
            let id = template.launch_template_id.clone()?;
            let version = versions.remove(&id)?;
            // A version that was made between the two calls is read with its template.
            (version.version_number == template.latest_version_number)
                .then_some((id, (template, version)))
        });
        Ok(found.collect())
    }

    fn object(
        client: &AwsClients,
        account: &str,
        prior: &Value,
        template: &Description,
        version: &LaunchTemplateVersion,
    ) -> Value {
        let id = template.launch_template_id().unwrap_or_default();
        let mut draft = Draft::from(prior);
        draft
            .set("id", id)
            .set("arn", client.arn_of("ec2", account, &format!("launch-template/{id}")))
            .set("name", template.launch_template_name())
            .set("name_prefix", template.launch_template_name().and_then(prefix_of))
            .set("default_version", template.default_version_number)
            .set("latest_version", template.latest_version_number)
            .set("description", version.version_description());
        if let Some(data) = version.launch_template_data() {
            response::show(&mut draft, data);
        }
        client.tags.show(&mut draft, pairs(template.tags()));
        draft.finish()
    }
}
