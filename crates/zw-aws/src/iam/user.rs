//! `aws_iam_user`: somebody with credentials of their own.

use zw_lang::Type;
use zw_provider::schema::Schema;
use zw_provider::{OpResult, PlanRequest, Planned};

use super::{renamed, valid_name};
use crate::toolkit::validate::arn;
use crate::toolkit::{Tags, computed, optional, required, tag_attributes};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Somebody with credentials of their own.",
        [
            computed("id", Type::String, "The user's name."),
            computed("arn", Type::String, "The user's ARN."),
            computed("unique_id", Type::String, "The id that no other user ever has."),
            required("name", Type::String, "The name.").validate(valid_name::<64>),
            optional("path", Type::String, "The path in the ARN.").default("/"),
            optional("permissions_boundary", Type::String, "The most that policies can allow.")
                .validate(arn),
            optional(
                "force_destroy",
                Type::Bool,
                "Whether credentials that the user still has are deleted with them.",
            )
            .default(false),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [],
    )
    .import_id("name")
}

/// A name that is changed is the id.
pub(super) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let planned = Tags::planned(&request);
    Ok(Planned::unchanged(renamed(&request, &planned)))
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use std::time::Duration;

    use aws_sdk_iam::types::{Tag, User as Description};

    use crate::iam::live::{PROPAGATION_TIMEOUT, once};
    use crate::iam::user_credentials::delete_credentials;
    use crate::toolkit::prelude::*;

    pub(in crate::iam) struct User;

    #[async_trait]
    impl ResourceType for User {
        const NAME: &'static str = "aws_iam_user";
        const TELLING: &'static [&'static str] = &["path", "permissions_boundary"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let call = fill!(
                client.iam().create_user(), new.planned,
                set_user_name = string "name",
                set_path = text "path",
                set_permissions_boundary = text "permissions_boundary",
            );
            let call = call.set_tags(client.tags.of_new::<Tag>(new.planned.value())?);
            call.customize().config_override(once()).send().await.of("iam:CreateUser")?;
            Ok(new.planned.str_or_empty("name").to_owned())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let name = View::new(known).str_or_empty("id");
            let answer = client.iam().get_user().user_name(name).send().await;
            let found = answer.if_found("iam:GetUser")?.and_then(|answer| answer.user);
            Ok(found.map(|found| object(client, known, &found)))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let planned = change.planned;
            if change.of(&["permissions_boundary"]) {
                set_boundary(client, change.id(), planned.text("permissions_boundary")).await?;
            }
            if change.of(&["name", "path"]) {
                let call = client.iam().update_user().user_name(change.id());
                let name = planned.text("name").filter(|_| change.of(&["name"]));
                let call = call.set_new_user_name(name);
                let path = planned.text("path").filter(|_| change.of(&["path"]));
                call.set_new_path(path).send().await.of("iam:UpdateUser")?;
            }
            Ok(())
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            let name = object.str_or_empty("id");
            if let Some(keys) = tags.removed() {
                let call = client.iam().untag_user().user_name(name).set_tag_keys(Some(keys));
                call.send().await.of("iam:UntagUser")?;
            }
            if let Some(set) = tags.set::<Tag>()? {
                let call = client.iam().tag_user().user_name(name).set_tags(Some(set));
                call.send().await.of("iam:TagUser")?;
            }
            Ok(())
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let name = object.str_or_empty("id");
            leave_groups(client, name).await?;
            if object.bool("force_destroy") == Some(true) {
                delete_credentials(client, name).await?;
            }
            client.iam().delete_user().user_name(name).send().await.of("iam:DeleteUser").map(drop)
        }

        /// Policies that were detached a moment ago may still be counted.
        fn deletion_timeout(&self, _: View<'_>) -> Duration {
            PROPAGATION_TIMEOUT
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(new.planned.string("name"))
        }
    }

    fn object(client: &AwsClients, known: &Value, found: &Description) -> Value {
        let boundary = found.permissions_boundary();
        let mut draft = Draft::from(known);
        draft
            .set("id", found.user_name())
            .set("arn", found.arn())
            .set("unique_id", found.user_id())
            .set("name", found.user_name())
            .set("path", found.path())
            .set("permissions_boundary", boundary.and_then(|it| it.permissions_boundary_arn()));
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }

    async fn set_boundary(
        client: &AwsClients,
        name: &str,
        boundary: Option<String>,
    ) -> OpResult<()> {
        if let Some(arn) = boundary {
            let call = client.iam().put_user_permissions_boundary().user_name(name);
            let answer = call.permissions_boundary(arn).send().await;
            return answer.of("iam:PutUserPermissionsBoundary").map(drop);
        }
        let call = client.iam().delete_user_permissions_boundary().user_name(name);
        call.send().await.if_found("iam:DeleteUserPermissionsBoundary").map(drop)
    }

    /// A member of a group cannot be deleted.
    async fn leave_groups(client: &AwsClients, name: &str) -> OpResult<()> {
        let call = client.iam().list_groups_for_user().user_name(name).into_paginator().items();
        let groups = call.send().try_collect().await.if_found("iam:ListGroupsForUser")?;
        for group in groups.unwrap_or_default() {
            let call = client.iam().remove_user_from_group().user_name(name);
            let call = call.group_name(group.group_name());
            call.send().await.if_found("iam:RemoveUserFromGroup")?;
        }
        Ok(())
    }
}
