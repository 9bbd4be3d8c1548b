//! The log of a state: numbered segments, each a batch of events, and a snapshot of what came before.
//!
//! A segment is written only if there is none with its number yet, which the service decides. So the log has one
//! history, whatever clocks say and whoever believes to hold the lease: who was fenced out finds the next number
//! taken, by the run that came after it or by the word that unlocked the state.
//!
//! Objects, by the number of the last segment that they speak of:
//!
//! - `log/00000000000000000042`: the segment;
//! - `log/00000000000000000042.snapshot`: the state after it, see [`super::compact`].
//!
//! Readers list, take the newest snapshot and all segments after it, and read them. If one of them has been
//! compacted away by then, they list again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStoreExt as _, PutMode, PutPayload};
use tokio::time::Instant;
use zw_state::StoreError;

use super::{Bucket, compact};
use crate::event::{Event, SegmentHead, Unreadable, read_segment, write_segment};
use crate::state::State;

/// How many objects are fetched at once.
pub(super) const FETCHES_MAX: usize = 16;

/// How often a reader starts again that compaction comes before.
const TRIES_MAX: u32 = 20;

/// How long a write is tried whose outcome is not known.
const PATIENCE: Duration = Duration::from_mins(2);

/// What is known of a log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// The number of the last segment.
    pub(crate) number: u64,
    /// The state after it.
    pub(crate) state: State,
    /// How large the snapshot is.
    pub(crate) snapshot_bytes: u64,
    /// How many segments there are after it.
    pub(crate) segments: u64,
    /// How large they are.
    pub(crate) bytes: u64,
    /// The numbers of segments that a writer from before could still mean to write, see [`compact`].
    pub(crate) fences: BTreeSet<u64>,
}

impl Known {
    /// Takes what a segment holds, which comes next.
    pub(crate) fn take(&mut self, events: &[Event], bytes: u64) {
        self.number += 1;
        self.segments += 1;
        self.bytes += bytes;
        for event in events {
            self.state.apply(event);
        }
        self.note(events);
    }

    /// Notes whether the last segment is a fence.
    pub(crate) fn note(&mut self, events: &[Event]) {
        let is_fence = |event: &Event| matches!(event, Event::Run { .. } | Event::Unlock { .. });
        if events.iter().any(is_fence) {
            self.fences.insert(self.number);
        }
    }
}

/// What became of a segment.
pub(crate) enum Appended {
    /// It is in the log; so large it is.
    Done(u64),
    /// Another one has its number.
    Taken,
}

/// What there is of a log.
#[derive(Default)]
struct Listing {
    snapshot: Option<(u64, u64)>,
    segments: BTreeMap<u64, u64>,
}

/// The path of a segment.
pub(super) fn segment_path(bucket: &Bucket, number: u64) -> Path {
    bucket.path(&format!("log/{number:020}"))
}

/// The path of a snapshot.
pub(super) fn snapshot_path(bucket: &Bucket, number: u64) -> Path {
    bucket.path(&format!("log/{number:020}.snapshot"))
}

/// What the name of an object in the log says: the number, and whether it is a snapshot.
pub(super) fn numbered(meta: &ObjectMeta) -> Option<(u64, bool)> {
    let name = meta.location.filename()?;
    match name.strip_suffix(".snapshot") {
        Some(number) => Some((number.parse().ok()?, true)),
        None => Some((name.parse().ok()?, false)),
    }
}

/// Reads what came after what is known.
pub(crate) async fn advance(bucket: &Bucket, known: &mut Known) -> Result<(), StoreError> {
    for attempt in 0..TRIES_MAX {
        let listing = list(bucket, known.number).await?;
        if try_advance(bucket, known, &listing).await? {
            if known.number == 0 {
                refuse_terraform(bucket).await?;
            }
            return Ok(());
        }
        // Compaction takes a moment.
        tokio::time::sleep(Duration::from_millis(20) * attempt).await;
    }
    let why = format!("a part of it is missing after segment {}", known.number);
    Err(bucket.place.unreadable("log", Unreadable::Damaged(why)))
}

async fn list(bucket: &Bucket, after: u64) -> Result<Listing, StoreError> {
    let prefix = bucket.path("log");
    // Behind the segment with this number and its snapshot, and before all that come after.
    let offset = bucket.path(&format!("log/{after:020}.z"));
    let mut listing = Listing::default();
    let mut found = bucket.objects.list_with_offset(Some(&prefix), &offset);
    while let Some(meta) =
        found.try_next().await.map_err(|error| bucket.place.fault("list", &error))?
    {
        match numbered(&meta) {
            Some((number, true)) => {
                listing.snapshot = listing.snapshot.max(Some((number, meta.size)));
            }
            Some((number, false)) => drop(listing.segments.insert(number, meta.size)),
            None => {}
        }
    }
    Ok(listing)
}

