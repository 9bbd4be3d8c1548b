//! `aws_iam_account_password_policy`: what passwords of the account's users have to be like.

use zw_lang::Type;
use zw_provider::schema::{Attribute, Schema};
use zw_provider::{OpResult, PlanRequest, Planned};

use crate::toolkit::validate::between;
use crate::toolkit::{changes, computed, forget, optional, optional_computed};

pub(super) fn schema() -> Schema {
    Schema::new(
        "What passwords of the account's users have to be like.",
        [
            computed("id", Type::String, "`iam-account-password-policy`."),
            computed("expire_passwords", Type::Bool, "Whether passwords end at all."),
            optional(
                "allow_users_to_change_password",
                Type::Bool,
                "Whether users may change their own password.",
            )
            .default(true),
            switch(
                "hard_expiry",
                "Whether a password that ended can be renewed by nobody but an administrator.",
            ),
            optional_computed(
                "max_password_age",
                Type::Number,
                "How many days a password is good.",
            )
            .validate(between!(0, 1095)),
            optional("minimum_password_length", Type::Number, "How many characters at least.")
                .default(6)
                .validate(between!(6, 128)),
            optional_computed(
                "password_reuse_prevention",
                Type::Number,
                "How many former passwords cannot be used again.",
            )
            .validate(between!(0, 24)),
            switch("require_lowercase_characters", "Whether a small letter is needed."),
            switch("require_numbers", "Whether a digit is needed."),
            switch("require_symbols", "Whether something else is needed."),
            switch("require_uppercase_characters", "Whether a capital letter is needed."),
        ],
        [],
    )
    .import_id("iam-account-password-policy")
}

/// Whether passwords end follows from their age.
pub(super) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    if changes(&request, &["max_password_age"]) {
        let planned = forget(&request, request.planned, &["expire_passwords"]);
        return Ok(Planned::unchanged(planned));
    }
    Ok(Planned::unchanged(request.planned.clone()))
}

fn switch(name: &'static str, description: &'static str) -> Attribute {
    optional_computed(name, Type::Bool, description)
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use crate::toolkit::prelude::*;

    /// There is one in an account.
    const ID: &str = "iam-account-password-policy";

    pub(in crate::iam) struct AccountPasswordPolicy;

    #[async_trait]
    impl ResourceType for AccountPasswordPolicy {
        const NAME: &'static str = "aws_iam_account_password_policy";
        const TELLING: &'static [&'static str] = &["minimum_password_length", "max_password_age"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            put(client, new.planned).await?;
            Ok(ID.to_owned())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let answer = client.iam().get_account_password_policy().send().await;
            let found = answer.if_found("iam:GetAccountPasswordPolicy")?;
            let Some(found) = found.and_then(|found| found.password_policy) else {
                return Ok(None);
            };
            let mut draft = Draft::from(known);
            draft
                .set("id", ID)
                .set("expire_passwords", found.expire_passwords())
                .set("allow_users_to_change_password", found.allow_users_to_change_password())
                .set("hard_expiry", found.hard_expiry())
                .set("max_password_age", found.max_password_age())
                .set("minimum_password_length", found.minimum_password_length())
                .set("password_reuse_prevention", found.password_reuse_prevention())
                .set("require_lowercase_characters", found.require_lowercase_characters())
                .set("require_numbers", found.require_numbers())
                .set("require_symbols", found.require_symbols())
                .set("require_uppercase_characters", found.require_uppercase_characters());
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            put(client, change.planned).await
        }

        async fn delete(&self, client: &AwsClients, _: View<'_>) -> OpResult<()> {
            let answer = client.iam().delete_account_password_policy().send().await;
            answer.if_found("iam:DeleteAccountPasswordPolicy").map(drop)
        }

        async fn find(&self, _: &AwsClients, _: &New<'_>) -> OpResult<Option<String>> {
            Ok(Some(ID.to_owned()))
        }
    }

    /// What is not said is as the API has it without.
    async fn put(client: &AwsClients, planned: View<'_>) -> OpResult<()> {
        let call = fill!(
            client.iam().update_account_password_policy(), planned,
            set_allow_users_to_change_password = bool "allow_users_to_change_password",
            set_hard_expiry = bool "hard_expiry",
            set_max_password_age = count "max_password_age",
            set_minimum_password_length = count "minimum_password_length",
            set_password_reuse_prevention = count "password_reuse_prevention",
            set_require_lowercase_characters = bool "require_lowercase_characters",
            set_require_numbers = bool "require_numbers",
            set_require_symbols = bool "require_symbols",
            set_require_uppercase_characters = bool "require_uppercase_characters",
        );
        call.send().await.of("iam:UpdateAccountPasswordPolicy").map(drop)
    }
}
