//! Route 53: zones and their records.

mod health_check;
mod record;
mod zone;

use zw_provider::Catalog;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog
        .resource("aws_route53_health_check", health_check::schema())
        .validate_hook("aws_route53_health_check", health_check::validate)
        .resource("aws_route53_record", record::schema())
        .validate_hook("aws_route53_record", record::validate)
        .resource("aws_route53_zone", zone::schema());
}

/// The id as people know it: answers have `/hostedzone/` before it.
fn bare(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

#[cfg(feature = "route53")]
pub(crate) use live::operations;

#[cfg(feature = "route53")]
mod live {
    //! What all types of Route 53 have in common.

    use std::collections::HashMap;
    use std::time::Duration;

    use aws_sdk_route53::operation::get_hosted_zone::GetHostedZoneOutput;
    use aws_sdk_route53::types::{
        Change, ChangeBatch, ChangeInfo, ChangeStatus, Tag, TagResourceType,
    };
    use zw_provider::Operations;

    use super::{bare, health_check, record, zone};
    use crate::toolkit::prelude::*;
    use crate::toolkit::{Register, gathered, sdk_tag};

    sdk_tag!(aws_sdk_route53::types::Tag);

    /// What is done with the types.
    pub(crate) fn operations(operations: &mut Operations<AwsClients>) {
        operations
            .add(health_check::live::HealthCheck)
            .add(record::live::Record)
            .add(zone::live::Zone);
    }

    /// How many objects a call tells the tags of. Source: `ListTagsForResources`, Route 53 API 2013-04-01.
    const TAGGED_MAX: usize = 10;

    /// Changes tags of a zone or a health check.
    pub(super) async fn retag(
        client: &AwsClients,
        kind: TagResourceType,
        id: &str,
        tags: TagChange,
    ) -> OpResult<()> {
        if tags.is_empty() {
            return Ok(());
        }
        let call = client.route53().change_tags_for_resource();
        let call = call.resource_type(kind).resource_id(id);
        let call = call.set_remove_tag_keys(tags.removed()).set_add_tags(tags.set::<Tag>()?);
        call.send().await.of("route53:ChangeTagsForResource").map(drop)
    }

    /// The tags of a zone or a health check.
    pub(super) async fn tags_of(
        client: &AwsClients,
        kind: TagResourceType,
        id: &str,
    ) -> OpResult<Vec<Tag>> {
        let operation = match kind {
            TagResourceType::Hostedzone => "route53:ListTagsForResources of zones",
            _ => "route53:ListTagsForResources of health checks",
        };
        let ask = async |ids: Vec<String>| {
            let call = client.route53().list_tags_for_resources();
            let call = call.resource_type(kind.clone()).set_resource_ids(Some(ids));
            let found = call.send().await.of("route53:ListTagsForResources")?;
            let found = found.resource_tag_sets.into_iter();
            let tags = found.filter_map(|it| Some((it.resource_id?, it.tags.unwrap_or_default())));
            Ok(tags.collect::<HashMap<_, _>>())
        };
        let ids = vec![id.to_owned()];
        let mut found = gathered(&client.gathering, operation, ids, TAGGED_MAX, ask).await?;
        Ok(found.remove(id).unwrap_or_default())
    }

    /// What is said of a zone; `None` if there is none. Asked for once by all its records.
    pub(super) async fn zone_of(
        client: &AwsClients,
        id: &str,
    ) -> OpResult<Option<GetHostedZoneOutput>> {
        let ask = async |ids: Vec<String>| {
            let mut found = HashMap::new();
            for id in ids {
                let answer = client.route53().get_hosted_zone().id(&id).send().await;
                if let Some(answer) = answer.if_found("route53:GetHostedZone")? {
                    found.insert(id, answer);
                }
            }
            Ok(found)
        };
        let ids = vec![id.to_owned()];
        let found: HashMap<_, _> =
            gathered(&client.gathering, "route53:GetHostedZone", ids, 1, ask).await?;
        Ok(found.into_values().next())
    }

    /// Changes records of a zone.
    pub(super) async fn change(
        client: &AwsClients,
        zone: &str,
        changes: Vec<Change>,
    ) -> OpResult<Option<ChangeInfo>> {
        let batch = ChangeBatch::builder().set_changes(Some(changes)).build().complete()?;
        let call = client.route53().change_resource_record_sets().hosted_zone_id(zone);
        let answer = call.change_batch(batch).send().await;
        Ok(answer.of("route53:ChangeResourceRecordSets")?.change_info)
    }

    /// Waits until all name servers know of a change.
    pub(super) async fn until_known(
        client: &AwsClients,
        change: Option<ChangeInfo>,
        timeout: Duration,
    ) -> OpResult<()> {
        let Some(change) = change.filter(|it| *it.status() != ChangeStatus::Insync) else {
            return Ok(());
        };
        let id = bare(change.id());
        Wait::new("all name servers to know of the change", timeout)
            .until(|| async {
                let answer = client.route53().get_change().id(id).send().await;
                let found = answer.of("route53:GetChange")?.change_info;
                Ok(match found.map(|found| found.status) {
                    Some(ChangeStatus::Pending) => Progress::Pending("pending".into()),
                    _ => Progress::Ready(()),
                })
            })
            .await
    }
}
