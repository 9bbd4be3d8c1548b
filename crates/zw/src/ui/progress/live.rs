//! A view that shows what runs now, below what has been done.
//!
//! Events only change the books; the screen is drawn anew a few times a second, so that a refresh of a
//! hundred thousand objects costs no more than one of a hundred.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use zw_engine::{Action, Event, Observer};
use zw_provider::LaneKey;

use super::Timed;
use super::outlook::Outlook;
use super::running::{Operation, Running, Ticker};
use super::words;
use crate::ui::style::{Styles, styled};
use crate::ui::terminal::Ui;
use crate::ui::text::duration;

/// Operations shown at once; of the others there is a count.
const ROWS_MAX: usize = 10;

/// Regions shown at once, those with the most left to do.
const PLACES_MAX: usize = 6;

/// How long reading has to go on before it is said how much longer it will take.
const GUESSED_AFTER: Duration = Duration::from_secs(3);

/// For how long it is shown that a service asked for fewer calls.
const SLOWED_SHOWN: Duration = Duration::from_secs(5);

/// How often the terminal is written to, at most.
const DRAWS_PER_SECOND: u8 = 15;

/// Columns of the bar.
const BAR: &str = "{prefix} [{bar:20}] {pos}/{len} {wide_msg}";

/// Draws.
pub(super) struct Live {
    view: Arc<View>,
    ticker: Option<Ticker>,
}

impl Live {
    pub(super) fn new(ui: &Ui, outlook: Outlook) -> Self {
        let target = ProgressDrawTarget::stdout_with_hz(DRAWS_PER_SECOND);
        let view = Arc::new(View::new(target, ui.out.styles, outlook, Instant::now()));
        let ticker = Some(Ticker::start(Arc::clone(&view) as Arc<dyn Timed>));
        Self { view, ticker }
    }
}

impl Observer for Live {
    fn event(&self, event: &Event<'_>) {
        self.view.event_at(event, Instant::now());
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // Nobody draws any more once it is finished.
        drop(self.ticker.take());
        self.view.finish();
    }
}

/// What the whole is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Plan,
    Refresh,
    Apply,
}

pub(super) struct View {
    screen: MultiProgress,
    styles: Styles,
    books: Mutex<Books>,
}

struct Books {
    phase: Phase,
    began: Instant,
    total: usize,
    done: usize,
    failed: usize,
    skipped: usize,
    running: Running,
    outlook: Outlook,
    /// Services that asked for fewer calls: when they last did, and how many a second they get.
    slowed: BTreeMap<LaneKey, (Instant, f64)>,
    /// Lines about what has ended, not yet on the screen.
    ended: Vec<String>,
    header: ProgressBar,
    rows: Vec<ProgressBar>,
}

impl View {
    pub(super) fn new(
        target: ProgressDrawTarget,
        styles: Styles,
        outlook: Outlook,
        now: Instant,
    ) -> Self {
        let screen = MultiProgress::with_draw_target(target);
        let books = Mutex::new(Books {
            phase: Phase::Plan,
            began: now,
            total: 0,
            done: 0,
            failed: 0,
            skipped: 0,
            running: Running::default(),
            outlook,
            slowed: BTreeMap::new(),
            ended: Vec::new(),
            header: ProgressBar::hidden(),
            rows: Vec::new(),
        });
        Self { screen, styles, books }
    }

    /// Writes what is still to be said, and leaves nothing else on the screen.
    pub(super) fn finish(&self) {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        self.flush(&mut books);
        for row in books.rows.drain(..) {
            row.finish_and_clear();
        }
        books.header.finish_and_clear();
        // A screen that cannot be cleared keeps a line too many.
        let _ = self.screen.clear();
    }

    fn begin(&self, books: &mut Books, phase: Phase, total: usize, now: Instant) {
        if books.phase == phase && total <= books.total {
            return;
        }
        books.phase = phase;
        books.total = total;
        books.done = 0;
        books.began = now;
        if books.header.is_hidden() {
            books.header = self.screen.insert(0, ProgressBar::new(0));
        }
        let template = if total == 0 { "{prefix} {wide_msg}" } else { BAR };
        if let Ok(style) = ProgressStyle::with_template(template) {
            books.header.set_style(style.progress_chars("=> "));
        }
        let word = match phase {
            Phase::Plan => "Planning",
            Phase::Refresh => "Refreshing",
            Phase::Apply => "Applying",
        };
        books.header.set_prefix(styled(self.styles.bold, word).to_string());
    }

