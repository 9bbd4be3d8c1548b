//! `aws_iam_role_policy`: an inline policy of a role.

use zw_lang::Type;
use zw_provider::schema::{Equality, Schema};

use super::valid_name;
use crate::toolkit::validate::json;
use crate::toolkit::{computed, optional_computed, required};

pub(super) fn schema() -> Schema {
    Schema::new(
        "An inline policy of a role.",
        [
            computed("id", Type::String, "The names of the role and the policy, with a colon."),
            optional_computed("name", Type::String, "The name; generated if it is not given.")
                .force_new()
                .validate(valid_name::<128>),
            optional_computed("name_prefix", Type::String, "What a generated name begins with.")
                .force_new()
                .validate(valid_name::<102>),
            required("role", Type::String, "The role's name.").force_new(),
            required("policy", Type::String, "The policy.")
                .equality(Equality::Policy)
                .validate(json),
        ],
        [],
    )
    .import_id("role:name")
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use async_trait::async_trait;
    use zw_lang::{Path, Value};
    use zw_provider::schema::Equality;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpError, OpResult, ReadRequest, Resource,
        UpdateRequest, View,
    };

    use crate::iam::live::decoded;
    use crate::iam::role::calls::{delete_inline, put_inline};
    use crate::iam::role::found::{self, BATCH_MIN};
    use crate::toolkit::{
        Answer, AwsClients, Draft, chosen_name, created, found_again, imported, is_as_planned,
        list_for, prefix_of, read_listed, updated,
    };

    pub(in crate::iam) struct RolePolicy;

    #[async_trait]
    impl Resource<AwsClients> for RolePolicy {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let (id, role, name) = names(&request);
            let policy = request.planned.get("policy").cloned().unwrap_or_else(|| "".into());
            if let Err(error) = put_inline(client, &role, &name, &policy).await {
                return Created::failed(error);
            }
            created(self, client, &request, &id, async { Ok(()) }).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            let (role, name) = parts(View::new(prior).str_or_empty("id"))?;
            let call = client.iam().get_role_policy().role_name(role).policy_name(name);
            let found = call.send().await.if_found("iam:GetRolePolicy")?;
            Ok(found.map(|found| object(prior, role, name, &decoded(found.policy_document()))))
        }

        /// One call a policy, or a few for all roles.
        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let list = list_for(&requests, BATCH_MIN, found::all(client)).await;
            read_listed(&requests, &list, |prior, all| async move {
                let (role, name) = parts(View::new(prior).str_or_empty("id"))?;
                let inline = all.get(role).map(|role| role.inline.iter());
                match inline.and_then(|mut inline| inline.find(|(found, _)| found == name)) {
                    Some((_, policy)) => Ok(Some(object(prior, role, name, policy))),
                    // A policy that is too new for the list is no reason to take it for gone.
                    None => self.read(client, prior).await,
                }
            })
            .await
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let (role, name) = parts(View::new(&request.prior).str_or_empty("id"))?;
            if let Some(policy) = request.planned.get("policy") {
                put_inline(client, role, name, policy).await?;
            }
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let (role, name) = parts(View::new(&request.prior).str_or_empty("id"))?;
            delete_inline(client, role, name).await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            imported(self, client, "aws_iam_role_policy", id).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            let (id, _, _) = names(request);
            let found = found_again(self, client, request, Some(id)).await?;
            Ok(found.filter(|found| is_as_planned(client, found, &request.planned, &["policy"])))
        }
    }

    fn object(prior: &Value, role: &str, name: &str, policy: &str) -> Value {
        let mut draft = Draft::from(prior);
        draft
            .set("id", format!("{role}:{name}"))
            .set("role", role)
            .set("name", name)
            .set("name_prefix", prefix_of(name))
            .set_unless_equal("policy", Equality::Policy, policy);
        draft.finish()
    }

    /// Id, role and name.
    fn names(request: &CreateRequest) -> (String, String, String) {
        let planned = View::new(&request.planned);
        let role = planned.str_or_empty("role");
        let name = chosen_name(planned.str("name"), planned.str("name_prefix"), &request.token);
        (format!("{role}:{name}"), role.to_owned(), name)
    }

    fn parts(id: &str) -> OpResult<(&str, &str)> {
        id.split_once(':').ok_or_else(|| {
            let message = format!("{id:?} is not of the form ROLE:NAME.");
            OpError::invalid(Path::attr_of_root("id"), message)
        })
    }
}
