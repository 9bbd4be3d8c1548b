//! Addresses from text.

use std::str::FromStr;

use super::{
    ConfigResourceAddr, InstanceAddr, InstanceKey, ModuleInstancePath, ModulePath, ProviderAddr,
    ResourceAddr, ResourceMode,
};
use crate::value::Str;

/// Why a text is not an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {wanted}: {reason} (at character {at})")]
pub struct AddrError {
    /// The text.
    pub text: String,
    /// What it should be, as `the address of a resource instance`.
    pub wanted: &'static str,
    /// What is wrong with it.
    pub reason: &'static str,
    /// Where, in characters from 1.
    pub at: usize,
}

impl FromStr for InstanceAddr {
    type Err = AddrError;

    fn from_str(text: &str) -> Result<Self, AddrError> {
        let mut parser = Parser::new(text, "the address of a resource instance");
        let (module, head) = parser.module_then_name()?;
        let resource = parser.resource(head)?;
        let key = parser.key()?;
        parser.end()?;
        Ok(Self::new(module, resource, key))
    }
}

impl FromStr for ConfigResourceAddr {
    type Err = AddrError;

    fn from_str(text: &str) -> Result<Self, AddrError> {
        let mut parser = Parser::new(text, "the address of a resource without instance keys");
        let (module, head) = parser.module_then_name()?;
        if module.steps().iter().any(|(_, key)| *key != InstanceKey::None) {
            return Err(parser.error("a module has an instance key"));
        }
        let resource = parser.resource(head)?;
        parser.end()?;
        Ok(Self { module: module.module(), resource })
    }
}

impl FromStr for ResourceAddr {
    type Err = AddrError;

    fn from_str(text: &str) -> Result<Self, AddrError> {
        let mut parser = Parser::new(text, "the address of a resource within its module");
        let head = parser.name()?;
        let resource = parser.resource(head)?;
        parser.end()?;
        Ok(resource)
    }
}

impl FromStr for ModuleInstancePath {
    type Err = AddrError;

    fn from_str(text: &str) -> Result<Self, AddrError> {
        let mut parser = Parser::new(text, "the address of a module instance");
        let mut steps = Vec::new();
        while parser.at < text.len() {
            if !steps.is_empty() {
                parser.dot()?;
            }
            let at = parser.at;
            if parser.name()? != "module" {
                return Err(parser.error_at(at, "each step begins with \"module\""));
            }
            steps.push(parser.module_step()?);
        }
        Ok(Self::new(steps))
    }
}

impl FromStr for ModulePath {
    type Err = AddrError;

    fn from_str(text: &str) -> Result<Self, AddrError> {
        let path: ModuleInstancePath = text.parse()?;
        if path.steps().iter().any(|(_, key)| *key != InstanceKey::None) {
            let parser = Parser::new(text, "the address of a module without instance keys");
            return Err(parser.error("a module has an instance key"));
        }
        Ok(path.module())
    }
}

impl FromStr for ProviderAddr {
    type Err = AddrError;

    fn from_str(text: &str) -> Result<Self, AddrError> {
        let mut parser = Parser::new(text, "the address of a provider configuration");
        let (module, head) = parser.module_then_name()?;
        if head != "provider" {
            return Err(parser.error("\"provider\" is expected here"));
        }
        let InstanceKey::Str(source) = parser.key()? else {
            return Err(parser.error("the provider's source is expected here, as a quoted string"));
        };
        let alias = if parser.peek() == Some(b'.') {
            parser.dot()?;
            Some(Str::from(parser.name()?))
        } else {
            None
        };
        let key = parser.key()?;
        parser.end()?;
        Ok(Self { module, source, alias, key })
    }
}

struct Parser<'a> {
    text: &'a str,
    wanted: &'static str,
    /// The byte that is looked at next.
    at: usize,
}

impl<'a> Parser<'a> {
    const fn new(text: &'a str, wanted: &'static str) -> Self {
        Self { text, wanted, at: 0 }
    }

    fn error(&self, reason: &'static str) -> AddrError {
        self.error_at(self.at, reason)
    }

    fn error_at(&self, at: usize, reason: &'static str) -> AddrError {
        let at = self.text.get(..at).map_or(0, |before| before.chars().count()) + 1;
        AddrError { text: self.text.to_owned(), wanted: self.wanted, reason, at }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn end(&self) -> Result<(), AddrError> {
        if self.at == self.text.len() {
            Ok(())
        } else {
            Err(self.error("nothing more is expected here"))
        }
    }

    fn dot(&mut self) -> Result<(), AddrError> {
        if self.peek() != Some(b'.') {
            return Err(self.error("a dot is expected here"));
        }
        self.at += 1;
        Ok(())
    }

    fn name(&mut self) -> Result<&'a str, AddrError> {
        let rest = &self.text[self.at..];
        let length = rest.find(['.', '[']).unwrap_or(rest.len());
        let name = &rest[..length];
        if !is_identifier(name) {
            return Err(self.error("a name is expected here"));
        }
        self.at += length;
        Ok(name)
    }