    /// Puts lines about what has ended above the rest.
    fn flush(&self, books: &mut Books) {
        if !books.ended.is_empty() {
            // Who cannot write a line has nobody to tell.
            let _ = self.screen.println(books.ended.join("\n"));
            books.ended.clear();
        }
    }

    fn row(&self, books: &Books, operation: &Operation, now: Instant) -> String {
        let subject = words::subject(&operation.address, operation.deposed.as_deref());
        let doing = words::goes_on(operation.action);
        let elapsed = duration(now.saturating_duration_since(operation.started));
        let id = words::id_suffix(operation.id.as_deref());
        let expected = books.outlook.expected(operation);
        let usual = match expected.and_then(|expected| expected.own) {
            Some(own) if own >= Duration::from_secs(1) => format!(" of about {}", duration(own)),
            _ => String::new(),
        };
        let waiting = match expected.map_or(0, |expected| expected.awaited_by) {
            0 => String::new(),
            1 => ", 1 waits for it".to_owned(),
            count => format!(", {count} wait for it"),
        };
        let subject = styled(self.styles.bold, subject);
        format!("  {subject}: {doing}... {elapsed}{usual}{waiting}{id}")
    }

    /// How far things are in each region, where there are several and much is left to do.
    fn places(books: &Books) -> Vec<String> {
        let places = &books.outlook.places;
        let left = |at: &usize| places[*at].total.saturating_sub(places[*at].done);
        if books.phase != Phase::Apply || places.len() < 2 || books.total <= ROWS_MAX {
            return Vec::new();
        }
        let running = books.outlook.running(books.running.iter());
        let mut open: Vec<usize> = (0..places.len()).filter(|at| left(at) > 0).collect();
        open.sort_by_key(|at| std::cmp::Reverse(left(at)));
        let row = |at: &usize| {
            let place = &places[*at];
            let running = running.get(at).copied().unwrap_or_default();
            format!("  {} {}/{}, {running} under way", place.name, place.done, place.total)
        };
        let mut rows: Vec<String> = open.iter().take(PLACES_MAX).map(row).collect();
        if open.len() > PLACES_MAX {
            rows.push(format!("  and {} more regions", open.len() - PLACES_MAX));
        }
        rows
    }

    /// How much longer it is going to take, if that can be said.
    fn left(books: &Books, now: Instant) -> Option<String> {
        match books.phase {
            Phase::Plan => None,
            Phase::Apply => books.outlook.left(books.running.iter(), now),
            Phase::Refresh => {
                let elapsed = now.saturating_duration_since(books.began);
                let (done, total) = (books.done, books.total);
                if elapsed < GUESSED_AFTER || done == 0 || done >= total {
                    return None;
                }
                let [done, rest] = [done, total - done]
                    .map(|count| f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
                Some(format!("about {} left", duration(elapsed.mul_f64(rest / done))))
            }
        }
    }

    fn header_text(&self, books: &Books, now: Instant) -> String {
        let mut parts = vec![duration(now.saturating_duration_since(books.began))];
        parts.extend(Self::left(books, now));
        let running = books.running.len();
        if running > 0 {
            parts.push(format!("{running} under way"));
        }
        if books.failed > 0 {
            parts.push(styled(self.styles.delete, format!("{} failed", books.failed)).to_string());
        }
        if books.skipped > 0 {
            parts.push(format!("{} not tried", books.skipped));
        }
        let lately =
            |(since, _): &(Instant, f64)| now.saturating_duration_since(*since) < SLOWED_SHOWN;
        for (lane, (_, per_second)) in books.slowed.iter().filter(|(_, slowed)| lately(slowed)) {
            let text = format!("{} throttles, {per_second:.0}/s", words::lane(lane));
            parts.push(styled(self.styles.warning, text).to_string());
        }
        let waiting = books.total.saturating_sub(books.done + books.skipped + running);
        if books.phase == Phase::Apply && waiting > 0 {
            parts.push(format!("{waiting} waiting"));
        }
        parts.join(", ")
    }

    fn draw(&self, books: &mut Books, now: Instant) {
        self.flush(books);
        if books.header.is_hidden() && books.running.len() == 0 {
            return;
        }
        if books.header.is_hidden() {
            let phase = books.phase;
            books.total = 0;
            books.phase = Phase::Refresh;
            self.begin(books, phase, 0, now);
        }
        let mut texts = Self::places(books);
        let rows = books.running.iter().take(ROWS_MAX);
        texts.extend(rows.map(|operation| self.row(books, operation, now)));
        if books.running.len() > ROWS_MAX {
            texts.push(format!("  and {} more", books.running.len() - ROWS_MAX));
        }
        while books.rows.len() > texts.len() {
            if let Some(row) = books.rows.pop() {
                row.finish_and_clear();
                self.screen.remove(&row);
            }
        }
        while books.rows.len() < texts.len() {
            let row = self.screen.add(ProgressBar::new(0));
            if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
                row.set_style(style);
            }
            books.rows.push(row);
        }
        for (row, text) in books.rows.iter().zip(texts) {
            row.set_message(text);
        }
        books.header.set_length(u64::try_from(books.total).unwrap_or(u64::MAX));
        books.header.set_position(u64::try_from(books.done).unwrap_or(u64::MAX));
        books.header.set_message(self.header_text(books, now));
    }
}

