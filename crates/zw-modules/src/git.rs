//! Git repositories, through the program `git`: so that its credentials, proxies and settings count.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::source::GitRepository;

/// Checks a repository out into an empty directory, at a commit if one is pinned, and gives the commit.
///
/// # Errors
/// What `git` says, in sentences.
pub(crate) fn check_out(
    repository: &GitRepository,
    pinned: Option<&str>,
    dir: &Path,
) -> Result<String, String> {
    let key = repository.ssh_key.as_deref().map(key_file).transpose()?;
    let git =
        |arguments: &[&str]| run(dir, key.as_ref().map(tempfile::NamedTempFile::path), arguments);
    git(&["init", "--quiet"])?;
    // So that no setting of the user changes what is in the files, and so the hash.
    git(&["config", "core.autocrlf", "false"])?;
    git(&["remote", "add", "origin", &repository.url])?;
    let wanted = pinned.or(repository.reference.as_deref()).unwrap_or("HEAD");
    let fetched = git(&["fetch", "--quiet", "--depth=1", "origin", wanted]);
    let commit = if fetched.is_ok() {
        git(&["rev-parse", "FETCH_HEAD^{commit}"])?
    } else {
        // Not every server hands out any commit, and an abbreviated one none does: so all of it, and look there.
        let all = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
        git(&["fetch", "--quiet", "origin", all[0], all[1]])?;
        let names = [format!("origin/{wanted}"), wanted.to_owned()];
        let found = names.iter().find_map(|name| {
            git(&["rev-parse", "--quiet", "--verify", &format!("{name}^{{commit}}")]).ok()
        });
        found.ok_or_else(|| {
            format!("The repository has neither a branch nor a tag nor a commit {wanted:?}.")
        })?
    };
    git(&["checkout", "--quiet", "--detach", &commit])?;
    if dir.join(".gitmodules").exists() {
        git(&["submodule", "--quiet", "update", "--init", "--recursive", "--depth=1"])?;
    }
    Ok(commit)
}

/// Runs the program in a directory, and gives what it printed.
fn run(dir: &Path, key: Option<&Path>, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(dir).args(arguments).stdin(Stdio::null());
    // Of the process around it: a hook of Git, say, which is in another repository.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    // There may be nobody to answer, and there is nothing to answer on.
    command.env("GIT_TERMINAL_PROMPT", "0");
    if let Some(key) = key {
        let path = key.display();
        command.env("GIT_SSH_COMMAND", format!("ssh -i '{path}' -o IdentitiesOnly=yes"));
    }
    let output = command.output().map_err(|error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            "The program \"git\" is needed for this source, and is not installed.".to_owned()
        } else {
            format!("The program \"git\" cannot be run: {error}.")
        }
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("Git could not fetch it: {}", said.trim()))
}

/// The private key in a file for its owner only.
fn key_file(encoded: &str) -> Result<tempfile::NamedTempFile, String> {
    let key = STANDARD
        .decode(encoded)
        .map_err(|_| "The \"sshkey\" of the source is not in base64.".to_owned())?;
    let written = tempfile::NamedTempFile::new().and_then(|mut file| {
        file.write_all(&key)?;
        Ok(file)
    });
    written.map_err(|error| format!("The \"sshkey\" could not be written to a file: {error}."))
}
