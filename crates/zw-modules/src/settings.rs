//! What a person has set up for Terraform: tokens for registries, and where services of a host are.
//!
//! <https://developer.hashicorp.com/terraform/cli/config/config-file>

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use hcl_edit::expr::Expression;
use hcl_edit::structure::Body;
use serde::Deserialize;

/// Settings by host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    tokens: HashMap<String, Token>,
    /// `host` blocks: the addresses of services, instead of asking the host.
    services: HashMap<String, HashMap<String, String>>,
}

/// A secret, which no debug form shows.
#[derive(Clone, Deserialize)]
struct Token {
    token: String,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

#[derive(Deserialize)]
struct CredentialsFile {
    #[serde(default)]
    credentials: HashMap<String, Token>,
}

impl Settings {
    /// Reads what there is: the configuration file, the file that `terraform login` writes, and `TF_TOKEN_…`.
    ///
    /// # Errors
    /// What is wrong with a file that is there, in sentences.
    pub(crate) fn of_this_user() -> Result<Self, String> {
        let mut settings = Self::default();
        let home = std::env::home_dir();
        let named = std::env::var_os("TF_CLI_CONFIG_FILE").filter(|path| !path.is_empty());
        let file = named.map(PathBuf::from).or_else(|| Some(home.as_ref()?.join(".terraformrc")));
        if let Some(path) = file.filter(|path| path.is_file()) {
            settings.read_config(&read(&path)?).map_err(|error| in_file(&path, &error))?;
        }
        let login = home.map(|home| home.join(".terraform.d/credentials.tfrc.json"));
        if let Some(path) = login.filter(|path| path.is_file()) {
            let file: CredentialsFile = serde_json::from_str(&read(&path)?)
                .map_err(|error| in_file(&path, &error.to_string()))?;
            settings.tokens.extend(file.credentials);
        }
        for (name, value) in std::env::vars() {
            if let Some(host) = name.strip_prefix("TF_TOKEN_") {
                settings.tokens.insert(host_of_variable(host), Token { token: value });
            }
        }
        Ok(settings)
    }

    fn read_config(&mut self, text: &str) -> Result<(), String> {
        let body: Body =
            text.parse().map_err(|error: hcl_edit::parser::Error| error.to_string())?;
        for block in body.blocks() {
            let Some(label) = block.labels.first() else { continue };
            let host = label.as_str().to_ascii_lowercase();
            match block.ident.as_str() {
                "credentials" => {
                    let token = block.body.get_attribute("token");
                    if let Some(token) = token.and_then(|token| token.value.as_str()) {
                        self.tokens.insert(host, Token { token: token.to_owned() });
                    }
                }
                "host" => {
                    let services = block.body.get_attribute("services");
                    let services = services.and_then(|services| services.value.as_object());
                    let of_host = self.services.entry(host).or_default();
                    for (key, value) in services.into_iter().flatten() {
                        let name = key.as_expr().and_then(Expression::as_str);
                        let name = name.or_else(|| Some(key.as_ident()?.as_str()));
                        if let (Some(name), Some(url)) = (name, value.expr().as_str()) {
                            of_host.insert(name.to_owned(), url.to_owned());
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The token to show to a host.
    pub(crate) fn token(&self, host: &str) -> Option<&str> {
        self.tokens.get(host).map(|token| token.token.as_str())
    }

    /// Where a service of a host is, if that has been set; `None` if the host has to be asked.
    pub(crate) fn service(&self, host: &str, name: &str) -> Option<&str> {
        self.services.get(host)?.get(name).map(String::as_str)
    }
}

/// `app_terraform_io` is `app.terraform.io`; two underscores are a dash.
fn host_of_variable(name: &str) -> String {
    name.replace("__", "-").replace('_', ".").to_ascii_lowercase()
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| in_file(path, &error.to_string()))
}

fn in_file(path: &Path, error: &str) -> String {
    format!("The settings in {} cannot be read: {}.", path.display(), error.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_file_of_terraform_is_read() {
        let mut settings = Settings::default();
        let text = r#"
            plugin_cache_dir = "$HOME/.terraform.d/plugin-cache"
            credentials "app.terraform.io" {
              token = "xxxxxx.atlasv1.zzzzzzzzzzzzz"
            }
            host "Registry.Example.com" {
              services = { "modules.v1" = "http://localhost:8080/modules/" }
            }
        "#;
        settings.read_config(text).expect("well-formed");
        assert_eq!(settings.token("app.terraform.io"), Some("xxxxxx.atlasv1.zzzzzzzzzzzzz"));
        assert_eq!(
            settings.service("registry.example.com", "modules.v1"),
            Some("http://localhost:8080/modules/")
        );
        assert!(!format!("{settings:?}").contains("atlasv1"));
    }

    /// The examples of Terraform's documentation of environment variable credentials.
    #[test]
    fn variables_name_hosts() {
        assert_eq!(host_of_variable("app_terraform_io"), "app.terraform.io");
        assert_eq!(host_of_variable("my__host_example_com"), "my-host.example.com");
    }
}
