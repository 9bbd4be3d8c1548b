//! Plans in files.
//!
//! A plan follows from what it was made of: the configuration, the variables, the state, and what was read. So that
//! is what is saved, and the plan is made again from it, which asks nobody and takes as long as
//! any plan. A digest of the changes guards against a `zw` that would plan differently.

use std::collections::BTreeSet;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use zw_config::model::{Config, Variable};
use zw_lang::{Diagnostic, Diagnostics, Host, Marks, Span, Str, Value};
use zw_state::{OutputRow, ResourceRow, RowKey, RowVersion, RunId, Snapshot};

use crate::api::{Context, PlanOptions, Run};
use crate::codec;
use crate::event::Silent;
use crate::host::{Findings, Functions, StagedHost};
use crate::plan::{Action, PlanMode};
use crate::planner::{Planner, Reach, ephemeral};
use crate::registry::Registry;
use crate::state::Current;
use crate::walk::Dep;

/// How a file with a plan begins.
const MAGIC: &[u8; 8] = b"zw-plan\n";

/// The form of what follows.
const FORMAT: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Saved {
    zw_version: String,
    workspace: String,
    simulated: bool,
    root: PathBuf,
    sources: Vec<(PathBuf, String)>,
    #[serde(default)]
    modules: zw_config::Resolutions,
    findings: Findings,
    plan_time: (i64, u32),
    mode: SavedMode,
    refresh: bool,
    targets: Vec<String>,
    replace: Vec<String>,
    #[serde(default)]
    past: Vec<ResourceRow>,
    variables: Vec<SavedVariable>,
    /// Ephemeral variables that were given a value, which is not kept.
    #[serde(default)]
    ephemeral: Vec<String>,
    serial: u64,
    lineage: String,
    rows: Vec<ResourceRow>,
    outputs: Vec<OutputRow>,
    objects: Vec<SavedObject>,
    answers: Vec<SavedAnswer>,
    digest: Vec<(String, String)>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SavedMode {
    Normal,
    Destroy,
    RefreshOnly,
    Return(RunId),
}

#[derive(Serialize, Deserialize)]
struct SavedVariable {
    name: String,
    ty: String,
    value: String,
    sensitive: bool,
}

/// How an object was found to be, where it is not as recorded.
#[derive(Serialize, Deserialize)]
struct SavedObject {
    key: RowKey,
    /// `None` if it is gone.
    object: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct SavedAnswer {
    provider: String,
    type_name: String,
    config: String,
    ty: String,
    object: String,
}

/// Gives the values of variables that a plan does not keep.
pub type Again<'a> = dyn Fn(&Config) -> Result<Variables, Diagnostics> + 'a;

/// Values of variables, with where they are written.
pub type Variables = IndexMap<Str, (Value, Option<Span>)>;

fn is_ephemeral(planner: &Planner, name: &str) -> bool {
    let variables = &planner.walk.config.root().variables;
    variables.iter().any(|variable| variable.ephemeral && variable.name == *name)
}

/// The values of ephemeral variables: those that are given again, or unknown ones where nobody gives any.
fn given_again(
    config: &Config,
    names: &[String],
    again: Option<&Again<'_>>,
) -> Result<Variables, Diagnostics> {
    let given = again.map(|again| again(config)).transpose()?;
    let mut values = Variables::new();
    for name in names {
        let found = given.as_ref().and_then(|given| given.get(name.as_str())).cloned();
        if found.is_none() && given.is_some() {
            let detail = format!(
                "The ephemeral input variable {name:?} was set when the plan was made, and plans do not keep such \
                 values: set it again with -var, -var-file or TF_VAR_{name}."
            );
            return Err(Diagnostic::error("No value for required variable", detail).into());
        }
        let unknown = || (Value::unknown(zw_lang::Type::Dynamic), None);
        values.insert(name.as_str().into(), found.unwrap_or_else(unknown));
    }
    Ok(values)
}

impl Run {
    /// What it was planned with.
    pub fn context(&self) -> (&Context, &PlanOptions) {
        (&self.planner.walk.cx, &self.planner.options)
    }

    /// The plan as the contents of a file. It holds what the configuration and the state hold, secrets
    /// included, so the file is for its owner only.
    ///
    /// # Errors
    /// If it cannot be packed.
    pub fn save(&self) -> std::io::Result<Vec<u8>> {
        let planner = &self.planner;
        let saved = Saved {
            zw_version: env!("CARGO_PKG_VERSION").to_owned(),
            workspace: planner.walk.cx.workspace.to_string(),
            simulated: planner.walk.cx.providers.simulated,
            root: planner.walk.config.root().dir.clone(),
            sources: planner
                .walk
                .config
                .sources
                .iter()
                .map(|(_, source)| (source.path.clone(), source.text.to_string()))
                .collect(),
            modules: planner.walk.config.resolutions.clone(),
            findings: self.host.findings(),
            plan_time: self.host.plan_time(),
            mode: match planner.options.mode {
                PlanMode::Normal => SavedMode::Normal,
                PlanMode::Destroy => SavedMode::Destroy,
                PlanMode::RefreshOnly => SavedMode::RefreshOnly,
                PlanMode::Return(run) => SavedMode::Return(run),
            },
            refresh: planner.options.refresh,
            targets: planner.options.targets.clone(),
            replace: planner.options.replace.iter().map(ToString::to_string).collect(),
            past: planner.options.past.to_vec(),
            ephemeral: planner
                .options
                .variables
                .keys()
                .filter(|name| is_ephemeral(planner, name))
                .map(ToString::to_string)
                .collect(),
            variables: planner
                .options
                .variables
                .iter()
                .filter(|(name, _)| !is_ephemeral(planner, name))
                .map(|(name, (value, _))| SavedVariable {
                    name: name.to_string(),
                    ty: codec::encode_type(&value.ty()),
                    value: codec::encode(value, &value.ty()),
                    sensitive: value.all_marks().contains(Marks::SENSITIVE),
                })
                .collect(),
            serial: planner.snapshot.serial,
            lineage: planner.snapshot.lineage.clone(),
            rows: planner.snapshot.resources.values().cloned().collect(),
            outputs: planner.snapshot.outputs.values().cloned().collect(),
            objects: saved_objects(planner),
            answers: planner
                .answers
                .iter()
                .filter_map(|((provider, type_name, config), answer)| {
                    let object = answer.as_ref().ok()?;
                    Some(SavedAnswer {
                        provider: provider.to_string(),
                        type_name: type_name.to_string(),
                        config: config.clone(),
                        ty: codec::encode_type(&object.ty()),
                        object: codec::encode(object, &object.ty()),
                    })
                })
                .collect(),
            digest: digest(planner),
        };
        let mut file = MAGIC.to_vec();
        file.extend_from_slice(&FORMAT.to_le_bytes());
        let mut packer = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        serde_json::to_writer(&mut packer, &saved)?;
        packer.flush()?;
        packer.finish()
    }

    /// Makes a saved plan again.
    ///
    /// Ephemeral variables get the values that `again` gives; without it they are unknown, which is enough to look at
    /// the plan.
    ///
    /// # Errors
    /// If the file is damaged, or was made by a `zw` that this one does not understand.
    pub async fn load(
        path: &Path,
        contents: &[u8],
        providers: Arc<Registry>,
        host: Arc<dyn Host>,
        again: Option<&Again<'_>>,
    ) -> Result<(Self, zw_lang::SourceMap), Diagnostics> {
        let saved = unpack(path, contents)?;
        if saved.simulated != providers.simulated {
            let (made, advice) = if saved.simulated {
                ("on the simulated cloud", "Apply it with -simulate")
            } else {
                ("without -simulate", "Apply it without -simulate")
            };
            return Err(Diagnostic::error(
                format!("{} was planned {made}", path.display()),
                format!("{advice}, or plan again. Nothing was changed."),
            )
            .into());
        }
        let mut sources = zw_lang::SourceMap::default();
        for (path, text) in &saved.sources {
            sources.add(path, text.as_str());
        }
        let files = zw_config::Snapshot::of(&sources);
        let mut variables = IndexMap::new();
        for variable in &saved.variables {
            let value = codec::decode_type(&variable.ty)
                .and_then(|ty| codec::decode(&variable.value, &ty).ok())
                .ok_or_else(|| damaged(path, "a variable cannot be read"))?;
            let value = if variable.sensitive { value.sensitive() } else { value };
            variables.insert(Str::from(variable.name.as_str()), (value, None));
        }
        let mut early = |_: &[Variable]| {
            let known = variables.iter();
            Ok(known
                .map(|(name, (value, _)): (&Str, &(Value, _))| (name.clone(), value.clone()))
                .collect())
        };
        let (config, found) =
            zw_config::load_with(&saved.root, &files, &mut saved.modules.clone(), &mut early, None);
        if found.has_errors() {
            return Err(found);
        }
        let sources = config.sources.clone();
        let functions = Functions::of(&config, &providers);
        let host = Arc::new(StagedHost::again(host, functions, saved.plan_time, saved.findings));
        let cx = Context {
            config: Arc::new(config),
            providers,
            host: host.clone(),
            workspace: saved.workspace.as_str().into(),
        };
        variables.extend(given_again(&cx.config, &saved.ephemeral, again)?);
        let mut replace = Vec::new();
        for address in &saved.replace {
            replace.push(address.parse().map_err(|_| damaged(path, "an address cannot be read"))?);
        }
        let options = PlanOptions {
            mode: match saved.mode {
                SavedMode::Normal => PlanMode::Normal,
                SavedMode::Destroy => PlanMode::Destroy,
                SavedMode::RefreshOnly => PlanMode::RefreshOnly,
                SavedMode::Return(run) => PlanMode::Return(run),
            },
            refresh: false,
            targets: saved.targets.clone(),
            replace,
            past: saved.past.as_slice().into(),
            variables,
            ..PlanOptions::default()
        };
        let snapshot = Snapshot {
            serial: saved.serial,
            lineage: saved.lineage.clone(),
            resources: saved.rows.iter().map(|row| (row.key.clone(), row.clone())).collect(),
            outputs: saved.outputs.iter().map(|row| (row.name.clone(), row.clone())).collect(),
        };
        let reach = if again.is_some() { Reach::Online } else { Reach::Looking };
        let mut planner = Planner::new(&cx, snapshot, options, reach)?;
        restore_objects(&mut planner, &saved.objects);
        for answer in saved.answers {
            let object = codec::decode_type(&answer.ty)
                .and_then(|ty| codec::decode(&answer.object, &ty).ok())
                .ok_or_else(|| damaged(path, "the answer of a data source cannot be read"))?;
            let key = (answer.provider.into(), answer.type_name.into(), answer.config);
            planner.answers.insert(key, Ok(object));
        }
        planner.run(&Silent).await;
        // Nothing was read now, but it may have been when the plan was made, and that is what is told of it.
        planner.options.refresh = saved.refresh;
        if planner.diagnostics.has_errors() {
            return Err(planner.diagnostics);
        }
        if digest(&planner) != saved.digest {
            return Err(Diagnostic::error(
                "The saved plan cannot be made again",
                format!(
                    "It was made by zw {} and this zw, {}, plans something else from the same configuration and \
                     state. Plan again.",
                    saved.zw_version,
                    env!("CARGO_PKG_VERSION")
                ),
            )
            .into());
        }
        let plan = planner.plan();
        planner.diagnostics = Diagnostics::new();
        Ok((Self { planner, plan, host }, sources))
    }

    /// The rows that the plan writes, and those that it computed from, with the versions that they had;
    /// `None` for a row that did not exist. Others may change without making the plan stale.
    pub fn reads(&self) -> Vec<(RowKey, Option<RowVersion>)> {
        let planner = &self.planner;
        let mut keys = BTreeSet::new();
        let mut queue: Vec<Dep> = Vec::new();
        for (change, detail) in planner.changes.iter().zip(&planner.details) {
            if change.action == Action::NoOp && change.previous_address.is_none() {
                continue;
            }
            let address = change.previous_address.as_ref().unwrap_or(&change.address);
            keys.insert(RowKey {
                address: address.to_string().into(),
                deposed: change.deposed.clone(),
            });
            for dep in &detail.deps {
                match dep {
                    Dep::Returned(at) => {
                        keys.insert(planner.returned[*at as usize].row.key.clone());
                    }
                    other => queue.push(*other),
                }
            }
        }
        for prior in planner.rewritten() {
            keys.insert(prior.row.key.clone());
        }
        for (at, output) in planner.walk.config.root().outputs.iter().enumerate() {
            let is_changing = planner
                .outputs
                .iter()
                .any(|change| change.name == output.name && change.action != Action::NoOp);
            let slot = &planner.walk.module(crate::walk::ModId::ROOT).outputs[at];
            if let (true, Some(computed)) = (is_changing, slot.ready()) {
                queue.extend(computed.deps.iter().copied());
            }
        }
        for instance in planner.instances_behind(queue) {
            let address = planner.walk.address(instance.0, instance.1, instance.2);
            keys.insert(RowKey { address: address.to_string().into(), deposed: None });
        }
        keys.into_iter()
            .map(|key| {
                let version = planner.snapshot.resources.get(&key).map(|row| row.version);
                (key, version)
            })
            .collect()
    }

    /// Whether it would do what another plan would.
    pub fn does_the_same_as(&self, other: &Self) -> bool {
        digest(&self.planner) == digest(&other.planner)
            && self.plan.outputs.len() == other.plan.outputs.len()
            && self.plan.outputs.iter().zip(&other.plan.outputs).all(|(one, other)| {
                one.name == other.name && fingerprint(&one.after) == fingerprint(&other.after)
            })
    }

    /// The lineage of the state that the plan was made for.
    pub fn lineage(&self) -> &str {
        &self.planner.snapshot.lineage
    }
}

fn saved_objects(planner: &Planner) -> Vec<SavedObject> {
    let objects = planner.prior.objects.iter();
    objects
        .filter_map(|prior| {
            let object = match &prior.current {
                Current::Read(object) if prior.recorded.as_ref() != Some(object) => {
                    Some(codec::encode(object, &object.ty()))
                }
                Current::Gone => None,
                _ => return None,
            };
            Some(SavedObject { key: prior.row.key.clone(), object })
        })
        .collect()
}

fn restore_objects(planner: &mut Planner, saved: &[SavedObject]) {
    let by_key: std::collections::HashMap<&RowKey, &Option<String>> =
        saved.iter().map(|object| (&object.key, &object.object)).collect();
    for prior in &mut planner.prior.objects {
        let ty = prior.recorded.as_ref().map(Value::ty);
        match by_key.get(&prior.row.key) {
            Some(Some(text)) => {
                if let Some(object) = ty.and_then(|ty| codec::decode(text, &ty).ok()) {
                    prior.current = Current::Read(object);
                }
            }
            Some(None) => prior.current = Current::Gone,
            None => {}
        }
    }
}

/// What identifies a plan: every change with what happens and what comes of it, as text. The order in which changes
/// were found is none of it: it depends on what had to be read first.
fn digest(planner: &Planner) -> Vec<(String, String)> {
    let changes = planner.changes.iter();
    let mut digest: Vec<(String, String)> = changes
        .filter(|change| change.action != Action::NoOp && !ephemeral::is(change))
        .map(|change| {
            let deposed = change.deposed.as_deref().unwrap_or_default();
            (
                format!("{:?} {} {deposed}", change.action, change.address),
                fingerprint(&change.after),
            )
        })
        .collect();
    digest.sort_unstable();
    digest
}

/// A hash of a value that is the same in every process.
fn fingerprint(value: &Value) -> String {
    use std::hash::Hasher;
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    value.hash_canonical(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// FNV-1a: not against malice (whoever can change the file can change anything in it), but the same
/// everywhere, which the hasher of the standard library does not promise.
struct Fnv(u64);

impl std::hash::Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

fn damaged(path: &Path, reason: &str) -> Diagnostic {
    Diagnostic::error(
        format!("{} is not a readable plan", path.display()),
        format!("It may have been cut off or changed: {reason}. Plan again."),
    )
}

fn unpack(path: &Path, contents: &[u8]) -> Result<Saved, Diagnostic> {
    let Some(rest) = contents.strip_prefix(MAGIC) else {
        return Err(Diagnostic::error(
            format!("{} is not a plan", path.display()),
            "It was not written by \"zw plan -out\". Give the file of a saved plan, or none to plan anew.",
        ));
    };
    let Some((format, rest)) = rest.split_first_chunk::<4>() else {
        return Err(damaged(path, "it ends too early"));
    };
    let format = u32::from_le_bytes(*format);
    if format != FORMAT {
        return Err(Diagnostic::error(
            format!("{} was made by another version of zw", path.display()),
            format!("It has format {format}, and this zw reads format {FORMAT}. Plan again."),
        ));
    }
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(rest)
        .read_to_end(&mut text)
        .map_err(|error| damaged(path, &error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| damaged(path, &error.to_string()))
}
