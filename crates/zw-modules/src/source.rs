//! The address of a module: what `source` says.
//!
//! <https://developer.hashicorp.com/terraform/language/modules/sources>

use std::fmt;
use std::path::PathBuf;

use url::Url;

/// Where a package of modules is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Package {
    /// A module in a registry.
    Registry(RegistryModule),
    /// A Git repository.
    Git(GitRepository),
    /// An archive, or a page that says where the package is, over HTTP.
    Http(Url),
    /// A directory by its absolute path.
    Directory(PathBuf),
}

/// `[HOST/]NAMESPACE/NAME/SYSTEM`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RegistryModule {
    pub(crate) host: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) system: String,
}

/// A repository at a point.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GitRepository {
    /// As `git clone` takes it.
    pub(crate) url: String,
    /// A branch, a tag or a commit; what is current there if there is none.
    pub(crate) reference: Option<String>,
    /// A private key for SSH, in base64.
    pub(crate) ssh_key: Option<String>,
}

/// A module in a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) package: Package,
    /// The directory of the module within the package, without slashes around it. Empty for the package itself.
    pub(crate) subdirectory: String,
}

/// The registry of a source without a host.
const DEFAULT_REGISTRY: &str = "registry.terraform.io";

/// Hosts with a short form of their own, which are no registries.
const CODE_HOSTS: [&str; 2] = ["github.com", "bitbucket.org"];

impl Source {
    /// Reads an address that is not a relative path.
    ///
    /// # Errors
    /// What is wrong with it, in sentences.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (address, subdirectory) = split_subdirectory(text)?;
        if let Some(module) = RegistryModule::parse(&address) {
            return Ok(Self { package: Package::Registry(module), subdirectory });
        }
        Self::remote(&address, subdirectory)
    }

    /// Reads an address as a registry answers with: anything but a registry's module.
    ///
    /// # Errors
    /// What is wrong with it, in sentences.
    pub(crate) fn parse_remote(text: &str) -> Result<Self, String> {
        let (address, subdirectory) = split_subdirectory(text.trim())?;
        Self::remote(&address, subdirectory)
    }

    /// The same package, with a module in a directory of the one that it names.
    pub(crate) fn within(mut self, subdirectory: &str) -> Self {
        if !subdirectory.is_empty() {
            if !self.subdirectory.is_empty() {
                self.subdirectory.push('/');
            }
            self.subdirectory.push_str(subdirectory);
        }
        self
    }

    fn remote(address: &str, subdirectory: String) -> Result<Self, String> {
        let (getter, rest) = match address.split_once("::") {
            Some((getter, rest)) if getter.chars().all(|c| c.is_ascii_alphanumeric()) => {
                (Some(getter), rest)
            }
            _ => (None, address),
        };
        match getter {
            None | Some("file") => Self::detected(rest, subdirectory),
            Some("git") => Ok(Self { package: git(rest)?, subdirectory }),
            Some("http" | "https") => Ok(Self { package: http(rest)?, subdirectory }),
            Some(other) => Err(format!(
                "zw cannot fetch modules with {other:?} yet: it knows registries, Git repositories, archives over \
                 HTTP, and directories."
            )),
        }
    }

    fn detected(address: &str, subdirectory: String) -> Result<Self, String> {
        if let Some(rest) = address.strip_prefix("github.com/") {
            return hosted("github.com", rest, &subdirectory);
        }
        if let Some(rest) = address.strip_prefix("bitbucket.org/") {
            return hosted("bitbucket.org", rest, &subdirectory);
        }
        if is_scp_like(address) || address.starts_with("ssh://") {
            return Ok(Self { package: git(address)?, subdirectory });
        }
        if address.starts_with("http://") || address.starts_with("https://") {
            return Ok(Self { package: http(address)?, subdirectory });
        }
        let path = address.strip_prefix("file://").unwrap_or(address);
        if path.starts_with('/') {
            return Ok(Self { package: Package::Directory(PathBuf::from(path)), subdirectory });
        }
        Err(format!(
            "It is neither a module of a registry (NAMESPACE/NAME/SYSTEM), nor a Git repository (git::URL), an \
             archive (https://…) or a local path. If this is a path relative to the current module, write \
             \"./{address}\"."
        ))
    }
}

