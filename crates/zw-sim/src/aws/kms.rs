//! Computed attributes of KMS that depend on other attributes.

use crate::fill::Answers;

pub(super) fn answer(answers: &mut Answers<'_>) {
    if answers.type_name() != "aws_kms_alias" {
        return;
    }
    // A key is named by its id or its ARN, and may become another one.
    if let Some(key) = answers.text("target_key_id") {
        let id = key.rsplit('/').next().unwrap_or(key);
        let template = format!("arn:{{partition}}:kms:{{region}}:{{account}}:key/{id}");
        if let Some(arn) = answers.expand("target_key_arn", &template) {
            answers.change("target_key_arn", arn);
        }
    }
}
