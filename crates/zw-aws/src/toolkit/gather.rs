//! Many questions, few calls.
//!
//! Hundreds of operations run at the same time, and each asks about its own object: while it waits for it, and when it
//! reads it back. [`gathered`] makes one call of all that is asked while the last one was under way. [`listed`] keeps what a
//! list of everything said until something is changed.

use std::any::{Any, TypeId};
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::oneshot;
use tokio::time::Instant;
use zw_provider::{OpError, OpResult};

/// How long the first question waits for others.
const GATHERING: Duration = Duration::from_millis(5);
/// How long a list is good, should nothing be changed from here: others may change something.
const LIST_AGE_MAX: Duration = Duration::from_secs(30);

/// What is being asked, and what was answered, by operation and type of the answer.
#[derive(Default)]
pub(crate) struct Gathering {
    questions: Mutex<States>,
    lists: Mutex<States>,
}

/// States of different types, by operation and type.
type States = HashMap<(&'static str, TypeId), Box<dyn Any + Send>>;

/// Questions of one kind that wait for a call.
struct Waiting<T> {
    questions: Vec<Question<T>>,
    /// Held by who makes the call.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self { questions: Vec::new(), turn: Arc::default() }
    }
}

struct Question<T> {
    ids: Vec<String>,
    answer: oneshot::Sender<OpResult<HashMap<String, T>>>,
}

/// Does something with the state of one kind.
fn with<S: Default + Send + 'static, R>(
    states: &Mutex<States>,
    operation: &'static str,
    act: impl FnOnce(&mut S) -> R,
) -> R {
    let mut states = states.lock().unwrap_or_else(PoisonError::into_inner);
    let state = states.entry((operation, TypeId::of::<S>()));
    let state = state.or_insert_with(|| Box::new(S::default()));
    act(state.downcast_mut().expect("the key has the type"))
}

/// Asks about objects by their ids; the answer has those that exist. What others ask with the same operation meanwhile
/// goes into the same calls, of `most` ids each. An answer is never older than its question.
///
/// `fetch` makes one call. It should use a filter rather than a list of ids where the API has both: a list with one id
/// that does not exist fails the whole call, a filter finds the others.
pub(crate) async fn gathered<T, Fut>(
    gathering: &Gathering,
    operation: &'static str,
    ids: Vec<String>,
    most: usize,
    fetch: impl Fn(Vec<String>) -> Fut,
) -> OpResult<HashMap<String, T>>
where
    T: Clone + Send + 'static,
    Fut: Future<Output = OpResult<HashMap<String, T>>>,
{
    loop {
        let (sender, receiver) = oneshot::channel();
        let question = Question { ids: ids.clone(), answer: sender };
        let join = |waiting: &mut Waiting<T>| {
            waiting.questions.push(question);
            (waiting.questions.len() == 1, waiting.turn.clone())
        };
        let (is_first, turn) = with(&gathering.questions, operation, join);
        if is_first {
            // Should this be dropped half-way, the others find out, and ask again.
            let leading =
                Leading::<T> { gathering, operation, questions: Vec::new(), has_taken: false };
            leading.lead(&turn, most, &fetch).await;
        }
        if let Ok(answer) = receiver.await {
            return answer;
        }
    }
}

/// Who makes the call for all.
struct Leading<'a, T: Send + 'static> {
    gathering: &'a Gathering,
    operation: &'static str,
    questions: Vec<Question<T>>,
    has_taken: bool,
}

impl<T: Clone + Send + 'static> Leading<'_, T> {
    async fn lead<Fut>(
        mut self,
        turn: &tokio::sync::Mutex<()>,
        most: usize,
        fetch: &impl Fn(Vec<String>) -> Fut,
    ) where
        Fut: Future<Output = OpResult<HashMap<String, T>>>,
    {
        let _turn = turn.lock().await;
        tokio::time::sleep(GATHERING).await;
        self.take();
        let ids: BTreeSet<&String> =
            self.questions.iter().flat_map(|question| &question.ids).collect();
        let ids: Vec<String> = ids.into_iter().cloned().collect();
        let calls = ids.chunks(most).map(|chunk| fetch(chunk.to_vec()));
        let mut found = HashMap::new();
        let mut failed: HashMap<&String, OpError> = HashMap::new();
        for (chunk, answer) in ids.chunks(most).zip(join_all(calls).await) {
            match answer {
                Ok(some) => found.extend(some),
                Err(error) => failed.extend(chunk.iter().map(|id| (id, error.clone()))),
            }
        }
        for question in self.questions.drain(..) {
            let error = question.ids.iter().find_map(|id| failed.get(id));
            let answer = match error {
                Some(error) => Err(error.clone()),
                None => Ok(question
                    .ids
                    .iter()
                    .filter_map(|id| Some((id.clone(), found.get(id)?.clone())))
                    .collect()),
            };
            // Who has gone away needs no answer.
            let _ = question.answer.send(answer);
        }
    }
}

impl<T: Send + 'static> Leading<'_, T> {
    /// From here on others wait for the next call.
    fn take(&mut self) {
        self.has_taken = true;
        with(&self.gathering.questions, self.operation, |waiting: &mut Waiting<T>| {
            self.questions.append(&mut waiting.questions);
        });
    }
}

