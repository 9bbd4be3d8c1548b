//! Who has the right to write, and since when: an object that is only ever changed by whoever has seen what it
//! was (a conditional write).
//!
//! The lease keeps two runs from working at once. That neither can destroy what the other wrote does not hang on
//! it, nor on any clock: the log sees to that, see [`super::log`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use object_store::{Error, ObjectStoreExt as _, PutMode, PutPayload, UpdateVersion};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use zw_state::{Holder, RunId, StoreError, Wish};

use super::Bucket;
use crate::event::{FORMAT, Unreadable};
use crate::process;

/// How often signs of life are given and looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// How often a holder renews its lease.
    pub(crate) beat: Duration,
    /// After how long without a renewal a holder counts as dead.
    pub(crate) life: Duration,
    /// How often somebody who waits looks.
    pub(crate) look: Duration,
}

impl Timing {
    pub(crate) const USUAL: Self = Self {
        beat: Duration::from_secs(10),
        life: Duration::from_mins(1),
        look: Duration::from_millis(250),
    };
}

/// How long somebody else is waited for in silence.
const NOTICE: Duration = Duration::from_millis(200);

/// How often a change of the lease is tried that others come before.
const TRIES_MAX: u32 = 20;

/// The object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    format: u32,
    /// Counts the holders.
    epoch: u64,
    /// Tells holders apart.
    nonce: String,
    /// Counts the renewals, so that each changes the object.
    beat: u64,
    /// Seconds since 1970 at the last renewal, by the holder's clock.
    renewed: u64,
    /// The process, see [`process`].
    process: Option<String>,
    /// Who holds it; `None` if it was given back.
    holder: Option<Holder>,
}

/// An object with what a conditional write of it needs.
struct Seen {
    record: Record,
    at: UpdateVersion,
}

/// A lease that was taken.
pub(crate) struct Lease {
    pub(crate) epoch: u64,
    held: Arc<Held>,
    heart: tokio::task::JoinHandle<()>,
}

struct Held {
    bucket: Bucket,
    mine: tokio::sync::Mutex<Seen>,
    lost: AtomicBool,
    /// When it was renewed for certain.
    renewed: Mutex<(Instant, SystemTime)>,
}

impl Lease {
    /// Takes the lease for an epoch after `last`, waiting for others as long as is wished, or until nobody waits any
    /// more.
    pub(crate) async fn take(
        bucket: &Bucket,
        last: u64,
        holder: &Holder,
        wish: &Wish,
        given_up: impl Fn() -> bool,
    ) -> Result<Self, StoreError> {
        let begun = Instant::now();
        let mut watch = Watch::default();
        let mut told = None;
        loop {
            let seen = read(bucket).await?;
            let (epoch, at) = match &seen {
                None => (0, None),
                Some(Seen { record, at }) => match &record.holder {
                    Some(other) if !watch.is_dead(record, bucket.timing) => {
                        let waited = begun.elapsed();
                        // Somebody who seems to be dead is watched long enough to be sure.
                        let is_over =
                            waited >= wish.wait && !watch.is_suspect(record, bucket.timing);
                        if is_over || given_up() {
                            return Err(StoreError::Held(other.clone()));
                        }
                        if waited >= NOTICE && told.as_ref() != Some(other) {
                            wish.tell(std::slice::from_ref(other));
                            told = Some(other.clone());
                        }
                        tokio::time::sleep(bucket.timing.look).await;
                        continue;
                    }
                    _ => (record.epoch, Some(at.clone())),
                },
            };
            let record = Record {
                format: FORMAT,
                epoch: epoch.max(last) + 1,
                nonce: uuid::Uuid::new_v4().to_string(),
                beat: 0,
                renewed: now_s(),
                process: process::of_this_process(),
                holder: Some(holder.clone()),
            };
            if let Some(seen) = change(bucket, record, at).await? {
                return Ok(Self::held(bucket, seen));
            }
        }
    }

