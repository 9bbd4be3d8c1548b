//! `aws_cloudwatch_metric_alarm`: what happens when a metric is beyond a bound.

use zw_lang::{Type, Value};
use zw_provider::OpError;
use zw_provider::schema::{Block, NestedBlock, Nesting, Schema};

use crate::toolkit::validate::{exactly_one, exclusive, length, one_of};
use crate::toolkit::{
    computed, optional, optional_computed, required, set_of_strings, tag_attributes,
};

pub(super) fn schema() -> Schema {
    let actions = |name, description| optional(name, set_of_strings(), description);
    Schema::new(
        "What happens when a metric is beyond a bound.",
        [
            computed("id", Type::String, "The alarm's name."),
            computed("arn", Type::String, "The alarm's ARN."),
            required("alarm_name", Type::String, "The name.")
                .force_new()
                .validate(length::<1, 255>),
            optional("alarm_description", Type::String, "What the alarm is for.")
                .validate(length::<0, 1024>),
            optional("actions_enabled", Type::Bool, "Whether anything is done at all.")
                .default(true),
            actions("alarm_actions", "What is done when the metric is beyond the bound, as ARNs."),
            actions("insufficient_data_actions", "What is done when too little is known, as ARNs."),
            actions(
                "ok_actions",
                "What is done when the metric is within the bound again, as ARNs.",
            ),
            required("comparison_operator", Type::String, "Which side of the bound is beyond it.")
                .validate(one_of!(
                    "GreaterThanOrEqualToThreshold",
                    "GreaterThanThreshold",
                    "LessThanThreshold",
                    "LessThanOrEqualToThreshold",
                    "LessThanLowerOrGreaterThanUpperThreshold",
                    "LessThanLowerThreshold",
                    "GreaterThanUpperThreshold",
                )),
            required("evaluation_periods", Type::Number, "How many periods are looked at."),
            optional("datapoints_to_alarm", Type::Number, "How many of them have to be beyond it."),
            optional("threshold", Type::Number, "The bound."),
            optional(
                "threshold_metric_id",
                Type::String,
                "The id of the query that gives the bound.",
            ),
            optional("metric_name", Type::String, "The metric's name."),
            optional("namespace", Type::String, "The metric's namespace."),
            optional("dimensions", Type::map(Type::String), "The metric's dimensions."),
            optional("period", Type::Number, "How many seconds a period has."),
            optional("statistic", Type::String, "What is made of the values of a period.")
                .validate(one_of!("SampleCount", "Average", "Sum", "Minimum", "Maximum")),
            optional("extended_statistic", Type::String, "The percentile, as `p95`."),
            optional("unit", Type::String, "The metric's unit."),
            optional("treat_missing_data", Type::String, "What it means that there are no values.")
                .default("missing")
                .validate(one_of!("breaching", "notBreaching", "ignore", "missing")),
            optional_computed(
                "evaluate_low_sample_count_percentiles",
                Type::String,
                "Whether percentiles count that stand on few values: `evaluate` or `ignore`.",
            )
            .validate(one_of!("evaluate", "ignore")),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [metric_query()],
    )
    .version(1)
    .import_id("alarm_name")
}

fn metric_query() -> NestedBlock {
    let metric = NestedBlock::one(
        "metric",
        Block::new(
            [
                optional("dimensions", Type::map(Type::String), "The metric's dimensions."),
                required("metric_name", Type::String, "The metric's name."),
                optional("namespace", Type::String, "The metric's namespace."),
                required("period", Type::Number, "How many seconds a period has."),
                required("stat", Type::String, "What is made of the values of a period."),
                optional("unit", Type::String, "The metric's unit."),
            ],
            [],
        ),
    );
    NestedBlock::new(
        "metric_query",
        Nesting::Set,
        Block::new(
            [
                optional("account_id", Type::String, "The account that has the metric."),
                optional("expression", Type::String, "What is computed of other queries."),
                required("id", Type::String, "What others call the query.")
                    .validate(length::<1, 255>),
                optional("label", Type::String, "What people call the query."),
                optional("period", Type::Number, "How many seconds a period has."),
                optional("return_data", Type::Bool, "Whether it is this query that is looked at.")
                    .default(false),
            ],
            [metric.describe("A metric.")],
        ),
    )
    .describe("A metric, or what is computed of several.")
}

/// Refuses what cannot be together.
pub(super) fn validate(config: &Value) -> Vec<OpError> {
    let mut errors = exclusive(config, &[("statistic", "extended_statistic")]);
    errors.extend(exactly_one(config, &["threshold", "threshold_metric_id"]));
    errors
}

#[cfg(feature = "cloudwatch")]
pub(super) mod live {
    use std::collections::HashMap;

    use aws_sdk_cloudwatch::types::{
        Dimension, Metric, MetricAlarm as Description, MetricDataQuery, MetricStat, Tag,
    };

    use crate::toolkit::prelude::*;
    use crate::toolkit::{gathered, read_listed, sdk_tag};

    sdk_tag!(Tag);

    /// How many names a call takes. Source: `DescribeAlarms`, `CloudWatch` API 2010-08-01.
    const NAMES_MAX: usize = 100;

    pub(in crate::cloudwatch) struct MetricAlarm;

    #[async_trait]
    impl ResourceType for MetricAlarm {
        const NAME: &'static str = "aws_cloudwatch_metric_alarm";
        const TELLING: &'static [&'static str] =
            &["comparison_operator", "metric_name", "namespace"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let tags = client.tags.of_new::<Tag>(new.planned.value())?;
            put(client, new.planned, tags).await?;
            Ok(new.planned.str_or_empty("alarm_name").to_owned())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let name = View::new(known).str_or_empty("id");
            match describe(client, vec![name.to_owned()]).await?.get(name) {
                Some(found) => with_tags(client, known, found).await,
                None => Ok(None),
            }
        }

        /// A hundred are described with a call. Tags they have to be asked for one by one.
        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let names = requests.iter().filter_map(|it| View::new(&it.prior).string("id"));
            let found = describe(client, names.collect()).await;
            read_listed(&requests, &found, |known, found| async move {
                match found.get(View::new(known).str_or_empty("id")) {
                    Some(found) => with_tags(client, known, found).await,
                    None => Ok(None),
                }
            })
            .await
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            put(client, change.planned, None).await
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            let arn = object.str_or_empty("arn");
            if let Some(keys) = tags.removed() {
                let call = client.cloudwatch().untag_resource().resource_arn(arn);
                call.set_tag_keys(Some(keys)).send().await.of("cloudwatch:UntagResource")?;
            }
            if let Some(set) = tags.set::<Tag>()? {
                let call = client.cloudwatch().tag_resource().resource_arn(arn);
                call.set_tags(Some(set)).send().await.of("cloudwatch:TagResource")?;
            }
            Ok(())
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.cloudwatch().delete_alarms();
            let answer = call.alarm_names(object.str_or_empty("id")).send().await;
            answer.if_found("cloudwatch:DeleteAlarms").map(drop)
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(new.planned.string("alarm_name"))
        }
    }

    /// Alarms by name.
    async fn describe(
        client: &AwsClients,
        names: Vec<String>,
    ) -> OpResult<HashMap<String, Description>> {
        let ask = async |names: Vec<String>| {
            let call = client.cloudwatch().describe_alarms().set_alarm_names(Some(names));
            let found = call.max_records(100).send().await.of("cloudwatch:DescribeAlarms")?;
            let found = found.metric_alarms.unwrap_or_default().into_iter();
            Ok(found.filter_map(|found| Some((found.alarm_name.clone()?, found))).collect())
        };
        gathered(&client.gathering, "cloudwatch:DescribeAlarms", names, NAMES_MAX, ask).await
    }

    async fn with_tags(
        client: &AwsClients,
        known: &Value,
        found: &Description,
    ) -> OpResult<Option<Value>> {
        let arn = found.alarm_arn().unwrap_or_default();
        let tags = client.cloudwatch().list_tags_for_resource().resource_arn(arn).send().await;
        let Some(tags) = tags.if_found("cloudwatch:ListTagsForResource")? else { return Ok(None) };
        let mut draft = object(known, found);
        client.tags.show(&mut draft, pairs(tags.tags()));
        Ok(Some(draft.finish()))
    }

    /// Tags are heeded at creation only.
    async fn put(client: &AwsClients, planned: View<'_>, tags: Option<Vec<Tag>>) -> OpResult<()> {
        let queries: Vec<MetricDataQuery> = planned.blocks("metric_query").map(query).collect();
        let call = fill!(
            client.cloudwatch().put_metric_alarm(), planned,
            set_alarm_name = string "alarm_name",
            set_alarm_description = string "alarm_description",
            set_actions_enabled = bool "actions_enabled",
            set_alarm_actions = texts "alarm_actions",
            set_insufficient_data_actions = texts "insufficient_data_actions",
            set_ok_actions = texts "ok_actions",
            set_comparison_operator = word "comparison_operator",
            set_evaluation_periods = i32 "evaluation_periods",
            set_datapoints_to_alarm = count "datapoints_to_alarm",
            set_threshold_metric_id = text "threshold_metric_id",
            set_metric_name = text "metric_name",
            set_namespace = text "namespace",
            set_period = count "period",
            set_statistic = word "statistic",
            set_extended_statistic = text "extended_statistic",
            set_unit = word "unit",
            set_treat_missing_data = text "treat_missing_data",
            set_evaluate_low_sample_count_percentile = text "evaluate_low_sample_count_percentiles",
        );
        // A bound of 0 is a bound, but not where another metric is one.
        let threshold = planned.f64("threshold");
        let threshold = threshold.filter(|_| planned.text("threshold_metric_id").is_none());
        call.set_threshold(threshold)
            .set_dimensions(dimensions(planned))
            .set_metrics(Some(queries).filter(|all| !all.is_empty()))
            .set_tags(tags)
            .send()
            .await
            .of("cloudwatch:PutMetricAlarm")
            .map(drop)
    }

    fn dimensions(of: View<'_>) -> Option<Vec<Dimension>> {
        let dimensions = of.string_map("dimensions").into_iter();
        let dimensions: Vec<Dimension> = dimensions
            .map(|(name, value)| {
                Dimension::builder().name(name.as_str()).value(value.as_str()).build()
            })
            .collect();
        Some(dimensions).filter(|all| !all.is_empty())
    }

    fn query(query: View<'_>) -> MetricDataQuery {
        let metric = query.block("metric").map(|block| {
            let metric = fill!(
                Metric::builder(), block,
                set_metric_name = text "metric_name",
                set_namespace = text "namespace",
            );
            let metric = metric.set_dimensions(dimensions(block)).build();
            fill!(
                MetricStat::builder(), block,
                set_period = count "period",
                set_stat = text "stat",
                set_unit = word "unit",
            )
            .metric(metric)
            .build()
        });
        fill!(
            MetricDataQuery::builder(), query,
            set_account_id = text "account_id",
            set_expression = text "expression",
            set_id = text "id",
            set_label = text "label",
            set_period = count "period",
            set_return_data = bool "return_data",
        )
        .set_metric_stat(metric)
        .build()
    }

    fn object(known: &Value, found: &Description) -> Draft {
        let mut draft = Draft::from(known);
        draft
            .set("id", found.alarm_name())
            .set("alarm_name", found.alarm_name())
            .set("arn", found.alarm_arn())
            .set("alarm_description", found.alarm_description())
            .set_exactly("actions_enabled", found.actions_enabled().unwrap_or(true))
            .texts("alarm_actions", found.alarm_actions())
            .texts("insufficient_data_actions", found.insufficient_data_actions())
            .texts("ok_actions", found.ok_actions())
            .word("comparison_operator", found.comparison_operator())
            .set("evaluation_periods", found.evaluation_periods())
            .set("datapoints_to_alarm", found.datapoints_to_alarm())
            .set("threshold", found.threshold())
            .set("threshold_metric_id", found.threshold_metric_id())
            .set("metric_name", found.metric_name())
            .set("namespace", found.namespace())
            .map("dimensions", pairs_of(found.dimensions()))
            .set("period", found.period())
            .word("statistic", found.statistic())
            .set("extended_statistic", found.extended_statistic())
            .word("unit", found.unit())
            // What is not told is what is meant when nothing is said.
            .set("treat_missing_data", found.treat_missing_data().unwrap_or("missing"))
            .set(
                "evaluate_low_sample_count_percentiles",
                found.evaluate_low_sample_count_percentile(),
            )
            .each("metric_query", found.metrics(), |block, query| {
                block
                    .set("account_id", query.account_id())
                    .set("expression", query.expression())
                    .set("id", query.id())
                    .set("label", query.label())
                    .set("period", query.period())
                    .set("return_data", query.return_data())
                    .each("metric", query.metric_stat(), show_metric);
            });
        draft
    }

    fn show_metric(block: &mut Draft, found: &MetricStat) {
        block.set("period", found.period()).set("stat", found.stat()).word("unit", found.unit());
        if let Some(metric) = found.metric() {
            block
                .set("metric_name", metric.metric_name())
                .set("namespace", metric.namespace())
                .map("dimensions", pairs_of(metric.dimensions()));
        }
    }

    fn pairs_of(dimensions: &[Dimension]) -> impl Iterator<Item = (&str, &str)> {
        dimensions.iter().filter_map(|it| Some((it.name()?, it.value()?)))
    }
}
