//! `aws_iam_user_policy_attachment`: a managed policy of a user.

use zw_lang::Type;
use zw_provider::schema::Schema;

use super::policy_attachment;
use crate::toolkit::required;

pub(super) fn schema() -> Schema {
    let owner = required("user", Type::String, "The user's name.");
    policy_attachment::schema("A managed policy of a user.", owner).import_id("user/policy_arn")
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use std::marker::PhantomData;

    use crate::iam::policy_attachment::live::Attachment;
    use crate::iam::policy_owner::User;

    pub(in crate::iam) const ATTACHMENT: Attachment<User> = Attachment(PhantomData);
}
