//! Addresses: how resources, their instances and modules are named, in Terraform's syntax.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::value::Str;

/// Whether a resource is managed or only read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceMode {
    /// `data`
    Data,
    /// `resource`
    Managed,
}

/// What tells instances apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceKey {
    /// There is one instance.
    #[default]
    None,
    /// `count`
    Int(u64),
    /// `for_each`
    Str(Str),
}

impl fmt::Display for InstanceKey {
    /// `[0]`, `["a"]`, or nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Int(at) => write!(f, "[{at}]"),
            Self::Str(key) => {
                f.write_str("[\"")?;
                let mut chars = key.chars().peekable();
                while let Some(char) = chars.next() {
                    match char {
                        '"' => f.write_str("\\\"")?,
                        '\\' => f.write_str("\\\\")?,
                        '\n' => f.write_str("\\n")?,
                        '\r' => f.write_str("\\r")?,
                        '\t' => f.write_str("\\t")?,
                        '$' | '%' if chars.peek() == Some(&'{') => write!(f, "{char}{char}")?,
                        char => fmt::Write::write_char(f, char)?,
                    }
                }
                f.write_str("\"]")
            }
        }
    }
}

/// The way from the root module to an instance of a module. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleInstancePath(Option<Arc<[(Str, InstanceKey)]>>);

impl ModuleInstancePath {
    /// The root module.
    pub const fn root() -> Self {
        Self(None)
    }

    /// Whether it is the root module.
    pub const fn is_root(&self) -> bool {
        self.0.is_none()
    }

    /// An instance of a module that is called in this one.
    #[must_use]
    pub fn child(&self, name: Str, key: InstanceKey) -> Self {
        let mut steps = self.steps().to_vec();
        steps.push((name, key));
        Self(Some(steps.into()))
    }

    /// Names of calls and keys of instances, from the root.
    pub fn steps(&self) -> &[(Str, InstanceKey)] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl fmt::Display for ModuleInstancePath {
    /// `module.a["x"].module.b`, or nothing for the root.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, key)) in self.steps().iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            write!(f, "module.{name}{key}")?;
        }
        Ok(())
    }
}

/// A resource within its module. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceAddr {
    /// Managed or only read; data sources come first in listings.
    pub mode: ResourceMode,
    /// The type, as `aws_vpc`.
    pub type_name: Str,
    /// The name.
    pub name: Str,
}

impl ResourceAddr {
    /// The address of a resource.
    pub const fn new(mode: ResourceMode, type_name: Str, name: Str) -> Self {
        Self { mode, type_name, name }
    }
}

impl fmt::Display for ResourceAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mode == ResourceMode::Data {
            f.write_str("data.")?;
        }
        write!(f, "{}.{}", self.type_name, self.name)
    }
}

/// An instance of a resource. Sorted as Terraform lists them: by module, resource and key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceAddr {
    module: ModuleInstancePath,
    resource: ResourceAddr,
    key: InstanceKey,
}

impl InstanceAddr {
    /// The address of an instance.
    pub const fn new(module: ModuleInstancePath, resource: ResourceAddr, key: InstanceKey) -> Self {
        Self { module, resource, key }
    }

    /// The instance of the module that it is in.
    pub const fn module(&self) -> &ModuleInstancePath {
        &self.module
    }

    /// The resource within the module.
    pub const fn resource(&self) -> &ResourceAddr {
        &self.resource
    }

    /// What tells it from other instances of the resource.
    pub const fn key(&self) -> &InstanceKey {
        &self.key
    }

    /// The resource as a whole, in the same module instance.
    #[must_use]
    pub fn without_key(&self) -> Self {
        Self { key: InstanceKey::None, ..self.clone() }
    }
}

impl fmt::Display for InstanceAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        write!(f, "{}{}", self.resource, self.key)
    }
}

/// Why a text is not an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{address:?} is not an address: {reason} at character {at}")]
pub struct AddrError {
    /// The text.
    pub address: String,
    /// What was expected.
    pub reason: &'static str,
    /// Where, counted in bytes from 0.
    pub at: usize,
}

impl FromStr for InstanceAddr {
    type Err = AddrError;

    fn from_str(text: &str) -> Result<Self, AddrError> {
        let mut reader = Reader { text, at: 0 };
        let module = reader.module_path()?;
        if reader.is_done() {
            return Err(reader.error("a resource type and name are missing"));
        }
        let (resource, key) = reader.resource()?;
        reader.end()?;
        Ok(Self { module, resource, key })
    }
}

impl FromStr for ModuleInstancePath {
    type Err = AddrError;

