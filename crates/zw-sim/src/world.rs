//! The objects that exist, and the rules by which they come and go.

mod codec;
mod create;
mod index;
mod links;
mod store;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use zw_lang::{Str, Value};
use zw_provider::schema::Schema;
use zw_provider::{OpError, OpErrorKind, OpResult, Provider};

use crate::cloud::{Cloud, Place, cloud_of};
use crate::dice::Dice;
use crate::digest::digest;
use crate::error::SimError;
use crate::fault::FaultPlan;
use crate::fill::{Answers, Lookup, Making, complete};
use crate::options::{SimOptions, Verb};

pub(crate) use codec::identity;
pub(crate) use index::Scope;

use index::{Entry, Index, Number};
use store::{Change, Pending, Store};

/// The objects of one provider, in all accounts and regions.
pub(crate) struct World {
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) cloud: &'static dyn Cloud,
    pub(crate) options: SimOptions,
    pub(crate) dice: Dice,
    pub(crate) faults: FaultPlan,
    index: Mutex<Index>,
    store: Store,
}

impl World {
    /// Opens the file that the options name.
    pub(crate) fn open(provider: Arc<dyn Provider>, options: SimOptions) -> Result<Self, SimError> {
        let mut index = Index::default();
        let store = match &options.path {
            Some(path) => {
                let (store, contents) = Store::open(path, provider.name())?;
                for row in contents.rows {
                    let corrupt = |detail| SimError::Corrupt { path: path.clone(), detail };
                    index.load(row).map_err(corrupt)?;
                }
                for (digest, count) in contents.twins {
                    index.load_twins(digest, count);
                }
                store
            }
            None => Store::nowhere(),
        };
        let dice = Dice::new(options.seed).of(provider.name());
        Ok(Self {
            cloud: cloud_of(provider.name()),
            faults: FaultPlan::new(options.faults.clone(), &dice),
            index: Mutex::new(index),
            provider,
            options,
            dice,
            store,
        })
    }

    /// The schema of a resource type.
    pub(crate) fn schema(&self, type_name: &str) -> OpResult<&Schema> {
        self.provider.resource_types().get(type_name).ok_or_else(|| {
            OpError::new(
                OpErrorKind::NotImplemented,
                format!("This provider has no resource type {type_name:?}."),
            )
        })
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.options.now.unwrap_or_else(SystemTime::now).into()
    }

