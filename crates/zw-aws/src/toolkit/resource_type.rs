//! A resource type in a few functions: what differs from type to type. What does not is here.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt};
use zw_lang::Value;
use zw_provider::{
    CreateRequest, Created, DeleteRequest, Imported, OpError, OpErrorKind, OpResult, Operations,
    READS_AT_ONCE_MAX, ReadRequest, Resource, UpdateRequest, View,
};

use super::agree::agrees;
use super::known_form::in_known_form;
use super::{
    AwsClients, Draft, TagChange, Wait, chosen_name, created, found_again, imported_as,
    is_as_planned, updated,
};

/// What a resource type has of its own.
///
/// `read` gives what the service says; that a policy is only written differently from what was known, or that
/// the tags changed, is seen to for all types alike.
#[async_trait]
pub(crate) trait ResourceType: Send + Sync + 'static {
    /// The type's name.
    const NAME: &'static str;

    /// Attributes by which an object is told from one of the same name that somebody else made; its tags are
    /// looked at in any case.
    const TELLING: &'static [&'static str] = &[];

    /// Creates an object, and gives its id.
    async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String>;

    /// Does what is left to do for a new object before it is as planned. If that fails, the object is kept and is
    /// tainted.
    async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
        let _ = (client, id, new);
        Ok(())
    }

    /// Reads an object, beginning with what was last known of it; `None` if it is gone. Of an object that is being
    /// created or imported no more may be known than its id, or what [`Self::identify`] sets.
    async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>>;

    /// Reads many objects. Types whose service can, override it with few calls.
    async fn read_many(
        &self,
        client: &AwsClients,
        requests: Vec<ReadRequest>,
    ) -> Vec<OpResult<Option<Value>>> {
        let reads: Vec<_> =
            requests.iter().map(|request| self.read(client, &request.prior)).collect();
        stream::iter(reads).buffered(READS_AT_ONCE_MAX).collect().await
    }

    /// Changes whatever differs, tags excepted. Types all of whose attributes force replacement do not override it.
    async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
        let _ = (client, change);
        Err(OpError::new(OpErrorKind::Other, "Objects of this type cannot be changed."))
    }

    /// Changes tags. Types without tags do not override it.
    async fn retag(&self, client: &AwsClients, object: View<'_>, tags: TagChange) -> OpResult<()> {
        let _ = (client, object, tags);
        Err(OpError::new(OpErrorKind::Other, "Objects of this type have no tags."))
    }

    /// Deletes an object. That it does not exist need not be told from success.
    async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()>;

    /// How long to try again to delete an object, as long as something else depends on it: what does may be on its
    /// way out.
    fn deletion_timeout(&self, object: View<'_>) -> Duration {
        let _ = object;
        Duration::ZERO
    }

    /// The id of what a creation of these arguments makes, or made before it was interrupted.
    async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>>;

    /// Sets what an id says that a person typed: that it is the object's `id`, if nothing else.
    fn identify(&self, id: &str, object: &mut Draft) -> OpResult<()> {
        object.set("id", id);
        Ok(())
    }
}

/// What is created.
pub(crate) struct New<'a> {
    /// The object as planned.
    pub(crate) planned: View<'a>,
    /// The arguments as written, write-only ones included.
    pub(crate) config: View<'a>,
    /// Names this creation for ever.
    pub(crate) token: &'a str,
}

impl New<'_> {
    /// The name as written, or one that begins with `name_prefix` and follows from the token.
    pub(crate) fn name(&self) -> String {
        self.named("name", "name_prefix")
    }

    /// The same for other attributes.
    pub(crate) fn named(&self, name: &str, prefix: &str) -> String {
        chosen_name(self.planned.str(name), self.planned.str(prefix), self.token)
    }
}

/// What is changed.
pub(crate) struct Change<'a> {
    /// The object as it is.
    pub(crate) prior: View<'a>,
    /// The object as planned.
    pub(crate) planned: View<'a>,
    /// The arguments as written, write-only ones included.
    pub(crate) config: View<'a>,
    /// Names this change for ever.
    pub(crate) token: &'a str,
}

