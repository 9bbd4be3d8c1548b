//! The ends of operations, which are the same for all types.

use std::time::Duration;

use tokio::time::Instant;
use zw_lang::Value;
use zw_provider::{CreateRequest, Created, Imported, OpError, OpErrorKind, OpResult, Resource};

use super::agree::agrees;
use super::{AwsClients, Draft, Wait};

/// How long it may take until all of a service's servers know of a new object.
const PROPAGATION_TIMEOUT: Duration = Duration::from_mins(2);

/// How long a service may go on telling what was before a change.
const CONSISTENCY_TIMEOUT: Duration = Duration::from_secs(30);

/// Ends a creation whose object exists under `id`: does the rest, and reads the object. If either
/// fails, what is known of the object is kept.
pub(crate) async fn created(
    resource: &impl Resource<AwsClients>,
    client: &AwsClients,
    request: &CreateRequest,
    id: &str,
    rest: impl Future<Output = OpResult<()>>,
) -> Created {
    let mut draft = Draft::from(&request.planned);
    draft.set("id", id);
    let known = draft.finish();
    if let Err(error) = rest.await {
        return Created::partial(known, error);
    }
    // The attributes that are not known yet stay so, or the service could not tell them from absent ones.
    let mut draft = Draft::from(&request.planned);
    draft.set("id", id);
    let prior = draft.into_planned();
    let found = Wait::new(format!("{id} to be found"), PROPAGATION_TIMEOUT)
        .until_found(|| resource.read(client, &prior))
        .await;
    match settled(resource, client, &prior, found).await {
        Ok(object) => Created::done(object),
        Err(error) => Created::partial(known, error),
    }
}

/// Reads an object until it is as planned: the servers of a service do not all know of a change at once. In
/// the end it is given as it is, and the engine says what is wrong with it.
async fn settled(
    resource: &impl Resource<AwsClients>,
    client: &AwsClients,
    planned: &Value,
    found: OpResult<Value>,
) -> OpResult<Value> {
    let deadline = Instant::now() + CONSISTENCY_TIMEOUT;
    let mut interval = Duration::from_millis(500);
    let mut object = found?;
    while !agrees(planned, &object) && Instant::now() < deadline {
        tokio::time::sleep(interval).await;
        interval *= 2;
        // A server that does not know of the object at all is behind, too.
        object = resource.read(client, planned).await?.unwrap_or(object);
    }
    Ok(object)
}

/// Ends a search for what an interrupted creation made: reads the object, if there is one.
pub(crate) async fn found_again(
    resource: &impl Resource<AwsClients>,
    client: &AwsClients,
    request: &CreateRequest,
    id: Option<String>,
) -> OpResult<Option<Value>> {
    let Some(id) = id else { return Ok(None) };
    let mut draft = Draft::from(&request.planned);
    draft.set("id", id);
    resource.read(client, &draft.into_planned()).await
}

/// Whether an object that was found by its name is what a creation of `planned` makes, not somebody
/// else's of the same name: these attributes are as planned, and it has all the tags.
pub(crate) fn is_as_planned(
    client: &AwsClients,
    found: &Value,
    planned: &Value,
    attributes: &[&str],
) -> bool {
    let is_same = |name: &&str| {
        // The journal has null for what was not known when the creation began.
        let wanted =
            planned.get(name).filter(|wanted| wanted.is_wholly_known() && !wanted.is_null());
        wanted.is_none_or(|wanted| found.get(name) == Some(wanted))
    };
    let tags = found.get("tags_all");
    attributes.iter().all(is_same)
        && client.tags.wanted(planned).iter().all(|(key, value)| {
            let tag = tags.and_then(|tags| tags.get(key)).and_then(Value::as_str);
            tag == Some(value)
        })
}

/// Ends an update: reads the object.
pub(crate) async fn updated(
    resource: &impl Resource<AwsClients>,
    client: &AwsClients,
    planned: &Value,
) -> OpResult<Value> {
    let found = resource.read(client, planned).await?.ok_or_else(|| {
        OpError::new(OpErrorKind::NotFound, "The object disappeared while it was being changed.")
    });
    settled(resource, client, planned, found).await
}

/// Imports an object of a type whose import id is its `id`.
pub(crate) async fn imported(
    resource: &impl Resource<AwsClients>,
    client: &AwsClients,
    type_name: &str,
    id: &str,
) -> OpResult<Imported> {
    let mut draft = Draft::from(&client.blank(type_name));
    draft.set("id", id);
    imported_as(resource, client, type_name, id, draft.into_planned()).await
}

/// Imports an object whose key attributes were set in a blank object.
pub(crate) async fn imported_as(
    resource: &impl Resource<AwsClients>,
    client: &AwsClients,
    type_name: &str,
    id: &str,
    prior: Value,
) -> OpResult<Imported> {
    let object = resource.read(client, &prior).await?;
    object.map(|object| Imported { object }).ok_or_else(|| {
        OpError::new(
            OpErrorKind::NotFound,
            format!("There is no {type_name} with the id {id:?} in this account and region."),
        )
    })
}
