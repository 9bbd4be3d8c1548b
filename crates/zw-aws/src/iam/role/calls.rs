//! The calls that roles, and what is attached to them, are made of.

use aws_sdk_iam::types::Role;
use zw_lang::Value;
use zw_provider::OpResult;

use crate::iam::live::{PROPAGATION_TIMEOUT, decoded, is_concurrent_change};
use crate::toolkit::{Answer, AwsClients, Wait};

pub(in crate::iam) async fn get(client: &AwsClients, name: &str) -> OpResult<Option<Role>> {
    let answer = client.iam().get_role().role_name(name).send().await;
    Ok(answer.if_found("iam:GetRole")?.and_then(|answer| answer.role))
}

pub(in crate::iam) async fn inline_names(client: &AwsClients, role: &str) -> OpResult<Vec<String>> {
    let call = client.iam().list_role_policies().role_name(role).into_paginator().items();
    let names = call.send().try_collect().await.if_found("iam:ListRolePolicies")?;
    Ok(names.unwrap_or_default())
}

pub(in crate::iam) async fn inline_policies(
    client: &AwsClients,
    role: &str,
) -> OpResult<Vec<(String, String)>> {
    let mut policies = Vec::new();
    for name in inline_names(client, role).await? {
        let call = client.iam().get_role_policy().role_name(role).policy_name(&name);
        if let Some(found) = call.send().await.if_found("iam:GetRolePolicy")? {
            policies.push((name, decoded(found.policy_document())));
        }
    }
    Ok(policies)
}

pub(in crate::iam) async fn managed_policies(
    client: &AwsClients,
    role: &str,
) -> OpResult<Vec<String>> {
    let call = client.iam().list_attached_role_policies().role_name(role);
    let found = call.into_paginator().items().send().try_collect().await;
    let found = found.if_found("iam:ListAttachedRolePolicies")?.unwrap_or_default();
    Ok(found.into_iter().filter_map(|policy| policy.policy_arn).collect())
}

pub(in crate::iam) async fn put_inline(
    client: &AwsClients,
    role: &str,
    policy: &str,
    text: &Value,
) -> OpResult<()> {
    let call = client.iam().put_role_policy().role_name(role).policy_name(policy);
    let call = call.policy_document(text.as_str().unwrap_or_default());
    call.send().await.of("iam:PutRolePolicy").map(drop)
}

pub(in crate::iam) async fn delete_inline(
    client: &AwsClients,
    role: &str,
    policy: &str,
) -> OpResult<()> {
    let call = client.iam().delete_role_policy().role_name(role).policy_name(policy);
    call.send().await.if_found("iam:DeleteRolePolicy").map(drop)
}

pub(in crate::iam) async fn attach(client: &AwsClients, role: &str, policy: &str) -> OpResult<()> {
    let call = client.iam().attach_role_policy().role_name(role).policy_arn(policy);
    Wait::new(format!("{policy} to be attached to {role}"), PROPAGATION_TIMEOUT)
        .until_done(is_concurrent_change, || async {
            call.clone().send().await.of("iam:AttachRolePolicy").map(drop)
        })
        .await
}

pub(in crate::iam) async fn detach(client: &AwsClients, role: &str, policy: &str) -> OpResult<()> {
    let call = client.iam().detach_role_policy().role_name(role).policy_arn(policy);
    Wait::new(format!("{policy} to be detached from {role}"), PROPAGATION_TIMEOUT)
        .until_done(is_concurrent_change, || async {
            call.clone().send().await.if_found("iam:DetachRolePolicy").map(drop)
        })
        .await
}

pub(in crate::iam) async fn set_boundary(
    client: &AwsClients,
    role: &str,
    boundary: Option<&str>,
) -> OpResult<()> {
    let iam = client.iam();
    if let Some(arn) = boundary.filter(|boundary| !boundary.is_empty()) {
        let call = iam.put_role_permissions_boundary().role_name(role);
        let call = call.permissions_boundary(arn).send().await;
        call.of("iam:PutRolePermissionsBoundary").map(drop)
    } else {
        let call = iam.delete_role_permissions_boundary().role_name(role);
        call.send().await.if_found("iam:DeleteRolePermissionsBoundary").map(drop)
    }
}

pub(in crate::iam) async fn leave_instance_profiles(
    client: &AwsClients,
    role: &str,
) -> OpResult<()> {
    let call = client.iam().list_instance_profiles_for_role().role_name(role);
    let found = call.into_paginator().items().send().try_collect().await;
    for profile in found.if_found("iam:ListInstanceProfilesForRole")?.unwrap_or_default() {
        let call = client.iam().remove_role_from_instance_profile().role_name(role);
        let call = call.instance_profile_name(profile.instance_profile_name());
        call.send().await.if_found("iam:RemoveRoleFromInstanceProfile")?;
    }
    Ok(())
}
