//! `zw version`

use crate::app::{App, Exit};

/// Show the version of zw
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw version\n  zw version -json")]
pub(crate) struct Version {
    /// Write it as JSON
    #[arg(long)]
    json: bool,
}

#[expect(clippy::unnecessary_wraps, reason = "commands end alike")]
pub(crate) fn run(app: &App, args: &Version) -> Exit {
    let version = env!("CARGO_PKG_VERSION");
    let platform = format!("{}_{}", std::env::consts::OS, std::env::consts::ARCH);
    if args.json {
        let json = serde_json::json!({ "zw_version": version, "platform": platform });
        app.ui.out.println(&format!("{json:#}"));
    } else {
        app.ui.out.println(&format!("zw v{version}\non {platform}"));
    }
    Ok(0)
}
