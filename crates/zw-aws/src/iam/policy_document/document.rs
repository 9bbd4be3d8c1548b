//! Policies as documents that are merged and written out.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

/// A policy.
#[derive(Default)]
pub(super) struct Document {
    pub(super) version: String,
    pub(super) id: String,
    pub(super) statements: Vec<Statement>,
}

/// A statement of a policy.
#[derive(Default)]
pub(super) struct Statement {
    pub(super) sid: String,
    pub(super) effect: String,
    pub(super) actions: Option<Json>,
    pub(super) not_actions: Option<Json>,
    pub(super) resources: Option<Json>,
    pub(super) not_resources: Option<Json>,
    pub(super) principals: Vec<Principals>,
    pub(super) not_principals: Vec<Principals>,
    pub(super) conditions: Vec<Condition>,
}

/// Principals of one type.
pub(super) struct Principals {
    pub(super) kind: String,
    pub(super) identifiers: Texts,
}

/// One text, or a list of them. That they are told apart shows in the document.
pub(super) enum Texts {
    One(String),
    Many(Vec<String>),
}

/// What values a key may have.
pub(super) struct Condition {
    pub(super) test: String,
    pub(super) variable: String,
    pub(super) values: Vec<String>,
}

/// Lists of texts are written from last to first.
fn sorted_backwards(mut items: Vec<String>) -> Vec<String> {
    items.sort_unstable_by(|a, b| b.cmp(a));
    items
}

impl Texts {
    /// A list of one is its element.
    pub(super) fn new(items: Vec<String>) -> Self {
        match <[String; 1]>::try_from(items) {
            Ok([one]) => Self::One(one),
            Err(items) => Self::Many(sorted_backwards(items)),
        }
    }

    fn is_everyone(&self) -> bool {
        match self {
            Self::One(text) => text == "*",
            Self::Many(items) => items.len() == 1 && items[0] == "*",
        }
    }
}

impl From<Texts> for Json {
    fn from(texts: Texts) -> Self {
        match texts {
            Texts::One(text) => text.into(),
            Texts::Many(items) => items.into(),
        }
    }
}

impl Document {
    /// Takes over what another document says. Its statements replace those of the same id.
    pub(super) fn merge(&mut self, other: Self) {
        if !other.id.is_empty() {
            self.id = other.id;
        }
        if other.version > self.version {
            self.version = other.version;
        }
        for statement in other.statements {
            let same = |known: &&mut Statement| known.sid == statement.sid;
            match self.statements.iter_mut().find(same) {
                Some(known) if !statement.sid.is_empty() => *known = statement,
                _ => self.statements.push(statement),
            }
        }
    }

    /// Reads a document. Elements of other names are left out.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let json = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let Json::Object(elements) = json else { return Err("a JSON object is required".into()) };
        let mut document = Self::default();
        for (name, value) in elements {
            match name.to_lowercase().as_str() {
                _ if value.is_null() => {}
                "version" => document.version = text_of(&name, value)?,
                "id" => document.id = text_of(&name, value)?,
                "statement" => {
                    let items = match value {
                        Json::Array(items) => items,
                        one => vec![one],
                    };
                    document.statements =
                        items.into_iter().map(Statement::parse).collect::<Result<_, _>>()?;
                }
                _ => {}
            }
        }
        Ok(document)
    }

    /// The document as JSON, its elements in the usual order.
    pub(super) fn to_json(&self) -> Json {
        let mut json = Map::new();
        put_text(&mut json, "Version", &self.version);
        put_text(&mut json, "Id", &self.id);
        if !self.statements.is_empty() {
            let statements = self.statements.iter().map(Statement::to_json).collect();
            json.insert("Statement".into(), Json::Array(statements));
        }
        Json::Object(json)
    }
}

impl Statement {
    fn parse(json: Json) -> Result<Self, String> {
        let Json::Object(elements) = json else { return Err("a statement is no object".into()) };
        let mut statement = Self::default();
        for (name, value) in elements {
            match name.to_lowercase().as_str() {
                _ if value.is_null() => {}
                "sid" => statement.sid = text_of(&name, value)?,
                "effect" => statement.effect = text_of(&name, value)?,
                "action" => statement.actions = Some(value),
                "notaction" => statement.not_actions = Some(value),
                "resource" => statement.resources = Some(value),
                "notresource" => statement.not_resources = Some(value),
                "principal" => statement.principals = principals(&name, value)?,
                "notprincipal" => statement.not_principals = principals(&name, value)?,
                "condition" => statement.conditions = conditions(&name, value)?,
                _ => {}
            }
        }
        Ok(statement)
    }

