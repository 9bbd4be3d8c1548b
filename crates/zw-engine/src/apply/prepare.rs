//! From a change of the plan to a call: what is asked for, held against the plan, and the intent that is written before it goes out.

use super::{Call, Executor, Prepared, known_part};
use std::sync::Arc;

use petgraph::graph::NodeIndex;
use zw_lang::addr::InstanceAddr;
use zw_lang::{Diagnostic, ResourceMode, Type, Value};
use zw_provider::{CreateRequest, DataRequest, DeleteRequest, UpdateRequest};
use zw_state::{Intent, IntentKind, RowKey};

use crate::diff;
use crate::graph::Step;
use crate::plan::Action;
use crate::providers::Link;
use crate::resource::{Desired, Instance, Work, describe_error, ignoring, operation_diagnostic};
use crate::returning::Asked;
use crate::state::marked;

impl Executor<'_> {
    pub(super) fn prepare(
        &mut self,
        node: NodeIndex,
        change: usize,
        step: Step,
    ) -> Result<Prepared, Vec<Diagnostic>> {
        let detail = self.planner.details[change].clone();
        let planned = &self.planner.changes[change];
        let address = planned.address.clone();
        let type_name = address.resource().type_name.clone();
        let broken = |what: &str| {
            vec![
                Diagnostic::error(format!("{address} cannot be worked on"), what)
                    .about(address.to_string()),
            ]
        };
        let provider =
            detail.provider.ok_or_else(|| broken("It has no provider configuration."))?;
        let Link::Open(connection) = self.planner.providers.link(provider) else {
            return Err(broken("Its provider could not be configured."));
        };
        let connection = connection.clone();
        let (call, request) = match step {
            Step::Delete => {
                let prior = planned.before.clone().unmark_all().0;
                (Call::Delete(DeleteRequest { prior }), Value::null(Type::Dynamic))
            }
            Step::Create | Step::Update | Step::Read => self.desired_call(change, step)?,
        };
        self.operations += 1;
        let source = crate::fetch::source_in(&self.planner.changes[change].provider);
        let schema = self.planner.walk.cx.providers.resource_type(source, &type_name);
        let is_state_only = schema.is_some_and(|schema| schema.state_only);
        let is_local = is_state_only && step != Step::Read && !self.is_provisioned(change);
        // What is in the state alone is there or is not there, however far this comes.
        let intent = (step != Step::Read && !is_state_only).then(|| Intent {
            token: self.token(),
            run: self.session.run(),
            kind: match step {
                Step::Create => IntentKind::Create,
                Step::Update => IntentKind::Update,
                Step::Delete | Step::Read => IntentKind::Delete,
            },
            key: self.row_key(change, step),
            type_name: type_name.as_str().into(),
            provider: self.planner.changes[change].provider.clone(),
            request: self.encoded(change, step, request).into(),
            dependencies: self.dependencies_of(change),
            ending: detail.ending,
        });
        let call = match (call, &intent) {
            (Call::Create(request), Some(intent)) => {
                Call::Create(CreateRequest { token: intent.token.to_string(), ..request })
            }
            (Call::Update(request), Some(intent)) => {
                Call::Update(UpdateRequest { token: intent.token.to_string(), ..request })
            }
            (call, _) => call,
        };
        let provisions = match step {
            Step::Delete => self.before_destruction(change).map_err(|found| found.0)?,
            _ => Vec::new(),
        };
        let is_local = is_local && provisions.is_empty();
        let prepared = Prepared {
            node,
            change,
            step,
            connection,
            type_name,
            call,
            intent,
            is_local,
            provisions,
        };
        Ok(prepared)
    }

    /// Whether the block of an instance has provisioners.
    fn is_provisioned(&self, change: usize) -> bool {
        let Some((module, resource, _)) = self.planner.details[change].instance else {
            return false;
        };
        let node = self.planner.walk.module(module).node;
        !self.planner.walk.config.module_of(node).resources[resource].provisioners.is_empty()
    }

    /// What an operation was asked for, as the journal keeps it.
    fn encoded(&self, change: usize, step: Step, request: Value) -> String {
        if step == Step::Delete {
            return "null".to_owned();
        }
        let planned = &self.planner.changes[change];
        let source = crate::fetch::source_in(&planned.provider);
        let type_name = &planned.address.resource().type_name;
        let schema = self.planner.walk.cx.providers.resource_type(source, type_name);
        let ty = schema.map_or_else(|| request.ty(), |schema| schema.block.ty());
        crate::codec::encode(&known_part(request), &ty)
    }

    /// Names an operation for ever: the state, the run, and its number in the run.
    fn token(&self) -> Arc<str> {
        let lineage: String = self
            .session
            .lineage()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(16)
            .map(|char| char.to_ascii_lowercase())
            .collect();
        format!("zw-{lineage}-{}-{}", self.session.run().0, self.operations).into()
    }

    /// The row that an operation is about. The old object of a replacement that creates first is deposed
    /// before the new one is made.
    pub(super) fn row_key(&self, change: usize, step: Step) -> RowKey {
        let planned = &self.planner.changes[change];
        let deposed = match (planned.action, step) {
            (Action::CreateThenDelete, Step::Delete) => Some(self.deposed_key(change)),
            _ => planned.deposed.clone(),
        };
        RowKey { address: planned.address.to_string().into(), deposed }
    }

    /// The key under which the old object of a replacement is kept: eight hexadecimal digits that no other object
    /// of the instance has.
    pub(super) fn deposed_key(&self, change: usize) -> Arc<str> {
        let run = self.session.run().0;
        format!("{:08x}", (run << 20 | change as u64) & 0xffff_ffff).into()
    }

    /// Addresses of what the object of a change depends on.
    pub(super) fn dependencies_of(&mut self, change: usize) -> Vec<Arc<str>> {
        let detail = &self.planner.details[change];
        match detail.returned {
            Some(at) => self.planner.returned[at as usize].row.dependencies.clone(),
            None => self.dependencies.of(self.planner, &detail.deps),
        }
    }

    /// What an object is to be, evaluated with what is known now, and held against the plan.
    fn desired_call(
        &mut self,
        change: usize,
        step: Step,
    ) -> Result<(Call, Value), Vec<Diagnostic>> {
        let detail = self.planner.details[change].clone();
        let asked = match detail.returned {
            Some(at) => self.asked_again(change, at as usize),
            None => self.asked(change),
        }?;
        let planned = self.planner.changes[change].clone();
        let address = planned.address.clone();
        let at_block = |diagnostic: Diagnostic| match asked.declared.as_ref() {
            Some(declared) => diagnostic.at(declared.span),
            None => diagnostic,
        };
        if !asked.config.is_wholly_known() {
            return Err(vec![at_block(
                Diagnostic::error(
                    format!("The configuration of {address} is still not known"),
                    "Everything that it refers to has been applied, and a part of it is unknown all the same. \
                     Apply again; if that does not help, it is a bug in the provider of what it refers to.",
                )
                .about(address.to_string()),
            )]);
        }
        let mode = address.resource().mode;
        if step == Step::Read {
            let config = asked.config.clone();
            let request = DataRequest { config: asked.config };
            let is_ephemeral = mode == ResourceMode::Ephemeral;
            let call = if is_ephemeral { Call::Open(request) } else { Call::Read(request) };
            return Ok((call, config));
        }
        let id = detail.provider.ok_or_else(|| missing(&address))?;
        let provider = self.planner.providers.get(id).provider.clone();
        let type_name = &address.resource().type_name;
        let schema = provider.types(mode).get(&**type_name).ok_or_else(|| missing(&address))?;
        let provider_config = match &self.planner.providers.get(id).arguments {
            crate::providers::Arguments::Known(config) => config.clone(),
            _ => Value::unknown(Type::Dynamic),
        };
        let work = Work { provider: &*provider, type_name, schema, provider_config };
        let before = planned.before.clone().unmark_all().0;
        let arguments = match (&asked.declared, step) {
            (Some(declared), Step::Update) => {
                ignoring(&declared.lifecycle.ignore_changes, &before, &asked.config)
            }
            _ => asked.config.clone(),
        };
        let again = match step {
            Step::Update => work.change(&before, &arguments).map(|(object, _)| object),
            _ => work.create(&arguments),
        };
        let again = again.map_err(|error| {
            vec![match asked.declared.as_ref() {
                Some(declared) => operation_diagnostic(&address, &error, declared),
                None => describe_error(&error).about(address.to_string()),
            }]
        })?;
        let expected = planned.after.clone().unmark_all().0;
        let wrong = diff::contradictions(&schema.block, &expected, &again);
        if let Some(path) = wrong.first() {
            return Err(vec![at_block(
                Diagnostic::error(
                    "Provider produced inconsistent final plan",
                    format!(
                        "When expanding the plan for {address} to include new values learned so far during \
                         apply, the value of {path} is not what was planned. Nothing was changed; plan again."
                    ),
                )
                .about(address.to_string())
                .attribute(path.to_string()),
            )]);
        }
        let request = again.clone();
        let call = match step {
            Step::Update => Call::Update(UpdateRequest {
                prior: before,
                planned: again,
                config: arguments,
                token: String::new(),
            }),
            _ => Call::Create(CreateRequest {
                planned: again,
                config: arguments,
                token: String::new(),
            }),
        };
        // What is sensitive may have become so only now.
        if let Some(change) = self.planner.changes.get_mut(change) {
            Arc::make_mut(change).after = marked(schema, &expected, &asked.sensitive);
        }
        Ok((call, request))
    }

    /// What the configuration says of an instance.
    fn asked(&mut self, change: usize) -> Result<Asked, Vec<Diagnostic>> {
        let config = self.planner.walk.config.clone();
        let detail = &self.planner.details[change];
        let address = &self.planner.changes[change].address;
        let place = detail.instance.zip(detail.provider);
        let ((module, resource, at), id) = place.ok_or_else(|| missing(address))?;
        let instance = Instance { module, resource, at };
        let declared = &config.module_of(self.planner.walk.module(module).node).resources[resource];
        let provider = self.planner.providers.get(id).provider.clone();
        let schema = provider.types(declared.mode).get(&*declared.type_name);
        let schema = schema.ok_or_else(|| missing(address))?;
        self.planner.repeat_resource(instance, declared);
        let desired = self.planner.desired(instance, declared, schema);
        let found: Vec<Diagnostic> =
            std::mem::take(&mut self.planner.diagnostics).into_iter().collect();
        let Ok(Desired { config, sensitive, deps, .. }) = desired else { return Err(found) };
        self.planner.details[change].deps = deps;
        let declared = Some(Arc::new(declared.clone()));
        Ok(Asked { config, sensitive, declared })
    }

    /// What a row says of an object that is to be as it was.
    fn asked_again(&self, change: usize, at: usize) -> Result<Asked, Vec<Diagnostic>> {
        let planned = &self.planner.changes[change];
        let source = crate::fetch::source_in(&planned.provider);
        let type_name = &planned.address.resource().type_name;
        let schema = self.planner.walk.cx.providers.resource_type(source, type_name);
        let schema = schema.ok_or_else(|| missing(&planned.address))?;
        Ok(self.planner.asked_again(at, schema, !planned.before.is_null()))
    }
}

fn missing(address: &InstanceAddr) -> Vec<Diagnostic> {
    vec![Diagnostic::error(
        format!("{address} is not in the configuration"),
        "The plan says otherwise, which is a bug in zw.",
    )]
}
