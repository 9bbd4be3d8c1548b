//! A managed policy of a user or a group: what `aws_iam_user_policy_attachment` and
//! `aws_iam_group_policy_attachment` share.

use zw_lang::Type;
use zw_provider::schema::{Attribute, Schema};

use crate::toolkit::validate::arn;
use crate::toolkit::{computed, required};

pub(super) fn schema(description: &'static str, owner: Attribute) -> Schema {
    Schema::new(
        description,
        [
            computed("id", Type::String, "The owner's name and the policy's ARN."),
            owner.force_new(),
            required("policy_arn", Type::String, "The policy's ARN.").force_new().validate(arn),
        ],
        [],
    )
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::marker::PhantomData;

    use zw_lang::Path;

    use crate::iam::live::{PROPAGATION_TIMEOUT, is_concurrent_change};
    use crate::iam::policy_owner::PolicyOwner;
    use crate::toolkit::gathered;
    use crate::toolkit::prelude::*;

    pub(in crate::iam) struct Attachment<O>(pub(in crate::iam) PhantomData<O>);

    #[async_trait]
    impl<O: PolicyOwner> ResourceType for Attachment<O> {
        const NAME: &'static str = O::ATTACHMENT;

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let (owner, policy) = names::<O>(new.planned);
            Wait::new(format!("{policy} to be attached to {owner}"), PROPAGATION_TIMEOUT)
                .until_done(is_concurrent_change, || O::attach(client, owner, policy))
                .await?;
            Ok(format!("{owner}/{policy}"))
        }

        /// One list for all policies of an owner that are asked for at the same time.
        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let (owner, policy) = names::<O>(View::new(known));
            let ask = async |owners: Vec<String>| {
                let mut found = HashMap::new();
                for owner in owners {
                    let attached = O::attached(client, &owner).await?;
                    found.insert(owner, attached);
                }
                Ok(found)
            };
            let found =
                gathered(&client.gathering, O::LIST, vec![owner.to_owned()], 1, ask).await?;
            let is_there = found.get(owner).is_some_and(|all| all.iter().any(|it| it == policy));
            Ok(is_there.then(|| Draft::from(known).finish()))
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let (owner, policy) = names::<O>(object);
            Wait::new(format!("{policy} to be detached from {owner}"), PROPAGATION_TIMEOUT)
                .until_done(is_concurrent_change, || O::detach(client, owner, policy))
                .await
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let (owner, policy) = names::<O>(new.planned);
            Ok(Some(format!("{owner}/{policy}")))
        }

        fn identify(&self, id: &str, object: &mut Draft) -> OpResult<()> {
            let Some((owner, policy)) = id.split_once('/') else {
                let message = format!("{id:?} is not of the form {}/policy_arn.", O::OWNER);
                return Err(OpError::invalid(Path::attr_of_root("id"), message));
            };
            object.set("id", id).set(O::OWNER, owner).set("policy_arn", policy);
            Ok(())
        }
    }

    fn names<O: PolicyOwner>(object: View<'_>) -> (&str, &str) {
        (object.str_or_empty(O::OWNER), object.str_or_empty("policy_arn"))
    }
}