    fn to_json(&self) -> Json {
        let mut json = Map::new();
        put_text(&mut json, "Sid", &self.sid);
        put_text(&mut json, "Effect", &self.effect);
        for (name, value) in [
            ("Action", &self.actions),
            ("NotAction", &self.not_actions),
            ("Resource", &self.resources),
            ("NotResource", &self.not_resources),
        ] {
            if let Some(value) = value {
                json.insert(name.into(), value.clone());
            }
        }
        for (name, value) in
            [("Principal", &self.principals), ("NotPrincipal", &self.not_principals)]
        {
            if !value.is_empty() {
                json.insert(name.into(), principals_to_json(value));
            }
        }
        if !self.conditions.is_empty() {
            json.insert("Condition".into(), conditions_to_json(&self.conditions));
        }
        Json::Object(json)
    }
}

fn put_text(json: &mut Map<String, Json>, name: &str, text: &str) {
    if !text.is_empty() {
        json.insert(name.into(), text.into());
    }
}

fn text_of(name: &str, value: Json) -> Result<String, String> {
    match value {
        Json::String(text) => Ok(text),
        // IAM takes these for their texts in conditions.
        Json::Bool(flag) => Ok(flag.to_string()),
        Json::Number(number) => Ok(number.to_string()),
        _ => Err(format!("{name} is no text")),
    }
}

fn texts_of(name: &str, value: Json) -> Result<Vec<String>, String> {
    match value {
        Json::Array(items) => items.into_iter().map(|item| text_of(name, item)).collect(),
        one => Ok(vec![text_of(name, one)?]),
    }
}

fn principals(name: &str, value: Json) -> Result<Vec<Principals>, String> {
    let types = match value {
        Json::String(_) => {
            return Ok(vec![Principals { kind: "*".into(), identifiers: Texts::One("*".into()) }]);
        }
        Json::Object(types) => types,
        _ => return Err(format!("{name} is neither an object nor \"*\"")),
    };
    types
        .into_iter()
        .map(|(kind, value)| {
            let identifiers = match value {
                Json::Array(_) => Texts::Many(sorted_backwards(texts_of(name, value)?)),
                one => Texts::One(text_of(name, one)?),
            };
            Ok(Principals { kind, identifiers })
        })
        .collect()
}

fn conditions(name: &str, value: Json) -> Result<Vec<Condition>, String> {
    let Json::Object(tests) = value else { return Err(format!("{name} is no object")) };
    let mut conditions = Vec::new();
    for (test, variables) in tests {
        let Json::Object(variables) = variables else { return Err(format!("{test} is no object")) };
        for (variable, values) in variables {
            let values = texts_of(&variable, values)?;
            conditions.push(Condition { test: test.clone(), variable, values });
        }
    }
    Ok(conditions)
}

/// `"*"` and `{"AWS": "*"}` do not mean the same in a role's trust policy, so only `{"*": "*"}` is shortened.
fn principals_to_json(principals: &[Principals]) -> Json {
    if let [Principals { kind, identifiers }] = principals
        && kind == "*"
        && identifiers.is_everyone()
    {
        return "*".into();
    }
    let mut by_type: BTreeMap<&str, Texts> = BTreeMap::new();
    for Principals { kind, identifiers } in principals {
        let (mut all, only) = match by_type.remove(kind.as_str()) {
            None => (Vec::new(), true),
            Some(Texts::One(one)) => (vec![one], false),
            Some(Texts::Many(items)) => (items, false),
        };
        let texts = match identifiers {
            Texts::One(one) if only => Texts::One(one.clone()),
            Texts::One(one) => {
                all.push(one.clone());
                Texts::Many(all)
            }
            Texts::Many(items) => {
                all.extend(items.iter().cloned());
                Texts::Many(all)
            }
        };
        by_type.insert(kind, texts);
    }
    let by_type = by_type.into_iter().map(|(kind, texts)| (kind.to_owned(), texts.into()));
    Json::Object(by_type.collect())
}

fn conditions_to_json(conditions: &[Condition]) -> Json {
    let mut tests: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for Condition { test, variable, values } in conditions {
        let variables = tests.entry(test).or_default();
        variables.entry(variable).or_default().extend(values.iter().cloned());
    }
    let one_or_many = |mut values: Vec<String>| match values.len() {
        1 => values.swap_remove(0).into(),
        _ => Json::from(values),
    };
    let tests = tests.into_iter().map(|(test, variables)| {
        let variables = variables
            .into_iter()
            .map(|(variable, values)| (variable.to_owned(), one_or_many(values)));
        (test.to_owned(), Json::Object(variables.collect()))
    });
    Json::Object(tests.collect())
}
