//! `aws_iam_group_policy`: an inline policy of a group.

use zw_lang::Type;
use zw_provider::schema::Schema;

use super::inline_policy;
use crate::toolkit::required;

pub(super) fn schema() -> Schema {
    let owner = required("group", Type::String, "The group's name.");
    inline_policy::schema("An inline policy of a group.", owner).import_id("group:name")
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use std::marker::PhantomData;

    use crate::iam::inline_policy::live::InlinePolicy;
    use crate::iam::policy_owner::Group;

    pub(in crate::iam) const POLICY: InlinePolicy<Group> = InlinePolicy(PhantomData);
}
