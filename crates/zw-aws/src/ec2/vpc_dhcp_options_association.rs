//! `aws_vpc_dhcp_options_association`: which DHCP options a VPC has.

use zw_lang::{Type, Value};
use zw_provider::schema::Schema;
use zw_provider::{OpResult, PlanRequest, Planned, View};

use crate::toolkit::{Draft, changes, computed, required};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "Which DHCP options a VPC has.",
        [
            computed("id", Type::String, "The ids of the options and the VPC, with a dash."),
            required("dhcp_options_id", Type::String, "The set of options."),
            required("vpc_id", Type::String, "The VPC.").force_new(),
        ],
        [],
    )
    .import_id("vpc_id")
}

/// The id has that of the options in it.
pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    if !changes(&request, &["dhcp_options_id"]) {
        return Ok(Planned::unchanged(request.planned.clone()));
    }
    let mut draft = Draft::from(request.planned);
    draft.forget("id");
    if request.planned.get("dhcp_options_id").is_some_and(Value::is_known) {
        draft.set("id", id_of(View::new(request.planned)));
    }
    Ok(Planned::unchanged(draft.into_planned()))
}

fn id_of(object: View<'_>) -> String {
    format!("{}-{}", object.str_or_empty("dhcp_options_id"), object.str_or_empty("vpc_id"))
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use aws_sdk_ec2::types::Vpc;

    use super::id_of;
    use crate::ec2::describe_by_id;
    use crate::ec2::live::filter;
    use crate::toolkit::prelude::*;

    /// Has a VPC go without options.
    const NONE: &str = "default";

    pub(in crate::ec2) struct VpcDhcpOptionsAssociation;

    #[async_trait]
    impl ResourceType for VpcDhcpOptionsAssociation {
        const NAME: &'static str = "aws_vpc_dhcp_options_association";
        const TELLING: &'static [&'static str] = &["dhcp_options_id"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let options = new.planned.str_or_empty("dhcp_options_id");
            associate(client, new.planned, options).await?;
            Ok(id_of(new.planned))
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let vpc = View::new(known).str_or_empty("vpc_id");
            let found = options_of(client, vpc).await?;
            let found = found.filter(|options| !options.is_empty() && options != NONE);
            Ok(found.map(|options| {
                let mut draft = Draft::from(known);
                draft.set("dhcp_options_id", &options).set("id", format!("{options}-{vpc}"));
                draft.finish()
            }))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let options = change.planned.str_or_empty("dhcp_options_id");
            associate(client, change.prior, options).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            associate(client, object, NONE).await
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(Some(id_of(new.planned)))
        }

        fn identify(&self, id: &str, object: &mut Draft) -> OpResult<()> {
            object.set("id", id).set("vpc_id", id);
            Ok(())
        }
    }

    async fn associate(client: &AwsClients, object: View<'_>, options: &str) -> OpResult<()> {
        let call = client.ec2().associate_dhcp_options().dhcp_options_id(options);
        let answer = call.vpc_id(object.str_or_empty("vpc_id")).send().await;
        answer.of("ec2:AssociateDhcpOptions").map(drop)
    }

    async fn options_of(client: &AwsClients, vpc: &str) -> OpResult<Option<String>> {
        let by_id = filter("vpc-id", [vpc]);
        let found: OpResult<std::collections::HashMap<String, Vpc>> =
            describe_by_id!(client, describe_vpcs, "ec2:DescribeVpcs", vpc_id, by_id);
        Ok(found?.remove(vpc).and_then(|vpc| vpc.dhcp_options_id))
    }
}
