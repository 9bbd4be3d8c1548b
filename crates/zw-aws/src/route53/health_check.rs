//! `aws_route53_health_check`: whether something answers, or whether other health checks or an alarm say so.

use zw_lang::{Path, Type, Value};
use zw_provider::schema::Schema;
use zw_provider::{OpError, View};

use crate::toolkit::validate::{arn, between, length, one_of};
use crate::toolkit::{
    computed, optional, optional_computed, required, set_of_strings, tag_attributes,
};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Whether something answers, or whether other health checks or an alarm say so.",
        [
            computed("id", Type::String, "The health check's id."),
            computed("arn", Type::String, "The health check's ARN."),
            optional(
                "child_health_threshold",
                Type::Number,
                "How many of the other health checks have to be healthy.",
            )
            .validate(between!(0, 256)),
            optional(
                "child_healthchecks",
                set_of_strings(),
                "The other health checks, for the type `CALCULATED`.",
            ),
            optional(
                "cloudwatch_alarm_name",
                Type::String,
                "The alarm, for the type `CLOUDWATCH_METRIC`.",
            ),
            optional("cloudwatch_alarm_region", Type::String, "The region of the alarm."),
            optional("disabled", Type::Bool, "Whether it takes everything for healthy.")
                .default(false),
            optional_computed("enable_sni", Type::Bool, "Whether the name is told when TLS begins."),
            optional_computed(
                "failure_threshold",
                Type::Number,
                "How many times in a row it has to fail, or to succeed, to change its mind.",
            )
            .validate(between!(1, 10)),
            optional("fqdn", Type::String, "The name that is asked, or that is told as the host.")
                .validate(length::<0, 255>),
            optional(
                "insufficient_data_health_status",
                Type::String,
                "What it says while the alarm does not know.",
            )
            .validate(one_of!("Healthy", "LastKnownStatus", "Unhealthy")),
            optional("invert_healthcheck", Type::Bool, "Whether healthy is unhealthy.")
                .default(false),
            optional("ip_address", Type::String, "The address that is asked."),
            optional("measure_latency", Type::Bool, "Whether it is measured how long it takes.")
                .default(false)
                .force_new(),
            optional_computed("port", Type::Number, "The port.").validate(between!(1, 65_535)),
            optional(
                "reference_name",
                Type::String,
                "The beginning of what the health check is told from others by.",
            )
            .force_new()
            .validate(length::<0, 27>),
            optional("regions", set_of_strings(), "Where it is asked from; three at least."),
            optional("request_interval", Type::Number, "How many seconds there are in between.")
                .force_new()
                .validate(between!(10, 30)),
            optional("resource_path", Type::String, "The path that is asked for.")
                .validate(length::<0, 255>),
            optional(
                "routing_control_arn",
                Type::String,
                "The ARN of the routing control, for the type `RECOVERY_CONTROL`.",
            )
            .force_new()
            .validate(arn),
            optional("search_string", Type::String, "What the answer has to have in it.")
                .validate(length::<0, 255>),
            optional(
                "triggers",
                Type::map(Type::String),
                "What means that the alarm is looked at anew, if it becomes something else.",
            ),
            required("type", Type::String, "What is asked, and how.").force_new().validate(one_of!(
                "CALCULATED",
                "CLOUDWATCH_METRIC",
                "HTTP",
                "HTTP_STR_MATCH",
                "HTTPS",
                "HTTPS_STR_MATCH",
                "RECOVERY_CONTROL",
                "TCP"
            )),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [],
    )
}