impl RegistryModule {
    fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        let (host, [namespace, name, system]) = match parts[..] {
            [namespace, name, system] => (DEFAULT_REGISTRY, [namespace, name, system]),
            [host, namespace, name, system] => (host, [namespace, name, system]),
            _ => return None,
        };
        let is_name = |text: &&str| {
            let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            let inner = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            text.len() <= 64
                && edge(text.chars().next())
                && edge(text.chars().last())
                && text.chars().all(inner)
        };
        let is_system = (1..=64).contains(&system.len())
            && system.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let is_host = host.contains('.') || host.contains(':');
        let is_host = is_host && !host.contains("::") && !CODE_HOSTS.contains(&host);
        if !is_host || !is_system || ![namespace, name].iter().all(is_name) {
            return None;
        }
        Some(Self {
            host: host.to_ascii_lowercase(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            system: system.to_owned(),
        })
    }
}

/// Splits `ADDRESS//SUBDIRECTORY?QUERY` into the address with the query, and the subdirectory.
fn split_subdirectory(text: &str) -> Result<(String, String), String> {
    let (path, query) = match text.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (text, None),
    };
    // The slashes of a scheme are no mark of a subdirectory.
    let start = path.find("://").map_or(0, |at| at + 3);
    let Some(at) = path[start..].find("//").map(|at| at + start) else {
        return Ok((text.to_owned(), String::new()));
    };
    let subdirectory = path[at + 2..].trim_matches('/');
    if subdirectory.split('/').any(|part| part == "..") {
        return Err("A subdirectory cannot leave its package: remove the \"..\".".to_owned());
    }
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Ok((format!("{}{query}", &path[..at]), subdirectory.to_owned()))
}

/// `OWNER/REPOSITORY[/SUBDIRECTORY][?QUERY]` on a host of Git repositories.
fn hosted(host: &str, rest: &str, subdirectory: &str) -> Result<Source, String> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut parts = path.trim_end_matches('/').splitn(3, '/');
    let (Some(owner), Some(repository)) = (parts.next(), parts.next()) else {
        return Err(format!("Write {host}/OWNER/REPOSITORY."));
    };
    let inner = parts.next().unwrap_or_default();
    let repository = repository.strip_suffix(".git").unwrap_or(repository);
    let package = git(&format!("https://{host}/{owner}/{repository}.git?{query}"))?;
    let joined = [inner, subdirectory].into_iter().filter(|part| !part.is_empty());
    Ok(Source { package, subdirectory: joined.collect::<Vec<_>>().join("/") })
}

/// `user@host:path`, as SSH takes it.
fn is_scp_like(text: &str) -> bool {
    let Some((user, rest)) = text.split_once('@') else { return false };
    let is_user = !user.is_empty() && !user.contains(['/', ':']);
    is_user && rest.split_once(':').is_some_and(|(host, _)| !host.contains('/'))
}

fn git(text: &str) -> Result<Package, String> {
    // `git::github.com/o/r` is as good as the whole URL.
    if let Some(rest) = text.strip_prefix("github.com/") {
        return Ok(hosted("github.com", rest, "")?.package);
    }
    let (url, query) = text.split_once('?').unwrap_or((text, ""));
    let mut repository = GitRepository { url: url.to_owned(), reference: None, ssh_key: None };
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "ref" => repository.reference = Some(value.into_owned()).filter(|it| !it.is_empty()),
            "sshkey" => repository.ssh_key = Some(value.into_owned()),
            // How much history is fetched makes no difference to what is checked out.
            "depth" => {}
            other => {
                return Err(format!("A Git source has no argument {other:?}: it has \"ref\"."));
            }
        }
    }
    // What begins with a dash would be taken for an option by the program.
    if url.starts_with('-') || repository.reference.as_deref().is_some_and(|it| it.starts_with('-'))
    {
        return Err(
            "Neither the URL nor the \"ref\" of a Git source can begin with a dash.".to_owned()
        );
    }
    if url.is_empty() {
        return Err("Write the URL of the repository after \"git::\".".to_owned());
    }
    Ok(Package::Git(repository))
}

fn http(text: &str) -> Result<Package, String> {
    Url::parse(text).map(Package::Http).map_err(|error| format!("It is not a URL: {error}."))
}

impl fmt::Display for RegistryModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, namespace, name, system } = self;
        write!(f, "{host}/{namespace}/{name}/{system}")
    }
}

