//! `aws_ssm_parameter`: a value under a name.

use zw_lang::{Path, Type, Value};
use zw_provider::schema::Schema;
use zw_provider::{OpError, OpResult, PlanRequest, Planned, View};

use crate::toolkit::validate::{exactly_one, length, one_of, together};
use crate::toolkit::{
    Draft, Tags, changes, computed, forget, optional, optional_computed, required, tag_attributes,
};

const INTELLIGENT: &str = "Intelligent-Tiering";

pub(super) fn schema() -> Schema {
    Schema::new(
        "A value under a name.",
        [
            computed("id", Type::String, "The parameter's name."),
            optional_computed("arn", Type::String, "The parameter's ARN."),
            computed("version", Type::Number, "Counts changes of the parameter."),
            computed("has_value_wo", Type::Bool, "Whether the value was given by `value_wo`."),
            required("name", Type::String, "The name.").force_new().validate(length::<1, 2048>),
            required("type", Type::String, "`String`, `StringList` or `SecureString`.")
                .validate(one_of!("String", "StringList", "SecureString")),
            optional_computed("value", Type::String, "The value, which is kept secret.")
                .sensitive(),
            optional_computed("insecure_value", Type::String, "The value, for all to see."),
            optional("value_wo", Type::String, "The value, which is not stored.")
                .sensitive()
                .write_only(),
            optional("value_wo_version", Type::Number, "To be changed along with `value_wo`."),
            optional("allowed_pattern", Type::String, "What the value has to match.")
                .validate(length::<0, 1024>),
            optional_computed("data_type", Type::String, "What the value is.").validate(one_of!(
                "aws:ec2:image",
                "aws:ssm:integration",
                "text"
            )),
            optional("description", Type::String, "What the parameter is for.")
                .validate(length::<0, 1024>),
            optional_computed("key_id", Type::String, "The KMS key of a `SecureString`."),
            optional_computed("tier", Type::String, "How large the parameter may be.")
                .validate(one_of!("Standard", "Advanced", "Intelligent-Tiering")),
            optional("overwrite", Type::Bool, "Whether to take over a parameter that exists.")
                .deprecated("import the parameter that exists"),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [],
    )
    .import_id("name")
}

/// The version is one more after every change, and of the two kinds of value there is one.
pub(super) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = Tags::planned(&request);
    let values = ["value", "insecure_value", "value_wo_version"];
    if changes(&request, &values) {
        planned = forget(&request, &planned, &["value", "insecure_value", "has_value_wo"]);
    }
    let others = ["allowed_pattern", "data_type", "description", "key_id", "tier", "type"];
    if changes(&request, &values) || changes(&request, &others) {
        planned = forget(&request, &planned, &["version"]);
    }
    let (prior, new) = (View::new(request.prior), View::new(&planned));
    // What SSM made of it stays.
    if new.str("tier") == Some(INTELLIGENT)
        && let Some(tier) = prior.get("tier")
    {
        let mut draft = Draft::from(&planned);
        draft.set("tier", tier.clone());
        return Ok(Planned::unchanged(draft.into_planned()));
    }
    let is_downgrade = prior.str("tier") == Some("Advanced") && new.str("tier") == Some("Standard");
    let force_new = is_downgrade.then(|| Path::attr_of_root("tier")).into_iter().collect();
    Ok(Planned { planned, force_new })
}

/// Refuses what cannot be together.
pub(super) fn validate(config: &Value) -> Vec<OpError> {
    let mut errors = exactly_one(config, &["value", "insecure_value", "value_wo"]);
    errors.extend(together(config, &["value_wo", "value_wo_version"]));
    errors
}

#[cfg(feature = "ssm")]
pub(super) mod live {
    use std::collections::HashMap;

    use aws_sdk_ssm::types::{
        Parameter as Described, ParameterMetadata, ParameterStringFilter, ParameterType,
        ResourceTypeForTagging, Tag,
    };

    use crate::toolkit::prelude::*;
    use crate::toolkit::{gathered, read_listed, sdk_tag};

    sdk_tag!(Tag);

    /// How many names a call takes. Source: `GetParameters`, SSM API 2014-11-06.
    const NAMES_MAX: usize = 10;
    /// How many values a filter takes. Source: `ParameterStringFilter`, SSM API 2014-11-06.
    const VALUES_MAX: usize = 50;

    pub(in crate::ssm) struct Parameter;

    #[async_trait]
    impl ResourceType for Parameter {
        const NAME: &'static str = "aws_ssm_parameter";
        const TELLING: &'static [&'static str] = &["type", "value", "insecure_value"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let overwrites = new.planned.bool("overwrite") == Some(true);
            let call = put(client, new.planned, new.config).overwrite(overwrites);
            // Both at once are refused.
            let tags = client.tags.of_new::<Tag>(new.planned.value())?.filter(|_| !overwrites);
            call.set_tags(tags).send().await.of("ssm:PutParameter")?;
            Ok(new.planned.str_or_empty("name").to_owned())
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            if new.planned.bool("overwrite") == Some(true) {
                let set = client.tags.wanted(new.planned.value()).into_iter().collect();
                retag(client, id, TagChange { removed: Vec::new(), set }).await?;
            }
            Ok(())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let name = View::new(known).str_or_empty("id");
            match get(client, vec![name.to_owned()]).await?.get(name) {
                Some(found) => with_tags(client, known, found).await,
                None => Ok(None),
            }
        }