    /// How long an operation takes in the real cloud, give or take a fifth; `None` if nothing takes time here.
    pub(crate) fn duration(&self, type_name: &str, verb: Verb, subject: &str) -> Option<Duration> {
        if self.options.latency_scale <= 0.0 {
            return None;
        }
        let spread =
            0.8 + 0.4 * self.dice.ratio(&format!("latency {verb:?} {type_name} {subject}"));
        let seconds = self.cloud.seconds(type_name, verb) * spread;
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// How long something takes here that takes so long in the real cloud.
    pub(crate) fn scaled(&self, duration: Duration) -> Duration {
        let seconds = duration.as_secs_f64() * self.options.latency_scale;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        // Nothing that holds the lock can panic half-way.
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads objects of a type; the answers are in the order of the objects.
    pub(crate) fn read(
        &self,
        place: &Place,
        type_name: &str,
        priors: &[&Value],
    ) -> Vec<OpResult<Option<Value>>> {
        let schema = match self.schema(type_name) {
            Ok(schema) => schema,
            Err(error) => return priors.iter().map(|_| Err(error.clone())).collect(),
        };
        let scope = self.cloud.scope(type_name, place);
        let bodies: Vec<Option<Arc<str>>> = {
            let index = self.index();
            let body = |prior: &&Value| {
                let number = index.by_id(type_name, &scope, &identity(prior))?;
                let entry = index.get(number)?;
                self.is_visible(entry).then(|| entry.body.clone())
            };
            priors.iter().map(body).collect()
        };
        let decode = |body: Option<Arc<str>>| {
            body.map(|body| codec::decode(&body, &schema.block, type_name)).transpose()
        };
        bodies.into_iter().map(decode).collect()
    }

    /// Whether an object is old enough to be seen.
    fn is_visible(&self, entry: &Entry) -> bool {
        entry.born.is_none_or(|born| born.elapsed() >= self.options.consistency_lag)
    }

    /// What was created with a token, if it is old enough to be seen.
    pub(crate) fn find(&self, type_name: &str, token: &str) -> OpResult<Option<Value>> {
        self.of_token(type_name, token, |entry| self.is_visible(entry))
    }

    fn of_token(
        &self,
        type_name: &str,
        token: &str,
        counts: impl Fn(&Entry) -> bool,
    ) -> OpResult<Option<Value>> {
        let body = {
            let index = self.index();
            let entry = index.by_token(token).and_then(|number| index.get(number));
            let entry = entry.filter(|entry| entry.type_name == type_name && counts(entry));
            entry.map(|entry| entry.body.clone())
        };
        let Some(body) = body else { return Ok(None) };
        codec::decode(&body, &self.schema(type_name)?.block, type_name).map(Some)
    }

    /// Everything of a type, wherever it is and however new, in the order of creation.
    pub(crate) fn everything(&self, type_name: &str) -> OpResult<Vec<Value>> {
        let block = &self.schema(type_name)?.block;
        let bodies = self.index().everything(type_name);
        bodies.iter().map(|body| codec::decode(body, block, type_name)).collect()
    }

    /// Looks for an object by an id that a person typed.
    pub(crate) fn import(&self, place: &Place, type_name: &str, id: &str) -> OpResult<Value> {
        let objects = self.objects(place, type_name)?;
        let is_it = |object: &Value| {
            identity(object) == id
                || self.cloud.import_ids(type_name, object).iter().any(|known| known == id)
        };
        objects.into_iter().find(is_it).ok_or_else(|| {
            let message = format!("There is no {type_name} {id:?} in the simulated cloud.");
            OpError::new(OpErrorKind::NotFound, message)
        })
    }

    /// All objects of a type, in the order of their creation.
    pub(crate) fn objects(&self, place: &Place, type_name: &str) -> OpResult<Vec<Value>> {
        let schema = self.schema(type_name)?;
        let scope = self.cloud.scope(type_name, place);
        let bodies: Vec<Arc<str>> = {
            let index = self.index();
            let visible = index.of_type(type_name, &scope).filter(|entry| self.is_visible(entry));
            visible.map(|entry| entry.body.clone()).collect()
        };
        bodies.iter().map(|body| codec::decode(body, &schema.block, type_name)).collect()
    }

    /// Changes an object.
    pub(crate) async fn update(
        &self,
        place: &Place,
        type_name: &str,
        prior: &Value,
        planned: &Value,
    ) -> OpResult<Value> {
        let scope = self.cloud.scope(type_name, place);
        let id = identity(prior);
        let dice = self.dice.of(format!("{type_name} {scope} {id}"));
        let object = self.fill(place, type_name, planned, Some(prior), &dice)?;
        let pending = self.put(place, type_name, &scope, &id, prior, planned, &object)?;
        pending.wait().await?;
        Ok(object)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one change")]
    fn put(
        &self,
        place: &Place,
        type_name: &str,
        scope: &Scope,
        id: &str,
        prior: &Value,
        planned: &Value,
        object: &Value,
    ) -> OpResult<Pending> {
        let body = codec::encode(object, self.schema(type_name)?)?;
        let mut index = self.index();
        let number = index.by_id(type_name, scope, id);
        let Some((number, entry)) =
            number.and_then(|number| Some((number, index.get(number)?.clone())))
        else {
            let message = format!("{type_name} {id:?} does not exist in the simulated cloud.");
            return Err(OpError::new(OpErrorKind::NotFound, message));
        };
        self.check_references(&index, place, type_name, planned, Some(prior))?;
        let mut links = self.links(&index, place, type_name, number, planned, object)?;
        let handles = entry.links.handles.iter().filter(|old| !links.handles.contains(old));
        let handles: Vec<Str> = handles.cloned().collect();
        links.handles.extend(handles);
        let entry = Entry { links, body, ..entry };
        let change = codec::row(number, &entry)?;
        index.insert(number, entry);
        Ok(self.store.submit(vec![Change::Put(change)]))
    }

    /// Deletes an object, unless something stands against it. That it does not exist is no error.
    pub(crate) async fn delete(
        &self,
        place: &Place,
        type_name: &str,
        prior: &Value,
    ) -> OpResult<()> {
        let scope = self.cloud.scope(type_name, place);
        let pending = {
            let mut index = self.index();
            let Some(number) = index.by_id(type_name, &scope, &identity(prior)) else {
                return Ok(());
            };
            if let Some(error) = self.blocked(&index, number) {
                return Err(error);
            }
            index.remove(number);
            self.store.submit(vec![Change::Remove(number)])
        };
        Ok(pending.wait().await?)
    }

    fn blocked(&self, index: &Index, number: Number) -> Option<OpError> {
        let target = index.get(number)?;
        index.referrers(number).find_map(|(source, attribute)| {
            let (type_name, id) = (&target.type_name, &target.id);
            let mut error = self.cloud.blocked(type_name, id, &source.type_name, attribute)?;
            error.operation = self.cloud.operation(type_name, Verb::Delete);
            error.message = format!("{} (by {} {})", error.message, source.type_name, source.id);
            Some(error)
        })
    }
}

/// A world as it is seen from a place.
struct At<'a> {
    world: &'a World,
    place: &'a Place,
}

impl At<'_> {
    fn decode(&self, find: impl Fn(&Index) -> Option<Number>) -> Option<Value> {
        let (type_name, body) = {
            let index = self.world.index();
            let entry = index.get(find(&index)?)?;
            (entry.type_name.clone(), entry.body.clone())
        };
        let schema = self.world.schema(&type_name).ok()?;
        codec::decode(&body, &schema.block, &type_name).ok()
    }
}

impl Lookup for At<'_> {
    fn by_handle(&self, handle: &str) -> Option<Value> {
        self.decode(|index| index.by_handle(handle))
    }

    fn by_id(&self, type_name: &str, id: &str) -> Option<Value> {
        let scope = self.world.cloud.scope(type_name, self.place);
        self.decode(|index| index.by_id(type_name, &scope, id))
    }
}
