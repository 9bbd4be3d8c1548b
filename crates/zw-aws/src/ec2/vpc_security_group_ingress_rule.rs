//! `aws_vpc_security_group_ingress_rule`: traffic that may come in.

use zw_provider::schema::Schema;

pub(crate) use super::security_group_rule::{plan, validate};

pub(crate) fn schema() -> Schema {
    super::security_group_rule::schema("Traffic that may come in.")
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use crate::ec2::security_group_rule::live::SecurityGroupRule;

    pub(in crate::ec2) const RULE: SecurityGroupRule = SecurityGroupRule::Ingress;
}
