//! `zw` with one provider more, `tfcoremock`, which keeps its objects in files, and with `local` in an older version.
//!
//! It is a provider for tests: its types have attributes of every kind, and a file `dynamic_resources.json` adds
//! others. Names, schemas and files are those of the provider of that name for Terraform.
//!
//! Source: <https://github.com/hashicorp/terraform-provider-tfcoremock>

mod older;
mod provider;
mod schemas;
mod values;

use std::process::ExitCode;
use std::sync::Arc;

use older::OlderLocal;
use provider::CoreMock;
use zw_provider::Provider;

fn main() -> ExitCode {
    let dynamic = match std::fs::read_to_string("dynamic_resources.json") {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "{}".to_owned(),
        Err(error) => return zw_cli::cannot_start(&format!("dynamic_resources.json: {error}.")),
    };
    match CoreMock::new(&dynamic) {
        Ok(provider) => {
            let builtin = zw_builtin::providers().into_iter().find(|one| one.name() == "local");
            let local = builtin.map(|local| Arc::new(OlderLocal::of(local)) as Arc<dyn Provider>);
            let more = std::iter::once(Arc::new(provider) as Arc<dyn Provider>).chain(local);
            zw_cli::run(std::env::args_os(), more.collect())
        }
        Err(error) => zw_cli::cannot_start(&error),
    }
}
