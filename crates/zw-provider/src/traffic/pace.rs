//! How fast calls may go: as fast as they come, until the service turns some away.
//!
//! Then half as fast, and from there on a little faster every moment. It is the way in which TCP shares a line, and for
//! the same reasons: nobody knows the limit, it is shared with others, and it changes. What was turned away within one
//! second counts as one complaint. And a cut that does not help is taken back: if calls are turned away as often as
//! before, and fewer get through, their pace is not the reason. Then all is as it was before the first of those cuts,
//! for a while.
//!
//! What a service bears shows only once it complains. Many keep a store of calls that they serve at any pace, so what
//! was served before the first complaint counts for nothing.

use std::time::Duration;

use tokio::time::Instant;

use super::Outcome;

/// What is measured together, and counts as one complaint.
const WINDOW: Duration = Duration::from_secs(1);
/// How long it takes until the pace is again what it was before a complaint.
pub(super) const RECOVERY_SECS: f64 = 5.0;
/// Calls a second that there always are. Few services bear less, and where calls came slowly for other reasons, half of
/// that would say nothing of what the service bears.
pub(super) const RATE_MIN: f64 = 5.0;
/// How much more calls a second there are at least, a second later.
const GAIN_MIN: f64 = 1.0;
/// How much of a second's calls may go out at once, after a lull.
pub(super) const BURST_SECS: f64 = 0.1;
/// From which part of what was served before on there is clearly less of it. A cut halves the calls.
const CLEARLY_LESS: f64 = 0.65;
/// From which part of what was turned away before on it is about as much.
const AS_MUCH: f64 = 0.7;
/// How many times as long as cuts lasted that helped nothing there is none: answers may take their time, and so does
/// finding out.
const HELD: u32 = 5;
/// For how long a cut may have something to do with the one before.
const SERIES: Duration = Duration::from_secs(10);
/// After which silence everything that was measured is of another time.
const LULL: Duration = Duration::from_secs(10);

/// What may happen now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// A call may go out, and is taken to do so. What became of it is told with this number: the pace that it was sent at.
    Now(u64),
    /// It is worth asking again after this time.
    After(Duration),
}

/// The pace of calls.
#[derive(Debug)]
pub(super) struct Pace {
    /// None as long as the service has not complained.
    limit: Option<Limit>,
    /// How often the pace was decided. Calls that were under way then say nothing of the pace after.
    decisions: u64,
    decided: Instant,
    /// Until when nothing is decided, because cuts were taken back.
    held_until: Instant,
    /// What there was before the first of the last cuts, unless they were taken back.
    cut_from: Option<Measured>,
    window: Window,
    /// A pace that was not told yet.
    news: Option<f64>,
}

#[derive(Debug)]
struct Limit {
    /// Calls a second.
    rate: f64,
    /// How much more of them there are a second later.
    gain: f64,
    /// Calls that may go out at once.
    tokens: f64,
    updated: Instant,
}

/// What became of calls of the present pace.
#[derive(Debug)]
struct Window {
    /// When the first ended.
    since: Instant,
    last: Instant,
    served: f64,
    throttled: f64,
}

/// What a window came to.
#[derive(Debug)]
struct Measured {
    /// Calls a second that were allowed; none where there was no limit.
    allowed: Option<f64>,
    /// When it was measured.
    at: Instant,
    /// Calls a second that there were.
    rate: f64,
    served_per_sec: f64,
    /// The part that was turned away.
    throttled: f64,
}

impl Window {
    const fn new(now: Instant) -> Self {
        Self { since: now, last: now, served: 0.0, throttled: 0.0 }
    }

    fn is_long(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= WINDOW
    }

    fn measured(&self, allowed: Option<f64>, now: Instant) -> Measured {
        let secs = now.saturating_duration_since(self.since).max(WINDOW).as_secs_f64();
        let ended = self.served + self.throttled;
        Measured {
            allowed,
            at: now,
            rate: (ended / secs).max(RATE_MIN),
            served_per_sec: self.served / secs,
            throttled: self.throttled / ended.max(1.0),
        }
    }
}

impl Limit {
    fn refresh(&mut self, now: Instant) {
        let secs = now.saturating_duration_since(self.updated).as_secs_f64();
        let gained = self.gain * secs;
        self.tokens += (self.rate + gained / 2.0) * secs;
        self.rate += gained;
        self.tokens = self.tokens.min((self.rate * BURST_SECS).max(1.0));
        self.updated = now;
    }
}

