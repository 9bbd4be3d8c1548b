//! Values by nothing but the name and type of an attribute.

use zw_lang::{Type, Value, ValueKind};
use zw_provider::schema::{Attribute, Presence};

use super::answers::Answers;
use super::{empty, fit};

/// A value for an attribute that nobody has said anything about.
pub(super) fn value(
    attribute: &Attribute,
    planned: &Value,
    answers: &Answers<'_>,
    path: &str,
) -> Value {
    let not_null = match planned.kind() {
        ValueKind::Unknown(unknown) => unknown.refinement.not_null,
        _ => false,
    };
    let is_asked_for = attribute.presence == Presence::Computed || not_null;
    if path == "tags_all"
        && let Some(tags) = answers.value("tags")
    {
        return fit(tags, &attribute.ty);
    }
    if attribute.ty == Type::String {
        return match text(attribute.name, answers, path) {
            Some(text) if is_asked_for || is_identity(path) => Value::from(text),
            _ if is_asked_for => Value::from(""),
            _ => Value::null(Type::String),
        };
    }
    of_type(&attribute.ty, is_asked_for)
}

/// Attributes that every object has, even where the configuration may give them.
fn is_identity(path: &str) -> bool {
    matches!(path, "id" | "name" | "arn" | "self_link")
}

/// Nothing in particular, of a type.
pub(super) fn of_type(ty: &Type, not_null: bool) -> Value {
    match ty {
        Type::List(_) | Type::Set(_) | Type::Map(_) => empty(ty),
        _ if !not_null => Value::null(ty.clone()),
        Type::Bool => Value::from(false),
        Type::Number => Value::from(0),
        Type::String => Value::from(""),
        Type::Tuple(elements) => {
            Value::tuple(elements.iter().map(|element| of_type(element, true)).collect())
        }
        Type::Object(object) => {
            let values = object.attrs().iter().map(|attr| of_type(&attr.ty, true));
            Value::object_of_shape(object.names(), values.collect())
        }
        Type::Dynamic => Value::null(Type::Dynamic),
    }
}

/// What a text of that name looks like.
fn text(name: &str, answers: &Answers<'_>, path: &str) -> Option<String> {
    let dice = answers.dice();
    let ends = |suffixes: &[&str]| {
        suffixes.iter().any(|suffix| {
            name == *suffix || name.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('_'))
        })
    };
    let type_name = answers.type_name();
    Some(match name {
        "id" => format!("{type_name}-{}", dice.hex(path, 17)),
        "arn" => answers.expand(
            path,
            &format!("arn:{{partition}}:{type_name}:{{region}}:{{account}}:{{hex:17}}"),
        )?,
        "name" => match answers.text("name_prefix") {
            Some(prefix) => format!("{prefix}{}", dice.hex(path, 12)),
            None => format!("{}-{}", type_name.replace('_', "-"), dice.hex(path, 12)),
        },
        "status" | "state" => "ACTIVE".to_owned(),
        "region" | "location" => answers.making().place.region.to_string(),
        _ if ends(&["at", "date", "time", "timestamp"]) => answers.now(),
        _ if ends(&["ip", "ip_address", "ipv4_address"]) => {
            let part = |label: &str| dice.below(&format!("{path}/{label}"), 254) + 1;
            format!("10.{}.{}.{}", part("a"), part("b"), part("c"))
        }
        _ if ends(&["etag", "fingerprint", "hash", "checksum"]) => dice.hex(path, 32),
        _ if ends(&["uid", "uuid", "unique_id"]) => dice.uuid(path),
        _ if ends(&["url", "uri", "endpoint", "self_link"]) => {
            format!("https://{}.sim.internal", dice.hex(path, 12))
        }
        _ if ends(&["dns_name", "hostname", "domain_name", "fqdn"]) => {
            format!("{}.sim.internal", dice.hex(path, 12))
        }
        _ if ends(&["version"]) => "1".to_owned(),
        _ if ends(&["id"]) => {
            let what = name.strip_suffix("_id").unwrap_or(name).replace('_', "-");
            format!("{what}-{}", dice.hex(path, 17))
        }
        _ => return None,
    })
}
