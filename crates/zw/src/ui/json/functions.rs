//! `zw metadata functions -json`

use serde::ser::{Serialize, SerializeMap, Serializer};
use zw_lang::{Function, Param, Type};

/// The version of the format.
const FORMAT_VERSION: &str = "1.0";

/// The namespace under which every built-in function can be called too.
const CORE: &str = "core::";

/// Functions that take expressions rather than values in Terraform: of these it says what they return.
const TAKING_EXPRESSIONS: [&str; 2] = ["can", "templatestring"];

/// Signatures of functions by name, with and without their namespace.
pub(crate) struct FunctionsDocument<'a>(pub(crate) &'a [Function]);

impl Serialize for FunctionsDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_map(Some(2))?;
        document.serialize_entry("format_version", FORMAT_VERSION)?;
        document.serialize_entry("function_signatures", &Signatures(self.0))?;
        document.end()
    }
}

struct Signatures<'a>(&'a [Function]);

impl Serialize for Signatures<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let short = self.0.iter().map(|function| (function.name.to_owned(), function));
        let long = self.0.iter().map(|function| (format!("{CORE}{}", function.name), function));
        let by_name: std::collections::BTreeMap<_, _> = short.chain(long).collect();
        serializer
            .collect_map(by_name.iter().map(|(name, function)| (name, Signature::of(function))))
    }
}

/// Signatures of functions of a provider, by name.
pub(super) fn by_name(functions: &[Function]) -> serde_json::Value {
    let signatures = functions.iter().map(|function| {
        // Providers say what their functions return, whatever they are given.
        let signature = Signature { return_type: &function.returns, ..Signature::of(function) };
        let signature = serde_json::to_value(signature).unwrap_or_default();
        (function.name.to_owned(), signature)
    });
    signatures.collect::<serde_json::Map<_, _>>().into()
}

/// What Terraform says of a function. Absent is what is not so.
#[derive(serde::Serialize)]
struct Signature<'a> {
    description: &'a str,
    return_type: &'a Type,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<Parameter<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variadic_parameter: Option<Parameter<'a>>,
}

#[derive(serde::Serialize)]
struct Parameter<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_nullable: bool,
    #[serde(rename = "type")]
    ty: &'a Type,
}

impl<'a> Signature<'a> {
    fn of(function: &'a Function) -> Self {
        Self {
            description: function.description,
            return_type: return_type(function),
            parameters: function.params.iter().map(Parameter::of).collect(),
            variadic_parameter: function.variadic.as_ref().map(Parameter::of),
        }
    }
}

/// The type of the result when nothing is known of the arguments, not even their types. A function that does not take
/// such an argument is not asked, and so its result may be anything.
fn return_type(function: &Function) -> &Type {
    let is_left_open = |param: &Param| param.ty == Type::Dynamic && !param.allow_dynamic;
    if TAKING_EXPRESSIONS.contains(&function.name) {
        return &function.returns;
    }
    if function.params.iter().chain(&function.variadic).any(is_left_open) {
        &Type::Dynamic
    } else {
        &function.returns
    }
}

impl<'a> Parameter<'a> {
    fn of(param: &'a Param) -> Self {
        Self {
            name: param.name,
            description: param.description,
            is_nullable: param.allow_null,
            ty: &param.ty,
        }
    }
}
