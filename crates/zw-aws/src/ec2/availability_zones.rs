//! `aws_availability_zones` (data source): the availability zones of the region.

use zw_lang::Type;
use zw_provider::schema::Schema;

use super::filters::filter_blocks;
use crate::toolkit::validate::one_of;
use crate::toolkit::{computed, list_of_strings, optional, set_of_strings};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "The availability zones of the region.",
        [
            computed("id", Type::String, "The region."),
            optional(
                "all_availability_zones",
                Type::Bool,
                "Whether to list zones that the account has not opted into.",
            ),
            optional("exclude_names", set_of_strings(), "Names of zones to leave out."),
            optional("exclude_zone_ids", set_of_strings(), "Ids of zones to leave out."),
            optional("state", Type::String, "The state that a zone must have.").validate(one_of!(
                "available",
                "information",
                "impaired",
                "unavailable"
            )),
            computed("group_names", set_of_strings(), "The groups that the zones are in."),
            computed("names", list_of_strings(), "The names of the zones, sorted."),
            computed(
                "zone_ids",
                list_of_strings(),
                "The ids of the zones, in the order of the names.",
            ),
        ],
        filter_blocks(),
    )
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use async_trait::async_trait;
    use zw_lang::Value;
    use zw_provider::{DataSource, OpResult, View};

    use crate::ec2::filters::live::filters;
    use crate::toolkit::{Answer, AwsClients, Draft, strings_list, strings_set};

    pub(in crate::ec2) struct AvailabilityZones;

    #[async_trait]
    impl DataSource<AwsClients> for AvailabilityZones {
        async fn read(&self, client: &AwsClients, config: &Value) -> OpResult<Value> {
            let view = View::new(config);
            let call = client.ec2().describe_availability_zones();
            let call = call.set_all_availability_zones(view.bool("all_availability_zones"));
            let call = call.set_filters(filters(view, &[("state", "state")]));
            let answer = call.send().await.of("ec2:DescribeAvailabilityZones")?;
            let (names, ids) = (view.strings("exclude_names"), view.strings("exclude_zone_ids"));
            let mut zones = answer.availability_zones.unwrap_or_default();
            zones.retain(|zone| {
                let is_among = |list: &[String], one: Option<&str>| {
                    one.is_some_and(|one| list.iter().any(|excluded| excluded == one))
                };
                !is_among(&names, zone.zone_name()) && !is_among(&ids, zone.zone_id())
            });
            zones.sort_by(|some, other| some.zone_name.cmp(&other.zone_name));
            let mut draft = Draft::answering(config);
            draft
                .set("id", client.region.as_str())
                .set("group_names", strings_set(zones.iter().filter_map(|zone| zone.group_name())))
                .set("names", strings_list(zones.iter().filter_map(|zone| zone.zone_name())))
                .set("zone_ids", strings_list(zones.iter().filter_map(|zone| zone.zone_id())));
            Ok(draft.finish())
        }
    }
}
