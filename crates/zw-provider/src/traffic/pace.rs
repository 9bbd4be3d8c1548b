//! How fast calls may go: as fast as they come, until the service turns some away.
//!
//! Then half as fast, and from there on a little faster every moment. It is the way in which TCP shares a line, and for
//! the same reasons: nobody knows the limit, it is shared with others, and it changes. What was turned away within one
//! second counts as one complaint. And a cut that does not help is taken back: if calls are turned away as often as
//! before, and fewer get through, their pace is not the reason. Then all is as it was before the first of those cuts,
//! for a while.
//!
//! What a service bears shows only once it complains. Many keep a store of calls that they serve at any pace, so what
//! was served before the first complaint counts for nothing. And what became of calls is known when all that were sent
//! within a second have ended: a refusal comes at once, and an answer takes its time, so what ends first says nothing.

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
const SERIES: Duration = Duration::from_secs(30);
/// After which time everything that was measured is of another one.
const LULL: Duration = Duration::from_secs(30);
/// How long answers are waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// What may happen now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// A call may go out, and is taken to do so. What became of it is told with this number: that of what is measured now,
    /// or none.
    Now(u64),
    /// It is worth asking again after this time.
    After(Duration),
}

/// The pace of calls.
#[derive(Debug)]
pub(super) struct Pace {
    /// None as long as the service has not complained.
    limit: Option<Limit>,
    decided: Instant,
    /// Until when nothing is decided, because cuts were taken back.
    held_until: Instant,
    /// What there was before the first of the last cuts, unless they were taken back.
    cut_from: Option<Measured>,
    /// None while there is nothing to be found out.
    window: Option<Window>,
    /// How many there were, which is the number of the turns in the last one.
    windows: u64,
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

/// What became of the calls that were sent within a second.
#[derive(Debug)]
struct Window {
    /// When the first was sent.
    since: Instant,
    sent: f64,
    served: f64,
    throttled: f64,
    lost: f64,
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
        Self { since: now, sent: 0.0, served: 0.0, throttled: 0.0, lost: 0.0 }
    }

    fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since)
    }

    /// Whether it is known what it came to.
    fn is_over(&self, now: Instant) -> bool {
        let ended = self.served + self.throttled + self.lost;
        let age = self.age(now);
        ended > 0.0 && (age >= WINDOW && ended >= self.sent || age >= PATIENCE)
    }

    fn measured(&self, allowed: Option<f64>, now: Instant) -> Measured {
        let secs = WINDOW.as_secs_f64();
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
            decided: now,
            held_until: now,
            cut_from: None,
            window: None,
            windows: 0,
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
        Turn::Now(self.number(now))
    }

    /// The number of a call that is sent now; 0 if it does not count.
    fn number(&mut self, now: Instant) -> u64 {
        if self.window.as_ref().is_some_and(|window| window.age(now) >= LULL) {
            self.measure(now);
        }
        let Some(window) = &mut self.window else { return 0 };
        if window.sent == 0.0 {
            window.since = now;
        }
        if window.age(now) >= WINDOW {
            return 0;
        }
        window.sent += 1.0;
        self.windows
    }

    /// Takes note of what became of a call of that turn. If calls go slower from now on, how many a second there are.
    pub(super) fn note(&mut self, outcome: Outcome, turn: u64, now: Instant) -> Option<f64> {
        let is_held = now < self.held_until;
        let Some(window) = &mut self.window else {
            // The first complaint.
            if outcome == Outcome::Throttled && !is_held {
                self.measure(now);
            }
            return None;
        };
        if turn == self.windows {
            match outcome {
                Outcome::Served => window.served += 1.0,
                Outcome::Throttled => window.throttled += 1.0,
                Outcome::Lost => window.lost += 1.0,
            }
        }
        if !window.is_over(now) {
            return None;
        }
        if window.throttled > 0.0 && !is_held {
            return self.decide(now);
        }
        self.measure_if_limited(now);
        None
    }

    /// From now on what is sent counts.
    fn measure(&mut self, now: Instant) {
        self.windows += 1;
        self.window = Some(Window::new(now));
    }

    /// Without a limit nothing is measured until there is a complaint.
    fn measure_if_limited(&mut self, now: Instant) {
        self.window = None;
        if self.limit.is_some() {
            self.measure(now);
        }
    }

    /// Makes calls slower, and says how slow; or takes that back.
    fn decide(&mut self, now: Instant) -> Option<f64> {
        let window = self.window.take()?;
        if let Some(limit) = &mut self.limit {
            limit.refresh(now);
        }
        let measured = window.measured(self.limit.as_ref().map(|limit| limit.rate), now);
        let is_series = now.saturating_duration_since(self.decided) < SERIES;
        let cut_from = self.cut_from.take().filter(|_| is_series);
        let limit = |rate: f64, before: f64| Limit {
            rate,
            gain: (before / 2.0 / RECOVERY_SECS).max(GAIN_MIN),
            tokens: 0.0,
            updated: now,
        };
        let mut news = None;
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
                news = Some(rate);
                self.cut_from = cut_from.or(Some(measured));
            }
        }
        self.decided = now;
        self.measure_if_limited(now);
        news
    }
}