/// Each type has its own.
pub(super) fn validate(config: &Value) -> Vec<OpError> {
    let config = View::new(config);
    let given = |name: &str| config.get(name).is_some_and(|value| !value.is_null());
    let wanted: &[&str] = match config.str("type") {
        Some("CALCULATED") => &["child_healthchecks"],
        Some("CLOUDWATCH_METRIC") => &["cloudwatch_alarm_name", "cloudwatch_alarm_region"],
        Some("HTTP_STR_MATCH" | "HTTPS_STR_MATCH") => &["search_string"],
        Some("RECOVERY_CONTROL") => &["routing_control_arn"],
        Some("TCP") => &["port"],
        _ => &[],
    };
    let missing = wanted.iter().filter(|name| !given(name)).map(|name| {
        let kind = config.str_or_empty("type");
        let message = format!("a health check of the type {kind:?} has to have `{name}`.");
        OpError::invalid(Path::attr_of_root("type"), message)
    });
    missing.collect()
}

#[cfg(feature = "route53")]
pub(super) mod live {
    use aws_sdk_route53::types::{
        AlarmIdentifier, HealthCheck as Description, HealthCheckConfig, ResettableElementName,
        TagResourceType,
    };

    use crate::route53::live::{retag, tags_of};
    use crate::toolkit::partition;
    use crate::toolkit::prelude::*;

    pub(in crate::route53) struct HealthCheck;

    /// What a reference to a creation may have. Source: `CreateHealthCheck`, Route 53 API 2013-04-01.
    const REFERENCE_MAX: usize = 64;

