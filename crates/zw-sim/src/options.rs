//! How the simulated cloud behaves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How the simulated cloud behaves.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// Whether every configuration of the provider is simulated, or only those with
    /// `simulate = true`.
    pub always: bool,
    /// The file that holds the objects. It is made by the first change. Without one they are gone with the provider.
    pub path: Option<PathBuf>,
    /// What ids, addresses and faults derive from.
    pub seed: u64,
    /// How long operations take, compared to the real cloud: 0 for no time at all.
    pub latency_scale: f64,
    /// How long a new object is not seen by others.
    pub consistency_lag: Duration,
    /// Whether what an object refers to must exist.
    pub check_references: bool,
    /// How many objects of a type there may be in an account and region.
    pub quotas: BTreeMap<String, usize>,
    /// What goes wrong.
    pub faults: Faults,
    /// The region of configurations that do not say one.
    pub region: Option<String>,
    /// The time, if it is to stand still.
    pub now: Option<SystemTime>,
    /// Why nothing can be simulated.
    pub problem: Option<String>,
}

impl SimOptions {
    /// The default behaviour, with the objects in a file `sim.db` of a directory: operations take a two-hundredth of
    /// their time, so that an EKS cluster is there after seconds, and nothing goes wrong.
    pub fn in_dir(dir: &Path) -> Self {
        Self { latency_scale: 0.005, ..Self::instant(dir) }
    }

    /// The same, but operations take no time.
    pub fn instant(dir: &Path) -> Self {
        Self { path: Some(dir.join("sim.db")), ..Self::in_memory() }
    }

    /// The same, but the objects are in memory only.
    pub fn in_memory() -> Self {
        Self {
            always: false,
            path: None,
            seed: 0,
            latency_scale: 0.0,
            consistency_lag: Duration::ZERO,
            check_references: true,
            quotas: BTreeMap::new(),
            faults: Faults::default(),
            region: None,
            now: None,
            problem: None,
        }
    }

    /// Takes from environment variables, looked up by `get`, what they say: `ZW_SIM_PATH`, `ZW_SIM_SEED`,
    /// `ZW_SIM_LATENCY` (a factor), and the region.
    ///
    /// If one of them makes no sense, that is said where something is simulated.
    #[must_use]
    pub fn with_env(self, get: impl Fn(&str) -> Option<String>) -> Self {
        match self.clone().of_env(get) {
            Ok(options) => options,
            Err(problem) => Self { problem: Some(problem), ..self },
        }
    }

    fn of_env(mut self, get: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        if let Some(path) = get("ZW_SIM_PATH") {
            self.path = Some(path.into());
        }
        if let Some(seed) = get("ZW_SIM_SEED") {
            self.seed = seed
                .parse()
                .map_err(|_| format!("ZW_SIM_SEED is {seed:?}, and must be a whole number."))?;
        }
        if let Some(scale) = get("ZW_SIM_LATENCY") {
            self.latency_scale = match scale.parse::<f64>() {
                Ok(scale) if scale.is_finite() && scale >= 0.0 => scale,
                _ => {
                    return Err(format!(
                        "ZW_SIM_LATENCY is {scale:?}, and must be a number that is not negative."
                    ));
                }
            };
        }
        self.region = get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION")).or(self.region);
        Ok(self)
    }
}

/// What is done with objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    /// Reads objects, one or many.
    Read,
    /// Creates an object.
    Create,
    /// Changes an object.
    Update,
    /// Deletes an object.
    Delete,
    /// Reads a data source.
    ReadData,
}

/// What can go wrong with an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// There were too many requests. Nothing happens.
    Throttled,
    /// The service fails. Nothing happens.
    Internal,
    /// The service is not reached. Nothing happens.
    Unreachable,
    /// It is done, but the connection breaks before the answer. For operations that change nothing the same as
    /// [`Self::Unreachable`].
    LostAnswer,
    /// It is done, but it does not become ready in time. A creation leaves a partial object.
    Timeout,
}

/// What goes wrong. The same options make the same operations fail.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// How often operations fail, from 0 to 1, by what is done and how it fails.
    pub rates: Vec<(Verb, Fault, f64)>,
    /// Operations that fail for certain.
    pub script: Vec<ScriptedFault>,
}

/// An operation that fails for certain.
#[derive(Clone, Debug)]
pub struct ScriptedFault {
    /// What is done.
    pub verb: Verb,
    /// The type of the object or data source; any if there is none.
    pub type_name: Option<String>,
    /// Which of the operations that this describes, counted from 1.
    pub nth: usize,
    /// How it fails.
    pub fault: Fault,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<SimOptions, String> {
        SimOptions::in_dir(Path::new("d")).of_env(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_has_the_last_word() {
        let options = with(&[
            ("ZW_SIM_PATH", "/x/y.db"),
            ("ZW_SIM_SEED", "7"),
            ("ZW_SIM_LATENCY", "0.5"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
        ])
        .expect("all of it makes sense");
        assert_eq!(options.path.as_deref(), Some(Path::new("/x/y.db")));
        assert_eq!((options.seed, options.latency_scale.to_bits()), (7, 0.5_f64.to_bits()));
        assert_eq!(options.region.as_deref(), Some("eu-west-1"));
        assert_eq!(with(&[("ZW_SIM_SEED", "")]).expect("empty is nothing").seed, 0);
    }

    #[test]
    fn variables_that_make_no_sense_are_named() {
        for (name, value) in
            [("ZW_SIM_SEED", "x"), ("ZW_SIM_LATENCY", "-1"), ("ZW_SIM_LATENCY", "inf")]
        {
            let message = with(&[(name, value)]).expect_err("it makes no sense");
            assert!(message.starts_with(name), "{message}");
        }
    }
}
