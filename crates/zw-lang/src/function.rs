//! What a function is, and how one is called whatever it does.

use crate::scope::Host;
use crate::ty::Type;
use crate::value::Value;

/// A parameter of a function.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name, for messages and documentation.
    pub name: &'static str,
    /// The type to which arguments are converted; `Dynamic` takes anything.
    pub ty: Type,
    /// Whether null is passed on rather than refused.
    pub allow_null: bool,
    /// Whether unknown values are passed on rather than making the result unknown.
    pub allow_unknown: bool,
    /// Whether marked values are passed on rather than unmarked, and the result marked.
    pub allow_marked: bool,
}

/// A function of the language.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub description: &'static str,
    /// The parameters that every call gives.
    pub params: Vec<Param>,
    /// The parameter that takes all further arguments.
    pub variadic: Option<Param>,
    /// The type of the result where it does not depend on the arguments; used when an argument is
    /// unknown.
    pub returns: Type,
    /// The type of the result for arguments that may be unknown, where it does depend on them.
    pub returns_for: Option<fn(&[Value]) -> Result<Type, FuncError>>,
    /// What it does, with arguments already converted, known and unmarked as the parameters say.
    pub call: fn(&[Value], &mut CallContext<'_>) -> Result<Value, FuncError>,
}

/// What a function may use besides its arguments.
pub struct CallContext<'a> {
    /// The world outside.
    pub host: &'a dyn Host,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FuncError {
    /// The argument at fault, from 0, if it is one.
    pub arg: Option<usize>,
    /// What is wrong, in words that continue "Call to function "x" failed: ".
    pub message: String,
}

impl FuncError {
    /// An error of the call as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        Self { arg: None, message: message.into() }
    }

    /// An error of one argument.
    pub fn arg(index: usize, message: impl Into<String>) -> Self {
        Self { arg: Some(index), message: message.into() }
    }
}
