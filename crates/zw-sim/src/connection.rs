//! Operations as a configured provider does them: with faults, and taking their time.

use std::sync::Arc;

use async_trait::async_trait;
use zw_lang::Value;
use zw_provider::{
    Connection, CreateRequest, Created, DataRequest, DeleteRequest, Imported, OpError, OpResult,
    ReadRequest, UpdateRequest,
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
}

/// An operation under way.
struct Call<'a> {
    world: &'a World,
    type_name: &'a str,
    verb: Verb,
    subject: String,
    fault: Option<Fault>,
}

impl<'a> Call<'a> {
    fn new(world: &'a World, type_name: &'a str, verb: Verb, subject: String) -> Self {
        let faults: &FaultPlan = &world.faults;
        let fault = faults.decide(verb, type_name, &subject);
        Self { world, type_name, verb, subject, fault }
    }

    fn error(&self, fault: Fault) -> OpError {
        fault.error(self.world.cloud.operation(self.type_name, self.verb))
    }

    /// Fails if nothing is to be done.
    fn begin(&self) -> OpResult<()> {
        match self.fault {
            Some(fault) if !fault.takes_effect() => Err(self.error(fault)),
            _ => Ok(()),
        }
    }

    /// Takes its time, and fails if what was done is not to be known.
    async fn end(&self) -> OpResult<()> {
        let latency = self.world.latency(self.type_name, self.verb, &self.subject);
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        self.fault.map_or(Ok(()), |fault| Err(self.error(fault)))
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
        let call = Call::new(&self.world, type_name, Verb::Read, subject);
        let checked = match call.begin() {
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
        let call = Call::new(&self.world, type_name, Verb::Create, request.token.clone());
        if let Err(error) = call.begin() {
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
        match (call.end().await, call.fault) {
            (Ok(()), _) => Created::done(object),
            (Err(error), Some(Fault::Timeout)) => Created::partial(object, error),
            (Err(error), _) => Created::failed(error),
        }
    }

    async fn update(&self, type_name: &str, request: UpdateRequest) -> OpResult<Value> {
        let call = Call::new(&self.world, type_name, Verb::Update, request.token.clone());
        call.begin()?;
        let (prior, planned) = (&request.prior, &request.planned);
        let updated = self.world.update(&self.place, type_name, prior, planned).await;
        let object = updated.map_err(|error| call.named(error))?;
        call.end().await?;
        Ok(object)
    }

    async fn delete(&self, type_name: &str, request: DeleteRequest) -> OpResult<()> {
        let subject = identity(&request.prior).to_string();
        let call = Call::new(&self.world, type_name, Verb::Delete, subject);
        call.begin()?;
        self.world
            .delete(&self.place, type_name, &request.prior)
            .await
            .map_err(|error| call.named(error))?;
        call.end().await
    }

    async fn import(&self, type_name: &str, id: &str) -> OpResult<Imported> {
        let call = Call::new(&self.world, type_name, Verb::Read, id.to_owned());
        call.begin()?;
        call.end().await?;
        Ok(Imported { object: self.world.import(&self.place, type_name, id)? })
    }

    async fn find(&self, type_name: &str, request: &CreateRequest) -> OpResult<Option<Value>> {
        let call = Call::new(&self.world, type_name, Verb::Read, request.token.clone());
        call.begin()?;
        call.end().await?;
        self.world.find(type_name, &request.token)
    }

    async fn read_data(&self, type_name: &str, request: DataRequest) -> OpResult<Value> {
        if let Some(answer) = self.world.provider.read_pure_data(type_name, &request.config) {
            return answer;
        }
        let call = Call::new(&self.world, type_name, Verb::ReadData, String::new());
        call.begin()?;
        call.end().await?;
        let question = Question::new(&self.world, &self.place, type_name, &request.config)?;
        question.answer().map_err(|error| call.named(error))
    }
}
