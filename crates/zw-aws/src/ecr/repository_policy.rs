//! `aws_ecr_repository_policy`: who may do what with a repository.

use zw_lang::Type;
use zw_provider::schema::{Equality, Schema};

use crate::toolkit::validate::json;
use crate::toolkit::{computed, required};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Who may do what with a repository.",
        [
            computed("id", Type::String, "The repository's name."),
            computed("registry_id", Type::String, "The account whose registry it is."),
            required("repository", Type::String, "The repository's name.").force_new(),
            required("policy", Type::String, "The policy.")
                .equality(Equality::Policy)
                .validate(json),
        ],
        [],
    )
    .import_id("repository")
}

#[cfg(feature = "ecr")]
pub(super) mod live {
    use std::time::Duration;

    use crate::toolkit::prelude::*;

    /// How long it may take until a principal is known everywhere.
    const PROPAGATION_TIMEOUT: Duration = Duration::from_mins(2);

    pub(in crate::ecr) struct RepositoryPolicy;

    #[async_trait]
    impl ResourceType for RepositoryPolicy {
        const NAME: &'static str = "aws_ecr_repository_policy";
        const TELLING: &'static [&'static str] = &["policy"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            put(client, new.planned).await?;
            Ok(new.planned.str_or_empty("repository").to_owned())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let name = View::new(known).str_or_empty("id");
            let answer = client.ecr().get_repository_policy().repository_name(name).send().await;
            let Some(found) = answer.if_found("ecr:GetRepositoryPolicy")? else { return Ok(None) };
            let mut draft = Draft::from(known);
            draft
                .set("id", name)
                .set("repository", name)
                .set("registry_id", found.registry_id())
                .set("policy", found.policy_text());
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            put(client, change.planned).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.ecr().delete_repository_policy();
            let answer = call.repository_name(object.str_or_empty("id")).send().await;
            answer.if_found("ecr:DeleteRepositoryPolicy").map(drop)
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(new.planned.string("repository"))
        }
    }

    async fn put(client: &AwsClients, planned: View<'_>) -> OpResult<()> {
        let is_principal_new = |error: &OpError| {
            error.code.as_deref() == Some("InvalidParameterException")
                && error.message.contains("Principal")
        };
        Wait::new("the policy of the repository to be taken", PROPAGATION_TIMEOUT)
            .until_done(is_principal_new, || async {
                let call = fill!(
                    client.ecr().set_repository_policy(), planned,
                    set_repository_name = string "repository",
                    set_policy_text = string "policy",
                );
                call.send().await.of("ecr:SetRepositoryPolicy").map(drop)
            })
            .await
    }
}
