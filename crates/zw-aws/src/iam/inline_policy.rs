//! An inline policy of a user or a group: what `aws_iam_user_policy` and `aws_iam_group_policy` share.

use zw_lang::Type;
use zw_provider::schema::{Attribute, Equality, Schema};

use super::valid_name;
use crate::toolkit::validate::json;
use crate::toolkit::{computed, optional_computed, required};

pub(super) fn schema(description: &'static str, owner: Attribute) -> Schema {
    Schema::new(
        description,
        [
            computed("id", Type::String, "The names of the owner and the policy, with a colon."),
            optional_computed("name", Type::String, "The name; generated if it is not given.")
                .force_new()
                .validate(valid_name::<128>),
            optional_computed("name_prefix", Type::String, "What a generated name begins with.")
                .force_new()
                .validate(valid_name::<102>),
            owner.force_new(),
            required("policy", Type::String, "The policy.")
                .equality(Equality::Policy)
                .validate(json),
        ],
        [],
    )
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use std::marker::PhantomData;

    use zw_lang::Path;

    use crate::iam::policy_owner::PolicyOwner;
    use crate::toolkit::prefix_of;
    use crate::toolkit::prelude::*;

    pub(in crate::iam) struct InlinePolicy<O>(pub(in crate::iam) PhantomData<O>);

    #[async_trait]
    impl<O: PolicyOwner> ResourceType for InlinePolicy<O> {
        const NAME: &'static str = O::INLINE;
        const TELLING: &'static [&'static str] = &["policy"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let (owner, name) = (new.planned.str_or_empty(O::OWNER), new.name());
            O::put(client, owner, &name, new.planned.str_or_empty("policy")).await?;
            Ok(format!("{owner}:{name}"))
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let id = View::new(known).str_or_empty("id");
            let (owner, name) = parts::<O>(id)?;
            let Some(policy) = O::get(client, owner, name).await? else { return Ok(None) };
            let mut draft = Draft::from(known);
            draft
                .set("id", id)
                .set(O::OWNER, owner)
                .set("name", name)
                .set("name_prefix", prefix_of(name))
                .set("policy", policy);
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let (owner, name) = parts::<O>(change.id())?;
            O::put(client, owner, name, change.planned.str_or_empty("policy")).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let (owner, name) = parts::<O>(object.str_or_empty("id"))?;
            O::delete(client, owner, name).await
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(Some(format!("{}:{}", new.planned.str_or_empty(O::OWNER), new.name())))
        }
    }

    fn parts<O: PolicyOwner>(id: &str) -> OpResult<(&str, &str)> {
        id.split_once(':').ok_or_else(|| {
            let message = format!("{id:?} is not of the form {}:name.", O::OWNER);
            OpError::invalid(Path::attr_of_root("id"), message)
        })
    }
}
