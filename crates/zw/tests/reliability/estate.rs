//! The estate, where it is made, and what there is then.

use std::time::{Duration, Instant};

use serde_json::Value;
use zw_testing::{Emulator, FaultProxy, Kind};

use crate::chance::Chance;
use crate::support::Project;
use crate::tally::Tally;

const CONFIG: &str = include_str!("estate.tf");

const REGION: &str = "us-east-1";

/// A moto, and what it holds after an apply that nothing happened to.
pub(crate) struct Estate {
    moto: Emulator,
    proxy: Option<FaultProxy>,
    wanted: Value,
    /// How long such an apply takes.
    pub(crate) whole: Duration,
}

impl Estate {
    /// With nothing between `zw` and moto. `None`, and a word about it, where there is no moto.
    pub(crate) fn direct() -> Option<Self> {
        Emulator::start(Kind::Moto).map(|moto| Self::learn(moto, None))
    }

    /// With a proxy between them.
    pub(crate) fn behind_proxy() -> Option<Self> {
        let moto = Emulator::start(Kind::Moto)?;
        let proxy = FaultProxy::before(&moto);
        Some(Self::learn(moto, Some(proxy)))
    }

    fn learn(moto: Emulator, proxy: Option<FaultProxy>) -> Self {
        let mut estate = Self { moto, proxy, wanted: Value::Null, whole: Duration::ZERO };
        // Twice: moto takes its time for what it is first asked for.
        for _ in 0..2 {
            let project = estate.begin();
            let started = Instant::now();
            let ran = project.ok(&["apply", "-auto-approve"]);
            estate.whole = started.elapsed();
            assert!(ran.stdout.contains("Resources: 60 added"), "{}", ran.stdout);
            estate.wanted = estate.inventory();
        }
        estate
    }

    pub(crate) fn proxy(&self) -> &FaultProxy {
        self.proxy.as_ref().expect("the estate is behind a proxy")
    }

    /// An account with nothing in it, and the configuration.
    fn begin(&self) -> Project {
        self.moto.reset();
        let credentials = match &self.proxy {
            Some(proxy) => proxy.credentials(),
            None => self.moto.credentials(),
        };
        let project = Project::of(CONFIG);
        credentials.into_iter().fold(project, |project, (name, value)| project.env(name, &value))
    }

    fn inventory(&self) -> Value {
        plain(self.moto.witness(REGION, &["inventory"]))
    }

    /// Has something happen to an apply, again and again, and looks at what one more apply makes of it. `trouble`
    /// says whether the apply came to an early end, and gives what is to be there until the moment is over.
    pub(crate) fn at_moments<Kept>(
        &self,
        what: &'static str,
        moments: usize,
        trouble: impl Fn(&Project, &mut Chance) -> (bool, Kept),
    ) -> Tally {
        let mut tally = Tally::new(what);
        for moment in 0..moments {
            let project = self.begin();
            let (cut_off, _kept) = trouble(&project, &mut Chance::of_moment(moment));
            // What is on its way is done within seconds in AWS; moto on a busy machine takes longer.
            self.moto.wait_until_idle();
            let ran = project.zw(&["apply", "-auto-approve"]);
            let said = format!("moment {moment}, {what}:\n{}\n{}", ran.stdout, ran.stderr);
            assert_eq!(ran.code, Some(0), "{said}");
            let found = self.inventory();
            assert_eq!(found, self.wanted, "{said}");
            let plan = project.zw(&["plan", "-detailed-exitcode"]);
            assert_eq!(plan.code, Some(0), "{said}\n{}\n{}", plan.stdout, plan.stderr);
            assert_eq!(in_doubt(&project), 0, "{said}");
            tally.add(cut_off, &ran.stdout);
            println!("{tally}");
        }
        tally
    }
}

/// How many operations are in the journal.
fn in_doubt(project: &Project) -> i64 {
    let state = rusqlite::Connection::open(project.path().join(".zw/state.db")).expect("a state");
    state.query_row("SELECT count(*) FROM intent", [], |row| row.get(0)).expect("a journal")
}

/// An inventory without what the emulator makes up: ids and addresses.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(name, _)| name != "ip");
            Value::Object(kept.map(|(name, value)| (name, plain(value))).collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(plain).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::String(text) => Value::String(without_ids(&text)),
        other => other,
    }
}

/// A text with a star for everything that looks like an id: nine and more hexadecimal digits and dashes.
fn without_ids(text: &str) -> String {
    let is_part = |char: char| char.is_ascii_hexdigit() || char == '-';
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let length = rest[start..].find(|char| !is_part(char)).unwrap_or(rest.len() - start);
        let part = &rest[start..start + length];
        plain.push_str(&rest[..start]);
        plain.push_str(if length > 8 { "*" } else { part });
        rest = &rest[start + length..];
    }
    plain + rest
}
