//! What IAM says of roles, one by one or all at once.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_iam::types::{EntityType, Role, RoleDetail};
use zw_provider::OpResult;

use super::calls::{get, inline_policies, managed_policies};
use crate::iam::live::{decoded, or_nothing};
use crate::toolkit::{Answer, AwsClients, listed};

/// From how many roles on it takes fewer calls to ask for all roles of the account: each takes three and one
/// for each of its inline policies, all take two for each thousand.
pub(in crate::iam) const BATCH_MIN: usize = 8;

/// Roles by name.
pub(in crate::iam) type Roles = Arc<HashMap<String, Found>>;

/// What is said of a role in several answers.
pub(in crate::iam) struct Found {
    pub(in crate::iam) role: Role,
    /// Names and texts.
    pub(in crate::iam) inline: Vec<(String, String)>,
    /// ARNs.
    pub(in crate::iam) managed: Vec<String>,
}

impl Found {
    /// The role of a name, if it exists.
    pub(in crate::iam) async fn of(client: &AwsClients, name: &str) -> OpResult<Option<Self>> {
        let Some(role) = get(client, name).await? else { return Ok(None) };
        let (inline, managed) =
            tokio::try_join!(inline_policies(client, name), managed_policies(client, name))?;
        Ok(Some(Self { role, inline, managed }))
    }
}

/// All roles of the account by name; none if the credentials or the endpoint do not allow to ask for them. Asked for
/// once by everything that is about roles.
pub(in crate::iam) async fn all(client: &AwsClients) -> OpResult<Roles> {
    let ask = async {
        // Either answer has what the other one lacks.
        let (roles, mut details) = tokio::try_join!(roles(client), details(client))?;
        let found = roles.into_iter().filter_map(|role| {
            let detail = details.remove(role.role_name())?;
            Some((role.role_name.clone(), merged(role, detail)))
        });
        Ok(found.collect())
    };
    or_nothing(listed(&client.gathering, "iam:ListRoles", ask).await)
}

fn merged(mut role: Role, detail: RoleDetail) -> Found {
    role.tags = detail.tags;
    role.permissions_boundary = detail.permissions_boundary;
    let inline = detail.role_policy_list.unwrap_or_default().into_iter();
    let managed = detail.attached_managed_policies.unwrap_or_default().into_iter();
    Found {
        role,
        inline: inline
            .filter_map(|policy| Some((policy.policy_name?, decoded(&policy.policy_document?))))
            .collect(),
        managed: managed.filter_map(|policy| policy.policy_arn).collect(),
    }
}

async fn roles(client: &AwsClients) -> OpResult<Vec<Role>> {
    let call = client.iam().list_roles().max_items(1000).into_paginator().items();
    call.send().try_collect().await.of("iam:ListRoles")
}

async fn details(client: &AwsClients) -> OpResult<HashMap<String, RoleDetail>> {
    let call = client.iam().get_account_authorization_details().filter(EntityType::Role);
    let pages = call.max_items(1000).into_paginator().send().try_collect().await;
    let pages = pages.of("iam:GetAccountAuthorizationDetails")?;
    let details = pages.into_iter().flat_map(|page| page.role_detail_list.unwrap_or_default());
    Ok(details.filter_map(|detail| Some((detail.role_name.clone()?, detail))).collect())
}
