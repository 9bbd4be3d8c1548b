//! `aws_ecr_lifecycle_policy`: which images go by themselves.

use zw_lang::Type;
use zw_provider::schema::{Equality, Schema};

use crate::toolkit::validate::json;
use crate::toolkit::{computed, required};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Which images of a repository go by themselves.",
        [
            computed("id", Type::String, "The repository's name."),
            computed("registry_id", Type::String, "The account whose registry it is."),
            required("repository", Type::String, "The repository's name.").force_new(),
            required("policy", Type::String, "The rules, as JSON.")
                .force_new()
                .equality(Equality::Json)
                .validate(json),
        ],
        [],
    )
    .import_id("repository")
}

#[cfg(feature = "ecr")]
pub(super) mod live {
    use crate::toolkit::prelude::*;

    pub(in crate::ecr) struct LifecyclePolicy;

    #[async_trait]
    impl ResourceType for LifecyclePolicy {
        const NAME: &'static str = "aws_ecr_lifecycle_policy";
        const TELLING: &'static [&'static str] = &["policy"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let call = fill!(
                client.ecr().put_lifecycle_policy(), new.planned,
                set_repository_name = string "repository",
                set_lifecycle_policy_text = string "policy",
            );
            call.send().await.of("ecr:PutLifecyclePolicy")?;
            Ok(new.planned.str_or_empty("repository").to_owned())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let name = View::new(known).str_or_empty("id");
            let answer = client.ecr().get_lifecycle_policy().repository_name(name).send().await;
            let Some(found) = answer.if_found("ecr:GetLifecyclePolicy")? else { return Ok(None) };
            let mut draft = Draft::from(known);
            draft
                .set("id", name)
                .set("repository", name)
                .set("registry_id", found.registry_id())
                .set("policy", found.lifecycle_policy_text());
            Ok(Some(draft.finish()))
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.ecr().delete_lifecycle_policy();
            let answer = call.repository_name(object.str_or_empty("id")).send().await;
            answer.if_found("ecr:DeleteLifecyclePolicy").map(drop)
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(new.planned.string("repository"))
        }
    }
}
