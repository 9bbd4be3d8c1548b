//! Reading many objects with few calls.

use std::collections::HashMap;

use zw_lang::Value;
use zw_provider::{OpError, OpErrorKind, OpResult, ReadRequest, Resource, View};

use super::AwsClients;

/// How many values a filter takes. Source: EC2 API reference, `Filter`.
const FILTER_VALUES_MAX: usize = 200;

/// Reads objects in groups: `fetch` gets the values of the attribute `key` of up to 200 objects and
/// answers with what it found by that key; `build` makes an object of what was last known and what was
/// found, if the object is in it.
///
/// `fetch` should use a filter rather than a list of ids where the API has both: a list with one id
/// that does not exist fails the whole call, a filter finds the others.
pub(crate) async fn read_batched<T, Fut>(
    requests: Vec<ReadRequest>,
    key: &str,
    fetch: impl Fn(Vec<String>) -> Fut,
    build: impl Fn(&Value, &T) -> Option<Value>,
) -> Vec<OpResult<Option<Value>>>
where
    Fut: Future<Output = OpResult<HashMap<String, T>>>,
{
    let mut answers = Vec::with_capacity(requests.len());
    for chunk in requests.chunks(FILTER_VALUES_MAX) {
        let mut keys: Vec<String> =
            chunk.iter().filter_map(|request| View::new(&request.prior).string(key)).collect();
        keys.sort_unstable();
        keys.dedup();
        // A filter without values is an error of the API, and finds nothing anyway.
        let found = if keys.is_empty() { Ok(HashMap::new()) } else { fetch(keys).await };
        match found {
            Ok(found) => answers.extend(chunk.iter().map(|request| {
                let item = found.get(View::new(&request.prior).str_or_empty(key));
                Ok(item.and_then(|item| build(&request.prior, item)))
            })),
            Err(error) => answers.extend(chunk.iter().map(|_| Err(error.clone()))),
        }
    }
    answers
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
