//! `aws_iam_group`: users that have the same policies.

use zw_lang::Type;
use zw_provider::schema::Schema;
use zw_provider::{OpResult, PlanRequest, Planned};

use super::{renamed, valid_name};
use crate::toolkit::{computed, optional, required};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Users that have the same policies.",
        [
            computed("id", Type::String, "The group's name."),
            computed("arn", Type::String, "The group's ARN."),
            computed("unique_id", Type::String, "The id that no other group ever has."),
            required("name", Type::String, "The name.").validate(valid_name::<128>),
            optional("path", Type::String, "The path in the ARN.").default("/"),
        ],
        [],
    )
    .import_id("name")
}

/// A name that is changed is the id.
pub(super) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    Ok(Planned::unchanged(renamed(&request, request.planned)))
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use std::time::Duration;

    use crate::iam::live::{PROPAGATION_TIMEOUT, once};
    use crate::toolkit::prelude::*;

    pub(in crate::iam) struct Group;

    #[async_trait]
    impl ResourceType for Group {
        const NAME: &'static str = "aws_iam_group";
        const TELLING: &'static [&'static str] = &["path"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let call = fill!(
                client.iam().create_group(), new.planned,
                set_group_name = string "name",
                set_path = text "path",
            );
            call.customize().config_override(once()).send().await.of("iam:CreateGroup")?;
            Ok(new.planned.str_or_empty("name").to_owned())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let name = View::new(known).str_or_empty("id");
            let call = client.iam().get_group().group_name(name).max_items(1);
            let found = call.send().await.if_found("iam:GetGroup")?.and_then(|found| found.group);
            Ok(found.map(|found| {
                let mut draft = Draft::from(known);
                draft
                    .set("id", found.group_name())
                    .set("arn", found.arn())
                    .set("unique_id", found.group_id())
                    .set("name", found.group_name())
                    .set("path", found.path());
                draft.finish()
            }))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let call = client.iam().update_group().group_name(change.id());
            let name = change.planned.text("name").filter(|_| change.of(&["name"]));
            let call = call.set_new_group_name(name);
            let path = change.planned.text("path").filter(|_| change.of(&["path"]));
            call.set_new_path(path).send().await.of("iam:UpdateGroup").map(drop)
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.iam().delete_group().group_name(object.str_or_empty("id"));
            call.send().await.of("iam:DeleteGroup").map(drop)
        }

        /// Members that left a moment ago may still be counted.
        fn deletion_timeout(&self, _: View<'_>) -> Duration {
            PROPAGATION_TIMEOUT
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(new.planned.string("name"))
        }
    }
}
