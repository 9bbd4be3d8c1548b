//! Reading many objects with few calls.

use std::collections::HashMap;

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use zw_lang::Value;
use zw_provider::{OpError, OpErrorKind, OpResult, READS_AT_ONCE_MAX, ReadRequest, Resource, View};

use super::AwsClients;

/// How many values a filter takes. Source: EC2 API reference, `Filter`.
pub(crate) const FILTER_VALUES_MAX: usize = 200;

/// Reads objects in groups: `fetch` gets the values of the attribute `key` of up to 200 objects and
/// answers with what it found by that key; `build` makes an object of what was last known and what was
/// found, if the object is in it. What `fetch` asks should be [gathered](super::gathered).
pub(crate) async fn read_batched<T, Fut>(
    requests: Vec<ReadRequest>,
    key: &str,
    fetch: impl Fn(Vec<String>) -> Fut,
    build: impl Fn(&Value, &T) -> Option<Value>,
) -> Vec<OpResult<Option<Value>>>
where
    Fut: Future<Output = OpResult<HashMap<String, T>>>,
{
    let read = async |chunk: &[ReadRequest]| {
        let mut keys: Vec<String> =
            chunk.iter().filter_map(|request| View::new(&request.prior).string(key)).collect();
        keys.sort_unstable();
        keys.dedup();
        // A filter without values is an error of the API, and finds nothing anyway.
        let found = if keys.is_empty() { Ok(HashMap::new()) } else { fetch(keys).await };
        let answer = |request: &ReadRequest| match &found {
            Ok(found) => {
                let item = found.get(View::new(&request.prior).str_or_empty(key));
                Ok(item.and_then(|item| build(&request.prior, item)))
            }
            Err(error) => Err(error.clone()),
        };
        chunk.iter().map(answer).collect::<Vec<_>>()
    };
    let chunks = requests.chunks(FILTER_VALUES_MAX).map(read);
    join_all(chunks).await.into_iter().flatten().collect()
}

/// What `list` says of all objects that there are, if `requests` asks for `min` of them at least, and nothing otherwise.
pub(crate) async fn list_for<L: Default>(
    requests: &[ReadRequest],
    min: usize,
    list: impl Future<Output = OpResult<L>>,
) -> OpResult<L> {
    if requests.len() < min {
        return Ok(L::default());
    }
    match list.await {
        // An endpoint that lists nothing without a name says that nothing is there, which says nothing of any object.
        Err(error) if error.is_not_found() => Ok(L::default()),
        listed => listed,
    }
}

/// Reads objects with the help of a list of all (see [`list_for`]). `read` is given what was last known of an object, and
/// the list. What it does not find there it has to ask for: a list may be older than an object.
pub(crate) async fn read_listed<'a, L, F>(
    requests: &'a [ReadRequest],
    list: &'a OpResult<L>,
    read: impl Fn(&'a Value, &'a L) -> F,
) -> Vec<OpResult<Option<Value>>>
where
    F: Future<Output = OpResult<Option<Value>>>,
{
    match list {
        Err(error) => requests.iter().map(|_| Err(error.clone())).collect(),
        Ok(list) => {
            let reads: Vec<_> = requests.iter().map(|request| read(&request.prior, list)).collect();
            stream::iter(reads).buffered(READS_AT_ONCE_MAX).collect().await
        }
    }
}

/// Reads one object of a type that reads many at once.
pub(crate) async fn one(
    resource: &impl Resource<AwsClients>,
    client: &AwsClients,
    prior: &Value,
) -> OpResult<Option<Value>> {
    let requests = vec![ReadRequest { prior: prior.clone() }];
    resource.read_many(client, requests).await.into_iter().next().unwrap_or_else(|| {
        Err(OpError::new(OpErrorKind::Other, "A read of one object had no answer."))
    })
}
