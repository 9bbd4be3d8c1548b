//! `aws_iam_user_policy`: an inline policy of a user.

use zw_lang::Type;
use zw_provider::schema::Schema;

use super::inline_policy;
use crate::toolkit::required;

pub(super) fn schema() -> Schema {
    let owner = required("user", Type::String, "The user's name.");
    inline_policy::schema("An inline policy of a user.", owner).import_id("user:name")
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use std::marker::PhantomData;

    use crate::iam::inline_policy::live::InlinePolicy;
    use crate::iam::policy_owner::User;

    pub(in crate::iam) const POLICY: InlinePolicy<User> = InlinePolicy(PhantomData);
}
