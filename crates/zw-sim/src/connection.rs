//! Operations as a configured provider does them: with faults, and taking their time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zw_lang::Value;
use zw_provider::{
    Connection, CreateRequest, Created, DataRequest, DeleteRequest, Imported, Lane, LaneKey,
    OpError, OpErrorKind, OpResult, Outcome, ReadRequest, Traffic, UpdateRequest,
};

use crate::cloud::Place;
use crate::data::Question;
use crate::fault::FaultPlan;
use crate::options::{Fault, Verb};
use crate::world::{World, identity};

/// A place in a world.
pub(crate) struct SimConnection {
    pub(crate) world: Arc<World>,
    pub(crate) place: Place,
    /// Where calls are counted and take their turn.
    pub(crate) traffic: Traffic,
}

/// An operation under way.
struct Call<'a> {
    world: &'a World,
    type_name: &'a str,
    verb: Verb,
    subject: String,
    fault: Option<Fault>,
    /// How long it may take, as the object's `timeouts` say.
    limit: Option<Duration>,
    lane: Lane,
    /// The name of the operation within its service.
    name: String,
    /// Its turn, once it has had it.
    turn: AtomicU64,
}

impl<'a> Call<'a> {
    fn new(connection: &'a SimConnection, type_name: &'a str, verb: Verb, subject: String) -> Self {
        let SimConnection { world, place, traffic } = connection;
        let faults: &FaultPlan = &world.faults;
        let fault = faults.decide(verb, type_name, &subject);
        let operation = world.cloud.operation(type_name, verb);
        let operation = operation.unwrap_or_else(|| format!("sim:{verb:?} {type_name}"));
        let (service, name) = operation.split_once(':').unwrap_or(("sim", &operation));
        let lane = traffic.lane(LaneKey {
            provider: world.provider.name().to_owned(),
            account: place.account.to_string(),
            region: place.region.to_string(),
            service: service.to_owned(),
        });
        Self {
            world,
            type_name,
            verb,
            subject,
            fault,
            limit: None,
            lane,
            name: name.to_owned(),
            turn: AtomicU64::default(),
        }
    }

    /// Tells what became of it, once that is known.
    fn told(&self) {
        let outcome = match self.fault {
            Some(Fault::Throttled) => Outcome::Throttled,
            Some(Fault::Unreachable | Fault::LostAnswer) => Outcome::Lost,
            _ => Outcome::Served,
        };
        self.lane.ended(&self.name, outcome, self.turn.load(Ordering::Relaxed));
    }

    /// No longer than the `timeouts` of an object say. Without any, as long as it takes.
    fn within_timeouts_of(mut self, object: &Value) -> Self {
        let name = match self.verb {
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Delete => "delete",
            Verb::Read | Verb::ReadData => "read",
        };
        let limit = object.get("timeouts").and_then(|block| block.get(name)?.as_str());
        self.limit = limit.and_then(|text| zw_lang::duration::parse(text).ok());
        self
    }

    fn error(&self, fault: Fault) -> OpError {
        fault.error(self.world.cloud.operation(self.type_name, self.verb))
    }

    /// Waits until it may go out. Fails if nothing is to be done.
    async fn begin(&self) -> OpResult<()> {
        self.turn.store(self.lane.turn().await, Ordering::Relaxed);
        self.lane.sent(&self.name, false);
        match self.fault {
            Some(fault) if !fault.takes_effect() => {
                self.told();
                Err(self.error(fault))
            }
            _ => Ok(()),
        }
    }

    /// Takes its time, and fails if what was done is not to be known.
    async fn end(&self) -> OpResult<()> {
        if let Some(duration) = self.world.duration(self.type_name, self.verb, &self.subject) {
            let since = self.world.now();
            let limit = self.limit.filter(|limit| *limit < duration);
            tokio::time::sleep(self.world.scaled(limit.unwrap_or(duration))).await;
            if let Some(limit) = limit {
                return Err(self.named(self.too_late(limit, since)));
            }
        }
        self.told();
        self.fault.map_or(Ok(()), |fault| Err(self.error(fault)))
    }

