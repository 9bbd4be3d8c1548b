//! `time_sleep`: waits when it is created and when it is destroyed.

use async_trait::async_trait;
use zw_lang::{Path, Str, Type, Value};
use zw_provider::schema::{Attribute, Schema};
use zw_provider::{
    CreateRequest, Created, DeleteRequest, Imported, OpError, OpErrorKind, OpResult, ReadRequest,
    Resource, UpdateRequest, View,
};

use super::duration;
use super::timestamp::Timestamp;
use crate::provider::Client;
use crate::state_only::with;

pub(crate) fn schema() -> Schema {
    let wait = |name, description| {
        Attribute::optional(name, Type::String).validate(is_duration).describe(description)
    };
    Schema::new(
        "Waits when it is created and when it is destroyed, so that what depends on it waits, too.",
        [
            wait("create_duration", "How long to wait after creation, as `30s`."),
            wait("destroy_duration", "How long to wait before destruction, as `30s`."),
            Attribute::optional("triggers", Type::map(Type::String))
                .force_new()
                .describe("Values whose changes mean to wait again."),
            Attribute::computed("id", Type::String).describe("The time of creation."),
        ],
        [],
    )
    .import_id("CREATE_DURATION,DESTROY_DURATION[,KEY=VALUE]...")
}

fn is_duration(value: &Value) -> Result<(), String> {
    let text = value.as_str().unwrap_or_default();
    match duration::parse(text) {
        Some(_) => Ok(()),
        None => Err(format!("{text:?} is not a number followed by ms, s, m or h, as \"30s\"")),
    }
}

pub(crate) fn validate(config: &Value) -> Vec<OpError> {
    let missing = |name| config.get(name).is_none_or(Value::is_null);
    if missing("create_duration") && missing("destroy_duration") {
        let path = Path::attr_of_root("create_duration");
        let message = "One of create_duration and destroy_duration is required.";
        return vec![OpError::invalid(path, message)];
    }
    Vec::new()
}

pub(crate) struct Sleep;

#[async_trait]
impl Resource<Client> for Sleep {
    async fn read(&self, _: &Client, prior: &Value) -> OpResult<Option<Value>> {
        Ok(Some(prior.clone()))
    }

    async fn read_many(
        &self,
        _: &Client,
        requests: Vec<ReadRequest>,
    ) -> Vec<OpResult<Option<Value>>> {
        requests.into_iter().map(|request| Ok(Some(request.prior))).collect()
    }

    async fn create(&self, effects: &Client, request: CreateRequest) -> Created {
        sleep(&request.planned, "create_duration").await;
        let id = Value::from(Timestamp::of(effects.now()).text());
        Created::done(with(request.planned, [("id", id)]))
    }

    async fn update(&self, _: &Client, request: UpdateRequest) -> OpResult<Value> {
        Ok(request.planned)
    }

    async fn delete(&self, _: &Client, request: DeleteRequest) -> OpResult<()> {
        sleep(&request.prior, "destroy_duration").await;
        Ok(())
    }

    async fn import(&self, effects: &Client, id: &str) -> OpResult<Imported> {
        let usage = || {
            let message = format!(
                "{id:?} is not of the form CREATE_DURATION,DESTROY_DURATION,KEY=VALUE,... with at least one of the \
                 two durations."
            );
            OpError::new(OpErrorKind::Invalid, message)
        };
        let mut parts = id.split(',');
        let mut wait = || match parts.next() {
            Some("") => Ok(Value::null(Type::String)),
            Some(text) if duration::parse(text).is_some() => Ok(Value::from(text)),
            None | Some(_) => Err(usage()),
        };
        let (create, destroy) = (wait()?, wait()?);
        if create.is_null() && destroy.is_null() {
            return Err(usage());
        }
        let trigger = |part: &str| {
            let (key, value) = part.split_once('=')?;
            Some((Str::from(key), Value::from(value)))
        };
        let triggers: Vec<_> = parts.map(trigger).collect::<Option<_>>().ok_or_else(usage)?;
        Ok(Imported {
            object: Value::object([
                ("create_duration", create),
                ("destroy_duration", destroy),
                ("id", Value::from(Timestamp::of(effects.now()).text())),
                ("triggers", Value::map(Type::String, triggers)),
            ]),
        })
    }
}

async fn sleep(object: &Value, name: &str) {
    if let Some(duration) = View::new(object).str(name).and_then(duration::parse) {
        tokio::time::sleep(duration).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;
    use crate::testing::{Bench, map, text};

    fn durations(create: &str, destroy: &str) -> [(&'static str, Value); 2] {
        [("create_duration", Value::from(create)), ("destroy_duration", Value::from(destroy))]
    }

    #[tokio::test(start_paused = true)]
    async fn it_waits_at_creation_and_at_destruction() {
        let bench = Bench::new("time_sleep").await;
        let start = Instant::now();
        let object = bench.create(&durations("30s", "1h")).await;
        assert_eq!(start.elapsed(), Duration::from_secs(30));
        assert_eq!(text(&object, "id"), "2026-01-02T03:04:05Z");
        bench.delete(&object).await;
        assert_eq!(start.elapsed(), Duration::from_secs(3630));
    }

    #[tokio::test(start_paused = true)]
    async fn other_durations_do_not_wait_but_other_triggers_do() {
        let bench = Bench::new("time_sleep").await;
        let object = bench.create(&durations("1s", "1s")).await;
        let start = Instant::now();
        let plan = bench.plan(&object, &durations("5m", "1s"));
        assert!(plan.force_new.is_empty());
        bench.update(&plan).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        let [create, destroy] = durations("1s", "1s");
        let plan = bench.plan(&object, &[create, destroy, ("triggers", map([("a", "1")]))]);
        assert_eq!(plan.force_new, ["triggers"]);
    }

    #[tokio::test]
    async fn it_waits_for_something() {
        let bench = Bench::new("time_sleep").await;
        assert_eq!(bench.validate(&[]).len(), 1);
        assert_eq!(bench.validate(&[("destroy_duration", Value::unknown(Type::String))]), []);
        assert!(bench.check("create_duration", "1 minute").is_err());
    }

    #[tokio::test]
    async fn it_is_imported_with_its_durations_and_triggers() {
        let bench = Bench::new("time_sleep").await;
        let object = bench.import("30s,,a=1,b=2=3").await.expect("it is imported");
        assert_eq!(text(&object, "create_duration"), "30s");
        assert!(object.get("destroy_duration").is_some_and(Value::is_null));
        assert_eq!(object.get("triggers"), Some(&map([("a", "1"), ("b", "2=3")])));
        for wrong in ["30s", ",", "30,1s", "1s,,a"] {
            assert!(bench.import(wrong).await.is_err(), "{wrong}");
        }
    }
}
