//! A whole life for every resource type, driven by `cases/SERVICE.json`: created, planned again, found after an
//! interruption, imported, changed in place, changed behind our back and repaired, replaced, deleted; with boto3 as
//! the witness of each.
//!
//! A case is one object of a type:
//!
//! - `type`, and `on` which peer: `moto` if nothing is said, `ministack`, or `model`, which has no mind of its own:
//!   it checks requests against the services' published models and answers as the case says in `model`;
//! - `needs`: what has to be there, made by boto3: `{"role": {"call": "iam:create_role", "with": {…}}}`;
//! - `config`, and the same `changed` in place and `replaced` by what cannot be changed in place;
//! - `import`: the id to import by, if it is not `${self.id}`;
//! - `forgets`: attributes that no service tells, so that an import cannot know them;
//! - `witness`: calls of boto3, each with `JMESPath` expressions and their values once `created` and once `changed`;
//! - `asks`: on `model`, what the service is asked in this order, among other things;
//! - `drift`: a call of boto3 that changes something which is written;
//! - `unfound`: why an interrupted creation cannot be found again;
//! - `stays`: why an object is still there in some form once it is deleted;
//! - `lacks`: calls that would be made if the peers had them, and which of them do not.
//!
//! `${role.Role.Arn}` stands for a part of what a need was answered, `${self.id}` for an attribute of the object,
//! `${unique}` for a word of this case alone. A document in the place of a text is written as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use tokio::task::JoinSet;
use zw_lang::{Value, value_to_json};
use zw_provider::Provider;
use zw_testing::{Caller, Kind, Said};

use crate::rehearsal::Rehearsal;

/// One object's life.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    r#type: String,
    #[serde(default)]
    on: Peer,
    /// In alphabetical order, as one may need another.
    #[serde(default)]
    needs: BTreeMap<String, Call>,
    config: Json,
    changed: Option<Json>,
    replaced: Option<Json>,
    import: Option<String>,
    #[serde(default)]
    forgets: Vec<String>,
    #[serde(default)]
    witness: Vec<Testimony>,
    /// The service, and stages of answers: `tests/emulators/model.py`.
    model: Option<Json>,
    #[serde(default)]
    asks: Vec<Json>,
    drift: Option<Call>,
    unfound: Option<String>,
    stays: Option<String>,
    #[serde(default)]
    #[allow(dead_code, reason = "for who reads the case, and for the document")]
    lacks: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
enum Peer {
    #[default]
    Moto,
    Ministack,
    Model,
}

/// A call of boto3.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    call: String,
    #[serde(default)]
    with: Json,
}

/// What boto3 has to say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Testimony {
    call: String,
    #[serde(default)]
    with: Json,
    /// Values of expressions once the object is created.
    created: Map<String, Json>,
    /// Once it is changed.
    #[serde(default)]
    changed: Map<String, Json>,
}

/// Lives all the lives of a service at the same time.
pub(crate) async fn live(service: &str, cases: &str) {
    let cases: Vec<Case> =
        serde_json::from_str(cases).unwrap_or_else(|error| panic!("cases of {service}: {error}"));
    let mut callers: BTreeMap<Peer, Arc<Caller>> = BTreeMap::new();
    let mut lives = JoinSet::new();
    for (number, case) in cases.into_iter().enumerate() {
        let unique = format!("zw-{service}-{number}");
        let kind = match case.on {
            Peer::Moto => Kind::Moto,
            Peer::Ministack => Kind::Ministack,
            Peer::Model => Kind::Model,
        };
        // The model tells cases apart by whose the requests are.
        let settings = match case.on {
            Peer::Model => json!({ "access_key": unique }),
            _ => json!({}),
        };
        let words = Words::new(unique.clone());
        let Some(aws) = Rehearsal::start_on(kind, settings).await else { return };
        let emulator = aws.emulator().expect("it was started on one");
        if let Some(model) = &case.model {
            let mut script = words.fill(model);
            script["key"] = Json::String(unique);
            emulator.tell(&script);
        }
        let caller = callers
            .entry(case.on)
            .or_insert_with(|| Arc::new(Caller::start(&emulator, "us-east-1")))
            .clone();
        lives.spawn(Life { case, aws, caller, words }.live());
    }
    // A panic has said what is wrong already.
    let (count, mut failed) = (lives.len(), 0);
    while let Some(end) = lives.join_next().await {
        failed += usize::from(end.is_err());
    }
    assert_eq!(failed, 0, "lives of {count} went wrong");
}