impl Package {
    /// What people call it: the last part of its address.
    pub(crate) fn short_name(&self) -> String {
        let last = |path: &str| {
            let name = path.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
            name.trim_end_matches(".git").to_owned()
        };
        match self {
            Self::Registry(RegistryModule { namespace, name, system, .. }) => {
                format!("{namespace}-{name}-{system}")
            }
            Self::Git(repository) => last(&repository.url),
            Self::Http(url) => last(url.path()),
            Self::Directory(path) => last(&path.to_string_lossy()),
        }
    }
}

/// The same for the same package, however it was written; without secrets.
impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(module) => module.fmt(f),
            Self::Git(repository) => {
                write!(f, "git::{}", without_password(&repository.url))?;
                repository.reference.iter().try_for_each(|name| write!(f, "?ref={name}"))
            }
            Self::Http(url) => f.write_str(&without_password(url.as_str())),
            Self::Directory(path) => path.display().fmt(f),
        }
    }
}

/// An address without the password that may be in it.
fn without_password(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else { return address.to_owned() };
    if url.password().is_some() && url.set_password(None).is_ok() {
        return url.into();
    }
    address.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, String) {
        let source = Source::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        (source.package.to_string(), source.subdirectory)
    }

    /// The forms of Terraform's documentation of module sources.
    #[test]
    fn every_form_of_the_documentation_is_understood() {
        let cases = [
            ("hashicorp/consul/aws", "registry.terraform.io/hashicorp/consul/aws", ""),
            (
                "hashicorp/consul/aws//modules/x",
                "registry.terraform.io/hashicorp/consul/aws",
                "modules/x",
            ),
            (
                "app.terraform.io/example-corp/k8s-cluster/azurerm",
                "app.terraform.io/example-corp/k8s-cluster/azurerm",
                "",
            ),
            ("github.com/hashicorp/example", "git::https://github.com/hashicorp/example.git", ""),
            (
                "github.com/hashicorp/example/sub/dir?ref=v1",
                "git::https://github.com/hashicorp/example.git?ref=v1",
                "sub/dir",
            ),
            (
                "git@github.com:hashicorp/example.git",
                "git::git@github.com:hashicorp/example.git",
                "",
            ),
            (
                "bitbucket.org/hashicorp/terraform-consul-aws",
                "git::https://bitbucket.org/hashicorp/terraform-consul-aws.git",
                "",
            ),
            ("git::https://example.com/vpc.git", "git::https://example.com/vpc.git", ""),
            (
                "git::ssh://username@example.com/storage.git",
                "git::ssh://username@example.com/storage.git",
                "",
            ),
            (
                "git::https://example.com/vpc.git?ref=v1.2.0",
                "git::https://example.com/vpc.git?ref=v1.2.0",
                "",
            ),
            (
                "git::https://example.com/network.git//modules/vpc?depth=1&ref=v1.2.0",
                "git::https://example.com/network.git?ref=v1.2.0",
                "modules/vpc",
            ),
            ("git::username@example.com:storage.git", "git::username@example.com:storage.git", ""),
            ("https://example.com/vpc-module.zip", "https://example.com/vpc-module.zip", ""),
            (
                "https://example.com/vpc-module?archive=zip",
                "https://example.com/vpc-module?archive=zip",
                "",
            ),
            (
                "https://example.com/network-module.zip//modules/vpc",
                "https://example.com/network-module.zip",
                "modules/vpc",
            ),
            ("git::file:///srv/modules.git//vpc", "git::file:///srv/modules.git", "vpc"),
            ("/srv/modules/vpc", "/srv/modules/vpc", ""),
        ];
        for (text, package, subdirectory) in cases {
            assert_eq!(read(text), (package.to_owned(), subdirectory.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_to_write() {
        for (text, part) in [
            ("modules/vpc", "./modules/vpc"),
            ("s3::https://s3.amazonaws.com/bucket/vpc.zip", "\"s3\""),
            ("git::https://example.com/x.git//a/../../b", "cannot leave"),
            ("git::https://example.com/x.git?ref=--upload-pack=evil", "dash"),
            ("git::-oProxyCommand=evil", "dash"),
        ] {
            let error = Source::parse(text).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        let (shown, _) = read("git::https://me:secret@example.com/x.git");
        assert!(!shown.contains("secret"), "{shown}");
    }
}