    /// The name and key of a call, after the word `module`.
    fn module_step(&mut self) -> Result<(Str, InstanceKey), AddrError> {
        self.dot()?;
        let name = Str::from(self.name()?);
        Ok((name, self.key()?))
    }

    /// All leading `module.NAME[KEY].` and the name after them.
    fn module_then_name(&mut self) -> Result<(ModuleInstancePath, &'a str), AddrError> {
        let mut steps = Vec::new();
        loop {
            let name = self.name()?;
            if name != "module" {
                return Ok((ModuleInstancePath::new(steps), name));
            }
            steps.push(self.module_step()?);
            self.dot()?;
        }
    }

    /// A resource, of which the first name has been read.
    fn resource(&mut self, head: &'a str) -> Result<ResourceAddr, AddrError> {
        let (mode, type_name) = match head {
            "data" => {
                self.dot()?;
                (ResourceMode::Data, self.name()?)
            }
            "ephemeral" => {
                self.dot()?;
                (ResourceMode::Ephemeral, self.name()?)
            }
            // Optional in Terraform, and never printed.
            "resource" => {
                self.dot()?;
                (ResourceMode::Managed, self.name()?)
            }
            _ => (ResourceMode::Managed, head),
        };
        self.dot()?;
        let name = self.name()?;
        Ok(ResourceAddr::new(mode, type_name.into(), name.into()))
    }

    /// A key in brackets, if there is one.
    fn key(&mut self) -> Result<InstanceKey, AddrError> {
        if self.peek() != Some(b'[') {
            return Ok(InstanceKey::None);
        }
        self.at += 1;
        let key = match self.peek() {
            Some(b'"') => InstanceKey::Str(self.quoted()?),
            Some(b'0'..=b'9') => InstanceKey::Int(self.number()?),
            _ => return Err(self.error("a key is a whole number or a quoted string")),
        };
        if self.peek() != Some(b']') {
            return Err(self.error("the closing bracket is missing"));
        }
        self.at += 1;
        Ok(key)
    }

    fn number(&mut self) -> Result<u64, AddrError> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..length].parse().map_err(|_| self.error("the number is too large"))?;
        self.at += length;
        Ok(number)
    }

    /// A quoted string without templates.
    fn quoted(&mut self) -> Result<Str, AddrError> {
        self.at += 1;
        let start = self.at;
        let rest = &self.text[start..];
        // Nearly all keys are plain: one copy, without looking at each character.
        if let Some(length) = rest.find(['"', '\\', '$', '%', '\n'])
            && rest.as_bytes()[length] == b'"'
        {
            self.at += length + 1;
            return Ok(rest[..length].into());
        }
        let mut text = Str::new();
        loop {
            let Some(c) = self.text[self.at..].chars().next() else {
                return Err(self.error("the closing quote is missing"));
            };
            match c {
                '"' => {
                    self.at += 1;
                    return Ok(text);
                }
                '\\' => text.push(self.escape()?),
                '\n' => return Err(self.error("the closing quote is missing")),
                '$' | '%' => {
                    let after = &self.text.as_bytes()[self.at + 1..];
                    // A doubled introducer stands for itself; a single one would be a template.
                    if after.starts_with(b"{") {
                        return Err(self.error("a key has no template in it"));
                    }
                    text.push(c);
                    let doubled = after.first() == Some(&self.text.as_bytes()[self.at])
                        && after.get(1) == Some(&b'{');
                    if doubled {
                        text.push('{');
                        self.at += 3;
                    } else {
                        self.at += 1;
                    }
                }
                _ => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, AddrError> {
        let start = self.at;
        let digits = match self.text.as_bytes().get(start + 1) {
            Some(b'n') => return Ok(self.skip(2, '\n')),
            Some(b'r') => return Ok(self.skip(2, '\r')),
            Some(b't') => return Ok(self.skip(2, '\t')),
            Some(b'"') => return Ok(self.skip(2, '"')),
            Some(b'\\') => return Ok(self.skip(2, '\\')),
            Some(b'u') => 4,
            Some(b'U') => 8,
            _ => return Err(self.error("there is no such escape sequence")),
        };
        let code = self.text.get(start + 2..start + 2 + digits);
        let code = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let c = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
        match c {
            Some(c) => Ok(self.skip(2 + digits, c)),
            None => Err(self.error("the escape sequence names no character")),
        }
    }

    const fn skip(&mut self, bytes: usize, c: char) -> char {
        self.at += bytes;
        c
    }
}

/// Whether a text is a name: HCL's identifiers.
fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    let starts = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    match bytes.next() {
        None => false,
        Some(first) if name.is_ascii() => {
            starts(first) && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        }
        Some(_) => hcl_edit::Ident::try_new(name).is_ok(),
    }
}