struct Life {
    case: Case,
    aws: Rehearsal,
    caller: Arc<Caller>,
    words: Words,
}

impl Life {
    async fn live(mut self) {
        let name = self.case.r#type.clone();
        for (need, call) in self.case.needs.clone() {
            let answer = self.make(&call);
            self.words.0.insert(need, answer);
        }
        let config = self.words.fill(&self.case.config);
        let object = match &self.case.unfound {
            None => self.aws.create_named(&name, config.clone()).await,
            Some(_) => self.aws.create(&name, config.clone()).await,
        };
        self.now(&object);
        self.witness("created", |testimony| &testimony.created);
        self.import(&name, &object, &config).await;

        let (mut object, config) = match self.case.changed.clone() {
            Some(changed) => {
                let changed = self.words.fill(&changed);
                let object = self.aws.update(&name, &object, changed.clone()).await;
                self.now(&object);
                (object, changed)
            }
            None => (object, config),
        };
        self.witness_latest();
        if self.case.drift.is_some() {
            object = self.drift(&name, object, &config).await;
            self.witness_latest();
        }
        if let Some(replaced) = self.case.replaced.clone() {
            let replaced = self.words.fill(&replaced);
            let (_, is_new) = self.aws.plan(&name, &object, &replaced);
            assert!(is_new, "{name}: what is called a replacement is planned as one");
            self.delete(&name, object).await;
            object = self.aws.create(&name, replaced).await;
            self.now(&object);
        }
        self.delete(&name, object).await;
        self.witness_gone();
        self.was_asked();
    }

    /// The model was asked what the case says, in that order.
    fn was_asked(&self) {
        if self.case.on != Peer::Model {
            return;
        }
        let emulator = self.aws.emulator().expect("it was started on one");
        let Json::String(key) = self.words.get("unique") else { panic!("it is a word") };
        let calls = emulator.asked(key);
        let mut rest = calls.iter();
        for wanted in &self.case.asks {
            let wanted = self.words.fill(wanted);
            assert!(
                rest.any(|call| *call == wanted),
                "{} asks {wanted} in its place: {calls:#?}",
                self.case.r#type
            );
        }
    }

    async fn delete(&self, name: &str, object: Value) {
        match &self.case.stays {
            Some(_) => self.aws.delete_only(name, object).await,
            None => self.aws.delete(name, object).await,
        }
    }

    /// What `${self…}` stands for from now on.
    fn now(&mut self, object: &Value) {
        self.words.0.insert("self".into(), value_to_json(object));
    }

    async fn import(&self, name: &str, object: &Value, config: &Json) {
        let id = self.case.import.as_deref().unwrap_or("${self.id}");
        let id = self.words.text(id);
        // What nobody can tell is written in no configuration that is imported into.
        let mut config = config.clone();
        if let Json::Object(config) = &mut config {
            config.retain(|name, _| !self.case.forgets.contains(name));
        }
        let imported = self.aws.import(name, &id, config).await;
        for (attribute, value) in object.as_object().expect("it is one").iter() {
            if !self.case.forgets.iter().any(|name| name == attribute.as_str()) {
                let found = imported.get(attribute).expect("both have the same attributes");
                let schema = self.aws.aws.resource_types()[name].block.attribute(attribute);
                let means_the_same = schema.is_some_and(|it| it.equality.equal(found, value));
                assert!(
                    found == value || means_the_same || is_nothing(found) && is_nothing(value),
                    "{name}.{attribute} is imported as it is: {value:?}, not {found:?}"
                );
            }
        }
    }

    /// Changes something with boto3, sees it, and repairs it.
    async fn drift(&self, name: &str, object: Value, config: &Json) -> Value {
        let call = self.case.drift.clone().expect("there is a drift");
        self.make(&call);
        let read = self.aws.read(name, &object).await;
        let read = read.unwrap_or_else(|| panic!("{name} is there after its drift"));
        assert_ne!(read, object, "{name}: drift is seen");
        let (planned, is_new) = self.aws.plan(name, &read, config);
        assert_ne!(planned, read, "{name}: drift is to be repaired");
        assert!(!is_new, "{name}: drift can be repaired in place");
        self.aws.update(name, &read, config.clone()).await
    }

    fn make(&self, call: &Call) -> Json {
        let arguments = self.words.arguments(&call.with);
        match self.caller.call(&call.call, &arguments, &[]) {
            Said::Answer { answer, .. } => answer,
            Said::Error(error) => panic!("{} with {arguments}: {error}", call.call),
        }
    }

