//! Files to a machine.

use std::path::Path;

use russh_sftp::client::SftpSession;
use russh_sftp::client::error::Error;
use russh_sftp::protocol::{FileAttributes, OpenFlags, StatusCode};
use tokio::io::{AsyncRead, AsyncWriteExt as _};
use walkdir::WalkDir;

/// Writes a file with the given permissions. What is there is overwritten.
///
/// # Errors
/// In sentences.
pub(crate) async fn write(
    files: &SftpSession,
    path: &str,
    mut content: impl AsyncRead + Unpin,
    mode: u32,
) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| format!("{path} cannot be written: {error}.");
    let attributes = FileAttributes { permissions: Some(mode), ..FileAttributes::empty() };
    let flags = OpenFlags::CREATE | OpenFlags::TRUNCATE | OpenFlags::WRITE;
    let opened = files.open_with_flags_and_attributes(path, flags, attributes.clone()).await;
    let mut file = opened.map_err(|error| failed(&error))?;
    tokio::io::copy(&mut content, &mut file).await.map_err(|error| failed(&error))?;
    file.shutdown().await.map_err(|error| failed(&error))?;
    // The mode is given once more: it counts for new files only, and the umask is taken from it.
    files.set_metadata(path, attributes).await.map_err(|error| failed(&error))
}

/// Writes a copy of a local file, with its permissions.
///
/// # Errors
/// In sentences.
pub(crate) async fn file(files: &SftpSession, from: &Path, to: &str) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{} cannot be read: {error}.", from.display());
    let content = tokio::fs::File::open(from).await.map_err(failed)?;
    let mode = permissions(&content.metadata().await.map_err(failed)?, 0o644);
    write(files, to, content, mode).await
}

/// Writes copies of everything in a local directory into one that is made if it is not there.
///
/// # Errors
/// In sentences.
pub(crate) async fn directory(files: &SftpSession, from: &Path, to: &str) -> Result<(), String> {
    for entry in WalkDir::new(from).follow_links(true).sort_by_file_name() {
        let failed = |error: walkdir::Error| format!("{} cannot be read: {error}.", from.display());
        let entry = entry.map_err(failed)?;
        let below = entry.path().strip_prefix(from).unwrap_or(entry.path());
        let mut path = to.trim_end_matches('/').to_owned();
        for part in below {
            path.push('/');
            path.push_str(&part.to_string_lossy());
        }
        if path.is_empty() {
            path.push('/');
        }
        if entry.file_type().is_dir() {
            let mode = permissions(&entry.metadata().map_err(failed)?, 0o755);
            make_directory(files, &path, mode).await?;
        } else {
            file(files, entry.path(), &path).await?;
        }
    }
    Ok(())
}

/// Whether there is a directory at a path.
pub(crate) async fn is_directory(files: &SftpSession, path: &str) -> Result<bool, String> {
    match files.metadata(path).await {
        Ok(found) => Ok(found.is_dir()),
        Err(Error::Status(status)) if status.status_code == StatusCode::NoSuchFile => Ok(false),
        Err(error) => Err(format!("{path} cannot be looked at: {error}.")),
    }
}

/// Makes a directory, unless it is there. The permissions of one that is there are left alone.
async fn make_directory(files: &SftpSession, path: &str, mode: u32) -> Result<(), String> {
    if is_directory(files, path).await? {
        return Ok(());
    }
    let failed = |error: Error| format!("The directory {path} cannot be made: {error}.");
    files.create_dir(path).await.map_err(failed)?;
    let attributes = FileAttributes { permissions: Some(mode), ..FileAttributes::empty() };
    files.set_metadata(path, attributes).await.map_err(failed)
}

#[cfg(unix)]
fn permissions(of: &std::fs::Metadata, _: u32) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    of.permissions().mode() & 0o7777
}

/// Where files have no such permissions, they are what they commonly are.
#[cfg(not(unix))]
fn permissions(_: &std::fs::Metadata, common: u32) -> u32 {
    common
}
