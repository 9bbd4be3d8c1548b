//! Archives: what kinds there are, and how they are unpacked.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek};
use std::path::{Component, Path};

use url::Url;

use crate::http::PACKAGE_MAX;

/// A kind of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Zip,
    Tar,
    TarGz,
    TarBz2,
    TarXz,
}

/// What archives are called, the longer endings first.
const ENDINGS: [(&str, Kind); 10] = [
    ("tar.gz", Kind::TarGz),
    ("tar.bz2", Kind::TarBz2),
    ("tar.xz", Kind::TarXz),
    ("tgz", Kind::TarGz),
    ("tbz2", Kind::TarBz2),
    ("txz", Kind::TarXz),
    ("zip", Kind::Zip),
    ("tar", Kind::Tar),
    ("gz", Kind::TarGz),
    ("xz", Kind::TarXz),
];

impl Kind {
    /// The kind of archive at an address: by `archive=` in its query, which is left out of the address then, or by
    /// its ending. `None` if it is no archive.
    pub(crate) fn of(url: &Url) -> Result<(Option<Self>, Url), String> {
        let mut plain = url.clone();
        let said = url.query_pairs().find(|(name, _)| name == "archive");
        let Some((_, said)) = said else {
            let ends = |ending: &&(&str, Kind)| {
                let path = url.path();
                path.strip_suffix(ending.0).is_some_and(|path| path.ends_with('.'))
            };
            return Ok((ENDINGS.iter().find(ends).map(|(_, kind)| *kind), plain));
        };
        let others: Vec<_> = url.query_pairs().filter(|(name, _)| name != "archive").collect();
        plain.set_query(None);
        if !others.is_empty() {
            plain.query_pairs_mut().extend_pairs(others);
        }
        if said == "false" || said == "0" {
            return Ok((None, plain));
        }
        let kind = ENDINGS.iter().find(|(ending, _)| *ending == said).map(|(_, kind)| *kind);
        let kind = kind.ok_or_else(|| {
            format!("There are no archives of the kind {said:?}: use zip, tar, tar.gz, tar.bz2 or tar.xz.")
        })?;
        Ok((Some(kind), plain))
    }

    /// Unpacks an archive into a directory.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub(crate) fn unpack(self, archive: File, into: &Path) -> Result<(), String> {
        let archive = BufReader::new(archive);
        match self {
            Self::Zip => unpack_zip(archive, into),
            Self::Tar => unpack_tar(archive, into),
            Self::TarGz => unpack_tar(flate2::read::MultiGzDecoder::new(archive), into),
            Self::TarBz2 => unpack_tar(bzip2::read::MultiBzDecoder::new(archive), into),
            Self::TarXz => unpack_tar(lzma_rust2::XzReader::new(archive, true), into),
        }
        .map_err(|error| format!("The archive cannot be unpacked: {error}."))
    }
}

fn unpack_tar(stream: impl Read, into: &Path) -> io::Result<()> {
    let mut archive = tar::Archive::new(Bounded::new(stream));
    archive.set_preserve_mtime(false);
    for entry in archive.entries()? {
        let mut entry = entry?;
        // Headers of the whole archive, as `git archive` writes them, are no files.
        let kind = entry.header().entry_type();
        if kind.is_pax_global_extensions() {
            continue;
        }
        let path = entry.path()?.into_owned();
        check_link(&path, entry.link_name()?.as_deref())?;
        if !entry.unpack_in(into)? {
            return Err(outside(&path));
        }
    }
    Ok(())
}

fn unpack_zip(stream: impl Read + Seek, into: &Path) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(stream).map_err(io::Error::other)?;
    let mut left = PACKAGE_MAX;
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).map_err(io::Error::other)?;
        let Some(path) = entry.enclosed_name() else {
            return Err(outside(Path::new(entry.name())));
        };
        let place = into.join(&path);
        if entry.is_dir() {
            fs::create_dir_all(&place)?;
            continue;
        }
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        if entry.is_symlink() {
            let mut target = String::new();
            entry.by_ref().take(4096).read_to_string(&mut target)?;
            check_link(&path, Some(Path::new(&target)))?;
            link(Path::new(&target), &place)?;
            continue;
        }
        let mut file = File::create(&place)?;
        let copied = io::copy(&mut entry.by_ref().take(left), &mut file)?;
        left -= copied;
        if left == 0 {
            return Err(too_large());
        }
        executable(&file, entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0))?;
    }
    Ok(())
}