    fn witness_latest(&self) {
        if self.case.changed.is_some() {
            self.witness("changed", |testimony| &testimony.changed);
        } else {
            self.witness("created", |testimony| &testimony.created);
        }
    }

    fn witness(&self, when: &str, expected: impl Fn(&Testimony) -> &Map<String, Json>) {
        let name = &self.case.r#type;
        let has_witness = !self.case.witness.is_empty() || !self.case.asks.is_empty();
        assert!(has_witness, "{name} has a witness");
        for testimony in &self.case.witness {
            let expected = expected(testimony);
            let expressions: Vec<String> = expected.keys().map(|it| self.words.text(it)).collect();
            let arguments = self.words.arguments(&testimony.with);
            match self.caller.call(&testimony.call, &arguments, &expressions) {
                Said::Answer { taken, answer } => {
                    for (expression, value) in expressions.iter().zip(expected.values()) {
                        let value = self.words.fill(value);
                        let found = as_document(&taken[expression], &value);
                        assert_eq!(
                            found, value,
                            "{name}, once {when}: {expression} of {} by boto3: {answer}",
                            testimony.call
                        );
                    }
                }
                Said::Error(error) => panic!("{name}, once {when}: {}: {error}", testimony.call),
            }
        }
    }

    /// Nothing of what was there is there any more, or the service does not even know what is asked for.
    fn witness_gone(&self) {
        if self.case.stays.is_some() {
            return;
        }
        for testimony in &self.case.witness {
            let expressions = testimony.created.keys().map(|it| self.words.text(it));
            let expressions: Vec<String> = expressions.collect();
            let arguments = self.words.arguments(&testimony.with);
            if let Said::Answer { taken, .. } =
                self.caller.call(&testimony.call, &arguments, &expressions)
            {
                let mut created = expressions.iter().zip(testimony.created.values());
                let is_as_created =
                    created.all(|(expression, value)| taken[expression] == self.words.fill(value));
                assert!(
                    !is_as_created,
                    "{}: {} still finds it once it is deleted",
                    self.case.r#type, testimony.call
                );
            }
        }
    }
}

/// A document in a text, where a document is expected.
fn as_document(found: &Json, expected: &Json) -> Json {
    match (found, expected) {
        (Json::String(text), Json::Object(_) | Json::Array(_)) => {
            serde_json::from_str(text).unwrap_or_else(|_| found.clone())
        }
        _ => found.clone(),
    }
}

/// Whether a value is a way to say nothing.
fn is_nothing(value: &Value) -> bool {
    value.is_null()
        || value.is_empty() == Some(true)
        || value.as_str() == Some("")
        || value.as_bool() == Some(false)
}

/// What placeholders stand for.
struct Words(Map<String, Json>);

impl Words {
    fn new(unique: String) -> Self {
        Self([("unique".to_owned(), Json::String(unique))].into_iter().collect())
    }

    /// Arguments of a call.
    fn arguments(&self, json: &Json) -> Json {
        match json {
            Json::Null => Json::Object(Map::new()),
            json => self.fill(json),
        }
    }

    /// A value with its placeholders filled in.
    fn fill(&self, json: &Json) -> Json {
        match json {
            Json::String(text) => match whole(text) {
                Some(path) => self.get(path).clone(),
                None => Json::String(self.text(text)),
            },
            Json::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Json::Object(entries) => Json::Object(
                entries.iter().map(|(key, item)| (self.text(key), self.fill(item))).collect(),
            ),
            other => other.clone(),
        }
    }

    fn text(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (path, after) = after.split_once('}').expect("a placeholder ends");
            filled.push_str(before);
            match self.get(path) {
                Json::String(text) => filled.push_str(text),
                other => filled.push_str(&other.to_string()),
            }
            rest = after;
        }
        filled + rest
    }

    fn get(&self, path: &str) -> &Json {
        let mut parts = path.split('.');
        let first = parts.next().and_then(|name| self.0.get(name));
        let found = parts.try_fold(first.unwrap_or(&Json::Null), |json, part| match json {
            Json::Array(items) => items.get(part.parse::<usize>().ok()?),
            json => json.get(part),
        });
        found.filter(|found| !found.is_null()).unwrap_or_else(|| panic!("there is no {path}"))
    }
}

/// The path of a text that is nothing but a placeholder.
fn whole(text: &str) -> Option<&str> {
    let path = text.strip_prefix("${")?.strip_suffix('}')?;
    (!path.contains('}')).then_some(path)
}
