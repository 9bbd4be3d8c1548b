//! The functions of the provider: `provider::aws::arn_parse` and its kin.
//!
//! Source: the functions of terraform-provider-aws.

use zw_lang::{CallContext, FuncError, Function, Param, Type, Value};

/// The parts of an ARN behind its prefix.
const PARTS: [&str; 5] = ["partition", "service", "region", "account_id", "resource"];

pub(crate) fn all() -> Vec<Function> {
    let text = |name| Param::new(name, Type::String);
    vec![
        Function::new(
            "arn_parse",
            "The parts of an ARN.",
            vec![text("arn")],
            Type::object(PARTS.map(|part| (part, Type::String))),
            arn_parse,
        ),
        Function::new(
            "arn_build",
            "An ARN of parts.",
            PARTS.map(text).to_vec(),
            Type::String,
            arn_build,
        ),
        Function::new(
            "trim_iam_role_path",
            "The ARN of a role without its path, as some services want it.",
            vec![text("arn")],
            Type::String,
            trim_iam_role_path,
        ),
    ]
}

/// The parts of an ARN: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`, of which the last can hold colons.
fn parsed(arn: &str) -> Result<[&str; 5], FuncError> {
    let parts: Vec<&str> =
        arn.strip_prefix("arn:").map(|rest| rest.splitn(5, ':').collect()).unwrap_or_default();
    parts.try_into().map_err(|_| {
        FuncError::arg(
            0,
            format!("{arn:?} is not an ARN: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE"),
        )
    })
}

fn arn_parse(args: &[Value], _: &mut CallContext<'_>) -> Result<Value, FuncError> {
    let parts = parsed(args[0].as_str().unwrap_or_default())?;
    Ok(Value::object(PARTS.into_iter().zip(parts.map(Value::from))))
}

#[expect(clippy::unnecessary_wraps, reason = "functions are alike")]
fn arn_build(args: &[Value], _: &mut CallContext<'_>) -> Result<Value, FuncError> {
    let parts: Vec<&str> = args.iter().map(|part| part.as_str().unwrap_or_default()).collect();
    Ok(format!("arn:{}", parts.join(":")).into())
}

fn trim_iam_role_path(args: &[Value], _: &mut CallContext<'_>) -> Result<Value, FuncError> {
    let arn = args[0].as_str().unwrap_or_default();
    let [partition, service, region, account, resource] = parsed(arn)?;
    if service != "iam" {
        return Err(FuncError::arg(0, format!("{arn:?} is not of the service iam")));
    }
    if !region.is_empty() {
        return Err(FuncError::arg(0, format!("{arn:?} has a region, which roles do not have")));
    }
    let name = match resource.strip_prefix("role/") {
        Some(rest) => rest.rsplit('/').next().unwrap_or(rest),
        None => return Err(FuncError::arg(0, format!("{arn:?} is not of a role"))),
    };
    Ok(format!("arn:{partition}:{service}::{account}:role/{name}").into())
}
