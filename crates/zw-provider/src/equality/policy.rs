//! IAM policies in a form in which equal means the same.
//!
//! Source: "IAM JSON policy elements reference" (a list of one may be written as its element, the
//! order of statements and lists does not count, an account id as principal is the account's
//! root), and what the Terraform AWS provider takes for equivalent.

use std::collections::{BTreeMap, BTreeSet};

use zw_lang::{Str, Value, json_text_to_value};

/// A policy. Two are equal if they are equivalent.
#[derive(PartialEq)]
pub(super) struct Policy {
    version: Str,
    /// Empty is as none; so is a statement's id.
    id: Str,
    /// Sorted.
    statements: Vec<Statement>,
}

#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
struct Statement {
    sid: Str,
    /// In lower case.
    effect: Option<String>,
    actions: Texts,
    not_actions: Texts,
    resources: Texts,
    not_resources: Texts,
    principals: Option<Principals>,
    not_principals: Option<Principals>,
    /// Values by operator and key.
    conditions: BTreeMap<Str, BTreeMap<Str, Texts>>,
}

/// Texts whose order does not count.
type Texts = BTreeSet<Str>;

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Principals {
    /// `"*"`
    Text(Str),
    /// Identifiers by type.
    ByType(BTreeMap<Str, Texts>),
}

impl Policy {
    /// Reads a policy; `None` if it is none, or has elements that nobody knows.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let document = json_text_to_value(text).ok()?;
        let mut policy = Self { version: Str::new(), id: Str::new(), statements: Vec::new() };
        for (name, value) in document.as_object()?.iter() {
            match name.to_lowercase().as_str() {
                "version" => policy.version = value.as_str()?.into(),
                "id" => policy.id = value.as_str()?.into(),
                "statement" => policy.statements = statements(value)?,
                _ => return None,
            }
        }
        policy.statements.sort();
        Some(policy)
    }
}

fn statements(value: &Value) -> Option<Vec<Statement>> {
    match value.as_sequence() {
        Some(items) => items.iter().map(Statement::parse).collect(),
        None => Some(vec![Statement::parse(value)?]),
    }
}

impl Statement {
    fn parse(value: &Value) -> Option<Self> {
        let mut statement = Self::default();
        for (name, value) in value.as_object()?.iter() {
            match name.to_lowercase().as_str() {
                "sid" => statement.sid = value.as_str()?.into(),
                "effect" => statement.effect = Some(value.as_str()?.to_lowercase()),
                "action" => statement.actions = texts(value)?,
                "notaction" => statement.not_actions = texts(value)?,
                "resource" => statement.resources = texts(value)?,
                "notresource" => statement.not_resources = texts(value)?,
                "principal" => statement.principals = Some(Principals::parse(value)?),
                "notprincipal" => statement.not_principals = Some(Principals::parse(value)?),
                "condition" => statement.conditions = conditions(value)?,
                _ => return None,
            }
        }
        Some(statement)
    }
}

impl Principals {
    fn parse(value: &Value) -> Option<Self> {
        if let Some(text) = value.as_str() {
            return Some(Self::Text(text.into()));
        }
        let mut by_type = BTreeMap::new();
        for (name, value) in value.as_object()?.iter() {
            let mut identifiers = texts(value)?;
            if name == "AWS" {
                identifiers = identifiers.iter().map(account_of_root).collect();
            }
            if !identifiers.is_empty() {
                by_type.insert(name.clone(), identifiers);
            }
        }
        Some(Self::ByType(by_type))
    }
}

/// `123456789012` for `arn:aws:iam::123456789012:root`.
fn account_of_root(principal: &Str) -> Str {
    let parts: Vec<&str> = principal.split(':').collect();
    match parts[..] {
        ["arn", _, "iam", "", account, "root"] => account.into(),
        _ => principal.clone(),
    }
}

fn conditions(value: &Value) -> Option<BTreeMap<Str, BTreeMap<Str, Texts>>> {
    let mut conditions = BTreeMap::new();
    for (operator, keys) in value.as_object()?.iter() {
        let by_key = keys
            .as_object()?
            .iter()
            .map(|(key, values)| Some((key.clone(), texts(values)?)))
            .collect::<Option<_>>()?;
        conditions.insert(operator.clone(), by_key);
    }
    Some(conditions)
}

/// A text, or a list of them. Booleans and numbers are their texts, as IAM takes them in conditions.
fn texts(value: &Value) -> Option<Texts> {
    match value.as_sequence() {
        Some(items) => items.iter().map(scalar).collect(),
        None => Some(BTreeSet::from([scalar(value)?])),
    }
}

fn scalar(value: &Value) -> Option<Str> {
    if let Some(flag) = value.as_bool() {
        return Some(if flag { "true" } else { "false" }.into());
    }
    if let Some(number) = value.as_number() {
        return Some(number.to_string().into());
    }
    value.as_str().map(Str::from)
}