    fn held(bucket: &Bucket, seen: Seen) -> Self {
        let epoch = seen.record.epoch;
        let held = Arc::new(Held {
            bucket: bucket.clone(),
            mine: tokio::sync::Mutex::new(seen),
            lost: AtomicBool::new(false),
            renewed: Mutex::new((Instant::now(), SystemTime::now())),
        });
        let beating = held.clone();
        let heart = tokio::spawn(async move {
            loop {
                tokio::time::sleep(beating.bucket.timing.beat).await;
                // What cannot be reached now may be reached the next time; who writes finds out.
                if let Err(StoreError::Lost) = beating.renew().await {
                    return;
                }
            }
        });
        Self { epoch, held, heart }
    }

    /// Makes sure that the lease is still held, by asking only if it has not been renewed for long.
    pub(crate) async fn check(&self) -> Result<(), StoreError> {
        if self.held.lost.load(Ordering::Acquire) {
            return Err(StoreError::Lost);
        }
        if self.held.is_fresh() { Ok(()) } else { self.held.renew().await }
    }

    /// Says which run it is held for.
    pub(crate) async fn name(&self, run: RunId) -> Result<(), StoreError> {
        {
            let mut mine = self.held.mine.lock().await;
            if let Some(holder) = &mut mine.record.holder {
                holder.run = Some(run);
            }
        }
        self.held.renew().await
    }

    /// Gives the lease back.
    pub(crate) async fn release(self) {
        self.heart.abort();
        let mine = self.held.mine.lock().await;
        if self.held.lost.load(Ordering::Acquire) {
            return;
        }
        let record = Record { holder: None, process: None, ..mine.record.clone() };
        // If that does not arrive, the lease ends by itself.
        let _ = put(&self.held.bucket, &record, Some(mine.at.clone())).await;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.heart.abort();
    }
}

impl Held {
    fn is_fresh(&self) -> bool {
        let (instant, clock) =
            *self.renewed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let life = self.bucket.timing.life;
        // The first clock stands still while the machine sleeps; the second may be set.
        instant.elapsed() < life && clock.elapsed().is_ok_and(|age| age < life)
    }

    async fn renew(&self) -> Result<(), StoreError> {
        let mut mine = self.mine.lock().await;
        let asked = (Instant::now(), SystemTime::now());
        let record = Record { beat: mine.record.beat + 1, renewed: now_s(), ..mine.record.clone() };
        match change(&self.bucket, record, Some(mine.at.clone())).await? {
            Some(seen) => *mine = seen,
            None => {
                // An earlier renewal may have arrived without an answer.
                match read(&self.bucket).await? {
                    Some(seen) if seen.record.nonce == mine.record.nonce => *mine = seen,
                    _ => {
                        self.lost.store(true, Ordering::Release);
                        return Err(StoreError::Lost);
                    }
                }
            }
        }
        *self.renewed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = asked;
        Ok(())
    }
}

/// What somebody who waits has seen of a holder.
#[derive(Default)]
struct Watch {
    seen: Option<(String, u64, Instant)>,
}

impl Watch {
    /// Whether a holder is gone: a process of this machine that has ended, or one that has not renewed its lease for
    /// long. Clocks of machines differ, so one that seems late by its clock is watched for three renewals.
    fn is_dead(&mut self, record: &Record, timing: Timing) -> bool {
        if record.process.as_deref().is_some_and(process::is_gone) {
            return true;
        }
        let since = match &self.seen {
            Some((nonce, beat, since)) if *nonce == record.nonce && *beat == record.beat => *since,
            _ => {
                let now = Instant::now();
                self.seen = Some((record.nonce.clone(), record.beat, now));
                now
            }
        };
        let watched = since.elapsed();
        watched >= timing.life || (is_late(record, timing) && watched >= timing.beat * 3)
    }

