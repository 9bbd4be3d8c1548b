//! What a plan asks of the world outside: connections, objects as they are, data sources.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing::{Instrument as _, Span};
use zw_lang::{Diagnostic, Diagnostics, Value, parallel};
use zw_provider::{ConfigureRequest, Connection, DataRequest, OpResult, ReadRequest};

use crate::event::{Event, Observer};
use crate::guard;
use crate::plan::{Action, Change, PlanMode, Reason};
use crate::planner::{DataKey, DataRead, Planner, Reach, Wanted};
use crate::providers::{Arguments, Link, ProvId};
use crate::resource::{Connecting, describe_error, shaped};
use crate::state::{Current, decode_row, marked, no_object};
use crate::trace;

/// How many objects one task reads. A type that reads in batches makes the most of it; one that
/// cannot still has as many tasks as the parallelism allows.
const READ_CHUNK: usize = 200;

/// What a task found.
enum Found {
    Connection(ProvId, Result<Arc<dyn Connection>, Diagnostics>),
    Objects(Vec<usize>, Vec<OpResult<Option<Value>>>),
    Data(DataKey, Box<DataRead>, OpResult<Value>, Duration),
    Opened(Box<DataRead>, OpResult<Value>, Duration),
    Import(DataKey, Box<DataRead>, OpResult<Value>),
}

impl Planner {
    /// Decodes the objects of the state by the schemas of their types.
    pub(super) fn decode_state(&mut self) {
        let providers = self.walk.cx.providers.clone();
        let decoded = parallel::map(&self.prior.objects, |prior| {
            let source = source_in(&prior.row.provider);
            let schema = providers.resource_type(source, &prior.row.type_name)?;
            Some(decode_row(&prior.row, schema))
        });
        for (at, decoded) in decoded.into_iter().enumerate() {
            let row = &self.prior.objects[at].row;
            let Some(decoded) = decoded else {
                let (name, provider) = (row.key.address.clone(), row.provider.clone());
                self.diagnostics.push(Diagnostic::error(
                    format!("{name} is of a type that this zw does not know"),
                    format!(
                        "The state says that it belongs to {provider}, and no such type is built in. Remove it \
                         from the state with \"zw state rm\", or use a zw that has it."
                    ),
                ));
                self.prior.objects[at].current = Current::Failed;
                continue;
            };
            match decoded {
                Ok(object) => self.prior.objects[at].recorded = Some(object),
                Err(diagnostic) => {
                    self.diagnostics.push(diagnostic);
                    self.prior.objects[at].current = Current::Failed;
                }
            }
            if !self.options.refresh || self.reach == Reach::Offline {
                let object = &mut self.prior.objects[at];
                if matches!(object.current, Current::Unread) {
                    object.current = Current::AsRecorded;
                }
            }
        }
    }

    /// Wants everything in the state whose provider is known and can be asked.
    pub(crate) fn want_state(&mut self) {
        for at in 0..self.prior.objects.len() {
            let object = &self.prior.objects[at];
            if !matches!(object.current, Current::Unread)
                || !self.targets.contains_instance(&object.address)
            {
                continue;
            }
            if let Some(provider) = self.provider_of_row(at) {
                self.want_object(at, provider);
            }
        }
    }

    /// The provider configuration that an object's row names. One without a block is made on the
    /// way: it may serve objects that are in the state only.
    pub(crate) fn provider_of_row(&mut self, at: usize) -> Option<ProvId> {
        let address = self.prior.objects[at].row.provider.clone();
        self.provider_of_address(&address)
    }

    /// The provider configuration of an address in the state.
    pub(crate) fn provider_of_address(&mut self, address: &str) -> Option<ProvId> {
        self.providers.of_address(address).or_else(|| self.implied_provider(address))
    }

    /// Wants an object to be read; whether that makes sense. One whose provider cannot be asked yet
    /// is believed to be as recorded.
    pub(crate) fn want_object(&mut self, at: usize, provider: ProvId) -> bool {
        match self.connection(provider) {
            Connecting::Ready => {
                self.wanted.objects.push(at);
                true
            }
            Connecting::Soon => true,
            Connecting::Later => {
                self.prior.objects[at].current = Current::AsRecorded;
                false
            }
            Connecting::Never => {
                self.prior.objects[at].current = Current::Failed;
                false
            }
        }
    }

