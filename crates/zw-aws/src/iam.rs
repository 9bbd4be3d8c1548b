//! IAM: users, groups, roles, policies and identity providers.

mod account_alias;
mod account_password_policy;
mod group;
mod group_membership;
mod group_policy;
mod group_policy_attachment;
mod inline_policy;
mod instance_profile;
mod openid_connect_provider;
mod policy;
mod policy_attachment;
mod policy_document;
#[cfg(feature = "iam")]
mod policy_owner;
mod role;
mod role_policy;
mod role_policy_attachment;
mod user;
#[cfg(feature = "iam")]
mod user_credentials;
mod user_group_membership;
mod user_policy;
mod user_policy_attachment;

use zw_lang::Value;
use zw_provider::{Catalog, PlanRequest};

use crate::toolkit::validate::one_name;
use crate::toolkit::{Draft, changes};

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog
        .resource("aws_iam_account_alias", account_alias::schema())
        .resource("aws_iam_account_password_policy", account_password_policy::schema())
        .resource("aws_iam_group", group::schema())
        .plan_hook("aws_iam_account_password_policy", account_password_policy::plan)
        .plan_hook("aws_iam_group", group::plan)
        .resource("aws_iam_group_membership", group_membership::schema())
        .resource("aws_iam_group_policy", group_policy::schema())
        .validate_hook("aws_iam_group_policy", one_name)
        .resource("aws_iam_group_policy_attachment", group_policy_attachment::schema())
        .resource("aws_iam_instance_profile", instance_profile::schema())
        .validate_hook("aws_iam_instance_profile", one_name)
        .resource("aws_iam_openid_connect_provider", openid_connect_provider::schema())
        .resource("aws_iam_policy", policy::schema())
        .validate_hook("aws_iam_policy", one_name)
        .resource("aws_iam_role", role::schema())
        .plan_hook("aws_iam_role", role::plan)
        .validate_hook("aws_iam_role", one_name)
        .resource("aws_iam_role_policy", role_policy::schema())
        .validate_hook("aws_iam_role_policy", one_name)
        .resource("aws_iam_role_policy_attachment", role_policy_attachment::schema())
        .resource("aws_iam_user", user::schema())
        .plan_hook("aws_iam_user", user::plan)
        .resource("aws_iam_user_group_membership", user_group_membership::schema())
        .resource("aws_iam_user_policy", user_policy::schema())
        .validate_hook("aws_iam_user_policy", one_name)
        .resource("aws_iam_user_policy_attachment", user_policy_attachment::schema())
        .pure_data_source(
            "aws_iam_policy_document",
            policy_document::schema(),
            policy_document::read,
        );
}

/// The object as planned, when its name or path may be changed: the name is the id, and both are in the ARN.
fn renamed(request: &PlanRequest<'_>, planned: &Value) -> Value {
    let mut draft = Draft::from(planned);
    if changes(request, &["name", "path"]) {
        draft.forget("arn");
    }
    if changes(request, &["name"]) {
        draft.set("id", planned.get("name").cloned());
    }
    draft.into_planned()
}

/// A name of so many characters at most.
fn valid_name<const MOST: usize>(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if text.len() > MOST {
        return Err(format!("it must have at most {MOST} characters, and has {}.", text.len()));
    }
    match text.chars().find(|c| !is_allowed(*c)) {
        Some(c) => Err(format!("{c:?} is not allowed; letters, digits and any of _+=,.@- are.")),
        None => Ok(()),
    }
}

#[cfg(feature = "iam")]
pub(crate) use live::operations;

/// Changes tags of an object from what they are to what is planned. The object is named by one argument
/// of the calls that tag and untag it.
#[cfg(feature = "iam")]
macro_rules! update_tags {
    ($client:expr, $request:expr, $name:ident($id:expr), $tag:ident $tag_name:literal, $untag:ident $untag_name:literal) => {{
        let tags = $client.tags.change(&$request.prior, &$request.planned);
        let (removed, set) = (tags.removed, tags.set);
        if !removed.is_empty() {
            let call = $client.iam().$untag().$name($id).set_tag_keys(Some(removed));
            call.send().await.of($untag_name)?;
        }
        if !set.is_empty() {
            let call = $client.iam().$tag().$name($id);
            call.set_tags(Some(crate::iam::live::tags(set)?)).send().await.of($tag_name)?;
        }
    }};
}
#[cfg(feature = "iam")]
use update_tags;

#[cfg(feature = "iam")]
mod live {
    //! What all types of IAM have in common.

    use std::sync::Arc;
    use std::time::Duration;

    use aws_sdk_iam::config::Builder;
    use aws_sdk_iam::types::Tag;
    use zw_lang::Value;
    use zw_provider::{OpError, OpErrorKind, OpResult, Operations};

