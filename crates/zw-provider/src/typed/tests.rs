use zw_lang::Type;

use super::*;
use crate::schema::Attribute;

/// A thing that takes as many seconds to read as it says.
struct Slow;

#[async_trait]
impl Resource<()> for Slow {
    async fn read(&self, (): &(), prior: &Value) -> OpResult<Option<Value>> {
        let seconds = prior.get("seconds").and_then(Value::as_i64).unwrap_or_default();
        tokio::time::sleep(Duration::from_secs(seconds.unsigned_abs())).await;
        Ok(Some(prior.clone()))
    }

    async fn create(&self, (): &(), request: CreateRequest) -> Created {
        Created::done(request.planned)
    }

    async fn delete(&self, (): &(), _: DeleteRequest) -> OpResult<()> {
        Ok(())
    }

    async fn import(&self, (): &(), _: &str) -> OpResult<Imported> {
        Err(OpError::new(OpErrorKind::NotFound, "There is none."))
    }

    async fn find(&self, (): &(), _: &CreateRequest) -> OpResult<Option<Value>> {
        Ok(None)
    }
}

#[async_trait]
impl DataSource<()> for Slow {
    async fn read(&self, client: &(), config: &Value) -> OpResult<Value> {
        Ok(Resource::read(self, client, config).await?.unwrap_or_else(|| config.clone()))
    }
}

fn connection() -> TypedConnection<()> {
    let mut catalog = Catalog::default();
    let schema = || Schema::new("", [Attribute::required("seconds", Type::Number)], []);
    catalog.resource("slow", schema()).data_source("slow", schema());
    let mut operations = Operations::default();
    operations.resource("slow", Slow).data_source("slow", Slow);
    let (operations, catalog) = (Arc::new(operations), Arc::new(catalog));
    TypedConnection { client: (), operations, catalog, appearance: Duration::ZERO, region: None }
}

fn slow(seconds: i64, limit: Option<&str>) -> Value {
    let limit = limit.map_or_else(|| Value::null(Type::String), Value::from);
    let timeouts = Value::object([("read", limit)]);
    Value::object([("seconds", Value::from(seconds)), ("timeouts", timeouts)])
}

#[tokio::test(start_paused = true)]
async fn reading_takes_no_longer_than_it_may() {
    let things = [
        slow(10, Some("5s")),
        slow(10, None),
        slow(1, Some("5s")),
        slow(10, Some("1m")),
        Value::object([("seconds", Value::from(2))]),
    ];
    let began = tokio::time::Instant::now();
    let requests = things[..].iter().map(|prior| ReadRequest { prior: prior.clone() }).collect();
    let answers = connection().read("slow", requests).await;
    assert_eq!(began.elapsed(), Duration::from_secs(10), "they wait for each other");
    let kinds: Vec<_> =
        answers.iter().map(|answer| answer.as_ref().map_err(|error| error.kind)).collect();
    // Those that share a limit share its fate: a service that can reads them with one call.
    assert_eq!(kinds[0], Err(OpErrorKind::Timeout));
    assert_eq!(kinds[2], Err(OpErrorKind::Timeout));
    for at in [1, 3, 4] {
        assert_eq!(kinds[at], Ok(&Some(things[at].clone())));
    }
}

#[tokio::test(start_paused = true)]
async fn a_data_source_takes_no_longer_than_it_may() {
    let read = async |seconds, limit| {
        connection().read_data("slow", DataRequest { config: slow(seconds, limit) }).await
    };
    let error = read(10, Some("5s")).await.expect_err("it takes too long");
    assert_eq!(error.kind, OpErrorKind::Timeout);
    assert!(error.message.starts_with("Timed out after 5 s of reading."), "{error}");
    assert!(read(10, Some("15s")).await.is_ok() && read(10, None).await.is_ok());
}
