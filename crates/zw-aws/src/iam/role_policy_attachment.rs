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

#[cfg(feature = "iam")]
pub(super) mod live {
    use std::collections::{BTreeSet, HashMap};

    use async_trait::async_trait;
    use futures_util::stream::{self, StreamExt};
    use zw_lang::{Path, Value};
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpError, OpResult, READS_AT_ONCE_MAX,
        ReadRequest, Resource, View,
    };

    use crate::iam::role::calls::{attach, detach, managed_policies};
    use crate::iam::role::found::{self, BATCH_MIN};
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

        /// One call a role, or a few for all roles.
        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let roles: BTreeSet<&str> =
                requests.iter().map(|request| names(&request.prior).0).collect();
            let attached = match attached(client, roles).await {
                Ok(attached) => attached,
                Err(error) => return requests.iter().map(|_| Err(error.clone())).collect(),
            };
            let answer = |request: &ReadRequest| {
                let (role, policy) = names(&request.prior);
                let policies = attached.get(role).map(Vec::as_slice).unwrap_or_default();
                let is_there = policies.iter().any(|found| found == policy);
                Ok(is_there.then(|| Draft::from(&request.prior).finish()))
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

    /// The policies of roles.
    async fn attached(
        client: &AwsClients,
        mut roles: BTreeSet<&str>,
    ) -> OpResult<HashMap<String, Vec<String>>> {
        let mut attached = HashMap::new();
        if roles.len() >= BATCH_MIN {
            for (role, found) in found::all(client).await?.iter() {
                if roles.remove(role.as_str()) {
                    attached.insert(role.clone(), found.managed.clone());
                }
            }
        }
        let ask = async |role: &str| Ok((role.to_owned(), managed_policies(client, role).await?));
        let asked: Vec<_> = roles.into_iter().map(ask).collect();
        let mut answers = stream::iter(asked).buffered(READS_AT_ONCE_MAX);
        while let Some(answer) = answers.next().await {
            let (role, policies) = answer?;
            attached.insert(role, policies);
        }
        Ok(attached)
    }

    fn names(object: &Value) -> (&str, &str) {
        let object = View::new(object);
        (object.str_or_empty("role"), object.str_or_empty("policy_arn"))
    }
}