impl Change<'_> {
    /// The object's id.
    pub(crate) fn id(&self) -> &str {
        self.prior.str_or_empty("id")
    }

    /// Whether one of these attributes or blocks is to become another.
    pub(crate) fn of(&self, names: &[&str]) -> bool {
        names.iter().any(|name| differs(self.prior.value(), self.planned.value(), name))
    }
}

/// Registers resource types.
pub(crate) trait Register {
    /// Adds a resource type under its name.
    fn add<T: ResourceType>(&mut self, resource_type: T) -> &mut Self;
}

impl Register for Operations<AwsClients> {
    fn add<T: ResourceType>(&mut self, resource_type: T) -> &mut Self {
        self.resource(T::NAME, Typed(resource_type))
    }
}

/// A resource type with all that is the same for all of them.
struct Typed<T>(T);

#[async_trait]
impl<T: ResourceType> Resource<AwsClients> for Typed<T> {
    async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
        let new = new(&request);
        match self.0.create(client, &new).await {
            Ok(id) => {
                let rest = self.0.complete(client, &id, &new);
                created(self, client, &request, &id, rest).await
            }
            Err(error) => Created::failed(error),
        }
    }

    async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
        let found = self.0.read(client, prior).await?;
        Ok(found.map(|found| known_form::<T>(client, prior, found)))
    }

    async fn read_many(
        &self,
        client: &AwsClients,
        requests: Vec<ReadRequest>,
    ) -> Vec<OpResult<Option<Value>>> {
        let priors: Vec<Value> = requests.iter().map(|request| request.prior.clone()).collect();
        let answers = self.0.read_many(client, requests).await;
        let both = answers.into_iter().zip(&priors);
        both.map(|(answer, prior)| Ok(answer?.map(|found| known_form::<T>(client, prior, found))))
            .collect()
    }

    async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
        let change = Change {
            prior: View::new(&request.prior),
            planned: View::new(&request.planned),
            config: View::new(&request.config),
            token: &request.token,
        };
        // Tags come first, as a change may give the object another name.
        let tags = client.tags.change(&request.prior, &request.planned);
        if !tags.is_empty() {
            self.0.retag(client, change.prior, tags).await?;
        }
        if differs_besides_tags(&request) {
            self.0.update(client, &change).await?;
        }
        updated(self, client, &request.planned).await
    }

    async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
        let object = View::new(&request.prior);
        let what = format!("{} to be deleted", object.str_or_empty("id"));
        Wait::new(what, self.0.deletion_timeout(object))
            .until_deleted(|| self.0.delete(client, object))
            .await
    }

    async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
        let mut draft = Draft::from(&client.blank(T::NAME));
        self.0.identify(id, &mut draft)?;
        imported_as(self, client, T::NAME, id, draft.into_planned()).await
    }

    async fn find(&self, client: &AwsClients, request: &CreateRequest) -> OpResult<Option<Value>> {
        let id = self.0.find(client, &new(request)).await?;
        let found = found_again(self, client, request, id).await?;
        Ok(found.filter(|found| is_as_planned(client, found, &request.planned, T::TELLING)))
    }
}

fn new(request: &CreateRequest) -> New<'_> {
    New {
        planned: View::new(&request.planned),
        config: View::new(&request.config),
        token: &request.token,
    }
}

/// What was found, in the form in which it was known.
fn known_form<T: ResourceType>(client: &AwsClients, known: &Value, found: Value) -> Value {
    match client.schema(T::NAME) {
        Some(schema) => in_known_form(&schema.block, known, found),
        None => found,
    }
}

/// Whether anything is to be told to the service but tags.
fn differs_besides_tags(request: &UpdateRequest) -> bool {
    let Some(planned) = request.planned.as_object() else { return false };
    planned.iter().any(|(name, _)| {
        !matches!(name.as_str(), "tags" | "tags_all" | "timeouts")
            && differs(&request.prior, &request.planned, name)
    })
}

/// Whether an attribute is to become another. What is not known of it yet is for the service to say.
fn differs(prior: &Value, planned: &Value, name: &str) -> bool {
    match (prior.get(name), planned.get(name)) {
        (Some(prior), Some(planned)) => !agrees(planned, prior),
        _ => false,
    }
}
