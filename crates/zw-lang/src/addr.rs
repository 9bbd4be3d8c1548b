//! Addresses: the names of modules, resources, their instances and provider configurations.
//!
//! They read and print as Terraform's do, and sort as Terraform lists them. A large estate holds a
//! million of them: the path of a module is shared by everything in it, and carries its hash.

mod parse;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt::{self, Write as _};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use parse::AddrError;

use crate::text::is_printable;
use crate::value::Str;

/// Whether a resource is managed or only read. What is read comes first in listings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceMode {
    /// `ephemeral`
    Ephemeral,
    /// `data`
    Data,
    /// `resource`
    Managed,
}

impl ResourceMode {
    /// All of them, in the order in which documentation has them.
    pub const ALL: [Self; 3] = [Self::Managed, Self::Data, Self::Ephemeral];

    /// What addresses begin with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Ephemeral => "ephemeral.",
            Self::Data => "data.",
            Self::Managed => "",
        }
    }

    /// The keyword of its blocks.
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Ephemeral => "ephemeral",
            Self::Data => "data",
            Self::Managed => "resource",
        }
    }

    /// Its name in Terraform's JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ephemeral => "ephemeral",
            Self::Data => "data",
            Self::Managed => "managed",
        }
    }
}

/// Tells the instances of a resource or module apart. None sorts before numbers, numbers before text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceKey {
    /// There is only one.
    #[default]
    None,
    /// `[0]`, of `count`.
    Int(u64),
    /// `["a"]`, of `for_each`.
    Str(Str),
}

impl fmt::Display for InstanceKey {
    /// `[0]`, `["a"]`, or nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Int(number) => write!(f, "[{number}]"),
            Self::Str(text) => {
                f.write_char('[')?;
                write_quoted(f, text)?;
                f.write_char(']')
            }
        }
    }
}

/// A text as a quoted string of the language, in which nothing is a template.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    // Writing to a string cannot fail.
    let _ = write_quoted(&mut out, text);
    out
}

/// Writes text as a quoted string without templates, escaped as Terraform does it in addresses.
fn write_quoted(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
    f.write_char('"')?;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '$' | '%' if rest.as_str().starts_with('{') => write!(f, "{c}{c}")?,
            _ if is_printable(c) => f.write_char(c)?,
            _ if u32::from(c) < 0x1_0000 => write!(f, "\\u{:04x}", u32::from(c))?,
            _ => write!(f, "\\U{:08x}", u32::from(c))?,
        }
    }
    f.write_char('"')
}

/// A call of a module, without its instances: the names from the root down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ModulePath(Option<Arc<[Str]>>);

impl ModulePath {
    /// The root module.
    pub const fn root() -> Self {
        Self(None)
    }

    /// A path of these names.
    pub fn new(names: Vec<Str>) -> Self {
        Self(if names.is_empty() { None } else { Some(names.into()) })
    }

    /// The names, outermost first.
    pub fn names(&self) -> &[Str] {
        self.0.as_deref().unwrap_or_default()
    }

    /// A call in this module.
    #[must_use]
    pub fn child(&self, name: Str) -> Self {
        let mut names = self.names().to_vec();
        names.push(name);
        Self::new(names)
    }

    /// Whether this is the root module.
    pub const fn is_root(&self) -> bool {
        self.0.is_none()
    }
}

impl PartialOrd for ModulePath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ModulePath {
    /// Shorter paths come first.
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (self.names(), other.names());
        a.len().cmp(&b.len()).then_with(|| a.cmp(b))
    }
}

impl fmt::Display for ModulePath {
    /// `module.a.module.b`; nothing for the root.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.names().iter().enumerate() {
            if at > 0 {
                f.write_char('.')?;
            }
            write!(f, "module.{name}")?;
        }
        Ok(())
    }
}

/// An instance of a module: the names and keys of the calls that lead to it. Cheap to clone.
#[derive(Clone, Default)]
pub struct ModuleInstancePath(Option<Arc<ModuleSteps>>);

struct ModuleSteps {
    hash: u64,
    steps: Box<[(Str, InstanceKey)]>,
}

impl ModuleInstancePath {
    /// The root module.
    pub const fn root() -> Self {
        Self(None)
    }

    /// The path of these calls, outermost first.
    pub fn new(steps: Vec<(Str, InstanceKey)>) -> Self {
        if steps.is_empty() {
            return Self(None);
        }
        // The same in every process, which nothing may rely on.
        let mut hasher = DefaultHasher::new();
        steps.hash(&mut hasher);
        let hash = hasher.finish();
        Self(Some(Arc::new(ModuleSteps { hash, steps: steps.into() })))
    }

    /// The calls, outermost first.
    pub fn steps(&self) -> &[(Str, InstanceKey)] {
        self.0.as_ref().map_or(&[], |inner| &inner.steps)
    }

    /// An instance of a module that is called in this one.
    #[must_use]
    pub fn child(&self, name: Str, key: InstanceKey) -> Self {
        let mut steps = Vec::with_capacity(self.steps().len() + 1);
        steps.extend_from_slice(self.steps());
        steps.push((name, key));
        Self::new(steps)
    }

