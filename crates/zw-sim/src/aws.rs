//! AWS: tables, one concern a file, and the few things that tables cannot say.

mod calls;
mod claims;
mod durations;
mod ec2;
mod eks;
mod errors;
mod iam;
mod identifiers;
mod kms;
mod place;
mod questions;
mod regions;
mod relations;
mod route53;
mod values;

use zw_lang::{Diagnostic, Value};
use zw_provider::{OpError, OpErrorKind, OpResult};

use crate::cloud::{Claim, Cloud, NamedRef, Place};
use crate::data::Question;
use crate::fill::Answers;
use crate::options::{SimOptions, Verb};
use crate::world::Scope;

/// The rules of AWS.
pub(crate) struct Aws;

impl Cloud for Aws {
    fn place(&self, config: &Value, options: &SimOptions) -> Result<Place, Diagnostic> {
        place::of(config, options)
    }

    fn scope(&self, type_name: &str, place: &Place) -> Scope {
        let region = if place::is_global(type_name) { "global" } else { &place.region };
        format!("{}/{region}", place.account).into()
    }

    /// First names, then ids and ARNs, which derive from them, then the rest.
    fn answer(&self, answers: &mut Answers<'_>) {
        identifiers::answer(answers);
        match answers.type_name() {
            name if name.starts_with("aws_iam_") => iam::answer(answers),
            name if name.starts_with("aws_eks_") => eks::answer(answers),
            name if name.starts_with("aws_kms_") => kms::answer(answers),
            name if name.starts_with("aws_route53_") => route53::answer(answers),
            _ => ec2::answer(answers),
        }
        values::answer(answers);
    }

    fn is_handle(&self, text: &str) -> bool {
        text.starts_with("arn:") || identifiers::is_id(text)
    }

    fn named_refs(&self, type_name: &str, object: &Value) -> Vec<NamedRef> {
        relations::named(type_name, object)
    }

    fn claims(&self, type_name: &str, object: &Value) -> Vec<Claim> {
        claims::of(type_name, object)
    }

    fn missing(&self, type_name: &str, text: &str, place: &Place) -> Option<OpError> {
        relations::missing(type_name, text, place)
    }

    fn blocked(
        &self,
        type_name: &str,
        id: &str,
        by_type: &str,
        by_attribute: &str,
    ) -> Option<OpError> {
        relations::blocked(type_name, id, by_type, by_attribute)
    }

    fn operation(&self, type_name: &str, verb: Verb) -> Option<String> {
        calls::of(type_name, verb)
    }

    fn seconds(&self, type_name: &str, verb: Verb) -> f64 {
        durations::seconds(type_name, verb)
    }

    fn over_quota(&self, type_name: &str, quota: usize) -> OpError {
        let code = match type_name {
            "aws_vpc" => "VpcLimitExceeded",
            "aws_subnet" => "SubnetLimitExceeded",
            "aws_eip" => "AddressLimitExceeded",
            "aws_nat_gateway" => "NatGatewayLimitExceeded",
            "aws_internet_gateway" => "InternetGatewayLimitExceeded",
            "aws_route_table" => "RouteTableLimitExceeded",
            "aws_security_group" => "SecurityGroupLimitExceeded",
            "aws_instance" => "InstanceLimitExceeded",
            name if name.starts_with("aws_iam_") => "LimitExceeded",
            name if name.starts_with("aws_eks_") => "ResourceLimitExceededException",
            _ => "ServiceQuotaExceededException",
        };
        let message = format!(
            "The maximum number of objects of type {type_name} ({quota}) has been reached."
        );
        errors::error(OpErrorKind::QuotaExceeded, code, message)
    }

    fn import_ids(&self, type_name: &str, object: &Value) -> Vec<String> {
        identifiers::import_ids(type_name, object)
    }

    fn read_data(&self, question: &Question<'_>) -> Option<OpResult<Value>> {
        questions::answer(question)
    }
}
