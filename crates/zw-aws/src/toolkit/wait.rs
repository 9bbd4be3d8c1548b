//! Waiting for what a service does in its own time.

use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use tokio::time::Instant;
use zw_provider::{OpError, OpErrorKind, OpResult};

use super::time::rfc3339;

/// How far something has come.
pub(crate) enum Progress<T> {
    /// It is there.
    Ready(T),
    /// It is under way, in the state of that name.
    Pending(String),
}

/// What is waited for, and how.
pub(crate) struct Wait {
    /// What, as it appears in `Timed out waiting for WHAT`: `vpc-1234 to become available`.
    pub(crate) what: String,
    /// How long at most.
    pub(crate) timeout: Duration,
    /// Between the first two looks; grows by half each time.
    pub(crate) interval_min: Duration,
    /// Between two looks at most.
    pub(crate) interval_max: Duration,
}

impl Wait {
    /// Waits with intervals from half a second to ten seconds.
    pub(crate) fn new(what: impl Into<String>, timeout: Duration) -> Self {
        Self {
            what: what.into(),
            timeout,
            interval_min: Duration::from_millis(500),
            interval_max: Duration::from_secs(10),
        }
    }

    /// Looks at once and then again and again until it is ready, fails, or takes too long.
    pub(crate) async fn until<T, F, Fut>(self, look: F) -> OpResult<T>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = OpResult<Progress<T>>>,
    {
        let deadline = Instant::now() + self.timeout;
        let since = now();
        let mut interval = self.interval_min;
        loop {
            let state = match look().await? {
                Progress::Ready(result) => return Ok(result),
                Progress::Pending(state) => state,
            };
            let now = Instant::now();
            if now >= deadline {
                return Err(OpError::new(
                    OpErrorKind::Timeout,
                    format!(
                        "Timed out after {} s, since {since}, waiting for {}; the last state was {state:?}.",
                        self.timeout.as_secs(),
                        self.what
                    ),
                ));
            }
            tokio::time::sleep(interval.min(deadline - now)).await;
            interval = (interval * 3 / 2).min(self.interval_max);
        }
    }

    /// Waits until the look finds something.
    pub(crate) async fn until_found<T, F, Fut>(self, look: F) -> OpResult<T>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = OpResult<Option<T>>>,
    {
        self.until(|| {
            let looked = look();
            async {
                Ok(match looked.await? {
                    Some(found) => Progress::Ready(found),
                    None => Progress::Pending("not found".into()),
                })
            }
        })
        .await
    }

    /// Waits until the look finds nothing any more. `look` gives the state of what is still there.
    pub(crate) async fn until_gone<F, Fut>(self, look: F) -> OpResult<()>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = OpResult<Option<String>>>,
    {
        self.until(|| {
            let looked = look();
            async {
                Ok(match looked.await? {
                    Some(state) => Progress::Pending(state),
                    None => Progress::Ready(()),
                })
            }
        })
        .await
    }

    /// Tries to delete until that is done or turns out to be done already, as long as the reason against
    /// it is that something depends on the object: what did may be on its way out.
    pub(crate) async fn until_deleted<F, Fut>(self, delete: F) -> OpResult<()>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = OpResult<()>>,
    {
        let done = self.until_done(|error| error.kind == OpErrorKind::DependencyViolation, delete);
        match done.await {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    /// Tries again as long as `may_pass` says so of the error.
    pub(crate) async fn until_done<T, F, Fut>(
        self,
        may_pass: impl Fn(&OpError) -> bool,
        attempt: F,
    ) -> OpResult<T>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = OpResult<T>>,
    {
        let deadline = Instant::now() + self.timeout;
        let since = now();
        let mut interval = self.interval_min;
        loop {
            match attempt().await {
                Err(error) if may_pass(&error) && Instant::now() < deadline => {
                    tokio::time::sleep(interval).await;
                    interval = (interval * 3 / 2).min(self.interval_max);
                }
                Err(mut error) if may_pass(&error) => {
                    let seconds = self.timeout.as_secs();
                    let waited = format!(" Waited {seconds} s, since {since}, for {}.", self.what);
                    error.message.push_str(&waited);
                    return Err(error);
                }
                result => return result,
            }
        }
    }
}

/// The time of day, for people.
fn now() -> String {
    rfc3339(&DateTime::from(SystemTime::now())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn waiting_ends_when_it_is_ready() {
        let looks = AtomicUsize::new(0);
        let wait = Wait { interval_min: Duration::ZERO, ..Wait::new("x", Duration::from_secs(5)) };
        let result = wait
            .until(|| async {
                Ok(match looks.fetch_add(1, Ordering::Relaxed) {
                    3 => Progress::Ready("done"),
                    _ => Progress::Pending("creating".into()),
                })
            })
            .await;
        assert_eq!(result, Ok("done"));
    }

    #[tokio::test]
    async fn waiting_too_long_names_the_last_state() {
        let error = Wait::new("x to be", Duration::ZERO)
            .until(|| async { Ok(Progress::<()>::Pending("creating".into())) })
            .await
            .expect_err("it is never ready");
        assert_eq!(error.kind, OpErrorKind::Timeout);
        assert!(error.message.contains("waiting for x to be"), "{error}");
        assert!(error.message.contains("creating"), "{error}");
        assert!(error.message.contains(", since 20"), "{error}");
    }

    #[tokio::test]
    async fn trying_too_long_says_so_beside_the_last_reason() {
        let refused = || async {
            Err::<(), _>(OpError::new(OpErrorKind::DependencyViolation, "It is in use."))
        };
        let error = Wait::new("x to be deleted", Duration::ZERO).until_deleted(refused).await;
        let error = error.expect_err("it is always in use");
        assert_eq!(error.kind, OpErrorKind::DependencyViolation);
        assert!(error.message.starts_with("It is in use. Waited 0 s, since 20"), "{error}");
        assert!(error.message.ends_with("for x to be deleted."), "{error}");
    }
}