impl<T: Send + 'static> Drop for Leading<'_, T> {
    fn drop(&mut self) {
        if !self.has_taken {
            self.take();
        }
    }
}

/// How many calls that change something were sent or ended, of all clients.
static CHANGES: AtomicU64 = AtomicU64::new(0);

/// Notes that an operation was sent or has ended.
pub(super) fn note_change(operation: &str) {
    let reads = ["Describe", "Get", "List"];
    if !reads.iter().any(|verb| operation.starts_with(verb)) {
        CHANGES.fetch_add(1, Ordering::Relaxed);
    }
}

/// What a list said.
struct List<T> {
    items: Arc<T>,
    changes: u64,
    asked: Instant,
}

/// The last list, behind who asks for it.
struct Shelf<T>(Arc<tokio::sync::Mutex<Option<List<T>>>>);

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

/// A list of everything of a kind, asked for once by all who need it, and good until something is changed.
pub(crate) async fn listed<T: Send + Sync + 'static>(
    gathering: &Gathering,
    operation: &'static str,
    fetch: impl Future<Output = OpResult<T>>,
) -> OpResult<Arc<T>> {
    let shelf = with(&gathering.lists, operation, |shelf: &mut Shelf<T>| shelf.0.clone());
    let mut shelf = shelf.lock().await;
    let (changes, asked) = (CHANGES.load(Ordering::Relaxed), Instant::now());
    if let Some(list) = &*shelf
        && list.changes == changes
        && list.asked.elapsed() < LIST_AGE_MAX
    {
        return Ok(list.items.clone());
    }
    let items = Arc::new(fetch.await?);
    *shelf = Some(List { items: items.clone(), changes, asked });
    Ok(items)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use zw_provider::OpErrorKind;

    use super::*;

    /// A service that has an object for each id that begins with "a", and counts calls.
    async fn service(calls: &AtomicUsize, ids: Vec<String>) -> OpResult<HashMap<String, usize>> {
        let call = calls.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(50)).await;
        if ids.iter().any(|id| id == "wrong") {
            return Err(OpError::new(OpErrorKind::Invalid, "wrong"));
        }
        Ok(ids.into_iter().filter(|id| id.starts_with('a')).map(|id| (id, call)).collect())
    }

    async fn ask(gathering: &Gathering, calls: &AtomicUsize, id: &str) -> OpResult<Option<usize>> {
        let found =
            gathered(gathering, "x:Describe", vec![id.to_owned()], 20, |ids| service(calls, ids));
        Ok(found.await?.remove(id))
    }

    #[tokio::test(start_paused = true)]
    async fn questions_at_one_time_share_calls() {
        let (gathering, calls) = (Gathering::default(), AtomicUsize::new(0));
        let ids: Vec<String> = (0..50).map(|at| format!("a{at}")).chain(["b".into()]).collect();
        let asked = ids.iter().map(|id| ask(&gathering, &calls, id));
        let answers = join_all(asked).await;
        // 51 ids, 20 a call.
        assert_eq!(calls.load(Ordering::Relaxed), 3);
        assert!(answers[..50].iter().all(|answer| matches!(answer, Ok(Some(_)))), "{answers:?}");
        assert_eq!(answers[50], Ok(None));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_never_older_than_its_question() {
        let (gathering, calls) = (Gathering::default(), AtomicUsize::new(0));
        let late = async {
            // The first call is under way by now.
            tokio::time::sleep(GATHERING * 2).await;
            ask(&gathering, &calls, "a1").await
        };
        let (first, second) = tokio::join!(ask(&gathering, &calls, "a1"), late);
        assert_eq!((first, second), (Ok(Some(0)), Ok(Some(1))));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_asked_with_one_that_is_gone_asks_again() {
        let (gathering, calls) = (Gathering::default(), AtomicUsize::new(0));
        for patience in [GATHERING / 2, GATHERING * 2] {
            let gone = tokio::time::timeout(patience, ask(&gathering, &calls, "a1"));
            let (gone, answer) = tokio::join!(gone, ask(&gathering, &calls, "a2"));
            assert!(gone.is_err());
            assert!(matches!(answer, Ok(Some(_))), "{answer:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_is_for_those_whose_call_it_was() {
        let (gathering, calls) = (Gathering::default(), AtomicUsize::new(0));
        let ids: Vec<String> =
            (10..30).map(|at| format!("a{at}")).chain(["wrong".into()]).collect();
        let answers = join_all(ids.iter().map(|id| ask(&gathering, &calls, id))).await;
        assert!(answers[..20].iter().all(Result::is_ok), "{answers:?}");
        assert!(answers[20].is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_is_good_until_something_changes() {
        let (gathering, calls) = (Gathering::default(), AtomicUsize::new(0));
        let list = || {
            listed(&gathering, "x:List", async {
                Ok::<_, OpError>(calls.fetch_add(1, Ordering::Relaxed))
            })
        };
        // Tests beside this one change nothing.
        assert_eq!((list().await, list().await), (Ok(Arc::new(0)), Ok(Arc::new(0))));
        note_change("DescribeThings");
        assert_eq!(list().await, Ok(Arc::new(0)));
        note_change("CreateThing");
        assert_eq!(list().await, Ok(Arc::new(1)));
        tokio::time::sleep(LIST_AGE_MAX).await;
        assert_eq!(list().await, Ok(Arc::new(2)));
    }
}
