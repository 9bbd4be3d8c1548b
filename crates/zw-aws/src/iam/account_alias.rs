//! `aws_iam_account_alias`: what the account is called where people sign in.

use zw_lang::{Type, Value};
use zw_provider::schema::Schema;

use crate::toolkit::{computed, required};

pub(super) fn schema() -> Schema {
    Schema::new(
        "What the account is called where people sign in.",
        [
            computed("id", Type::String, "The alias."),
            required("account_alias", Type::String, "The alias.").force_new().validate(alias),
        ],
        [],
    )
    .import_id("account_alias")
}

/// Source: `CreateAccountAlias`, IAM API 2010-05-08.
fn alias(value: &Value) -> Result<(), String> {
    let Some(alias) = value.as_str() else { return Ok(()) };
    if !(3..=63).contains(&alias.len()) {
        return Err(format!("it must have 3 to 63 characters, and has {}.", alias.len()));
    }
    let is_end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    match alias.chars().find(|c| !is_end(*c) && *c != '-') {
        Some(c) => Err(format!("{c:?} is not allowed; small letters, digits and - are.")),
        None if !alias.starts_with(is_end) || !alias.ends_with(is_end) || alias.contains("--") => {
            Err("a dash must be between letters or digits.".into())
        }
        None => Ok(()),
    }
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use crate::toolkit::prelude::*;

    pub(in crate::iam) struct AccountAlias;

    #[async_trait]
    impl ResourceType for AccountAlias {
        const NAME: &'static str = "aws_iam_account_alias";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let alias = new.planned.str_or_empty("account_alias");
            let call = client.iam().create_account_alias().account_alias(alias);
            call.send().await.of("iam:CreateAccountAlias")?;
            Ok(alias.to_owned())
        }

        /// There is one alias at most.
        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let alias = View::new(known).str_or_empty("id");
            let answer = client.iam().list_account_aliases().send().await;
            let found = answer.of("iam:ListAccountAliases")?;
            Ok(found.account_aliases().iter().any(|found| found == alias).then(|| {
                let mut draft = Draft::from(known);
                draft.set("id", alias).set("account_alias", alias);
                draft.finish()
            }))
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.iam().delete_account_alias();
            let answer = call.account_alias(object.str_or_empty("id")).send().await;
            answer.if_found("iam:DeleteAccountAlias").map(drop)
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(new.planned.string("account_alias"))
        }
    }
}
