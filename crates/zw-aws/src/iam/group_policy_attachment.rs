//! `aws_iam_group_policy_attachment`: a managed policy of a group.

use zw_lang::Type;
use zw_provider::schema::Schema;

use super::policy_attachment;
use crate::toolkit::required;

pub(super) fn schema() -> Schema {
    let owner = required("group", Type::String, "The group's name.");
    policy_attachment::schema("A managed policy of a group.", owner).import_id("group/policy_arn")
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use std::marker::PhantomData;

    use crate::iam::policy_attachment::live::Attachment;
    use crate::iam::policy_owner::Group;

    pub(in crate::iam) const ATTACHMENT: Attachment<Group> = Attachment(PhantomData);
}
