//! What a function is, and how one is called whatever it does.

use crate::convert::convert;
use crate::scope::Host;
use crate::ty::Type;
use crate::value::{Marks, Refinement, Value, ValueKind};

/// A parameter of a function.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a permission of its own")]
pub struct Param {
    /// Its name, for messages and documentation.
    pub name: &'static str,
    /// What it is for, where its name does not say it; else empty.
    pub description: &'static str,
    /// The type to which arguments are converted; `Dynamic` takes anything.
    pub ty: Type,
    /// Whether null is passed on rather than refused.
    pub allow_null: bool,
    /// Whether unknown values are passed on rather than making the result unknown.
    pub allow_unknown: bool,
    /// Whether values of unknown type are passed on rather than making the result one.
    pub allow_dynamic: bool,
    /// Whether marked values are passed on rather than unmarked, and the result marked.
    pub allow_marked: bool,
}

impl Param {
    /// A parameter that gets known, unmarked values other than null.
    pub const fn new(name: &'static str, ty: Type) -> Self {
        Self {
            name,
            description: "",
            ty,
            allow_null: false,
            allow_unknown: false,
            allow_dynamic: false,
            allow_marked: false,
        }
    }

    /// The same with a description.
    #[must_use]
    pub const fn describe(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// The same, null included.
    #[must_use]
    pub const fn or_null(mut self) -> Self {
        self.allow_null = true;
        self
    }

    /// The same, unknown values of known type included.
    #[must_use]
    pub const fn or_unknown(mut self) -> Self {
        self.allow_unknown = true;
        self
    }

    /// The same, values of unknown type included.
    #[must_use]
    pub const fn or_dynamic(mut self) -> Self {
        self.allow_dynamic = true;
        self
    }

    /// The same, with marks.
    #[must_use]
    pub const fn with_marks(mut self) -> Self {
        self.allow_marked = true;
        self
    }
}

/// What a function does, with arguments already converted, known and unmarked as its parameters
/// say.
pub type Implementation = fn(&[Value], &mut CallContext<'_>) -> Result<Value, FuncError>;

/// The type of the result for arguments of which some are unknown; none is marked.
pub type ResultType = fn(&[Value]) -> Result<Type, FuncError>;

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
    pub returns_for: Option<ResultType>,
    /// Whether the result is never null, which is then known of unknown results too.
    pub not_null: bool,
    /// Whether the evaluator calls it in a way of its own, because it takes expressions rather
    /// than values: `try`, `can`, `convert`. Such a function cannot be called through [`call`].
    pub special: bool,
    /// What it does.
    pub call: Implementation,
}

/// Renders templates for the functions that take them.
pub trait TemplateRenderer {
    /// The value of a template with these variables, an object or a map. `name` is the path of
    /// the file for messages; `depth` counts the templates around this one.
    fn render(
        &mut self,
        source: &str,
        name: &str,
        variables: &Value,
        depth: usize,
    ) -> Result<Value, FuncError>;
}

/// What a function may use besides its arguments.
pub struct CallContext<'a> {
    /// The world outside.
    pub host: &'a dyn Host,
    /// Renders templates.
    pub templates: &'a mut dyn TemplateRenderer,
    /// How many templates the call is inside of.
    pub template_depth: usize,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FuncError {
    /// The argument at fault, from 0, if it is one.
    pub arg: Option<usize>,
    /// What is wrong, in words that continue "Call to function "x" failed: ", or, of an argument,
    /// "Invalid value for "x" parameter: ", without a full stop.
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

    /// Summary and detail of a diagnostic, as Terraform words them.
    pub fn explain(&self, function: &Function, name: &str) -> (&'static str, String) {
        match self.arg.and_then(|index| function.param(index)) {
            Some(param) => (
                "Invalid function argument",
                format!("Invalid value for {:?} parameter: {}.", param.name, self.message),
            ),
            None => (
                "Error in function call",
                format!("Call to function {name:?} failed: {}.", self.message),
            ),
        }
    }
}

impl Function {
    /// The parameter that takes the argument at a position.
    pub fn param(&self, index: usize) -> Option<&Param> {
        self.params.get(index).or(self.variadic.as_ref())
    }

