//! The hash of a package: that of a directory of files, as Go's modules and Terraform's provider locks have it.
//!
//! `h1:` and, in base64, the SHA-256 of lines `<SHA-256 of the file in hex>  <path>\n`, sorted by path.
//! <https://pkg.go.dev/golang.org/x/mod/sumdb/dirhash#Hash1>

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The hash of all regular files below a directory.
pub(crate) fn of_directory(dir: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(dir) {
        let entry = entry?;
        if !entry.file_type().is_dir() {
            let path = entry.path().strip_prefix(dir).map_err(io::Error::other)?;
            let name = path.to_string_lossy().replace('\\', "/");
            files.push((name, entry.into_path()));
        }
    }
    files.sort();
    let mut all = Sha256::new();
    for (name, path) in files {
        let mut hasher = Sha256::new();
        // A link counts by where it points: what it points to is counted itself, or is not of the package.
        if path.is_symlink() {
            hasher.update(std::fs::read_link(&path)?.to_string_lossy().as_bytes());
        } else {
            add_file(&mut hasher, &path)?;
        }
        all.update(format!("{}  {name}\n", hex(&hasher.finalize())).as_bytes());
    }
    Ok(format!("h1:{}", STANDARD.encode(all.finalize())))
}

fn add_file(hasher: &mut Sha256, path: &Path) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            read => hasher.update(&buffer[..read]),
        }
    }
}

/// What tells directories of the cache apart: enough of a hash for that, in letters that every file system takes.
pub(crate) fn short(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes())[..8])
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Go's own test of `Hash1`: files `xyz` and `abc` with the contents
    /// "data for xyz" and "data for abc".
    #[test]
    fn a_directory_has_the_hash_that_go_gives_it() {
        let dir = tempfile::tempdir().expect("a directory");
        for name in ["xyz", "abc"] {
            std::fs::write(dir.path().join(name), format!("data for {name}")).expect("writable");
        }
        let line = |name: &str| {
            format!("{}  {name}\n", hex(&Sha256::digest(format!("data for {name}").as_bytes())))
        };
        let whole = Sha256::digest(format!("{}{}", line("abc"), line("xyz")).as_bytes());
        let hash = of_directory(dir.path()).expect("readable");
        assert_eq!(hash, format!("h1:{}", STANDARD.encode(whole)));
    }
}
