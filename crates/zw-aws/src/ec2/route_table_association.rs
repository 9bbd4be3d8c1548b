//! `aws_route_table_association`: which route table a subnet or a gateway uses.

use zw_lang::{Type, Value};
use zw_provider::schema::Schema;
use zw_provider::{OpError, OpErrorKind, OpResult, PlanRequest, Planned};

use crate::toolkit::{changes, computed, forget, optional, required, timeouts_block};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "Which route table a subnet or a gateway uses.",
        [
            computed("id", Type::String, "The association's id."),
            required("route_table_id", Type::String, "The route table."),
            optional("subnet_id", Type::String, "The subnet.").force_new(),
            optional("gateway_id", Type::String, "The internet or virtual private gateway.")
                .force_new(),
        ],
        [timeouts_block(&["create", "update", "delete"])],
    )
    .import_id("SUBNET-OR-GATEWAY-ID/ROUTE-TABLE-ID")
}

pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = request.planned.clone();
    // Another table is another association, which takes the place of the old one.
    if changes(&request, &["route_table_id"]) {
        planned = forget(&request, &planned, &["id"]);
    }
    Ok(Planned::unchanged(planned))
}

/// An association is of a subnet or of a gateway.
pub(crate) fn validate(config: &Value) -> Vec<OpError> {
    let given = |name| config.get(name).is_some_and(|value| !value.is_null());
    if given("subnet_id") == given("gateway_id") {
        let message = "An association needs either `subnet_id` or `gateway_id`.";
        return vec![OpError::new(OpErrorKind::Invalid, message)];
    }
    Vec::new()
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::time::Duration;

    use async_trait::async_trait;
    use aws_sdk_ec2::types::{
        RouteTable, RouteTableAssociation as Description, RouteTableAssociationStateCode,
    };
    use zw_lang::Value;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpError, OpErrorKind, OpResult,
        ReadRequest, Resource, UpdateRequest, View,
    };

    use crate::ec2::live::{filter, once};
    use crate::ec2::routes::live::{describe, get};
    use crate::toolkit::{
        Answer, AwsClients, Draft, Progress, Wait, created, imported_as, one, read_batched,
        timeouts, updated,
    };

    const CREATE_TIMEOUT: Duration = Duration::from_mins(5);
    const UPDATE_TIMEOUT: Duration = Duration::from_mins(2);
    const DELETE_TIMEOUT: Duration = Duration::from_mins(5);

    pub(in crate::ec2) struct RouteTableAssociation;

    #[async_trait]
    impl Resource<AwsClients> for RouteTableAssociation {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let table = planned.str_or_empty("route_table_id");
            let timeout = timeouts(&request.planned, "create", CREATE_TIMEOUT);
            // Not all servers know of a new route table at once.
            let answer = Wait::new(format!("{table} to be associated"), timeout)
                .until_done(
                    |error| error.code.as_deref() == Some("InvalidRouteTableID.NotFound"),
                    || async {
                        let call = client.ec2().associate_route_table().route_table_id(table);
                        let call = call.set_subnet_id(planned.string("subnet_id"));
                        let call = call.set_gateway_id(planned.string("gateway_id"));
                        let call = call.customize().config_override(once());
                        call.send().await.of("ec2:AssociateRouteTable")
                    },
                )
                .await;
            let id = match answer {
                Ok(answer) => answer.association_id.unwrap_or_default(),
                Err(error) => return Created::failed(error),
            };
            let wait = wait_until_associated(client, table, &id, timeout);
            created(self, client, &request, &id, wait).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            one(self, client, prior).await
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let find = |ids| describe(client, filter("route-table-id", ids));
            read_batched(requests, "route_table_id", find, object).await
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let table = View::new(&request.planned).str_or_empty("route_table_id");
            let call = client.ec2().replace_route_table_association().route_table_id(table);
            let call = call.set_association_id(View::new(&request.prior).string("id"));
            let answer = call.send().await.of("ec2:ReplaceRouteTableAssociation")?;
            let id = answer.new_association_id.unwrap_or_default();
            let timeout = timeouts(&request.planned, "update", UPDATE_TIMEOUT);
            wait_until_associated(client, table, &id, timeout).await?;
            let mut draft = Draft::from(&request.planned);
            draft.set("id", id);
            updated(self, client, &draft.into_planned()).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let prior = View::new(&request.prior);
            let (id, table) = (prior.str_or_empty("id"), prior.str_or_empty("route_table_id"));
            let call = client.ec2().disassociate_route_table().association_id(id);
            if call.send().await.if_found("ec2:DisassociateRouteTable")?.is_none() {
                return Ok(());
            }
            let timeout = timeouts(&request.prior, "delete", DELETE_TIMEOUT);
            Wait::new(format!("{id} to be removed"), timeout)
                .until_gone(|| async {
                    let found = get(client, table).await?;
                    let found = found.as_ref().and_then(|found| association(found, id));
                    Ok(found.map(|found| state(found).to_string()))
                })
                .await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            let Some((target, table)) = id.split_once('/') else {
                let message =
                    format!("{id:?} is not of the form SUBNET-OR-GATEWAY-ID/ROUTE-TABLE-ID.");
                return Err(OpError::new(OpErrorKind::Invalid, message));
            };
            let name = if target.starts_with("subnet-") { "subnet_id" } else { "gateway_id" };
            let mut draft = Draft::from(&client.blank("aws_route_table_association"));
            draft.set("route_table_id", table).set(name, target);
            let prior = draft.into_planned();
            imported_as(self, client, "aws_route_table_association", id, prior).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            self.read(client, &request.planned).await
        }
    }

    async fn wait_until_associated(
        client: &AwsClients,
        table: &str,
        id: &str,
        timeout: Duration,
    ) -> OpResult<()> {
        Wait::new(format!("{id} of {table} to be associated"), timeout)
            .until(|| async {
                let found = get(client, table).await?;
                let Some(found) = found.as_ref().and_then(|found| association(found, id)) else {
                    return Ok(Progress::Pending("not found".into()));
                };
                match state(found) {
                    RouteTableAssociationStateCode::Associated => Ok(Progress::Ready(())),
                    RouteTableAssociationStateCode::Failed => {
                        let state = found.association_state();
                        let message = state.and_then(|state| state.status_message.clone());
                        let message = message.unwrap_or_else(|| format!("{id} failed."));
                        Err(OpError::new(OpErrorKind::Other, message))
                    }
                    state => Ok(Progress::Pending(state.to_string())),
                }
            })
            .await
    }

    fn association<'a>(table: &'a RouteTable, id: &str) -> Option<&'a Description> {
        table
            .associations()
            .iter()
            .find(|found| found.route_table_association_id() == Some(id))
            .filter(|found| state(found) != RouteTableAssociationStateCode::Disassociated)
    }

    /// The state of an association; without one it is associated.
    fn state(found: &Description) -> RouteTableAssociationStateCode {
        let state = found.association_state().and_then(|state| state.state.clone());
        state.unwrap_or(RouteTableAssociationStateCode::Associated)
    }

    /// The association by its id or, where that is not known, by what is associated.
    fn object(prior: &Value, table: &RouteTable) -> Option<Value> {
        let known = View::new(prior);
        let found = match known.str("id") {
            Some(id) => association(table, id)?,
            None => table.associations().iter().find(|found| {
                (known.str("subnet_id").is_some() && found.subnet_id() == known.str("subnet_id"))
                    || (known.str("gateway_id").is_some()
                        && found.gateway_id() == known.str("gateway_id"))
            })?,
        };
        let mut draft = Draft::from(prior);
        draft
            .set("id", found.route_table_association_id())
            .set("route_table_id", table.route_table_id())
            .set("subnet_id", found.subnet_id())
            .set("gateway_id", found.gateway_id());
        Some(draft.finish())
    }
}
