//! The protocol of module registries.
//!
//! <https://developer.hashicorp.com/terraform/internals/module-registry-protocol>

use serde::Deserialize;
use std::collections::HashMap;
use url::Url;

use crate::http::Http;
use crate::settings::Settings;
use crate::source::{Package, RegistryModule, Source};
use zw_config::version::{Constraints, Version, version};

/// The service that this is about.
const SERVICE: &str = "modules.v1";

/// Registries, and what has been asked of them.
pub(crate) struct Registries {
    settings: Settings,
    /// Where the service of a host is.
    bases: HashMap<String, Url>,
    versions: HashMap<RegistryModule, Vec<Version>>,
}

#[derive(Deserialize)]
struct Versions {
    modules: Vec<ModuleVersions>,
}

#[derive(Deserialize)]
struct ModuleVersions {
    #[serde(default)]
    versions: Vec<ModuleVersion>,
}

#[derive(Deserialize)]
struct ModuleVersion {
    version: String,
}

#[derive(Deserialize)]
struct Download {
    location: String,
}

impl Registries {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings, bases: HashMap::new(), versions: HashMap::new() }
    }

    /// The newest version of a module that the constraints allow.
    pub(crate) fn newest(
        &mut self,
        http: &Http,
        module: &RegistryModule,
        constraints: &Constraints,
    ) -> Result<Version, String> {
        let versions = self.versions(http, module)?;
        let allowed = versions.iter().filter(|version| constraints.allow(version));
        if let Some(newest) = allowed.max() {
            return Ok(newest.clone());
        }
        let mut newest: Vec<&Version> = versions.iter().collect();
        newest.sort();
        let shown: Vec<String> = newest.iter().rev().take(5).map(ToString::to_string).collect();
        Err(if shown.is_empty() {
            format!("The registry has no version of {module}.")
        } else {
            format!(
                "No version of {module} is allowed by the constraint \"{constraints}\". The newest are {}.",
                shown.join(", ")
            )
        })
    }

    fn versions(&mut self, http: &Http, module: &RegistryModule) -> Result<&[Version], String> {
        if !self.versions.contains_key(module) {
            let url = self.url(http, module, "versions")?;
            let answer = http.get(&url, self.settings.token(&module.host))?;
            let listed: Versions = serde_json::from_str(&answer.text()?).map_err(|error| {
                format!("{} answered about {module} what is not understood: {error}.", module.host)
            })?;
            // One module was asked for; a version that is none cannot be asked for.
            let versions = listed.modules.into_iter().flat_map(|module| module.versions);
            let versions = versions.filter_map(|listed| version(&listed.version).ok()).collect();
            self.versions.insert(module.clone(), versions);
        }
        Ok(&self.versions[module])
    }

    /// What to show to the registry when a package is of the same host.
    pub(crate) fn token_for_package(
        &self,
        module: &RegistryModule,
        source: &Source,
    ) -> Option<String> {
        let Package::Http(url) = &source.package else { return None };
        let is_same = url.host_str() == Some(module.host.split(':').next()?);
        self.settings.token(&module.host).filter(|_| is_same).map(str::to_owned)
    }

    /// Where a version of a module can be fetched.
    pub(crate) fn location(
        &mut self,
        http: &Http,
        module: &RegistryModule,
        version: &str,
    ) -> Result<Source, String> {
        let url = self.url(http, module, &format!("{version}/download"))?;
        let answer = http.get(&url, self.settings.token(&module.host))?;
        let (end, header) = (answer.url.clone(), answer.header("X-Terraform-Get"));
        let location = match header.map(str::to_owned) {
            Some(location) => location,
            // As OpenTofu's registry may answer.
            None => serde_json::from_str::<Download>(&answer.text()?)
                .map(|download| download.location)
                .map_err(|_| {
                    format!("{} does not say where {module} {version} is.", module.host)
                })?,
        };
        let is_relative = ["./", "../", "/"].iter().any(|start| location.starts_with(start));
        let location = if is_relative {
            let joined = end.join(&location);
            joined.map_err(|error| format!("{location} is not a place: {error}."))?.into()
        } else {
            location
        };
        Source::parse_remote(&location).map_err(|error| {
            format!("{} says that {module} {version} is at {location}. {error}", module.host)
        })
    }

    fn url(&mut self, http: &Http, module: &RegistryModule, what: &str) -> Result<Url, String> {
        let RegistryModule { namespace, name, system, .. } = module;
        let base = self.base(http, &module.host)?;
        base.join(&format!("{namespace}/{name}/{system}/{what}"))
            .map_err(|error| format!("{base} is not an address that can be extended: {error}."))
    }

    /// Where the service of a host is: set by the user, or said by the host.
    fn base(&mut self, http: &Http, host: &str) -> Result<Url, String> {
        if let Some(base) = self.bases.get(host) {
            return Ok(base.clone());
        }
        let not_understood = |error: String| {
            format!("What {host} says about its services is not understood: {error}.")
        };
        let base = if let Some(url) = self.settings.service(host, SERVICE) {
            Url::parse(url).map_err(|error| not_understood(error.to_string()))?
        } else {
            // <https://developer.hashicorp.com/terraform/internals/remote-service-discovery>
            let url = Url::parse(&format!("https://{host}/.well-known/terraform.json"))
                .map_err(|error| format!("{host} is not the name of a host: {error}."))?;
            let answer = http.get(&url, self.settings.token(host))?;
            let end = answer.url.clone();
            let services: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(&answer.text()?)
                    .map_err(|error| not_understood(error.to_string()))?;
            let Some(path) = services.get(SERVICE).and_then(serde_json::Value::as_str) else {
                return Err(format!("The host {host} has no registry of modules."));
            };
            end.join(path).map_err(|error| not_understood(error.to_string()))?
        };
        // What is joined to it is below it only with a slash at its end.
        let base = if base.path().ends_with('/') {
            base
        } else {
            let mut with_slash = base.clone();
            with_slash.set_path(&format!("{}/", base.path()));
            with_slash
        };
        self.bases.insert(host.to_owned(), base.clone());
        Ok(base)
    }
}
