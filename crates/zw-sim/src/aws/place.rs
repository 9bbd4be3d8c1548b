//! Accounts and regions.

use zw_lang::{Diagnostic, Value};
use zw_provider::View;

use super::regions;
use crate::cloud::Place;
use crate::options::SimOptions;

/// The account of those who do not say one.
const ACCOUNT: &str = "123456789012";

const REGION: &str = "us-east-1";

pub(super) fn of(config: &Value, options: &SimOptions) -> Result<Place, Diagnostic> {
    let view = View::new(config);
    let given = view.str("region").filter(|region| !region.is_empty());
    let region = given.or(options.region.as_deref()).unwrap_or(REGION);
    if !is_region(region) {
        return Err(Diagnostic::error(
            format!("Invalid AWS region {region:?}"),
            "A region is named as \"us-east-1\".",
        ));
    }
    // Whoever acts as a role works in the account of the role.
    let roles = view.blocks("assume_role").chain(view.blocks("assume_role_with_web_identity"));
    let account = roles.filter_map(|role| account_of(role.str("role_arn")?)).last();
    Ok(Place {
        account: account.unwrap_or(ACCOUNT).into(),
        region: region.into(),
        partition: regions::partition(region).into(),
    })
}

/// `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return false };
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    (first.len() == 2 || *first == "eusc")
        && is_word(first)
        && !middle.is_empty()
        && middle.iter().all(is_word)
        && last.len() == 1
        && last.bytes().all(|b| b.is_ascii_digit())
}

/// The account in an ARN.
fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| account.len() == 12)
}

/// Whether objects of a type belong to no region.
pub(super) fn is_global(type_name: &str) -> bool {
    ["aws_iam_", "aws_route53_", "aws_cloudfront_", "aws_organizations_", "aws_s3_"]
        .iter()
        .any(|prefix| type_name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use zw_lang::Type;

    use super::*;

    #[test]
    fn regions_have_their_form() {
        for region in [
            "us-east-1",
            "ap-southeast-2",
            "us-gov-west-1",
            "cn-north-1",
            "eu-isoe-west-1",
            "eusc-de-east-1",
        ] {
            assert!(is_region(region), "{region}");
        }
        for wrong in
            ["", "us", "us-1", "us-east", "us-east-1a", "US-EAST-1", "us-east-11", "use-east-1"]
        {
            assert!(!is_region(wrong), "{wrong}");
        }
    }

    #[test]
    fn whoever_acts_as_a_role_works_in_its_account() {
        let options = SimOptions::instant(Path::new("."));
        let role = |arn: &str| Value::object([("role_arn", Value::from(arn))]);
        let roles = vec![
            role("arn:aws:iam::111111111111:role/a"),
            role("arn:aws:iam::222222222222:role/b"),
        ];
        let config = Value::object([
            ("region", Value::null(Type::String)),
            ("assume_role", Value::tuple(roles)),
        ]);
        let place = of(&config, &options).expect("it is fine");
        assert_eq!(place.account, "222222222222");
        assert_eq!(place.region, "us-east-1");
        let nobody = of(&Value::object([("region", Value::from("cn-north-1"))]), &options);
        let nobody = nobody.expect("it is fine");
        assert_eq!((&*nobody.account, &*nobody.partition), (ACCOUNT, "aws-cn"));
        assert!(of(&Value::object([("region", Value::from("moon"))]), &options).is_err());
    }
}
