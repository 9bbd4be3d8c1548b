//! What is particular to one cloud. The defaults are what any provider gets.

use zw_lang::{Diagnostic, Str, Value};
use zw_provider::{OpError, OpErrorKind, OpResult};

use crate::data::Question;
use crate::fill::Answers;
use crate::options::{SimOptions, Verb};
use crate::world::Scope;

/// Where a configuration of a provider puts its objects.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) account: Str,
    pub(crate) region: Str,
    /// `aws`, `aws-cn` and so on.
    pub(crate) partition: Str,
}

/// A name that there can be only once.
pub(crate) struct Claim {
    pub(crate) name: Str,
    /// What those are told who come second.
    pub(crate) taken: OpError,
}

/// An object that another one names.
pub(crate) struct NamedRef {
    pub(crate) attribute: &'static str,
    pub(crate) type_name: &'static str,
    pub(crate) id: Str,
    /// What is said if it does not exist.
    pub(crate) missing: Option<OpError>,
}

/// The rules of one cloud.
pub(crate) trait Cloud: Send + Sync {
    /// Where a configuration puts its objects.
    fn place(&self, config: &Value, options: &SimOptions) -> Result<Place, Diagnostic> {
        let text = |name| config.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let region = text("region").or_else(|| text("location")).or(options.region.as_deref());
        let account = text("project").or_else(|| text("subscription_id"));
        Ok(Place {
            account: account.unwrap_or("sim").into(),
            region: region.unwrap_or("sim-1").into(),
            partition: "sim".into(),
        })
    }

    /// Where objects of a type are.
    fn scope(&self, type_name: &str, place: &Place) -> Scope {
        let _ = type_name;
        format!("{}/{}", place.account, place.region).into()
    }

    /// The values of computed attributes. What is not answered gets a value by its name and type.
    fn answer(&self, answers: &mut Answers<'_>) {
        let _ = answers;
    }

    /// Whether a text that the cloud made up leads to an object.
    fn is_handle(&self, text: &str) -> bool {
        text.starts_with("arn:")
    }

    /// Objects that are named by something that is no handle.
    fn named_refs(&self, type_name: &str, object: &Value) -> Vec<NamedRef> {
        let _ = (type_name, object);
        Vec::new()
    }

    /// Names that no other object of the account and region may have.
    fn claims(&self, type_name: &str, object: &Value) -> Vec<Claim> {
        let _ = (type_name, object);
        Vec::new()
    }

    /// What is said if a text that an argument has leads nowhere; nothing if it need not lead
    /// anywhere.
    fn missing(&self, type_name: &str, text: &str, place: &Place) -> Option<OpError> {
        let _ = (type_name, text, place);
        None
    }

    /// Why an object cannot be deleted as long as another one refers to it; nothing if it can.
    fn blocked(
        &self,
        type_name: &str,
        id: &str,
        by_type: &str,
        by_attribute: &str,
    ) -> Option<OpError> {
        let _ = (type_name, id, by_type, by_attribute);
        None
    }

    /// The call that does it, as `ec2:CreateVpc`.
    fn operation(&self, type_name: &str, verb: Verb) -> Option<String> {
        let _ = (type_name, verb);
        None
    }

    /// How long it takes in the real cloud, in seconds.
    fn seconds(&self, type_name: &str, verb: Verb) -> f64 {
        let _ = type_name;
        match verb {
            Verb::Create | Verb::Update | Verb::Delete => 2.0,
            Verb::Read | Verb::ReadData => 0.2,
        }
    }

    /// What is said if there are too many objects of a type.
    fn over_quota(&self, type_name: &str, quota: usize) -> OpError {
        let message =
            format!("There are {quota} objects of type {type_name}, and no more are allowed.");
        OpError {
            code: Some("LimitExceeded".into()),
            ..OpError::new(OpErrorKind::QuotaExceeded, message)
        }
    }

    /// Other ids by which an object is imported.
    fn import_ids(&self, type_name: &str, object: &Value) -> Vec<String> {
        let _ = (type_name, object);
        Vec::new()
    }

    /// What a data source answers, if there is a rule for it.
    fn read_data(&self, question: &Question<'_>) -> Option<OpResult<Value>> {
        let _ = question;
        None
    }
}

/// Any cloud.
struct AnyCloud;

impl Cloud for AnyCloud {}

/// The rules for a provider.
pub(crate) fn cloud_of(provider: &str) -> &'static dyn Cloud {
    match provider {
        "aws" => &crate::aws::Aws,
        _ => &AnyCloud,
    }
}