    /// Fetches everything that is wanted; whether there was anything.
    pub(crate) async fn fetch(&mut self, observer: &dyn Observer) -> bool {
        let wanted = std::mem::take(&mut self.wanted);
        if wanted.is_empty() {
            return false;
        }
        let permits = Arc::new(Semaphore::new(self.options.parallelism.max(1)));
        let mut tasks = JoinSet::new();
        let Wanted { mut connections, mut objects, data, opened, imports } = wanted;
        connections.sort_unstable();
        connections.dedup();
        objects.sort_unstable();
        objects.dedup();
        for id in connections {
            self.spawn_connection(&mut tasks, id);
        }
        self.spawn_reads(&mut tasks, &permits, &objects, observer);
        let mut data: Vec<(DataKey, DataRead)> = data;
        data.sort_by(|a, b| a.1.address.cmp(&b.1.address));
        let mut asked = std::collections::HashSet::new();
        for (key, read) in data {
            // Without a connection yet, it is wanted again in the next pass.
            if self.is_connected(read.provider) && asked.insert(key.clone()) {
                observer.event(&Event::Reading { address: &read.address });
                self.spawn_data(&mut tasks, &permits, key, read);
            }
        }
        for read in opened {
            if self.is_connected(read.provider) {
                observer.event(&Event::Reading { address: &read.address });
                self.spawn_open(&mut tasks, &permits, read);
            }
        }
        for (key, read) in imports {
            self.spawn_import(&mut tasks, &permits, key, read);
        }
        while let Some(found) = tasks.join_next().await {
            match found {
                Ok(found) => self.take(found, observer),
                Err(error) => self.diagnostics.push(Diagnostic::error(
                    "A provider stopped unexpectedly",
                    format!("{error}. This is a bug in zw."),
                )),
            }
        }
        true
    }

    fn is_connected(&self, provider: ProvId) -> bool {
        matches!(self.providers.link(provider), Link::Open(_))
    }

    fn spawn_connection(&self, tasks: &mut JoinSet<Found>, id: ProvId) {
        let instance = self.providers.get(id);
        let Arguments::Known(config) = &instance.arguments else { return };
        let provider = instance.provider.clone();
        let request = ConfigureRequest {
            config: config.clone(),
            address: instance.address.to_string(),
            parallelism: self.options.parallelism,
            traffic: self.walk.cx.providers.traffic.clone(),
        };
        tasks.spawn(
            async move { Found::Connection(id, guard::configure(&*provider, request).await) },
        );
    }

    /// Reads objects in batches by provider configuration and type.
    fn spawn_reads(
        &mut self,
        tasks: &mut JoinSet<Found>,
        permits: &Arc<Semaphore>,
        objects: &[usize],
        observer: &dyn Observer,
    ) {
        let mut batches: BTreeMap<(ProvId, Arc<str>), Vec<usize>> = BTreeMap::new();
        for at in objects {
            let Some(provider) = self.provider_of_row(*at) else { continue };
            let provider = self.providers.get(provider).same_as;
            let type_name = self.prior.objects[*at].row.type_name.clone();
            batches.entry((provider, type_name)).or_default().push(*at);
        }
        if !objects.is_empty() {
            observer.event(&Event::RefreshStarted { total: objects.len() });
        }
        for ((provider, type_name), all) in batches {
            let Link::Open(connection) = self.providers.link(provider) else { continue };
            for chunk in all.chunks(READ_CHUNK) {
                let mut requests = Vec::with_capacity(chunk.len());
                let mut positions = Vec::with_capacity(chunk.len());
                for at in chunk {
                    let object = &self.prior.objects[*at];
                    let Some(prior) = object.recorded.clone() else { continue };
                    let id = prior.get("id").and_then(Value::as_str);
                    observer.event(&Event::Refreshing { address: &object.address, id });
                    requests.push(ReadRequest { prior });
                    positions.push(*at);
                }
                let (connection, type_name) = (connection.clone(), type_name.clone());
                let permits = permits.clone();
                // Objects of a type are read together, so this is the one operation that is not of one object.
                let what = format_args!("{} of {type_name}", requests.len()).to_string();
                let provider_address = &self.providers.get(provider).address;
                let span = trace::operation(
                    "refresh",
                    &what,
                    &type_name,
                    provider_address,
                    connection.as_ref(),
                );
                let reading = async move {
                    let _permit = permits.acquire_owned().await;
                    let answers = connection.read(&type_name, requests).await;
                    answers.iter().for_each(trace::ended);
                    Found::Objects(positions, answers)
                };
                tasks.spawn(reading.instrument(span));
            }
        }
    }

