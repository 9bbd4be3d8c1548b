//! Reading many objects with few calls.

use std::collections::HashMap;

use zw_lang::Value;
use zw_provider::{OpError, OpErrorKind, OpResult, ReadRequest, View};

/// How many values a filter takes. Source: EC2 API reference, `Filter`.
const FILTER_VALUES_MAX: usize = 200;

/// Reads objects by their `id`: `fetch` gets the ids of up to 200 objects and answers with what it
/// found by id, `build` makes an object of what was last known and what was found.
///
/// `fetch` should use a filter rather than a list of ids where the API has both: a list with one id
/// that does not exist fails the whole call, a filter finds the others.
pub(crate) async fn read_batched<T, Fut>(
    requests: Vec<ReadRequest>,
    fetch: impl Fn(Vec<String>) -> Fut,
    build: impl Fn(&Value, &T) -> Value,
) -> Vec<OpResult<Option<Value>>>
where
    Fut: Future<Output = OpResult<HashMap<String, T>>>,
{
    let mut answers = Vec::with_capacity(requests.len());
    for chunk in requests.chunks(FILTER_VALUES_MAX) {
        let ids: Vec<String> =
            chunk.iter().filter_map(|request| View::new(&request.prior).string("id")).collect();
        match fetch(ids).await {
            Ok(found) => answers.extend(chunk.iter().map(|request| {
                let id = View::new(&request.prior).str_or_empty("id");
                Ok(found.get(id).map(|item| build(&request.prior, item)))
            })),
            Err(error) => answers.extend(chunk.iter().map(|_| Err(error.clone()))),
        }
    }
    answers
}

/// The answer to the only request.
pub(crate) fn only(answers: Vec<OpResult<Option<Value>>>) -> OpResult<Option<Value>> {
    answers.into_iter().next().unwrap_or_else(|| {
        Err(OpError::new(OpErrorKind::Other, "A read of one object had no answer."))
    })
}