    fn too_late(&self, limit: Duration, since: OffsetDateTime) -> OpError {
        let (done, state) = match self.verb {
            Verb::Create => ("created", "creating"),
            Verb::Update => ("changed", "updating"),
            Verb::Delete => ("deleted", "deleting"),
            Verb::Read | Verb::ReadData => ("read", "reading"),
        };
        // Every time of this age has that form.
        let since = since.format(&Rfc3339).unwrap_or_default();
        let message = format!(
            "Timed out after {} s, since {since}, waiting for {} to be {done}; the last state was {state:?}.",
            limit.as_secs(),
            self.type_name
        );
        OpError::new(OpErrorKind::Timeout, message)
    }

    fn named(&self, mut error: OpError) -> OpError {
        error.operation =
            error.operation.or_else(|| self.world.cloud.operation(self.type_name, self.verb));
        error
    }
}

#[async_trait]
impl Connection for SimConnection {
    async fn read(
        &self,
        type_name: &str,
        requests: Vec<ReadRequest>,
    ) -> Vec<OpResult<Option<Value>>> {
        // One call for all of them, so one fault, too.
        let subject = requests.first().map(|request| identity(&request.prior));
        let subject = subject.unwrap_or_default().to_string();
        let call = Call::new(self, type_name, Verb::Read, subject);
        let checked = match call.begin().await {
            Ok(()) => call.end().await,
            error => error,
        };
        if let Err(error) = checked {
            return requests.iter().map(|_| Err(error.clone())).collect();
        }
        let priors: Vec<&Value> = requests.iter().map(|request| &request.prior).collect();
        self.world.read(&self.place, type_name, &priors)
    }

    async fn create(&self, type_name: &str, request: CreateRequest) -> Created {
        let call = Call::new(self, type_name, Verb::Create, request.token.clone())
            .within_timeouts_of(&request.planned);
        if let Err(error) = call.begin().await {
            return Created::failed(error);
        }
        let made = self.world.create(&self.place, type_name, &request.planned, &request.token);
        let settled = match made {
            Ok(made) => made.settle().await,
            Err(error) => Err(error),
        };
        let object = match settled {
            Ok(object) => object,
            Err(error) => return Created::failed(call.named(error)),
        };
        match call.end().await {
            Ok(()) => Created::done(object),
            Err(error) if error.kind == OpErrorKind::Timeout => Created::partial(object, error),
            Err(error) => Created::failed(error),
        }
    }

    async fn update(&self, type_name: &str, request: UpdateRequest) -> OpResult<Value> {
        let call = Call::new(self, type_name, Verb::Update, request.token.clone())
            .within_timeouts_of(&request.planned);
        call.begin().await?;
        let (prior, planned) = (&request.prior, &request.planned);
        let updated = self.world.update(&self.place, type_name, prior, planned).await;
        let object = updated.map_err(|error| call.named(error))?;
        call.end().await?;
        Ok(object)
    }

    async fn delete(&self, type_name: &str, request: DeleteRequest) -> OpResult<()> {
        let subject = identity(&request.prior).to_string();
        let call =
            Call::new(self, type_name, Verb::Delete, subject).within_timeouts_of(&request.prior);
        call.begin().await?;
        self.world
            .delete(&self.place, type_name, &request.prior)
            .await
            .map_err(|error| call.named(error))?;
        call.end().await
    }

    async fn import(&self, type_name: &str, id: &str) -> OpResult<Imported> {
        let call = Call::new(self, type_name, Verb::Read, id.to_owned());
        call.begin().await?;
        call.end().await?;
        Ok(Imported { object: self.world.import(&self.place, type_name, id)? })
    }

    async fn find(&self, type_name: &str, request: &CreateRequest) -> OpResult<Option<Value>> {
        let call = Call::new(self, type_name, Verb::Read, request.token.clone());
        call.begin().await?;
        call.end().await?;
        self.world.find(type_name, &request.token)
    }

    fn region(&self) -> Option<&str> {
        Some(&self.place.region)
    }

    fn appearance(&self) -> Duration {
        self.world.options.consistency_lag
    }

    async fn read_data(&self, type_name: &str, request: DataRequest) -> OpResult<Value> {
        if let Some(answer) = self.world.provider.read_pure_data(type_name, &request.config) {
            return answer;
        }
        let call = Call::new(self, type_name, Verb::ReadData, String::new())
            .within_timeouts_of(&request.config);
        call.begin().await?;
        call.end().await?;
        let question = Question::new(&self.world, &self.place, type_name, &request.config)?;
        question.answer().map_err(|error| call.named(error))
    }
}
