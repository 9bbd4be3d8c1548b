//! Users and groups as those who have policies: the calls differ by name only.

use crate::iam::live::decoded;
use crate::toolkit::prelude::*;

/// Who has policies, besides roles.
#[async_trait]
pub(super) trait PolicyOwner: Send + Sync + 'static {
    /// The attribute that names the owner.
    const OWNER: &'static str;
    /// The type of a managed policy that is attached.
    const ATTACHMENT: &'static str;
    /// The type of an inline policy.
    const INLINE: &'static str;
    /// The operation that lists attached policies.
    const LIST: &'static str;

    /// Attaches a managed policy.
    async fn attach(client: &AwsClients, owner: &str, policy: &str) -> OpResult<()>;

    /// Detaches one.
    async fn detach(client: &AwsClients, owner: &str, policy: &str) -> OpResult<()>;

    /// The ARNs of attached policies.
    async fn attached(client: &AwsClients, owner: &str) -> OpResult<Vec<String>>;

    /// Writes an inline policy.
    async fn put(client: &AwsClients, owner: &str, name: &str, policy: &str) -> OpResult<()>;

    /// The text of one.
    async fn get(client: &AwsClients, owner: &str, name: &str) -> OpResult<Option<String>>;

    /// Deletes one.
    async fn delete(client: &AwsClients, owner: &str, name: &str) -> OpResult<()>;
}

pub(super) struct User;

#[async_trait]
impl PolicyOwner for User {
    const OWNER: &'static str = "user";
    const ATTACHMENT: &'static str = "aws_iam_user_policy_attachment";
    const INLINE: &'static str = "aws_iam_user_policy";
    const LIST: &'static str = "iam:ListAttachedUserPolicies";

    async fn attach(client: &AwsClients, owner: &str, policy: &str) -> OpResult<()> {
        let call = client.iam().attach_user_policy().user_name(owner).policy_arn(policy);
        call.send().await.of("iam:AttachUserPolicy").map(drop)
    }

    async fn detach(client: &AwsClients, owner: &str, policy: &str) -> OpResult<()> {
        let call = client.iam().detach_user_policy().user_name(owner).policy_arn(policy);
        call.send().await.if_found("iam:DetachUserPolicy").map(drop)
    }

    async fn attached(client: &AwsClients, owner: &str) -> OpResult<Vec<String>> {
        let call = client.iam().list_attached_user_policies().user_name(owner);
        let found = call.into_paginator().items().send().try_collect().await;
        let found = found.if_found(Self::LIST)?.unwrap_or_default();
        Ok(found.into_iter().filter_map(|policy| policy.policy_arn).collect())
    }

    async fn put(client: &AwsClients, owner: &str, name: &str, policy: &str) -> OpResult<()> {
        let call = client.iam().put_user_policy().user_name(owner).policy_name(name);
        call.policy_document(policy).send().await.of("iam:PutUserPolicy").map(drop)
    }

    async fn get(client: &AwsClients, owner: &str, name: &str) -> OpResult<Option<String>> {
        let call = client.iam().get_user_policy().user_name(owner).policy_name(name);
        let found = call.send().await.if_found("iam:GetUserPolicy")?;
        Ok(found.map(|found| decoded(found.policy_document())))
    }

    async fn delete(client: &AwsClients, owner: &str, name: &str) -> OpResult<()> {
        let call = client.iam().delete_user_policy().user_name(owner).policy_name(name);
        call.send().await.if_found("iam:DeleteUserPolicy").map(drop)
    }
}

pub(super) struct Group;

#[async_trait]
impl PolicyOwner for Group {
    const OWNER: &'static str = "group";
    const ATTACHMENT: &'static str = "aws_iam_group_policy_attachment";
    const INLINE: &'static str = "aws_iam_group_policy";
    const LIST: &'static str = "iam:ListAttachedGroupPolicies";

    async fn attach(client: &AwsClients, owner: &str, policy: &str) -> OpResult<()> {
        let call = client.iam().attach_group_policy().group_name(owner).policy_arn(policy);
        call.send().await.of("iam:AttachGroupPolicy").map(drop)
    }

    async fn detach(client: &AwsClients, owner: &str, policy: &str) -> OpResult<()> {
        let call = client.iam().detach_group_policy().group_name(owner).policy_arn(policy);
        call.send().await.if_found("iam:DetachGroupPolicy").map(drop)
    }

    async fn attached(client: &AwsClients, owner: &str) -> OpResult<Vec<String>> {
        let call = client.iam().list_attached_group_policies().group_name(owner);
        let found = call.into_paginator().items().send().try_collect().await;
        let found = found.if_found(Self::LIST)?.unwrap_or_default();
        Ok(found.into_iter().filter_map(|policy| policy.policy_arn).collect())
    }

    async fn put(client: &AwsClients, owner: &str, name: &str, policy: &str) -> OpResult<()> {
        let call = client.iam().put_group_policy().group_name(owner).policy_name(name);
        call.policy_document(policy).send().await.of("iam:PutGroupPolicy").map(drop)
    }

    async fn get(client: &AwsClients, owner: &str, name: &str) -> OpResult<Option<String>> {
        let call = client.iam().get_group_policy().group_name(owner).policy_name(name);
        let found = call.send().await.if_found("iam:GetGroupPolicy")?;
        Ok(found.map(|found| decoded(found.policy_document())))
    }

    async fn delete(client: &AwsClients, owner: &str, name: &str) -> OpResult<()> {
        let call = client.iam().delete_group_policy().group_name(owner).policy_name(name);
        call.send().await.if_found("iam:DeleteGroupPolicy").map(drop)
    }
}