    fn from_str(text: &str) -> Result<Self, AddrError> {
        let mut reader = Reader { text, at: 0 };
        let module = reader.module_path()?;
        reader.end()?;
        Ok(module)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn error(&self, reason: &'static str) -> AddrError {
        AddrError { address: self.text.to_owned(), reason, at: self.at }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn is_done(&self) -> bool {
        self.rest().is_empty()
    }

    fn end(&self) -> Result<(), AddrError> {
        if self.is_done() { Ok(()) } else { Err(self.error("nothing more was expected")) }
    }

    fn take(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        if found {
            self.at += prefix.len();
        }
        found
    }

    fn name(&mut self) -> Result<Str, AddrError> {
        let len = self
            .rest()
            .find(|char: char| !(char.is_alphanumeric() || char == '_' || char == '-'))
            .unwrap_or(self.rest().len());
        if len == 0 {
            return Err(self.error("a name was expected"));
        }
        let name = Str::from(&self.rest()[..len]);
        self.at += len;
        Ok(name)
    }

    /// `module.NAME[KEY].` as often as it is there, with the dot behind the last one if something follows.
    fn module_path(&mut self) -> Result<ModuleInstancePath, AddrError> {
        let mut steps = Vec::new();
        while self.take("module.") {
            let name = self.name()?;
            let key = self.key()?;
            steps.push((name, key));
            if self.is_done() {
                break;
            }
            if !self.take(".") {
                return Err(self.error("a dot was expected"));
            }
        }
        Ok(ModuleInstancePath((!steps.is_empty()).then(|| steps.into())))
    }

    fn resource(&mut self) -> Result<(ResourceAddr, InstanceKey), AddrError> {
        let mode = if self.take("data.") { ResourceMode::Data } else { ResourceMode::Managed };
        let type_name = self.name()?;
        if !self.take(".") {
            return Err(self.error("a dot and the name of the resource were expected"));
        }
        let name = self.name()?;
        let key = self.key()?;
        Ok((ResourceAddr { mode, type_name, name }, key))
    }

    fn key(&mut self) -> Result<InstanceKey, AddrError> {
        if !self.take("[") {
            return Ok(InstanceKey::None);
        }
        let key = if self.take("\"") { self.string_key()? } else { self.number_key()? };
        if self.take("]") { Ok(key) } else { Err(self.error("a closing bracket was expected")) }
    }

    fn number_key(&mut self) -> Result<InstanceKey, AddrError> {
        let len = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let number = self.rest()[..len].parse();
        let number = number.map_err(|_| self.error("a number or a quoted string was expected"))?;
        self.at += len;
        Ok(InstanceKey::Int(number))
    }

    fn string_key(&mut self) -> Result<InstanceKey, AddrError> {
        let mut key = String::new();
        loop {
            let Some(char) = self.rest().chars().next() else {
                return Err(self.error("a closing quote was expected"));
            };
            self.at += char.len_utf8();
            match char {
                '"' => return Ok(InstanceKey::Str(key.into())),
                '\\' => {
                    let escaped = self.rest().chars().next();
                    self.at += escaped.map_or(0, char::len_utf8);
                    key.push(match escaped {
                        Some('n') => '\n',
                        Some('r') => '\r',
                        Some('t') => '\t',
                        Some(char @ ('"' | '\\')) => char,
                        _ => return Err(self.error("this is no escape")),
                    });
                }
                '$' | '%' => {
                    key.push(char);
                    // A doubled sign before a brace is one that begins no template.
                    let doubled: String = [char, '{'].iter().collect();
                    if self.rest().starts_with(&doubled) {
                        self.at += char.len_utf8();
                    }
                }
                char => key.push(char),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_printing_and_parsing() {
        for text in [
            "aws_vpc.main",
            "aws_vpc.main[0]",
            "data.aws_ami.x[\"a b\"]",
            "module.a.aws_vpc.main",
            "module.a[\"x.y\"].module.b[12].data.t.n[\"q\\\"\\\\\\n$${\"]",
        ] {
            let address: InstanceAddr = text.parse().expect("it is an address");
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_says_why() {
        for (text, reason) in [
            ("", "a resource type"),
            ("aws_vpc", "a dot"),
            ("module.a", "a resource type"),
            ("aws_vpc.a[", "a number"),
            ("aws_vpc.a[\"x", "a closing quote"),
            ("aws_vpc.a.b", "nothing more"),
        ] {
            let error = text.parse::<InstanceAddr>().expect_err(text);
            assert!(error.reason.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn instances_are_listed_by_number() {
        let parse = |text: &str| text.parse::<InstanceAddr>().expect("it is an address");
        let mut list =
            [parse("a.b[10]"), parse("a.b[9]"), parse("module.m.a.b"), parse("data.a.b")];
        list.sort();
        let list: Vec<String> = list.iter().map(ToString::to_string).collect();
        assert_eq!(list, ["data.a.b", "a.b[9]", "a.b[10]", "module.m.a.b"]);
    }
}
