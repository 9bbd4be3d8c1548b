//! Brings packages here.

use std::path::{Path, PathBuf};

use url::Url;

use crate::archive::Kind;
use crate::git;
use crate::http::Http;
use crate::source::{Package, Source};

/// How often one place may point to another.
const HOPS_MAX: usize = 10;

/// What came.
pub(crate) struct Fetched {
    /// The commit of a Git repository.
    pub(crate) commit: Option<String>,
    /// The directory within it that the place named, which is the package to those who asked.
    pub(crate) directory: Option<String>,
}

/// Brings the package at a source into an empty directory: the commit that is pinned, if one is.
///
/// # Errors
/// Why it cannot be had, in sentences.
pub(crate) fn fetch(
    http: &Http,
    source: &Source,
    token: Option<&str>,
    pinned: Option<&str>,
    into: &Path,
) -> Result<Fetched, String> {
    let mut source = source.clone();
    for _ in 0..HOPS_MAX {
        match &source.package {
            Package::Git(repository) => {
                let commit = git::check_out(repository, pinned, into)?;
                remove_repository(into)?;
                let directory = directory(into, &source.subdirectory)?;
                return Ok(Fetched { commit: Some(commit), directory });
            }
            Package::Http(url) => match download(http, url, token, into)? {
                None => {
                    let directory = directory(into, &source.subdirectory)?;
                    return Ok(Fetched { commit: None, directory });
                }
                Some(next) => source = next.within(&source.subdirectory),
            },
            Package::Registry(module) => {
                return Err(format!("It is the module {module} of a registry, not a package."));
            }
            Package::Directory(dir) => {
                return Err(format!("It is a directory of a machine: {}.", dir.display()));
            }
        }
    }
    Err(format!("Each of {HOPS_MAX} places says that the package is at another one."))
}

/// Unpacks the archive at an address, or gives the source that is named there instead.
fn download(
    http: &Http,
    url: &Url,
    token: Option<&str>,
    into: &Path,
) -> Result<Option<Source>, String> {
    let (kind, plain) = Kind::of(url)?;
    if let Some(kind) = kind {
        let answer = http.get(&plain, token)?;
        kind.unpack(answer.save()?, into)?;
        return Ok(None);
    }
    // <https://developer.hashicorp.com/terraform/language/modules/sources#http-urls>
    let mut asking = plain.clone();
    asking.query_pairs_mut().append_pair("terraform-get", "1");
    let answer = http.get(&asking, token)?;
    let end = answer.url.clone();
    let named = answer.header("X-Terraform-Get").map(str::to_owned);
    let named = match named {
        Some(named) => named,
        None => named_in_page(&answer.text()?).ok_or_else(|| {
            format!(
                "{plain} is no archive by its name, and does not say where the package is. If it is one, add its \
                 kind to the address: \"?archive=zip\"."
            )
        })?,
    };
    let is_relative = ["./", "../", "/"].iter().any(|start| named.starts_with(start));
    let named = if is_relative {
        end.join(&named).map_err(|error| format!("{named} is not a place: {error}."))?.into()
    } else {
        named
    };
    Source::parse_remote(&named)
        .map(Some)
        .map_err(|error| format!("{plain} says that the package is at {named}. {error}"))
}

/// What `<meta name="terraform-get" content="…">` says.
fn named_in_page(page: &str) -> Option<String> {
    page.split('<').find_map(|tag| {
        let (tag, _) = tag.split_once('>')?;
        let rest = tag.strip_prefix("meta").or_else(|| tag.strip_prefix("META"))?;
        (attribute(rest, "name")? == "terraform-get").then(|| attribute(rest, "content"))?
    })
}

/// The value of an attribute in quotes.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}="))? + name.len() + 2;
    let quote = tag[start..].chars().next().filter(|char| ['"', '\''].contains(char))?;
    let value = &tag[start + 1..];
    Some(value[..value.find(quote)?].replace("&amp;", "&"))
}

/// Removes what Git keeps of itself: it is no part of the package, and differs from one clone to the next.
fn remove_repository(dir: &Path) -> Result<(), String> {
    for entry in walkdir::WalkDir::new(dir).into_iter().filter_entry(|entry| entry.depth() < 32) {
        let Ok(entry) = entry else { continue };
        if entry.file_name() == ".git" {
            let removed = if entry.file_type().is_dir() {
                std::fs::remove_dir_all(entry.path())
            } else {
                std::fs::remove_file(entry.path())
            };
            removed.map_err(|error| {
                format!("{} cannot be removed: {error}.", entry.path().display())
            })?;
        }
    }
    Ok(())
}

/// The directory that a place named within what it gave: `*` is the only one that is there, as archives of
/// commits have one whose name nobody knows before.
fn directory(package: &Path, named: &str) -> Result<Option<String>, String> {
    if named.is_empty() {
        return Ok(None);
    }
    let mut found = PathBuf::new();
    for part in named.split('/') {
        if part != "*" {
            found.push(part);
            continue;
        }
        let entries = std::fs::read_dir(package.join(&found))
            .map_err(|error| format!("The package cannot be read: {error}."))?;
        let dirs = entries.filter_map(Result::ok).filter(|entry| entry.path().is_dir());
        let names: Vec<_> = dirs.map(|entry| entry.file_name()).collect();
        let [name] = names.as_slice() else {
            let count = names.len();
            return Err(format!("The package has {count} directories where {named:?} names one."));
        };
        found.push(name);
    }
    if package.join(&found).is_dir() {
        Ok(Some(found.to_string_lossy().into_owned()))
    } else {
        Err(format!("The package has no directory {named:?}."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_the_place() {
        let page = "<html><head><title>x</title>\n<meta charset=utf-8>\n\
                    <meta name=\"terraform-get\" content=\"https://example.com/x.zip?a=1&amp;b=2\" />";
        assert_eq!(named_in_page(page).as_deref(), Some("https://example.com/x.zip?a=1&b=2"));
        assert_eq!(named_in_page("<meta name='description' content='x'>"), None);
    }
}
