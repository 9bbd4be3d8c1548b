//! What a plan needs to be allowed, as a policy of AWS's IAM.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use zw_engine::Permissions;
use zw_lang::{Diagnostic, Diagnostics};

use super::text::counted;

/// The most characters of a managed policy, white space not counted.
///
/// Source: "IAM and AWS STS quotas", <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const MANAGED_POLICY_CHARS_MAX: usize = 6144;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy<'a> {
    version: &'static str,
    statement: Vec<Statement<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement<'a> {
    effect: &'static str,
    action: Vec<&'a str>,
    resource: &'static str,
}

/// The policy that allows what is needed: a statement a service, everything sorted.
pub(crate) fn document(needed: &BTreeSet<String>) -> String {
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for action in needed {
        let service = action.split_once(':').map_or(action.as_str(), |(service, _)| service);
        services.entry(service).or_default().push(action);
    }
    let statement = services.into_values();
    let statement = statement.map(|action| Statement { effect: "Allow", action, resource: "*" });
    let policy = Policy { version: "2012-10-17", statement: statement.collect() };
    let text = serde_json::to_string_pretty(&policy).expect("texts and lists are JSON");
    text + "\n"
}

/// What whoever takes the policy should know of it.
pub(crate) fn warnings(permissions: &Permissions, document: &str) -> Diagnostics {
    let mut warnings = Diagnostics::new();
    let listed = |names: &BTreeSet<String>| {
        let names: Vec<String> = names.iter().map(|name| format!("  - {name}")).collect();
        names.join("\n")
    };
    if !permissions.unknown.is_empty() {
        warnings.push(Diagnostic::warning(
            "The policy is not complete",
            format!(
                "It is not known which permissions these types need:\n{}\nAdd what they need to the policy.",
                listed(&permissions.unknown)
            ),
        ));
    }
    if !permissions.deferred.is_empty() {
        warnings.push(Diagnostic::warning(
            "The policy is not for all rounds of the apply",
            format!(
                "What is in these is not known before other things exist, and is not in the policy:\n{}\nAsk for the policy \
                 again once they do.",
                listed(&permissions.deferred)
            ),
        ));
    }
    if permissions.needed.is_empty() {
        warnings.push(Diagnostic::warning(
            "The policy allows nothing",
            "Nothing in this plan needs a permission of AWS. IAM takes no policy without a statement.",
        ));
    }
    let count = document.chars().filter(|char| !char.is_whitespace()).count();
    if count > MANAGED_POLICY_CHARS_MAX {
        warnings.push(Diagnostic::warning(
            "The policy is too long for one managed policy",
            format!(
                "It has {}, IAM takes {MANAGED_POLICY_CHARS_MAX}. Put its statements into several policies.",
                counted(count, "character")
            ),
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_service_is_a_statement_and_everything_is_sorted() {
        let document = document(&set(&["sqs:TagQueue", "ec2:DescribeVpcs", "sqs:CreateQueue"]));
        assert_eq!(
            document,
            r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "ec2:DescribeVpcs"
      ],
      "Resource": "*"
    },
    {
      "Effect": "Allow",
      "Action": [
        "sqs:CreateQueue",
        "sqs:TagQueue"
      ],
      "Resource": "*"
    }
  ]
}
"#
        );
    }

    #[test]
    fn whoever_takes_it_is_told_what_is_missing() {
        let permissions = Permissions {
            needed: set(&["sqs:CreateQueue"]),
            unknown: set(&["aws_thing"]),
            deferred: set(&["module.a"]),
        };
        let warnings = warnings(&permissions, &document(&permissions.needed));
        let told: Vec<&str> = warnings.iter().map(|warning| warning.summary.as_str()).collect();
        assert_eq!(
            told,
            ["The policy is not complete", "The policy is not for all rounds of the apply"]
        );
    }

    #[test]
    fn what_no_managed_policy_can_have_is_told() {
        let many = (0..400).map(|at| format!("ec2:DescribeThings{at}")).collect();
        let permissions = Permissions { needed: many, ..Permissions::default() };
        let warnings = warnings(&permissions, &document(&permissions.needed));
        let told: Vec<&str> = warnings.iter().map(|warning| warning.summary.as_str()).collect();
        assert_eq!(told, ["The policy is too long for one managed policy"]);
    }
}
