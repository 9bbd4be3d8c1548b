//! `aws_vpc_security_group_egress_rule`: traffic that may go out.

use zw_provider::schema::Schema;

pub(crate) use super::security_group_rule::{plan, validate};

pub(crate) fn schema() -> Schema {
    super::security_group_rule::schema("Traffic that may go out.")
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use crate::ec2::security_group_rule::live::SecurityGroupRule;

    pub(in crate::ec2) const RULE: SecurityGroupRule = SecurityGroupRule::Egress;
}