    /// Summary and detail of a diagnostic if a call cannot have this many arguments, as Terraform
    /// words them.
    pub fn check_arity(&self, name: &str, given: usize) -> Result<(), (&'static str, String)> {
        let expected = self.params.len();
        if let Some(missing) = self.params.get(given) {
            let least = if self.variadic.is_some() { " at least" } else { "" };
            return Err((
                "Not enough function arguments",
                format!(
                    "Function {name:?} expects{least} {expected} argument(s). Missing value for {:?}.",
                    missing.name
                ),
            ));
        }
        if given > expected && self.variadic.is_none() {
            return Err((
                "Too many function arguments",
                format!("Function {name:?} expects only {expected} argument(s)."),
            ));
        }
        Ok(())
    }
}

/// Calls a function: converts the arguments to the types of its parameters, answers for it where
/// an argument is null or unknown and the parameter does not take that, and carries marks from
/// arguments to the result.
///
/// Source: `Call` in `cty/function/function.go`.
pub fn call(
    function: &Function,
    args: &[Value],
    context: &mut CallContext<'_>,
) -> Result<Value, FuncError> {
    function.check_arity(function.name, args.len()).map_err(|(_, text)| FuncError::new(text))?;
    let mut converted = Vec::with_capacity(args.len());
    for (index, arg) in args.iter().enumerate() {
        let Some(param) = function.param(index) else { continue };
        let value =
            convert(arg, &param.ty).map_err(|error| FuncError::arg(index, error.message))?;
        converted.push(value);
    }
    call_converted(function, converted, context)
}

fn call_converted(
    function: &Function,
    mut args: Vec<Value>,
    context: &mut CallContext<'_>,
) -> Result<Value, FuncError> {
    let mut is_dynamic = false;
    let mut is_unknown = false;
    let mut marks = Marks::NONE;
    for (index, arg) in args.iter_mut().enumerate() {
        let Some(param) = function.param(index) else { continue };
        if arg.is_null() && !param.allow_null {
            return Err(FuncError::arg(index, "argument must not be null"));
        }
        if !param.allow_dynamic && has_dynamic_type(arg) {
            // Nothing is known of the result, so what is wrong with what follows is not looked at.
            is_dynamic = true;
            break;
        }
        is_unknown |= !param.allow_unknown && !arg.is_known();
        if !param.allow_marked {
            let found = arg.all_marks();
            if !found.is_empty() {
                marks = marks.union(found);
                *arg = std::mem::replace(arg, Value::from(false)).unmark_all().0;
            }
        }
    }
    if is_dynamic || is_unknown {
        // Whoever asks whether the result is sensitive must not hear no because it is unknown.
        let marks = args.iter().fold(marks, |marks, arg| marks.union(arg.all_marks()));
        let ty = if is_dynamic { Type::Dynamic } else { result_type(function, &args)? };
        return Ok(refined(Value::unknown(ty), function.not_null).with_marks(marks));
    }
    let result = (function.call)(&args, context)?;
    Ok(refined(result, function.not_null).with_marks(marks))
}

fn has_dynamic_type(value: &Value) -> bool {
    match value.kind() {
        ValueKind::Null(ty) => *ty == Type::Dynamic,
        ValueKind::Unknown(unknown) => unknown.ty == Type::Dynamic,
        _ => false,
    }
}

fn result_type(function: &Function, args: &[Value]) -> Result<Type, FuncError> {
    let Some(returns_for) = function.returns_for else { return Ok(function.returns.clone()) };
    if args.iter().all(|arg| arg.all_marks().is_empty()) {
        return returns_for(args);
    }
    let unmarked: Vec<Value> = args.iter().map(|arg| arg.clone().unmark_all().0).collect();
    returns_for(&unmarked)
}

/// The value, known not to be null if it is unknown and the function says so.
fn refined(value: Value, not_null: bool) -> Value {
    match value.kind() {
        ValueKind::Unknown(unknown) if not_null && unknown.ty != Type::Dynamic => {
            let refinement = Refinement { not_null: true, ..unknown.refinement.clone() };
            Value::refined(unknown.ty.clone(), refinement).with_marks(value.marks())
        }
        _ => value,
    }
}

/// Definition of functions.
impl Function {
    /// A function of fixed parameters whose result is never null.
    pub const fn new(
        name: &'static str,
        description: &'static str,
        params: Vec<Param>,
        returns: Type,
        call: Implementation,
    ) -> Self {
        Self {
            name,
            description,
            params,
            variadic: None,
            returns,
            returns_for: None,
            not_null: true,
            special: false,
            call,
        }
    }

    /// The same with a parameter for all further arguments.
    pub(crate) fn variadic(mut self, param: Param) -> Self {
        self.variadic = Some(param);
        self
    }

    /// The same with a result type that depends on the arguments.
    pub(crate) fn returns_for(mut self, result_type: ResultType) -> Self {
        self.returns_for = Some(result_type);
        self
    }

    /// The same with a result that can be null.
    pub(crate) const fn nullable(mut self) -> Self {
        self.not_null = false;
        self
    }
}