    use super::{
        account_alias, account_password_policy, group, group_membership, group_policy,
        group_policy_attachment, instance_profile, openid_connect_provider, policy, role,
        role_policy, role_policy_attachment, user, user_group_membership, user_policy,
        user_policy_attachment,
    };
    use crate::toolkit::{AwsClients, NoRetryOfUncertain, Register, sdk_tag};

    sdk_tag!(Tag);

    /// How long it may take until a change is known everywhere.
    pub(super) const PROPAGATION_TIMEOUT: Duration = Duration::from_mins(2);

    /// What is done with the types.
    pub(crate) fn operations(operations: &mut Operations<AwsClients>) {
        operations
            .add(account_alias::live::AccountAlias)
            .add(account_password_policy::live::AccountPasswordPolicy)
            .add(group::live::Group)
            .add(group_membership::live::GroupMembership)
            .add(group_policy::live::POLICY)
            .add(group_policy_attachment::live::ATTACHMENT)
            .add(user::live::User)
            .add(user_group_membership::live::UserGroupMembership)
            .add(user_policy::live::POLICY)
            .add(user_policy_attachment::live::ATTACHMENT)
            .resource("aws_iam_instance_profile", instance_profile::live::InstanceProfile)
            .resource(
                "aws_iam_openid_connect_provider",
                openid_connect_provider::live::OpenIdConnectProvider,
            )
            .resource("aws_iam_policy", policy::live::Policy)
            .resource("aws_iam_role", role::live::Role)
            .resource("aws_iam_role_policy", role_policy::live::RolePolicy)
            .resource(
                "aws_iam_role_policy_attachment",
                role_policy_attachment::live::RolePolicyAttachment,
            );
    }

    /// For creations: there are no client tokens, so they are not sent twice, unless they certainly did nothing the
    /// first time.
    pub(super) fn once() -> Builder {
        Builder::new().retry_classifier(NoRetryOfUncertain)
    }

    /// The tags of a new object; `None` if there are none.
    pub(super) fn new_tags(client: &AwsClients, planned: &Value) -> OpResult<Option<Vec<Tag>>> {
        let tags = tags(client.tags.wanted(planned))?;
        Ok(Some(tags).filter(|tags| !tags.is_empty()))
    }

    /// Tags, as the API takes them.
    pub(super) fn tags(pairs: impl IntoIterator<Item = (String, String)>) -> OpResult<Vec<Tag>> {
        let tag = |(key, value)| Tag::builder().key(key).value(value).build().map_err(incomplete);
        pairs.into_iter().map(tag).collect()
    }

    /// Keys and values.
    pub(super) fn pairs(tags: &[Tag]) -> impl Iterator<Item = (String, String)> {
        tags.iter().map(|tag| (tag.key.clone(), tag.value.clone()))
    }

    /// A part of a request that lacks something.
    fn incomplete(error: impl std::fmt::Display) -> OpError {
        OpError::new(OpErrorKind::Invalid, format!("{error}."))
    }

    /// A list that not everybody may ask for.
    pub(super) fn or_nothing<T: Default>(list: OpResult<Arc<T>>) -> OpResult<Arc<T>> {
        match list {
            Err(error)
                if matches!(error.kind, OpErrorKind::Denied | OpErrorKind::NotImplemented) =>
            {
                Ok(Arc::default())
            }
            list => list,
        }
    }

    /// The text of a policy in an answer, where it is URL-encoded.
    pub(super) fn decoded(document: &str) -> String {
        // Not so in the answers of some emulators: an encoded document cannot begin like this.
        if document.trim_start().starts_with('{') {
            return document.to_owned();
        }
        let bytes = document.as_bytes();
        let mut decoded = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let code =
                document.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
            match (byte, code) {
                (b'%', Some(code)) => {
                    decoded.push(code);
                    at += 2;
                }
                (b'+', _) => decoded.push(b' '),
                (byte, _) => decoded.push(*byte),
            }
            at += 1;
        }
        String::from_utf8(decoded).unwrap_or_else(|_| document.to_owned())
    }

    /// Whether a policy names a principal that is too new to be known everywhere.
    pub(super) fn is_principal_not_known_yet(error: &OpError) -> bool {
        error.code.as_deref() == Some("MalformedPolicyDocument")
            && error.message.contains("Invalid principal in policy")
    }

    /// Whether somebody else changes the object at the same time.
    pub(super) fn is_concurrent_change(error: &OpError) -> bool {
        matches!(
            error.code.as_deref(),
            Some("ConcurrentModification" | "ConcurrentModificationException")
        )
    }

    #[cfg(test)]
    mod tests {
        use super::decoded;

        #[test]
        fn documents_are_decoded_once() {
            assert_eq!(decoded("%7B%22a%22%3A%20%22%C3%A9%2B%25%22%7D"), "{\"a\": \"é+%\"}");
            assert_eq!(decoded("{\"a\": \"1+1%20\"}"), "{\"a\": \"1+1%20\"}");
            assert_eq!(decoded("%7B+%zz%"), "{ %zz%");
        }
    }
}
