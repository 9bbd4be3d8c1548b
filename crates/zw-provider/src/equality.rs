//! When two values mean the same to the service behind them.

mod policy;

use zw_lang::{Value, json_text_to_value};

use crate::schema::Equality;
use policy::Policy;

impl Equality {
    /// Whether two values mean the same. Values that are not known yet mean the same as nothing but
    /// themselves.
    pub fn equal(&self, a: &Value, b: &Value) -> bool {
        if a == b {
            return true;
        }
        match self {
            Self::Exact => false,
            Self::Custom(equal) => a.is_wholly_known() && b.is_wholly_known() && equal(a, b),
            Self::Json => both_texts(a, b).is_some_and(|(a, b)| same_json(a, b)),
            Self::Policy => both_texts(a, b).is_some_and(|(a, b)| same_policy(a, b)),
            Self::IgnoreCase => {
                both_texts(a, b).is_some_and(|(a, b)| a.to_lowercase() == b.to_lowercase())
            }
        }
    }
}

fn both_texts<'a>(a: &'a Value, b: &'a Value) -> Option<(&'a str, &'a str)> {
    Some((a.as_str()?, b.as_str()?))
}

fn same_json(a: &str, b: &str) -> bool {
    match (json_text_to_value(a), json_text_to_value(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// What is no policy is compared as JSON: it is up to the service to refuse it.
fn same_policy(a: &str, b: &str) -> bool {
    if is_blank(a) && is_blank(b) {
        return true;
    }
    match (Policy::parse(a), Policy::parse(b)) {
        (Some(a), Some(b)) => a == b,
        _ => same_json(a, b),
    }
}

/// Services answer with either where there is no policy.
fn is_blank(text: &str) -> bool {
    matches!(text.trim(), "" | "{}")
}

#[cfg(test)]
mod tests {
    use zw_lang::Type;

    use super::*;

    fn equal(equality: Equality, a: &str, b: &str) -> bool {
        let answers = [equality.equal(&a.into(), &b.into()), equality.equal(&b.into(), &a.into())];
        assert_eq!(answers[0], answers[1], "it does not matter which is first: {a} {b}");
        answers[0]
    }

    fn statement(text: &str) -> String {
        format!(r#"{{"Version": "2012-10-17", "Statement": {text}}}"#)
    }

    #[test]
    fn documents_are_equal_whatever_their_spaces_and_order_of_keys() {
        assert!(equal(Equality::Json, r#"{"a": 1.0, "b": [true]}"#, r#"{"b":[true],"a":1}"#));
        assert!(!equal(Equality::Json, "[1, 2]", "[2, 1]"));
        assert!(!equal(Equality::Json, "{", "{ "));
        assert!(!equal(Equality::Exact, "[1]", "[ 1 ]"));
        assert!(equal(Equality::IgnoreCase, "PostgreSQL", "postgresql"));
    }

    #[test]
    fn what_is_not_known_is_equal_to_nothing_else() {
        let unknown = Value::unknown(Type::String);
        let always = Equality::Custom(|_, _| true);
        for equality in [Equality::Json, Equality::Policy, Equality::IgnoreCase, always] {
            assert!(!equality.equal(&unknown, &"{}".into()));
            assert!(equality.equal(&unknown, &unknown));
        }
    }

    #[test]
    fn a_list_of_one_is_its_element_in_a_policy() {
        let some = statement(
            r#"[{"Effect": "Allow", "Action": ["s3:Get*"], "Resource": ["*"],
                "Condition": {"Bool": {"aws:SecureTransport": true}}}]"#,
        );
        let other = statement(
            r#"{"Resource": "*", "Action": "s3:Get*", "Effect": "allow",
                "Condition": {"Bool": {"aws:SecureTransport": ["true"]}}}"#,
        );
        assert!(equal(Equality::Policy, &some, &other));
    }

    #[test]
    fn the_order_of_a_policys_statements_and_lists_does_not_count() {
        let some = statement(
            r#"[{"Sid": "A", "Effect": "Allow", "Action": ["a:X", "b:Y"], "Resource": "*"},
                {"Sid": "B", "Effect": "Deny", "NotAction": "c:Z", "Resource": "*"}]"#,
        );
        let other = statement(
            r#"[{"Sid": "B", "Effect": "Deny", "NotAction": "c:Z", "Resource": "*"},
                {"Sid": "A", "Effect": "Allow", "Action": ["b:Y", "a:X"], "Resource": "*"}]"#,
        );
        assert!(equal(Equality::Policy, &some, &other));
        assert!(!equal(Equality::Policy, &some, &other.replace("Deny", "Allow")));
        assert!(!equal(Equality::Policy, &some, &other.replace("c:Z", "c:ZZ")));
        assert!(!equal(Equality::Policy, &some, &other.replace("NotAction", "Action")));
        assert!(!equal(Equality::Policy, &some, &other.replace("2012", "2008")));
    }

    #[test]
    fn an_account_is_its_root_in_a_principal() {
        let with = |principal: &str| {
            statement(&format!(
                r#"{{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {principal}}}"#
            ))
        };
        let account = with(r#"{"AWS": "123456789012"}"#);
        assert!(equal(
            Equality::Policy,
            &account,
            &with(r#"{"AWS": ["arn:aws:iam::123456789012:root"], "Service": []}"#)
        ));
        assert!(!equal(
            Equality::Policy,
            &account,
            &with(r#"{"AWS": ["arn:aws:iam::123456789012:user/root"]}"#)
        ));
        assert!(!equal(Equality::Policy, &account, &with(r#"{"Federated": "123456789012"}"#)));
        assert!(!equal(Equality::Policy, &with("\"*\""), &with(r#"{"AWS": "*"}"#)));
    }

    #[test]
    fn no_policy_is_an_empty_policy_and_what_is_no_policy_is_json() {
        assert!(equal(Equality::Policy, "", " {} "));
        assert!(equal(Equality::Policy, r#"{"a": [1]}"#, r#"{ "a": [ 1 ] }"#));
        assert!(!equal(Equality::Policy, r#"{"a": [1]}"#, r#"{"a": 1}"#));
        let unknown_element = r#"{"Effect": "Allow", "Action": "*", "Rsource": "*"}"#;
        assert!(!equal(
            Equality::Policy,
            &statement(unknown_element),
            &statement(r#"{"Effect": "Allow", "Action": "*"}"#)
        ));
    }
}