    fn spawn_data(
        &self,
        tasks: &mut JoinSet<Found>,
        permits: &Arc<Semaphore>,
        key: DataKey,
        read: DataRead,
    ) {
        let Link::Open(connection) = self.providers.link(read.provider) else { return };
        let (connection, permits) = (connection.clone(), permits.clone());
        let span = self.span("read", &read, connection.as_ref());
        let reading = async move {
            let _permit = permits.acquire_owned().await;
            let started = Instant::now();
            let request = DataRequest { config: read.config.clone() };
            let answer = connection.read_data(&read.type_name, request).await;
            trace::ended(&answer);
            Found::Data(key, Box::new(read), answer, started.elapsed())
        };
        tasks.spawn(reading.instrument(span));
    }

    fn spawn_open(&self, tasks: &mut JoinSet<Found>, permits: &Arc<Semaphore>, read: DataRead) {
        let Link::Open(connection) = self.providers.link(read.provider) else { return };
        let (connection, permits) = (connection.clone(), permits.clone());
        let span = self.span("open", &read, connection.as_ref());
        let opening = async move {
            let _permit = permits.acquire_owned().await;
            let started = Instant::now();
            let request = DataRequest { config: read.config.clone() };
            let answer = connection.open(&read.type_name, request).await;
            trace::ended(&answer);
            Found::Opened(Box::new(read), answer, started.elapsed())
        };
        tasks.spawn(opening.instrument(span));
    }

    fn spawn_import(
        &self,
        tasks: &mut JoinSet<Found>,
        permits: &Arc<Semaphore>,
        key: DataKey,
        read: DataRead,
    ) {
        let Link::Open(connection) = self.providers.link(read.provider) else { return };
        let (connection, permits) = (connection.clone(), permits.clone());
        let span = self.span("import", &read, connection.as_ref());
        let importing = async move {
            let _permit = permits.acquire_owned().await;
            let id = read.config.as_str().unwrap_or_default();
            let answer = connection.import(&read.type_name, id).await;
            trace::ended(&answer);
            Found::Import(key, Box::new(read), answer.map(|imported| imported.object))
        };
        tasks.spawn(importing.instrument(span));
    }

    fn span(&self, action: &'static str, read: &DataRead, connection: &dyn Connection) -> Span {
        let provider = &self.providers.get(read.provider).address;
        trace::operation(action, &read.address, &read.type_name, provider, connection)
    }

    fn take(&mut self, found: Found, observer: &dyn Observer) {
        match found {
            Found::Connection(id, Ok(connection)) => {
                self.providers.get_mut(id).link = Link::Open(connection);
            }
            Found::Connection(id, Err(diagnostics)) => {
                let instance = self.providers.get_mut(id);
                instance.link = Link::Failed;
                let address = instance.address.to_string();
                let named = diagnostics.into_iter().map(|found| found.about(address.clone()));
                self.diagnostics.extend(named);
            }
            Found::Objects(positions, answers) => {
                for (at, answer) in positions.into_iter().zip(answers) {
                    self.take_object(at, answer, observer);
                }
            }
            Found::Import(key, read, answer) => {
                let answer = answer.map_err(|error| {
                    let diagnostic = if error.is_not_found() {
                        let id = read.config.as_str().unwrap_or_default();
                        Diagnostic::error(
                            "Cannot import non-existent remote object",
                            format!(
                                "While attempting to import an existing object to {}, the provider detected that no \
                                 object exists with the given id {id:?}. Only pre-existing objects can be imported; \
                                 check that the id is correct and that it is associated with the provider's \
                                 configured region or endpoint, or remove the import block to create a new object.",
                                read.address
                            ),
                        )
                    } else {
                        describe_error(&error)
                    };
                    let diagnostic = diagnostic.about(read.address.to_string());
                    self.diagnostics.push(self.at_block(diagnostic, &read.address));
                });
                self.answers.insert(key, answer);
            }
            Found::Data(key, read, answer, elapsed) => {
                let answer = self.taken(&read, answer);
                if let Ok(object) = &answer {
                    let id = object.get("id").and_then(Value::as_str);
                    observer.event(&Event::Read { address: &read.address, id, elapsed });
                }
                self.answers.insert(key, answer);
            }
            Found::Opened(read, answer, elapsed) => {
                let answer = self.taken(&read, answer);
                if answer.is_ok() {
                    observer.event(&Event::Read { address: &read.address, id: None, elapsed });
                }
                self.opened.insert(read.address, answer);
            }
        }
    }

