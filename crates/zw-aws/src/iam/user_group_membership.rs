//! `aws_iam_user_group_membership`: groups that a user is in, others left alone.

use zw_lang::Type;
use zw_provider::schema::Schema;

use crate::toolkit::{computed, required, set_of_strings};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Groups that a user is in. Others are left alone.",
        [
            computed("id", Type::String, "The names of the user and of groups."),
            required("user", Type::String, "The user's name.").force_new(),
            required("groups", set_of_strings(), "Names of groups."),
        ],
        [],
    )
    .import_id("user/groups")
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use zw_lang::Path;

    use crate::toolkit::prelude::*;

    pub(in crate::iam) struct UserGroupMembership;

    #[async_trait]
    impl ResourceType for UserGroupMembership {
        const NAME: &'static str = "aws_iam_user_group_membership";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            for group in new.planned.strings("groups") {
                join(client, new.planned.str_or_empty("user"), &group).await?;
            }
            Ok(id(new.planned))
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let known_as = View::new(known);
            let call = client.iam().list_groups_for_user().user_name(known_as.str_or_empty("user"));
            let found = call.into_paginator().items().send().try_collect().await;
            let found = found.if_found("iam:ListGroupsForUser")?.unwrap_or_default();
            let mut groups = known_as.strings("groups");
            groups.retain(|group| found.iter().any(|found| found.group_name() == group));
            if groups.is_empty() {
                return Ok(None);
            }
            let mut draft = Draft::from(known);
            draft.texts("groups", groups);
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let user = change.prior.str_or_empty("user");
            let (old, new) = (change.prior.strings("groups"), change.planned.strings("groups"));
            for group in new.iter().filter(|group| !old.contains(group)) {
                join(client, user, group).await?;
            }
            for group in old.iter().filter(|group| !new.contains(group)) {
                leave(client, user, group).await?;
            }
            Ok(())
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            for group in object.strings("groups") {
                leave(client, object.str_or_empty("user"), &group).await?;
            }
            Ok(())
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(Some(id(new.planned)))
        }

        fn identify(&self, id: &str, object: &mut Draft) -> OpResult<()> {
            let Some((user, groups)) = id.split_once('/') else {
                let message = format!("{id:?} is not of the form USER/GROUP, with more groups.");
                return Err(OpError::invalid(Path::attr_of_root("id"), message));
            };
            object.set("id", id).set("user", user).texts("groups", groups.split('/'));
            Ok(())
        }
    }

    fn id(planned: View<'_>) -> String {
        let mut id = planned.str_or_empty("user").to_owned();
        for group in planned.strings("groups") {
            id.push('/');
            id.push_str(&group);
        }
        id
    }

    /// To join twice is no error.
    pub(in crate::iam) async fn join(client: &AwsClients, user: &str, group: &str) -> OpResult<()> {
        let call = client.iam().add_user_to_group().user_name(user).group_name(group);
        call.send().await.of("iam:AddUserToGroup").map(drop)
    }

    pub(in crate::iam) async fn leave(
        client: &AwsClients,
        user: &str,
        group: &str,
    ) -> OpResult<()> {
        let call = client.iam().remove_user_from_group().user_name(user).group_name(group);
        call.send().await.if_found("iam:RemoveUserFromGroup").map(drop)
    }
}
