//! `aws_internet_gateway`: the way from a VPC to the internet.

use zw_lang::Type;
use zw_provider::schema::Schema;

use crate::toolkit::{computed, optional_computed, tag_attributes, timeouts_block};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "The way from a VPC to the internet.",
        [
            computed("id", Type::String, "The gateway's id."),
            computed("arn", Type::String, "The gateway's ARN."),
            computed("owner_id", Type::String, "The account that owns the gateway."),
            optional_computed("vpc_id", Type::String, "The VPC that the gateway is attached to."),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [timeouts_block(&["create", "update", "delete"])],
    )
    .import_id("id")
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::time::Duration;

    use async_trait::async_trait;
    use aws_sdk_ec2::types::{
        AttachmentStatus, Filter, InternetGateway as Description, ResourceType,
    };
    use zw_lang::Value;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpErrorKind, OpResult, ReadRequest,
        Resource, UpdateRequest, View,
    };

    use crate::ec2::describe_by_id;
    use crate::ec2::live::{
        FoundBy, bears_token, filter, id_of, once, pairs, tag_specification, token_filter,
        update_tags,
    };
    use crate::toolkit::{
        Answer, AwsClients, Draft, Progress, Wait, created, found_again, imported, one,
        read_batched, timeouts, updated,
    };

    const TIMEOUT: Duration = Duration::from_mins(20);

    pub(in crate::ec2) struct InternetGateway;

    #[async_trait]
    impl Resource<AwsClients> for InternetGateway {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let kind = ResourceType::InternetGateway;
            let tags = tag_specification(client, kind, &request, FoundBy::Tag);
            let call = client.ec2().create_internet_gateway().set_tag_specifications(tags);
            let answer = call.customize().config_override(once()).send().await;
            let answer = answer.of("ec2:CreateInternetGateway");
            let answer = answer.map(|answer| answer.internet_gateway?.internet_gateway_id);
            let id = match id_of(answer, find_id(client, &request.token)).await {
                Ok(id) => id,
                Err(error) => return Created::failed(error),
            };
            let timeout = timeouts(&request.planned, "create", TIMEOUT);
            let attach = async {
                match View::new(&request.planned).str("vpc_id") {
                    Some(vpc_id) => attach(client, &id, vpc_id, timeout).await,
                    None => Ok(()),
                }
            };
            created(self, client, &request, &id, attach).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            one(self, client, prior).await
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let find = |ids| describe(client, filter("internet-gateway-id", ids));
            let build = |prior: &Value, found: &Description| Some(object(client, prior, found));
            read_batched(requests, "id", find, build).await
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let (old, new) = (View::new(&request.prior), View::new(&request.planned));
            let id = old.str_or_empty("id");
            if old.str_or_empty("vpc_id") != new.str_or_empty("vpc_id") {
                let timeout = timeouts(&request.planned, "update", TIMEOUT);
                if let Some(vpc_id) = old.str("vpc_id").filter(|vpc_id| !vpc_id.is_empty()) {
                    detach(client, id, vpc_id, timeout).await?;
                }
                if let Some(vpc_id) = new.str("vpc_id").filter(|vpc_id| !vpc_id.is_empty()) {
                    attach(client, id, vpc_id, timeout).await?;
                }
            }
            update_tags(client, &request.prior, &request.planned).await?;
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let prior = View::new(&request.prior);
            let id = prior.str_or_empty("id");
            let timeout = timeouts(&request.prior, "delete", TIMEOUT);
            if let Some(vpc_id) = prior.str("vpc_id").filter(|vpc_id| !vpc_id.is_empty()) {
                detach(client, id, vpc_id, timeout).await?;
            }
            Wait::new(format!("{id} to be deleted"), timeout)
                .until_deleted(|| async {
                    let call = client.ec2().delete_internet_gateway().internet_gateway_id(id);
                    call.send().await.of("ec2:DeleteInternetGateway").map(drop)
                })
                .await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            imported(self, client, "aws_internet_gateway", id).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            let id = find_id(client, &request.token).await?;
            found_again(self, client, request, id).await
        }
    }

    async fn describe(
        client: &AwsClients,
        filter: Filter,
    ) -> OpResult<HashMap<String, Description>> {
        describe_by_id!(
            client,
            describe_internet_gateways,
            "ec2:DescribeInternetGateways",
            internet_gateway_id,
            filter
        )
    }

    async fn find_id(client: &AwsClients, token: &str) -> OpResult<Option<String>> {
        let found = describe(client, token_filter(token)).await?;
        let mut found = found.into_iter();
        Ok(found.find(|(_, found)| bears_token(found.tags(), token)).map(|(id, _)| id))
    }

    fn object(client: &AwsClients, prior: &Value, found: &Description) -> Value {
        let id = found.internet_gateway_id().unwrap_or_default();
        let owner = found.owner_id().unwrap_or_default();
        let mut draft = Draft::from(prior);
        draft
            .set("id", id)
            .set("arn", client.arn_of("ec2", owner, &format!("internet-gateway/{id}")))
            .set("owner_id", owner)
            .set("vpc_id", found.attachments().first().and_then(|attached| attached.vpc_id()));
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }

    async fn attach(
        client: &AwsClients,
        id: &str,
        vpc_id: &str,
        timeout: Duration,
    ) -> OpResult<()> {
        // Not all servers know of the new gateway at once.
        Wait::new(format!("{id} to be attached to {vpc_id}"), timeout)
            .until_done(
                |error| error.code.as_deref() == Some("InvalidInternetGatewayID.NotFound"),
                || async {
                    let call = client.ec2().attach_internet_gateway();
                    let call = call.internet_gateway_id(id).vpc_id(vpc_id);
                    call.send().await.of("ec2:AttachInternetGateway")
                },
            )
            .await?;
        Wait::new(format!("{id} to be attached to {vpc_id}"), timeout)
            .until(|| async {
                Ok(match attachment(client, id, vpc_id).await? {
                    // The API says "available" where its documentation says "attached".
                    Some(state) if ["available", "attached"].contains(&state.as_str()) => {
                        Progress::Ready(())
                    }
                    state => {
                        Progress::Pending(state.map(|state| state.to_string()).unwrap_or_default())
                    }
                })
            })
            .await
    }

    async fn detach(
        client: &AwsClients,
        id: &str,
        vpc_id: &str,
        timeout: Duration,
    ) -> OpResult<()> {
        // A gateway cannot go while addresses of the VPC are mapped to the internet.
        let detached = Wait::new(format!("{id} to be detached from {vpc_id}"), timeout)
            .until_done(
                |error| error.kind == OpErrorKind::DependencyViolation,
                || async {
                    let call = client.ec2().detach_internet_gateway();
                    let call = call.internet_gateway_id(id).vpc_id(vpc_id);
                    call.send().await.of("ec2:DetachInternetGateway")
                },
            )
            .await;
        match detached {
            Ok(_) => {}
            Err(error)
                if error.is_not_found() || error.code.as_deref() == Some("Gateway.NotAttached") =>
            {
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        Wait::new(format!("{id} to be detached from {vpc_id}"), timeout)
            .until_gone(|| async {
                Ok(attachment(client, id, vpc_id).await?.map(|state| state.to_string()))
            })
            .await
    }

    async fn attachment(
        client: &AwsClients,
        id: &str,
        vpc_id: &str,
    ) -> OpResult<Option<AttachmentStatus>> {
        let found = describe(client, filter("internet-gateway-id", [id])).await?;
        let attachments = found.get(id).map(Description::attachments).unwrap_or_default();
        let attached = attachments.iter().find(|attached| attached.vpc_id() == Some(vpc_id));
        Ok(attached.and_then(|attached| attached.state.clone()))
    }
}
