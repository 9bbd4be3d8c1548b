//! `aws_iam_role_policy_attachment`: a managed policy of a role.

use zw_lang::Type;
use zw_provider::schema::Schema;

use crate::toolkit::validate::arn;
use crate::toolkit::{computed, required};

pub(super) fn schema() -> Schema {
    Schema::new(
        "A managed policy of a role.",
        [
            computed("id", Type::String, "The role's name and the policy's ARN."),
            required("role", Type::String, "The role's name.").force_new(),
            required("policy_arn", Type::String, "The policy's ARN.").force_new().validate(arn),
        ],
        [],
    )
    .import_id("role/policy_arn")
}

#[cfg(feature = "sdk")]
pub(super) mod live {
    use std::collections::BTreeMap;

    use async_trait::async_trait;
    use zw_lang::{Path, Value};
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpError, OpResult, ReadRequest, Resource,
        View,
    };

    use crate::iam::role::live::{attach, detach, managed_policies};
    use crate::toolkit::{AwsClients, Draft, created, found_again, imported_as, one};

    pub(in crate::iam) struct RolePolicyAttachment;

    #[async_trait]
    impl Resource<AwsClients> for RolePolicyAttachment {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let (role, policy) = names(&request.planned);
            if let Err(error) = attach(client, role, policy).await {
                return Created::failed(error);
            }
            let id = format!("{role}/{policy}");
            created(self, client, &request, &id, async { Ok(()) }).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            one(self, client, prior).await
        }

        /// One call a role.
        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let mut attached: BTreeMap<&str, OpResult<Vec<String>>> = BTreeMap::new();
            for request in &requests {
                let (role, _) = names(&request.prior);
                if !attached.contains_key(role) {
                    attached.insert(role, managed_policies(client, role).await);
                }
            }
            let answer = |request: &ReadRequest| {
                let (role, policy) = names(&request.prior);
                match attached.get(role) {
                    Some(Ok(found)) => {
                        let is_there = found.iter().any(|found| found == policy);
                        Ok(is_there.then(|| Draft::from(&request.prior).finish()))
                    }
                    Some(Err(error)) => Err(error.clone()),
                    None => Ok(None),
                }
            };
            requests.iter().map(answer).collect()
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let (role, policy) = names(&request.prior);
            detach(client, role, policy).await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            let type_name = "aws_iam_role_policy_attachment";
            let Some((role, policy)) = id.split_once('/') else {
                let message = format!("{id:?} is not of the form ROLE/POLICY_ARN.");
                return Err(OpError::invalid(Path::attr_of_root("id"), message));
            };
            let mut draft = Draft::from(&client.blank(type_name));
            draft.set("id", id).set("role", role).set("policy_arn", policy);
            imported_as(self, client, type_name, id, draft.into_planned()).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            let (role, policy) = names(&request.planned);
            let id = format!("{role}/{policy}");
            found_again(self, client, request, Some(id)).await
        }
    }

    fn names(object: &Value) -> (&str, &str) {
        let object = View::new(object);
        (object.str_or_empty("role"), object.str_or_empty("policy_arn"))
    }
}