    /// What was read, in the shape of its schema. What went wrong is reported.
    fn taken(&mut self, read: &DataRead, answer: OpResult<Value>) -> Result<Value, ()> {
        let source = self.providers.get(read.provider).source.clone();
        let mode = read.address.resource().mode;
        match (answer, self.walk.cx.providers.schema(&source, mode, &read.type_name)) {
            (Ok(object), Some(schema)) => Ok(shaped(&schema.block, &object)),
            (Ok(_), None) => Err(()),
            (Err(error), _) => {
                let diagnostic = describe_error(&error).about(read.address.to_string());
                let mut diagnostic = self.at_block(diagnostic, &read.address);
                if self.is_within_check(&read.address) {
                    diagnostic = diagnostic.into_warning();
                }
                self.diagnostics.push(diagnostic);
                Err(())
            }
        }
    }

    /// Whether a data source is that of a `check` block, which holds nothing up.
    fn is_within_check(&self, address: &zw_lang::addr::InstanceAddr) -> bool {
        self.instance_of(address).is_some_and(|instance| {
            let declared = self.walk.config.module_of(self.walk.module(instance.module).node);
            declared.checks.iter().any(|check| check.data == Some(instance.resource))
        })
    }

    fn take_object(&mut self, at: usize, answer: OpResult<Option<Value>>, observer: &dyn Observer) {
        let row = &self.prior.objects[at].row;
        let source = source_in(&row.provider);
        let schema = self.walk.cx.providers.resource_type(source, &row.type_name);
        let current = match (answer, schema) {
            (Ok(Some(object)), Some(schema)) => Current::Read(shaped(&schema.block, &object)),
            (Ok(None), _) => Current::Gone,
            (Ok(Some(_)), None) => Current::Failed,
            (Err(error), _) if error.is_not_found() => Current::Gone,
            (Err(error), _) => {
                let address = self.prior.objects[at].address.clone();
                let diagnostic = describe_error(&error).about(address.to_string());
                self.diagnostics.push(self.at_block(diagnostic, &address));
                Current::Failed
            }
        };
        let object = &mut self.prior.objects[at];
        object.current = current;
        let id = object.recorded.as_ref().and_then(|prior| prior.get("id")).and_then(Value::as_str);
        observer.event(&Event::Refreshed { address: &object.address, id });
    }

    /// A diagnostic with the place of the block that declares an instance, if there is one.
    pub(crate) fn at_block(
        &self,
        diagnostic: Diagnostic,
        address: &zw_lang::addr::InstanceAddr,
    ) -> Diagnostic {
        match self.instance_of(address) {
            Some(instance) => {
                let node = self.walk.module(instance.module).node;
                diagnostic.or_at(self.walk.config.module_of(node).resources[instance.resource].span)
            }
            None => diagnostic,
        }
    }

    /// How objects were found to differ from what was last known. Without the wish to see all of it, what
    /// no output or change has to do with is left out by whoever shows it.
    pub(crate) fn drift(&self) -> Vec<Change> {
        let mut drift: Vec<Change> = Vec::new();
        for prior in &self.prior.objects {
            let source = source_in(&prior.row.provider);
            let schema = self.walk.cx.providers.resource_type(source, &prior.row.type_name);
            let (Some(schema), Some(recorded)) = (schema, &prior.recorded) else { continue };
            let (action, after) = match &prior.current {
                Current::Read(object) if object != recorded => (Action::Update, Some(object)),
                Current::Gone => (Action::Delete, None),
                _ => continue,
            };
            let paths = prior.sensitive_paths();
            drift.push(Change {
                address: prior.address.clone(),
                deposed: prior.row.key.deposed.clone(),
                previous_address: prior.moved_from.clone(),
                provider: prior.row.provider.clone(),
                action,
                reason: Reason::None,
                before: marked(schema, recorded, &paths),
                after: after.map_or_else(
                    || no_object(Some(schema)),
                    |object| marked(schema, object, &paths),
                ),
                replace_paths: Vec::new(),
                importing: None,
            });
        }
        drift.sort_by(|a, b| a.address.cmp(&b.address));
        drift
    }

    /// Whether the plan only writes down what others changed.
    pub(crate) fn is_refresh_only(&self) -> bool {
        self.options.mode == PlanMode::RefreshOnly
    }
}

/// The source address within the address of a provider configuration.
pub(crate) fn source_in(address: &str) -> &str {
    let Some((_, rest)) = address.split_once("provider[\"") else { return address };
    rest.split_once('"').map_or(rest, |(source, _)| source)
}