/// A link must not leave the package: what is linked to would be read as a part of it.
fn check_link(path: &Path, target: Option<&Path>) -> io::Result<()> {
    let Some(target) = target else { return Ok(()) };
    let mut depth = path.components().count().saturating_sub(1);
    for component in target.components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            _ => return Err(outside(path)),
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link(target: &Path, place: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, place)
}

#[cfg(not(unix))]
fn link(_: &Path, place: &Path) -> io::Result<()> {
    Err(io::Error::other(format!("{} is a link, which this system cannot make", place.display())))
}

#[cfg(unix)]
fn executable(file: &File, is_executable: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if is_executable {
        file.set_permissions(fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn executable(_: &File, _: bool) -> io::Result<()> {
    Ok(())
}

fn outside(path: &Path) -> io::Error {
    io::Error::other(format!("{} would be outside of the package", path.display()))
}

fn too_large() -> io::Error {
    io::Error::other(format!("it holds more than {} GiB", PACKAGE_MAX >> 30))
}

/// A stream that fails when more comes out than a package can be: an archive of kilobytes can hold petabytes.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R> Bounded<R> {
    fn new(inner: R) -> Self {
        Self { inner, left: PACKAGE_MAX }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(too_large)?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn zip_of(entries: &[(&str, &str)]) -> File {
        let mut archive = zip::ZipWriter::new(tempfile::tempfile().expect("a file"));
        for (name, contents) in entries {
            let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
            archive.start_file(*name, options).expect("an entry");
            archive.write_all(contents.as_bytes()).expect("written");
        }
        let mut file = archive.finish().expect("a whole archive");
        file.rewind().expect("a file");
        file
    }

    /// An archive whose names are taken as they are, which the crate itself would not write.
    fn tar_of(name: &str, link: Option<&str>) -> File {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(0);
        header.set_mode(0o644);
        if let Some(target) = link {
            header.set_entry_type(tar::EntryType::Symlink);
            header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
        }
        header.set_cksum();
        let mut archive = tar::Builder::new(tempfile::tempfile().expect("a file"));
        archive.append(&header, io::empty()).expect("an entry");
        let mut file = archive.into_inner().expect("a whole archive");
        file.rewind().expect("a file");
        file
    }

    #[test]
    fn a_zip_is_unpacked_with_what_can_be_run() {
        let dir = tempfile::tempdir().expect("a directory");
        let archive = zip_of(&[("main.tf", "one"), ("sub/run.sh", "two")]);
        Kind::Zip.unpack(archive, dir.path()).expect("a good archive");
        assert_eq!(fs::read_to_string(dir.path().join("main.tf")).expect("it is there"), "one");
        let script = fs::metadata(dir.path().join("sub/run.sh")).expect("it is there");
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&script.permissions()) & 0o111, 0o111);
    }

    #[test]
    fn nothing_is_written_outside_of_the_package() {
        let dir = tempfile::tempdir().expect("a directory");
        let into = dir.path().join("package");
        fs::create_dir(&into).expect("a directory");
        let bad = [
            (Kind::Zip, zip_of(&[("../evil", "x")])),
            (Kind::Tar, tar_of("../evil", None)),
            (Kind::Tar, tar_of("link", Some("../evil"))),
            (Kind::Tar, tar_of("sub/link", Some("/etc"))),
        ];
        for (kind, archive) in bad {
            let error = kind.unpack(archive, &into).expect_err("it is refused");
            assert!(error.contains("outside of the package"), "{error}");
        }
        assert!(!dir.path().join("evil").exists());
        // A link within the package is fine.
        Kind::Tar.unpack(tar_of("sub/link", Some("../main.tf")), &into).expect("a good archive");
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        for kind in [Kind::Zip, Kind::Tar, Kind::TarGz, Kind::TarBz2, Kind::TarXz] {
            let mut file = tempfile::tempfile().expect("a file");
            file.write_all(&[b'x'; 2000]).and_then(|()| file.rewind()).expect("a file");
            let dir = tempfile::tempdir().expect("a directory");
            assert!(kind.unpack(file, dir.path()).is_err(), "{kind:?}");
        }
    }
}
