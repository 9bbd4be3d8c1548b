//! Computed attributes of IAM that depend on other attributes.

use zw_lang::{Type, Value};

use crate::fill::Answers;

pub(super) fn answer(answers: &mut Answers<'_>) {
    match answers.type_name() {
        "aws_iam_openid_connect_provider" => {
            let thumbprint = Value::from(answers.dice().hex("thumbprint", 40));
            answers.set("thumbprint_list", Value::list(Type::String, vec![thumbprint]));
        }
        "aws_iam_policy" => answers.set("attachment_count", 0),
        _ => {}
    }
}
