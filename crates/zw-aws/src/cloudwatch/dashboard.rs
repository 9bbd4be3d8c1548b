//! `aws_cloudwatch_dashboard`: pictures of metrics.

use zw_lang::Type;
use zw_provider::schema::{Equality, Schema};

use crate::toolkit::validate::{json, length};
use crate::toolkit::{computed, required};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Pictures of metrics.",
        [
            computed("id", Type::String, "The dashboard's name."),
            computed("dashboard_arn", Type::String, "The dashboard's ARN."),
            required("dashboard_name", Type::String, "The name.")
                .force_new()
                .validate(length::<1, 255>),
            required("dashboard_body", Type::String, "What it shows, as JSON.")
                .equality(Equality::Json)
                .validate(json),
        ],
        [],
    )
    .import_id("dashboard_name")
}

#[cfg(feature = "cloudwatch")]
pub(super) mod live {
    use crate::toolkit::prelude::*;

    pub(in crate::cloudwatch) struct Dashboard;

    #[async_trait]
    impl ResourceType for Dashboard {
        const NAME: &'static str = "aws_cloudwatch_dashboard";
        const TELLING: &'static [&'static str] = &["dashboard_body"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            put(client, new.planned).await?;
            Ok(new.planned.str_or_empty("dashboard_name").to_owned())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let name = View::new(known).str_or_empty("id");
            let answer = client.cloudwatch().get_dashboard().dashboard_name(name).send().await;
            let Some(found) = answer.if_found("cloudwatch:GetDashboard")? else { return Ok(None) };
            let mut draft = Draft::from(known);
            draft
                .set("id", name)
                .set("dashboard_name", name)
                .set("dashboard_arn", found.dashboard_arn())
                .set("dashboard_body", found.dashboard_body());
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            put(client, change.planned).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.cloudwatch().delete_dashboards();
            let answer = call.dashboard_names(object.str_or_empty("id")).send().await;
            answer.if_found("cloudwatch:DeleteDashboards").map(drop)
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(new.planned.string("dashboard_name"))
        }
    }

    async fn put(client: &AwsClients, planned: View<'_>) -> OpResult<()> {
        let call = fill!(
            client.cloudwatch().put_dashboard(), planned,
            set_dashboard_name = string "dashboard_name",
            set_dashboard_body = string "dashboard_body",
        );
        call.send().await.of("cloudwatch:PutDashboard").map(drop)
    }
}