    /// The module that calls this one; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, above) = self.steps().split_last()?;
        Some(Self::new(above.to_vec()))
    }

    /// The path without keys.
    pub fn module(&self) -> ModulePath {
        ModulePath::new(self.steps().iter().map(|(name, _)| name.clone()).collect())
    }

    /// Whether this is the root module.
    pub const fn is_root(&self) -> bool {
        self.0.is_none()
    }

    /// Whether `other` is this module or within it.
    pub fn contains(&self, other: &Self) -> bool {
        other.steps().starts_with(self.steps())
    }
}

impl PartialEq for ModuleInstancePath {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || (a.hash == b.hash && a.steps == b.steps),
            _ => false,
        }
    }
}

impl Eq for ModuleInstancePath {}

impl Hash for ModuleInstancePath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.as_ref().map_or(0, |inner| inner.hash));
    }
}

impl PartialOrd for ModuleInstancePath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ModuleInstancePath {
    /// Shorter paths come first.
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (self.steps(), other.steps());
        if std::ptr::eq(a, b) {
            return Ordering::Equal;
        }
        a.len().cmp(&b.len()).then_with(|| a.cmp(b))
    }
}

impl fmt::Display for ModuleInstancePath {
    /// `module.a[0].module.b["x"]`; nothing for the root.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, key)) in self.steps().iter().enumerate() {
            if at > 0 {
                f.write_char('.')?;
            }
            write!(f, "module.{name}{key}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ModuleInstancePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModuleInstancePath({self})")
    }
}

/// A resource within its module, without its instances. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceAddr {
    /// Managed or only read.
    pub mode: ResourceMode,
    /// The type, as `aws_vpc`.
    pub type_name: Str,
    /// The name.
    pub name: Str,
}

impl ResourceAddr {
    /// The resource of a mode, type and name.
    pub const fn new(mode: ResourceMode, type_name: Str, name: Str) -> Self {
        Self { mode, type_name, name }
    }
}

impl fmt::Display for ResourceAddr {
    /// `aws_vpc.main` or `data.aws_ami.ubuntu`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}.{}", self.mode.prefix(), self.type_name, self.name)
    }
}

/// A resource in the configuration: every instance of it in every instance of its module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigResourceAddr {
    /// The call of the module that declares it.
    pub module: ModulePath,
    /// Which resource of that module.
    pub resource: ResourceAddr,
}

impl fmt::Display for ConfigResourceAddr {
    /// `module.a.aws_vpc.main`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        self.resource.fmt(f)
    }
}

/// An instance of a resource.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceAddr {
    module: ModuleInstancePath,
    resource: ResourceAddr,
    key: InstanceKey,
}

impl InstanceAddr {
    /// The instance with a key of a resource in an instance of a module.
    pub const fn new(module: ModuleInstancePath, resource: ResourceAddr, key: InstanceKey) -> Self {
        Self { module, resource, key }
    }

    /// The instance of the module that it is in.
    pub const fn module(&self) -> &ModuleInstancePath {
        &self.module
    }

    /// Which resource of that module.
    pub const fn resource(&self) -> &ResourceAddr {
        &self.resource
    }

    /// Which instance of that resource.
    pub const fn key(&self) -> &InstanceKey {
        &self.key
    }

    /// The resource as a whole, in the same module instance.
    #[must_use]
    pub fn without_key(&self) -> Self {
        Self { key: InstanceKey::None, ..self.clone() }
    }

    /// The resource without any keys.
    pub fn config(&self) -> ConfigResourceAddr {
        ConfigResourceAddr { module: self.module.module(), resource: self.resource.clone() }
    }
}

impl fmt::Display for InstanceAddr {
    /// `module.a["x"].aws_vpc.main[0]`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        write!(f, "{}{}", self.resource, self.key)
    }
}

impl fmt::Debug for InstanceAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InstanceAddr({self})")
    }
}

/// A provider configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderAddr {
    /// The instance of the module that declares it.
    pub module: ModuleInstancePath,
    /// Where the provider comes from in full, as `registry.terraform.io/hashicorp/aws`.
    pub source: Str,
    /// Its alias; `None` for the default configuration.
    pub alias: Option<Str>,
    /// Which instance of a configuration with `for_each`.
    pub key: InstanceKey,
}

impl fmt::Display for ProviderAddr {
    /// `module.a.provider["registry.terraform.io/hashicorp/aws"].west["x"]`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        f.write_str("provider[")?;
        write_quoted(f, &self.source)?;
        f.write_char(']')?;
        if let Some(alias) = &self.alias {
            write!(f, ".{alias}")?;
        }
        self.key.fmt(f)
    }
}

macro_rules! serialize_as_text {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

serialize_as_text!(
    ModulePath,
    ModuleInstancePath,
    ResourceAddr,
    ConfigResourceAddr,
    InstanceAddr,
    ProviderAddr
);
