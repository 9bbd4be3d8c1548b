//! The functions of the provider `terraform`.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/terraform-encode_tfvars>

use hcl_edit::structure::Structure;
use zw_lang::parse::{Text, constant, structures};
use zw_lang::{
    CallContext, FuncError, Function, Param, SourceMap, Str, Type, Value, format, sorted_entries,
    write_literal,
};

pub(crate) fn all() -> Vec<Function> {
    vec![
        Function::new(
            "encode_tfvars",
            "The values of an object as the text of a file of values.",
            vec![Param::new("value", Type::Dynamic)],
            Type::String,
            encode_tfvars,
        ),
        Function::new(
            "decode_tfvars",
            "The values in the text of a file of values, as an object.",
            vec![Param::new("src", Type::String)],
            Type::Dynamic,
            decode_tfvars,
        ),
        Function::new(
            "encode_expr",
            "A value as the expression that it is the value of.",
            vec![Param::new("value", Type::Dynamic)],
            Type::String,
            encode_expr,
        ),
    ]
}

fn encode_tfvars(args: &[Value], _: &mut CallContext<'_>) -> Result<Value, FuncError> {
    let Some(entries) = sorted_entries(&args[0]) else {
        return Err(FuncError::arg(0, "invalid value to encode: must be an object or a map"));
    };
    let mut text = String::new();
    for (name, value) in entries {
        if hcl_edit::Ident::try_new(name.as_str()).is_err() {
            return Err(FuncError::arg(
                0,
                format!("invalid variable name {name:?}: must be a valid identifier"),
            ));
        }
        text.push_str(&name);
        text.push_str(" = ");
        write_literal(&value, &mut text);
        text.push('\n');
    }
    formatted(&text).map(Value::from)
}

fn encode_expr(args: &[Value], _: &mut CallContext<'_>) -> Result<Value, FuncError> {
    let mut text = "x = ".to_owned();
    write_literal(&args[0], &mut text);
    text.push('\n');
    let text = formatted(&text)?;
    let text = text.strip_prefix("x = ").unwrap_or(&text);
    Ok(text.strip_suffix('\n').unwrap_or(text).into())
}

fn decode_tfvars(args: &[Value], _: &mut CallContext<'_>) -> Result<Value, FuncError> {
    let text = args[0].as_str().unwrap_or_default();
    let mut sources = SourceMap::default();
    let id = sources.add("src", text);
    let mut values: Vec<(Str, Value)> = Vec::new();
    let mut problem = None;
    let mut refuse = |what: String| problem = problem.take().or(Some(what));
    let found = structures(Text::of_file(id, text), &mut |text, structure| match structure {
        Structure::Attribute(attribute) => match constant(&attribute.value, text) {
            Ok(value) => values.push((attribute.key.as_str().into(), value)),
            Err(found) => refuse(found.to_string()),
        },
        Structure::Block(_) => refuse("a block is not expected here".to_owned()),
    });
    if found.has_errors() {
        refuse(found.to_string());
    }
    match problem {
        None => Ok(Value::object(values)),
        Some(problem) => Err(FuncError::arg(
            0,
            format!("invalid syntax: {}", problem.trim_end_matches(['.', '\n'])),
        )),
    }
}

fn formatted(text: &str) -> Result<String, FuncError> {
    let mut sources = SourceMap::default();
    let id = sources.add("value", text);
    format(Text::of_file(id, text)).map_err(|found| FuncError::new(found.to_string()))
}
