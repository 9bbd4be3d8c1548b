//! `aws_caller_identity`: whose credentials these are.

use zw_lang::Type;
use zw_provider::schema::Schema;

use crate::toolkit::computed;

pub(super) fn schema() -> Schema {
    Schema::new(
        "Whose credentials these are.",
        [
            computed("id", Type::String, "The account."),
            computed("account_id", Type::String, "The account."),
            computed("arn", Type::String, "The user, or the session of a role."),
            computed("user_id", Type::String, "The unique id of the user or role."),
        ],
        [],
    )
}

#[cfg(feature = "client")]
pub(super) mod live {
    use async_trait::async_trait;
    use zw_lang::Value;
    use zw_provider::{DataSource, OpResult};

    use crate::toolkit::{AwsClients, Draft};

    pub(in crate::sts) struct CallerIdentity;

    #[async_trait]
    impl DataSource<AwsClients> for CallerIdentity {
        async fn read(&self, client: &AwsClients, config: &Value) -> OpResult<Value> {
            let caller = client.caller().await?;
            let mut draft = Draft::answering(config);
            draft
                .set("id", caller.account_id.as_str())
                .set("account_id", caller.account_id.as_str())
                .set("arn", caller.arn.as_str())
                .set("user_id", caller.user_id.as_str());
            Ok(draft.finish())
        }
    }
}