    /// Whether it is worth watching a holder beyond the time that one wants to wait.
    fn is_suspect(&self, record: &Record, timing: Timing) -> bool {
        let unmoved = self
            .seen
            .as_ref()
            .is_some_and(|(nonce, beat, _)| *nonce == record.nonce && *beat == record.beat);
        unmoved && is_late(record, timing)
    }
}

fn is_late(record: &Record, timing: Timing) -> bool {
    now_s().saturating_sub(record.renewed) >= timing.life.as_secs()
}

/// Who holds the lease, and in which epoch; without a holder if it was given back.
pub(crate) async fn holder(bucket: &Bucket) -> Result<Option<(u64, Option<Holder>)>, StoreError> {
    Ok(read(bucket).await?.map(|seen| (seen.record.epoch, seen.record.holder)))
}

/// Takes the lease from whoever has it in an epoch.
pub(crate) async fn strip(bucket: &Bucket, epoch: u64) -> Result<(), StoreError> {
    for _ in 0..TRIES_MAX {
        let Some(seen) = read(bucket).await? else { return Ok(()) };
        if seen.record.epoch != epoch || seen.record.holder.is_none() {
            return Ok(());
        }
        let nonce = uuid::Uuid::new_v4().to_string();
        let record = Record { nonce, holder: None, process: None, ..seen.record };
        if change(bucket, record, Some(seen.at)).await?.is_some() {
            return Ok(());
        }
    }
    Err(StoreError::Io {
        context: format!("cannot unlock {}", bucket.place.0),
        reason: "its holder renews the lock all the time; try again".to_owned(),
    })
}

/// What is the same in all formats.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

async fn read(bucket: &Bucket) -> Result<Option<Seen>, StoreError> {
    let path = bucket.path("lock");
    let found = match bucket.objects.get(&path).await {
        Ok(found) => found,
        Err(Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(bucket.place.fault("read the lock of", &error)),
    };
    let at = UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
    let bytes =
        found.bytes().await.map_err(|error| bucket.place.fault("read the lock of", &error))?;
    let unreadable = |why| bucket.place.unreadable("lock", why);
    let damaged = |error: serde_json::Error| unreadable(Unreadable::Damaged(error.to_string()));
    let Format { format } = serde_json::from_slice(&bytes).map_err(damaged)?;
    if format > FORMAT {
        return Err(unreadable(Unreadable::Newer(format)));
    }
    let record = serde_json::from_slice(&bytes).map_err(damaged)?;
    Ok(Some(Seen { record, at }))
}

/// Writes the lease if it is still as it was seen, or is not there if it was not; `None` if it has changed.
async fn change(
    bucket: &Bucket,
    record: Record,
    at: Option<UpdateVersion>,
) -> Result<Option<Seen>, StoreError> {
    match put(bucket, &record, at).await {
        Ok(at) => Ok(Some(Seen { record, at })),
        // A service that took it and could not say so is asked again by this program's client, and refuses then.
        Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(read(bucket)
            .await?
            .filter(|seen| seen.record.nonce == record.nonce && seen.record.beat == record.beat)),
        Err(error) => {
            let is_there = read(bucket).await.ok().flatten().filter(|seen| seen.record == record);
            is_there.map(Some).ok_or_else(|| bucket.place.fault("lock", &error))
        }
    }
}

async fn put(
    bucket: &Bucket,
    record: &Record,
    at: Option<UpdateVersion>,
) -> Result<UpdateVersion, Error> {
    let bytes = serde_json::to_vec(record)
        .map_err(|error| Error::Generic { store: "lock", source: Box::new(error) })?;
    let mode = at.map_or(PutMode::Create, PutMode::Update);
    let done = bucket
        .objects
        .put_opts(&bucket.path("lock"), PutPayload::from(bytes), bucket.options(mode))
        .await?;
    Ok(UpdateVersion { e_tag: done.e_tag, version: done.version })
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}