impl Timed for View {
    fn event_at(&self, event: &Event<'_>, now: Instant) {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let books = &mut *books;
        match *event {
            Event::RefreshStarted { total } => self.begin(books, Phase::Refresh, total, now),
            Event::ApplyStarted { total } => self.begin(books, Phase::Apply, total, now),
            // Begun and ended reads of the state are only counted: there are many, and they are quick.
            Event::Refreshing { .. } => {}
            Event::Refreshed { .. } => books.done += 1,
            Event::Reading { address } => {
                let action = Action::of_reading(address.resource().mode);
                books.running.begin(address, None, action, None, now);
            }
            Event::Read { address, .. } => books.running.end(address, None),
            Event::OperationStarted { address, deposed, action, id } => {
                books.running.begin(address, deposed, action, id, now);
            }
            Event::OperationDone { address, deposed, action, id, elapsed } => {
                books.running.end(address, deposed);
                books.outlook.end(address, deposed, action);
                books.done += 1;
                let what = words::complete(action, elapsed, id);
                books.ended.push(self.ended(address, deposed, &what));
            }
            Event::OperationFailed { address, deposed, action, elapsed, .. } => {
                books.running.end(address, deposed);
                books.outlook.end(address, deposed, action);
                books.done += 1;
                books.failed += 1;
                let what = styled(self.styles.error, words::errored(action, elapsed));
                books.ended.push(self.ended(address, deposed, &what.to_string()));
            }
            Event::OperationSkipped { address, action } => {
                books.outlook.end(address, None, action);
                books.skipped += 1;
            }
            Event::Provisioning { address, type_name, line } => {
                let subject = styled(self.styles.bold, format!("{address} ({type_name})"));
                books.ended.push(format!("{subject}: {line}"));
            }
            Event::Settled { address, outcome } => {
                books.ended.push(format!("{}: {outcome}.", styled(self.styles.bold, address)));
            }
            Event::Slowed(slowed) => {
                books.slowed.insert(slowed.lane.clone(), (now, slowed.per_second));
            }
            Event::Stopping { in_flight } => {
                let text = words::stopping(in_flight);
                books.ended.push(styled(self.styles.warning, text).to_string());
            }
            Event::ApplyEnded { .. } => self.flush(books),
        }
    }

    fn tick(&self, now: Instant) {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        self.draw(&mut books, now);
    }
}

impl View {
    fn ended(
        &self,
        address: &zw_lang::addr::InstanceAddr,
        deposed: Option<&str>,
        what: &str,
    ) -> String {
        format!("{}: {what}", styled(self.styles.bold, words::subject(address, deposed)))
    }
}