    #[async_trait]
    impl ResourceType for HealthCheck {
        const NAME: &'static str = "aws_route53_health_check";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let config = config(new.planned)?;
            let call = client.route53().create_health_check().caller_reference(reference(new));
            let answer = call.health_check_config(config).send().await;
            let answer = answer.of("route53:CreateHealthCheck")?;
            Ok(answer.health_check.promised("health check")?.id)
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            let set = client.tags.wanted(new.planned.value()).into_iter().collect();
            let tags = TagChange { removed: Vec::new(), set };
            retag(client, TagResourceType::Healthcheck, id, tags).await
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let id = View::new(known).str_or_empty("id");
            let Some(found) = get(client, id).await? else { return Ok(None) };
            let tags = tags_of(client, TagResourceType::Healthcheck, id).await?;
            let mut draft = object(client, known, id, &found);
            client.tags.show(&mut draft, pairs(&tags));
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let planned = change.planned;
            let call = fill!(
                client.route53().update_health_check().health_check_id(change.id()), planned,
                set_failure_threshold = count "failure_threshold",
                set_port = count "port",
                set_health_threshold = i32 "child_health_threshold",
                set_inverted = bool "invert_healthcheck",
                set_disabled = bool "disabled",
                set_enable_sni = bool "enable_sni",
                set_ip_address = text "ip_address",
                set_fully_qualified_domain_name = text "fqdn",
                set_resource_path = text "resource_path",
                set_search_string = text "search_string",
                set_child_health_checks = texts "child_healthchecks",
                set_regions = words "regions",
                set_insufficient_data_health_status = word "insufficient_data_health_status",
            );
            let call = call.set_alarm_identifier(alarm(planned)?);
            // Nothing is something else than what is not told.
            let gone = [
                ("child_healthchecks", ResettableElementName::ChildHealthChecks),
                ("fqdn", ResettableElementName::FullyQualifiedDomainName),
                ("regions", ResettableElementName::Regions),
                ("resource_path", ResettableElementName::ResourcePath),
            ];
            let is_empty = |name: &str| planned.texts(name).is_none() && planned.text(name).is_none();
            let gone = gone.into_iter().filter(|(name, _)| change.of(&[name]) && is_empty(name));
            let gone: Vec<_> = gone.map(|(_, element)| element).collect();
            let call = call.set_reset_elements(Some(gone).filter(|gone| !gone.is_empty()));
            call.send().await.of("route53:UpdateHealthCheck").map(drop)
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            let id = object.str_or_empty("id");
            retag(client, TagResourceType::Healthcheck, id, tags).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.route53().delete_health_check();
            let answer = call.health_check_id(object.str_or_empty("id")).send().await;
            answer.if_found("route53:DeleteHealthCheck").map(drop)
        }

        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let found = client.route53().list_health_checks().into_paginator().items().send();
            let found = found.try_collect().await.of("route53:ListHealthChecks")?;
            let reference = reference(new);
            let ours = found.into_iter().find(|found| found.caller_reference() == reference);
            Ok(ours.map(|found| found.id))
        }
    }

    /// The name that is given, and as much of the token as there is room for: its end differs.
    fn reference(new: &New<'_>) -> String {
        let name = new.planned.str_or_empty("reference_name");
        let start = if name.is_empty() { String::new() } else { format!("{name}-") };
        let room = REFERENCE_MAX.saturating_sub(start.len());
        let from = new.token.len().saturating_sub(room);
        start + new.token.get(from..).unwrap_or(new.token)
    }

    fn config(planned: View<'_>) -> OpResult<HealthCheckConfig> {
        let builder = fill!(
            HealthCheckConfig::builder(), planned,
            set_type = word "type",
            set_failure_threshold = count "failure_threshold",
            set_request_interval = count "request_interval",
            set_port = count "port",
            set_health_threshold = i32 "child_health_threshold",
            set_measure_latency = bool "measure_latency",
            set_inverted = bool "invert_healthcheck",
            set_disabled = bool "disabled",
            set_enable_sni = bool "enable_sni",
            set_ip_address = text "ip_address",
            set_fully_qualified_domain_name = text "fqdn",
            set_resource_path = text "resource_path",
            set_search_string = text "search_string",
            set_child_health_checks = texts "child_healthchecks",
            set_regions = words "regions",
            set_insufficient_data_health_status = word "insufficient_data_health_status",
            set_routing_control_arn = text "routing_control_arn",
        );
        builder.set_alarm_identifier(alarm(planned)?).build().complete()
    }

    fn alarm(planned: View<'_>) -> OpResult<Option<AlarmIdentifier>> {
        let Some(name) = planned.text("cloudwatch_alarm_name") else { return Ok(None) };
        let builder = AlarmIdentifier::builder().name(name);
        let builder = builder.set_region(planned.word("cloudwatch_alarm_region"));
        builder.build().complete().map(Some)
    }

    async fn get(client: &AwsClients, id: &str) -> OpResult<Option<Description>> {
        let answer = client.route53().get_health_check().health_check_id(id).send().await;
        Ok(answer.if_found("route53:GetHealthCheck")?.and_then(|answer| answer.health_check))
    }

    fn object(client: &AwsClients, known: &Value, id: &str, found: &Description) -> Draft {
        let mut draft = Draft::from(known);
        draft
            .set("id", id)
            .set("arn", format!("arn:{}:route53:::healthcheck/{id}", partition(&client.region)));
        let Some(config) = found.health_check_config() else { return draft };
        let alarm = config.alarm_identifier();
        draft
            .set("type", config.r#type().as_str())
            .set("failure_threshold", config.failure_threshold())
            .set("request_interval", config.request_interval())
            .set("port", config.port())
            .set("child_health_threshold", config.health_threshold())
            .set("measure_latency", config.measure_latency())
            .set("invert_healthcheck", config.inverted())
            .set("disabled", config.disabled())
            .set("enable_sni", config.enable_sni())
            .set("ip_address", config.ip_address())
            .set("fqdn", config.fully_qualified_domain_name())
            .set("resource_path", config.resource_path())
            .set("search_string", config.search_string())
            .set("routing_control_arn", config.routing_control_arn())
            .set("cloudwatch_alarm_name", alarm.map(AlarmIdentifier::name))
            .set("cloudwatch_alarm_region", alarm.map(|alarm| alarm.region().as_str()))
            .word("insufficient_data_health_status", config.insufficient_data_health_status())
            .texts("child_healthchecks", config.child_health_checks())
            .texts("regions", config.regions().iter().map(|region| region.as_str()));
        draft
    }
}
