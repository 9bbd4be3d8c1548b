//! `yamldecode` and `yamlencode`.

mod decode;
mod encode;
mod scalar;

use super::args::{Outcome, string, text};
use crate::function::{CallContext, FuncError, Function, Param};
use crate::ty::Type;
use crate::value::Value;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new(
            "yamldecode",
            "Reads a value in YAML.",
            vec![Param::new("src", Type::String)],
            Type::Dynamic,
            yamldecode,
        )
        .nullable(),
        Function::new(
            "yamlencode",
            "Writes a value in YAML, in block style.",
            vec![Param::new("value", Type::Dynamic).or_null().or_unknown().or_dynamic()],
            Type::String,
            yamlencode,
        ),
    ]
}

fn yamldecode(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    decode::decode(text(args, 0)).map_err(FuncError::new)
}

fn yamlencode(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    if !args[0].is_wholly_known() {
        return Ok(Value::unknown(Type::String));
    }
    Ok(string(encode::encode(&args[0])))
}

#[cfg(test)]
mod tests;
