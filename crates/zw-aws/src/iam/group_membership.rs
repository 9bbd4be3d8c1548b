//! `aws_iam_group_membership`: the users of a group, and nobody else.

use zw_lang::Type;
use zw_provider::schema::Schema;

use crate::toolkit::{computed, required, set_of_strings};

pub(super) fn schema() -> Schema {
    Schema::new(
        "The users of a group, and nobody else.",
        [
            computed("id", Type::String, "The name."),
            required("name", Type::String, "What the membership is called.").force_new(),
            required("group", Type::String, "The group's name.").force_new(),
            required("users", set_of_strings(), "Names of users."),
        ],
        [],
    )
    .import_id("name/group")
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use aws_sdk_iam::types::User;
    use zw_lang::Path;

    use crate::iam::user_group_membership::live::{join, leave};
    use crate::toolkit::prelude::*;

    pub(in crate::iam) struct GroupMembership;

    #[async_trait]
    impl ResourceType for GroupMembership {
        const NAME: &'static str = "aws_iam_group_membership";
        const TELLING: &'static [&'static str] = &["users"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            for user in new.planned.strings("users") {
                join(client, &user, new.planned.str_or_empty("group")).await?;
            }
            Ok(new.planned.str_or_empty("name").to_owned())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let call = client.iam().get_group().group_name(View::new(known).str_or_empty("group"));
            let users = call.into_paginator().items().send().try_collect().await;
            let users = users.if_found("iam:GetGroup")?.unwrap_or_default();
            if users.is_empty() {
                return Ok(None);
            }
            let mut draft = Draft::from(known);
            draft.texts("users", users.iter().map(User::user_name));
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let group = change.prior.str_or_empty("group");
            let (old, new) = (change.prior.strings("users"), change.planned.strings("users"));
            for user in new.iter().filter(|user| !old.contains(user)) {
                join(client, user, group).await?;
            }
            for user in old.iter().filter(|user| !new.contains(user)) {
                leave(client, user, group).await?;
            }
            Ok(())
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            for user in object.strings("users") {
                leave(client, &user, object.str_or_empty("group")).await?;
            }
            Ok(())
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(new.planned.string("name"))
        }

        fn identify(&self, id: &str, object: &mut Draft) -> OpResult<()> {
            let Some((name, group)) = id.split_once('/') else {
                let message = format!("{id:?} is not of the form NAME/GROUP.");
                return Err(OpError::invalid(Path::attr_of_root("id"), message));
            };
            object.set("id", name).set("name", name).set("group", group);
            Ok(())
        }
    }
}