        /// Ten are told with a call, and fifty described. Tags they have to be asked for one by one.
        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let names = requests.iter().filter_map(|it| View::new(&it.prior).string("id"));
            let found = get(client, names.collect()).await;
            read_listed(&requests, &found, |known, found| async move {
                match found.get(View::new(known).str_or_empty("id")) {
                    Some(found) => with_tags(client, known, found).await,
                    None => Ok(None),
                }
            })
            .await
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let told = [
                "allowed_pattern",
                "data_type",
                "description",
                "insecure_value",
                "key_id",
                "tier",
                "type",
                "value",
                "value_wo_version",
            ];
            if !change.of(&told) {
                return Ok(());
            }
            let mut call = put(client, change.planned, change.config).overwrite(true);
            // It stays what it was unless something is said.
            for (name, was) in [("description", true), ("allowed_pattern", false)] {
                if change.of(&[name]) && change.planned.text(name).is_none() {
                    call = if was { call.description("") } else { call.allowed_pattern("") };
                }
            }
            call.send().await.of("ssm:PutParameter").map(drop)
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
            let call = client.ssm().delete_parameter().name(object.str_or_empty("id"));
            call.send().await.of("ssm:DeleteParameter").map(drop)
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(new.planned.string("name"))
        }
    }

    type Put = aws_sdk_ssm::operation::put_parameter::builders::PutParameterFluentBuilder;

    fn put(client: &AwsClients, planned: View<'_>, config: View<'_>) -> Put {
        let values =
            [planned.text("value"), planned.text("insecure_value"), config.text("value_wo")];
        let is_secure = planned.str("type") == Some(ParameterType::SecureString.as_str());
        fill!(
            client.ssm().put_parameter(), planned,
            set_name = string "name",
            set_type = word "type",
            set_allowed_pattern = text "allowed_pattern",
            set_data_type = text "data_type",
            set_description = text "description",
            set_tier = word "tier",
        )
        .set_key_id(planned.text("key_id").filter(|_| is_secure))
        .set_value(values.into_iter().flatten().next())
    }

    /// The value is where the configuration has it.
    fn show_value(draft: &mut Draft, known: View<'_>, value: Option<&str>) {
        let is_written = |name: &str| known.text(name).is_some();
        let is_hidden =
            known.bool("has_value_wo") == Some(true) || known.i64("value_wo_version").is_some();
        draft.set_exactly("has_value_wo", is_hidden);
        let is_insecure = is_written("insecure_value") && !is_written("value");
        draft.set_exactly("value", value.filter(|_| !is_hidden && !is_insecure));
        draft.set_exactly("insecure_value", value.filter(|_| !is_hidden && is_insecure));
    }

    /// What is told of a parameter in two answers.
    type Found = (Described, ParameterMetadata);

    /// Parameters by name.
    async fn get(client: &AwsClients, names: Vec<String>) -> OpResult<HashMap<String, Found>> {
        let values = async |names: Vec<String>| {
            let call = client.ssm().get_parameters().set_names(Some(names)).with_decryption(true);
            let found = call.send().await.of("ssm:GetParameters")?.parameters.unwrap_or_default();
            let by_name = found.into_iter();
            Ok(by_name.filter_map(|it| Some((it.name.clone()?, it))).collect())
        };
        let about = async |names: Vec<String>| {
            let filter = ParameterStringFilter::builder().key("Name").option("Equals");
            let filter = filter.set_values(Some(names)).build().complete()?;
            let call = client.ssm().describe_parameters().parameter_filters(filter);
            let pages = call.into_paginator().send().try_collect().await;
            let pages = pages.of("ssm:DescribeParameters")?.into_iter();
            let found = pages.flat_map(|page| page.parameters.unwrap_or_default());
            Ok(found.filter_map(|it| Some((it.name.clone()?, it))).collect())
        };
        let gathering = &client.gathering;
        let values = gathered(gathering, "ssm:GetParameters", names.clone(), NAMES_MAX, values);
        let about = gathered(gathering, "ssm:DescribeParameters", names, VALUES_MAX, about);
        let (values, mut about): (HashMap<String, Described>, HashMap<String, _>) =
            tokio::try_join!(values, about)?;
        let both = values.into_iter().filter_map(|(name, value)| {
            let about = about.remove(&name)?;
            Some((name, (value, about)))
        });
        Ok(both.collect())
    }

    async fn with_tags(
        client: &AwsClients,
        known: &Value,
        (found, about): &Found,
    ) -> OpResult<Option<Value>> {
        let name = found.name().unwrap_or_default();
        let call = client.ssm().list_tags_for_resource().resource_id(name);
        let call = call.resource_type(ResourceTypeForTagging::Parameter).send().await;
        let Some(tags) = call.if_found("ssm:ListTagsForResource")? else { return Ok(None) };
        let mut draft = Draft::from(known);
        draft
            .set("id", name)
            .set("name", name)
            .set("arn", found.arn())
            .set("version", found.version())
            .word("type", found.r#type())
            .set("allowed_pattern", about.allowed_pattern())
            .set("data_type", about.data_type().or(found.data_type()))
            .set("description", about.description())
            .set("key_id", about.key_id())
            .word("tier", about.tier());
        show_value(&mut draft, View::new(known), found.value());
        client.tags.show(&mut draft, pairs(tags.tag_list()));
        Ok(Some(draft.finish()))
    }

    async fn retag(client: &AwsClients, name: &str, tags: TagChange) -> OpResult<()> {
        let kind = ResourceTypeForTagging::Parameter;
        if let Some(keys) = tags.removed() {
            let call = client.ssm().remove_tags_from_resource().resource_type(kind.clone());
            let call = call.resource_id(name).set_tag_keys(Some(keys));
            call.send().await.of("ssm:RemoveTagsFromResource")?;
        }
        if let Some(set) = tags.set::<Tag>()? {
            let call = client.ssm().add_tags_to_resource().resource_type(kind);
            let call = call.resource_id(name).set_tags(Some(set));
            call.send().await.of("ssm:AddTagsToResource")?;
        }
        Ok(())
    }
}
