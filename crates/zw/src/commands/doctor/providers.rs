//! Whose credentials the provider configurations of the root module have.
//!
//! A provider can name a data source that says that. So a configuration with one of them for each provider configuration is
//! planned, and of everything else only what those configurations are made of.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;
use zw_config::model::{
    Body, Config, Lifecycle, ProviderKey, ProviderRef, Repetition, Resource, ResourceMode,
};
use zw_engine::{Event, Observer, PlanOptions};
use zw_lang::{SourceId, Span, Str};
use zw_state::Snapshot;

use super::{Check, Health};
use crate::app::Project;
use crate::variables::Values;

/// The name of the data sources that are asked. Nobody else has it.
const NAME: &str = "zw_doctor";

/// The checks, and the names of the providers that are really asked, with nothing simulated.
pub(super) async fn check(project: &Project, given: Values) -> (Vec<Check>, Vec<String>) {
    let mut checks = Vec::new();
    let mut clouds = Vec::new();
    let mut asked = BTreeMap::new();
    let mut config = Config::clone(project.config());
    for (at, (key, source)) in configurations(project.config()).into_iter().enumerate() {
        let Some(provider) = project.cx.providers.get(&source) else {
            let found = format!("{source} is not built into zw.");
            checks.push(Check::new(title(&key), Health::Wrong, found));
            continue;
        };
        let Some(type_name) = provider.identity_source() else { continue };
        let root = config.tree[0].module.0 as usize;
        let block = config.modules[root].providers.iter().find(|block| block.key == key);
        if block.is_some_and(|block| block.for_each.is_some()) {
            let found =
                "It has for_each, and is not asked: \"zw plan\" shows whether its instances work.";
            checks.push(Check::new(title(&key), Health::Unknown, found));
            continue;
        }
        let name = format!("{NAME}_{at}");
        let span = block.map_or_else(|| Span::new(SourceId(0), 0..0), |block| block.span);
        config.modules[root].resources.push(question(type_name, &name, &key, span));
        asked.insert(format!("data.{type_name}.{name}"), (key, provider.name().to_owned()));
    }
    if asked.is_empty() {
        return (checks, clouds);
    }
    let options = PlanOptions {
        targets: asked.keys().cloned().collect(),
        variables: given,
        ..PlanOptions::default()
    };
    let mut cx = project.cx.clone();
    cx.config = Arc::new(config);
    let answers = Answers::default();
    let planned = zw_engine::plan(&cx, Snapshot::default(), options, &answers).await;
    let answers = answers.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    let problems = planned.err().unwrap_or_default();
    for (address, (key, provider)) in asked {
        let check = if let Some(id) = answers.get(&address) {
            if !project.cx.providers.simulated && !is_simulated(project.config(), &key) {
                clouds.push(provider);
            }
            Check::new(
                title(&key),
                Health::Good,
                format!("Its credentials are good, of account {id}."),
            )
        } else {
            let own = problems.iter().find(|problem| problem.address.as_deref() == Some(&address));
            match own.or_else(|| problems.iter().next()) {
                Some(problem) => {
                    // What each link of a chain said is for the plan to tell.
                    let detail = problem.detail.lines().next().unwrap_or_default();
                    let found = format!("{}. {detail}", problem.summary.trim_end_matches('.'));
                    Check::new(title(&key), Health::Wrong, found)
                }
                None => Check::new(
                    title(&key),
                    Health::Unknown,
                    "Its arguments are not known before something is applied.",
                ),
            }
        };
        checks.push(check);
    }
    (checks, clouds)
}

/// The provider configurations of the root module, declared or implied, with the providers' source addresses.
fn configurations(config: &Config) -> Vec<(ProviderKey, String)> {
    let root = config.root();
    let declared = root.providers.iter().map(|block| block.key.clone());
    let implied = root.resources.iter().map(|resource| resource.provider.key.clone());
    let keys: std::collections::BTreeSet<ProviderKey> = declared.chain(implied).collect();
    keys.into_iter()
        .map(|key| {
            let required = root.settings.required_providers.get(&key.name);
            let source = required.and_then(|required| required.source.as_deref());
            let source = zw_engine::full_source(&key.name, source);
            (key, source)
        })
        .collect()
}

/// Whether a block says that its cloud is simulated, as far as that can be seen.
fn is_simulated(config: &Config, key: &ProviderKey) -> bool {
    let block = config.root().providers.iter().find(|block| block.key == *key);
    block.is_some_and(|block| block.body.attributes.contains_key("simulate"))
}

fn title(key: &ProviderKey) -> String {
    match &key.alias {
        Some(alias) => format!("{}.{alias}", key.name),
        None => key.name.to_string(),
    }
}

/// A data source without arguments.
fn question(type_name: &str, name: &str, key: &ProviderKey, span: Span) -> Resource {
    let provider = ProviderRef { key: key.clone(), instance: None, span: None };
    let body = Body { attributes: IndexMap::new(), blocks: Vec::new(), span };
    Resource {
        mode: ResourceMode::Data,
        type_name: type_name.into(),
        name: Str::from(name),
        span,
        repetition: Repetition::Single,
        provider,
        depends_on: Vec::new(),
        lifecycle: Lifecycle::default(),
        connection: None,
        provisioners: Vec::new(),
        check: None,
        body,
    }
}

/// Who answered, and with which id.
#[derive(Default)]
struct Answers(Mutex<BTreeMap<String, String>>);

impl Observer for Answers {
    fn event(&self, event: &Event<'_>) {
        if let Event::Read { address, id, .. } = event {
            let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            answers.insert(address.to_string(), id.unwrap_or("unknown").to_owned());
        }
    }
}
