//! A real browser, driven by a script.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::emulator::workspace;

/// Chromium with what drives it: Playwright, from npm.
#[derive(Debug)]
pub struct Browser {
    chromium: PathBuf,
    modules: PathBuf,
}

/// Names that Chromium goes by.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

impl Browser {
    /// Finds it; `None`, and a word about it, if something is missing. `ZW_CHROMIUM` says where it is.
    pub fn find() -> Option<Self> {
        let modules = std::env::var_os("ZW_EMULATOR_NODE_MODULES")
            .map_or_else(|| workspace().join("target/emulators-node/node_modules"), PathBuf::from);
        if !modules.join("playwright-core").exists() {
            println!(
                "skipped: playwright is not set up; `cargo xtask emulators` does that where there is npm"
            );
            return None;
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let in_path = || {
            let dirs = std::env::split_paths(&path);
            let all = dirs.flat_map(|dir| NAMES.map(|name| dir.join(name)));
            all.into_iter().find(|file| file.is_file())
        };
        let chromium = std::env::var_os("ZW_CHROMIUM").map(PathBuf::from).or_else(in_path);
        if chromium.is_none() {
            println!(
                "skipped: there is no Chromium; install it, or say in ZW_CHROMIUM where it is"
            );
        }
        Some(Self { chromium: chromium?, modules })
    }

    /// Runs a script of `tests/browser` on a page, with a folder for pictures, and gives what it prints.
    pub fn look(&self, script: &str, page: &Path, pictures: &Path) -> String {
        let output = Command::new("node")
            .arg(workspace().join("tests/browser").join(script))
            .args([&self.modules, &self.chromium])
            .args([page, pictures])
            .output()
            .expect("node can be started");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the script failed: {error}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}
