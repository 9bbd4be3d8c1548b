//! `aws_iam_policy_document`: a policy as JSON, from blocks and other policies.

mod document;
mod order;

use std::collections::HashSet;

use serde_json::Value as Json;
use zw_lang::{Path, Type, Value};
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting, Schema};
use zw_provider::{OpError, OpResult, View};

use crate::toolkit::validate::one_of;
use crate::toolkit::{Draft, computed, list_of_strings, optional, required, set_of_strings};
use document::{Condition, Document, Principals, Statement, Texts};
use order::{crc32, in_order, list_text, set_text};

const VERSION: &str = "2012-10-17";
const OLD_VERSION: &str = "2008-10-17";
const EFFECT: &str = "Allow";

pub(super) fn schema() -> Schema {
    Schema::new(
        "A policy as JSON, from blocks and other policies.",
        [
            computed("id", Type::String, "A checksum of the document."),
            computed("json", Type::String, "The document, indented."),
            computed("minified_json", Type::String, "The document without white space."),
            optional("policy_id", Type::String, "The policy's id."),
            optional("version", Type::String, "The version of the policy language.")
                .default(VERSION)
                .validate(one_of!("2008-10-17", "2012-10-17")),
            optional(
                "source_policy_documents",
                list_of_strings(),
                "Policies to begin with. Statements of the same id here replace theirs.",
            ),
            optional(
                "override_policy_documents",
                list_of_strings(),
                "Policies whose statements replace those of the same id, one after the other.",
            ),
            unused("source_json", "Use `source_policy_documents`."),
            unused("override_json", "Use `override_policy_documents`."),
        ],
        [NestedBlock::new("statement", Nesting::List, statement_block())
            .describe("A statement of the policy.")],
    )
}

fn unused(name: &'static str, instead: &'static str) -> Attribute {
    optional(name, Type::String, "Not used.").deprecated(instead).validate(|value| {
        match value.as_str() {
            None | Some("") => Ok(()),
            Some(_) => Err("it is not used any more and must be empty.".into()),
        }
    })
}

fn statement_block() -> Block {
    let principals = |name, description| {
        let block = Block::new(
            [
                required("type", Type::String, "`AWS`, `Service`, `Federated` or `*`."),
                required("identifiers", set_of_strings(), "ARNs, names or `*`."),
            ],
            [],
        );
        NestedBlock::new(name, Nesting::Set, block).describe(description)
    };
    let condition = Block::new(
        [
            required("test", Type::String, "The operator, as `StringEquals`."),
            required("variable", Type::String, "The key, as `aws:PrincipalTag/team`."),
            required("values", list_of_strings(), "The values, one of which has to match."),
        ],
        [],
    );
    Block::new(
        [
            optional("sid", Type::String, "The statement's id.").validate(alphanumeric),
            optional("effect", Type::String, "`Allow` or `Deny`.")
                .default(EFFECT)
                .validate(one_of!("Allow", "Deny")),
            optional("actions", set_of_strings(), "What it is about, as `s3:Get*`."),
            optional("not_actions", set_of_strings(), "It is about everything but these."),
            optional("resources", set_of_strings(), "ARNs that it is about."),
            optional("not_resources", set_of_strings(), "It is about all ARNs but these."),
        ],
        [
            principals("principals", "Whom it is about."),
            principals("not_principals", "It is about all but these."),
            NestedBlock::new("condition", Nesting::Set, condition)
                .describe("What has to be true besides."),
        ],
    )
}

fn alphanumeric(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text) if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            Err("only letters and digits are allowed.".into())
        }
        _ => Ok(()),
    }
}

/// Merges the policies in the order sources, blocks, overrides, and writes the result out.
pub(super) fn read(config: &Value) -> OpResult<Value> {
    let view = View::new(config);
    let version = view.str("version").unwrap_or(VERSION);
    let mut merged = Document::default();
    let mut sids = HashSet::new();
    for (at, text) in documents(view, "source_policy_documents") {
        let source = parse("source_policy_documents", at, text)?;
        let named = source.statements.iter().filter(|statement| !statement.sid.is_empty());
        for statement in named {
            if !sids.insert(statement.sid.clone()) {
                return Err(refuse(
                    "source_policy_documents",
                    format!(
                        "Two statements of the source documents have the id {:?}. Remove or change one.",
                        statement.sid
                    ),
                ));
            }
        }
        merged.merge(source);
    }
    merged.merge(Document {
        version: version.to_owned(),
        id: view.str_or_empty("policy_id").to_owned(),
        statements: statements(view, version)?,
    });
    for (at, text) in documents(view, "override_policy_documents") {
        merged.merge(parse("override_policy_documents", at, text)?);
    }
    let json = merged.to_json();
    let pretty = as_go_writes(&format!("{json:#}"));
    let mut draft = Draft::from(&with_defaults(config));
    draft
        .set("id", crc32(pretty.as_bytes()).to_string())
        .set("minified_json", as_go_writes(&json.to_string()))
        .set("json", pretty);
    Ok(draft.finish())
}