/// False if something that is listed, or must be there, is not: then it has to be listed again.
async fn try_advance(
    bucket: &Bucket,
    known: &mut Known,
    listing: &Listing,
) -> Result<bool, StoreError> {
    let last = listing.segments.keys().next_back().copied().unwrap_or(0);
    let last = last.max(listing.snapshot.map_or(0, |(number, _)| number));
    let is_whole =
        |after: u64| (after + 1..=last).all(|number| listing.segments.contains_key(&number));
    // Somebody who knows most of it needs a few segments only.
    if (known.number == 0 || !is_whole(known.number))
        && let Some((number, bytes)) = listing.snapshot.filter(|(number, _)| *number > known.number)
    {
        let Some(snapshot) = compact::read(bucket, number, bytes).await? else { return Ok(false) };
        *known = snapshot;
    }
    if !is_whole(known.number) {
        return Ok(false);
    }
    let wanted: Vec<(u64, u64)> = listing
        .segments
        .range(known.number + 1..)
        .map(|(number, bytes)| (*number, *bytes))
        .collect();
    let mut segments = futures_util::stream::iter(wanted)
        .map(|(number, bytes)| async move { Ok((bytes, segment(bucket, number).await?)) })
        .buffered(FETCHES_MAX);
    while let Some((bytes, found)) = segments.try_next().await? {
        // As far as it goes, it is true.
        let Some((_, events)) = found else { return Ok(false) };
        known.take(&events, bytes);
    }
    Ok(true)
}

/// A segment; `None` if there is none.
async fn segment(
    bucket: &Bucket,
    number: u64,
) -> Result<Option<(SegmentHead, Vec<Event>)>, StoreError> {
    let Some(bytes) = bucket.get(&segment_path(bucket, number)).await? else { return Ok(None) };
    let read = read_segment(&bytes).and_then(|(head, events)| {
        if head.number == number {
            Ok((head, events))
        } else {
            Err(Unreadable::Damaged(format!("it was segment {}", head.number)))
        }
    });
    let unreadable = |why| bucket.place.unreadable(&format!("log/{number:020}"), why);
    read.map(Some).map_err(unreadable)
}

/// Writes a segment if there is none with its number. A request whose outcome is not known is settled by
/// trying it again: whichever of them arrives first has the number, and what is there says whose it is.
///
/// # Errors
/// If that could not be found out. Then it may be in the log, or even come into it later: whoever asked must
/// write nothing more.
pub(crate) async fn append(
    bucket: &Bucket,
    number: u64,
    events: &[Event],
) -> Result<Appended, StoreError> {
    let id = uuid::Uuid::new_v4().to_string();
    let bytes = write_segment(number, &id, events).map_err(|error| StoreError::Io {
        context: "cannot write a segment".to_owned(),
        reason: error.to_string(),
    })?;
    let size = bytes.len() as u64;
    let payload = PutPayload::from(bytes);
    let path = segment_path(bucket, number);
    let begun = Instant::now();
    let mut pause = Duration::from_millis(200);
    loop {
        let options = bucket.options(PutMode::Create);
        let error = match bucket.objects.put_opts(&path, payload.clone(), options).await {
            Ok(_) => return Ok(Appended::Done(size)),
            Err(error @ (Error::AlreadyExists { .. } | Error::Precondition { .. })) => {
                match segment(bucket, number).await? {
                    Some((head, _)) if head.id == id => return Ok(Appended::Done(size)),
                    Some(_) => return Ok(Appended::Taken),
                    // Another request for it was under way, and failed.
                    None => error,
                }
            }
            Err(error) => error,
        };
        if is_final(&error) || begun.elapsed() >= PATIENCE {
            return Err(bucket.place.fault("write", &error));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(10));
    }
}

/// Whether trying again will not help.
fn is_final(error: &Error) -> bool {
    matches!(
        error,
        Error::Unauthenticated { .. }
            | Error::PermissionDenied { .. }
            | Error::NotFound { .. }
            | Error::NotImplemented { .. }
            | Error::NotSupported { .. }
            | Error::InvalidPath { .. }
    )
}

/// A state of Terraform where a new one is to begin means that everything in it would be created once more.
async fn refuse_terraform(bucket: &Bucket) -> Result<(), StoreError> {
    match bucket.objects.head(&bucket.terraform).await {
        Ok(_) => Err(StoreError::Io {
            context: format!("cannot begin a new state in {}", bucket.place.0),
            reason: format!(
                "Terraform keeps a state there, in {}, which zw would not know of. Give zw another place in the \
                 backend block, and take the state over with \"terraform state pull > terraform.tfstate\" before \
                 and \"zw state push terraform.tfstate\" after that",
                bucket.terraform
            ),
        }),
        Err(Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(bucket.place.fault("read", &error)),
    }
}