impl Measured {
    /// Whether all that came of cuts is that fewer calls get through.
    fn is_in_vain(&self, before: &Self) -> bool {
        self.throttled >= before.throttled * AS_MUCH
            && self.served_per_sec > 0.0
            && self.served_per_sec <= before.served_per_sec * CLEARLY_LESS
    }
}

impl Pace {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            limit: None,
            decisions: 0,
            decided: now,
            held_until: now,
            cut_from: None,
            window: Window::new(now),
            news: None,
        }
    }

    /// Whether calls may have to wait.
    pub(super) const fn is_limited(&self) -> bool {
        self.limit.is_some()
    }

    /// Calls a second that may go out, if there is a limit.
    #[cfg(test)]
    pub(super) fn rate(&mut self, now: Instant) -> Option<f64> {
        let limit = self.limit.as_mut()?;
        limit.refresh(now);
        Some(limit.rate)
    }

    /// Takes a turn, if it is time.
    pub(super) fn take(&mut self, now: Instant) -> Turn {
        if let Some(limit) = &mut self.limit {
            limit.refresh(now);
            if limit.tokens < 1.0 {
                // A little more, so that the clock's grain does not make it a little less.
                let secs = (1.0 - limit.tokens) / limit.rate;
                return Turn::After(Duration::from_secs_f64(secs) + Duration::from_micros(1));
            }
            limit.tokens -= 1.0;
        }
        Turn::Now(self.decisions)
    }

    /// Takes note of what became of a call of that turn. If calls go slower from now on, how many a second there are.
    pub(super) fn note(&mut self, outcome: Outcome, turn: u64, now: Instant) -> Option<f64> {
        if turn != self.decisions || outcome == Outcome::Lost {
            return None;
        }
        let is_lull = now.saturating_duration_since(self.window.last) >= LULL;
        let is_first = self.window.served + self.window.throttled == 0.0;
        let is_complaint =
            outcome == Outcome::Throttled && self.limit.is_none() && self.window.throttled == 0.0;
        if is_lull || is_first || is_complaint {
            self.window = Window::new(now);
        } else if self.limit.is_none() && self.window.is_long(now) {
            // How fast calls go without a limit is known after a window, and not before.
            if self.window.throttled > 0.0 && now >= self.held_until {
                self.decide(now);
                return self.news.take();
            }
            self.window = Window::new(now);
        }
        match outcome {
            Outcome::Served => self.window.served += 1.0,
            Outcome::Throttled => self.window.throttled += 1.0,
            Outcome::Lost => {}
        }
        self.window.last = now;
        let is_free = self.limit.is_some() && now >= self.held_until;
        if is_free && outcome == Outcome::Throttled && self.window.is_long(now) {
            self.decide(now);
        }
        self.news.take()
    }

    /// Makes calls slower, or takes that back.
    fn decide(&mut self, now: Instant) {
        if let Some(limit) = &mut self.limit {
            limit.refresh(now);
        }
        let measured = self.window.measured(self.limit.as_ref().map(|limit| limit.rate), now);
        let is_series = now.saturating_duration_since(self.decided) < SERIES;
        let cut_from = self.cut_from.take().filter(|_| is_series);
        let limit = |rate: f64, before: f64| Limit {
            rate,
            gain: (before / 2.0 / RECOVERY_SECS).max(GAIN_MIN),
            tokens: 0.0,
            updated: now,
        };
        match cut_from {
            Some(before) if measured.is_in_vain(&before) => {
                self.limit = before.allowed.map(|allowed| limit(allowed, allowed));
                let lasted = now.saturating_duration_since(before.at);
                self.held_until = now + (lasted * HELD).max(Duration::from_secs_f64(RECOVERY_SECS));
            }
            cut_from => {
                // What happened counts, not what was allowed: where calls come much slower than they may, to halve what
                // they may is to do nothing.
                let rate = (measured.rate / 2.0).max(RATE_MIN);
                self.limit = Some(limit(rate, measured.rate));
                self.news = Some(rate);
                self.cut_from = cut_from.or(Some(measured));
            }
        }
        self.decisions += 1;
        self.decided = now;
        self.window = Window::new(now);
    }
}