fn documents<'a>(view: View<'a>, name: &str) -> impl Iterator<Item = (usize, &'a str)> {
    let items = view.get(name).and_then(Value::as_sequence).unwrap_or_default();
    items.iter().enumerate().filter_map(|(at, item)| Some((at, item.as_str()?)))
}

fn parse(name: &'static str, at: usize, text: &str) -> OpResult<Document> {
    Document::parse(text).map_err(|reason| {
        refuse(name, format!("Document {at} of {name} is not a policy: {reason}."))
    })
}

fn refuse(attribute: &'static str, message: String) -> OpError {
    OpError::invalid(Path::attr_of_root(attribute), message)
}

fn statements(view: View<'_>, version: &str) -> OpResult<Vec<Statement>> {
    let mut sids = HashSet::new();
    view.blocks("statement")
        .map(|block| {
            let sid = block.str_or_empty("sid");
            if !sid.is_empty() && !sids.insert(sid) {
                return Err(refuse(
                    "statement",
                    format!("Two statements have the id {sid:?}. Remove or change one."),
                ));
            }
            Ok(Statement {
                sid: sid.to_owned(),
                effect: block.str("effect").unwrap_or(EFFECT).to_owned(),
                actions: texts(block.strings("actions")),
                not_actions: texts(block.strings("not_actions")),
                resources: texts(with_variables(block.strings("resources"), version)?),
                not_resources: texts(with_variables(block.strings("not_resources"), version)?),
                principals: principals(block, "principals", version)?,
                not_principals: principals(block, "not_principals", version)?,
                conditions: conditions(block, version)?,
            })
        })
        .collect()
}

fn texts(items: Vec<String>) -> Option<Json> {
    (!items.is_empty()).then(|| Texts::new(items).into())
}

/// `&{aws:username}` stands for `${aws:username}`, which would be a template in the configuration.
fn with_variables(items: Vec<String>, version: &str) -> OpResult<Vec<String>> {
    items
        .into_iter()
        .map(|item| {
            if version == OLD_VERSION && item.contains("&{") {
                return Err(refuse(
                    "statement",
                    format!(
                        "{item:?} has a variable, which policies of version {OLD_VERSION} cannot have. \
                         Use version {VERSION}."
                    ),
                ));
            }
            Ok(item.replace("&{", "${"))
        })
        .collect()
}

fn principals(block: View<'_>, name: &str, version: &str) -> OpResult<Vec<Principals>> {
    let items = block
        .blocks(name)
        .map(|item| (item.str_or_empty("type").to_owned(), item.strings("identifiers")));
    in_order(items, |(kind, identifiers)| {
        format!("identifiers:{};type:{kind};", set_text(identifiers))
    })
    .into_iter()
    .map(|(kind, identifiers)| {
        let identifiers = Texts::new(with_variables(identifiers, version)?);
        Ok(Principals { kind, identifiers })
    })
    .collect()
}

fn conditions(block: View<'_>, version: &str) -> OpResult<Vec<Condition>> {
    let items = block.blocks("condition").map(|item| Condition {
        test: item.str_or_empty("test").to_owned(),
        variable: item.str_or_empty("variable").to_owned(),
        values: item.strings("values"),
    });
    in_order(items, |Condition { test, variable, values }| {
        format!("test:{test};values:{};variable:{variable};", list_text(values))
    })
    .into_iter()
    .map(|condition| {
        Ok(Condition { values: with_variables(condition.values, version)?, ..condition })
    })
    .collect()
}

/// Go's encoder escapes what would be special in a web page. These occur in texts only.
fn as_go_writes(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            c => text.push(c),
        }
    }
    text
}

fn with_defaults(config: &Value) -> Value {
    let mut draft = Draft::from(config);
    if config.get("version").is_some_and(Value::is_null) {
        draft.set("version", VERSION);
    }
    if let Some(list) = config.get("statement").and_then(Value::as_sequence) {
        let items = list.iter().map(|item| {
            let mut statement = Draft::from(item);
            if item.get("effect").is_some_and(Value::is_null) {
                statement.set("effect", EFFECT);
            }
            statement.into_planned()
        });
        let items = items.collect();
        if let Some(Type::List(element)) = config.get("statement").map(Value::ty) {
            draft.set("statement", Value::list((*element).clone(), items));
        }
    }
    draft.into_planned()
}

#[cfg(test)]
mod tests;
