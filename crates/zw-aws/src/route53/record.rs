//! `aws_route53_record`: what a name in DNS stands for.

use zw_lang::{Path, Type, Value};
use zw_provider::schema::{Block, Equality, NestedBlock, Nesting, Schema};
use zw_provider::{OpError, View};

use super::bare;
use crate::toolkit::validate::{length, one_of};
use crate::toolkit::{
    computed, optional, optional_computed, required, set_of_strings, timeouts_block,
};

/// What tells apart several records of one name and type; one of them for each.
const POLICIES: [&str; 6] = [
    "cidr_routing_policy",
    "failover_routing_policy",
    "geolocation_routing_policy",
    "geoproximity_routing_policy",
    "latency_routing_policy",
    "weighted_routing_policy",
];

pub(super) fn schema() -> Schema {
    Schema::new(
        "What a name in DNS stands for.",
        [
            computed("id", Type::String, "Zone, name, type and identifier, with underscores."),
            computed("fqdn", Type::String, "The whole name."),
            optional_computed(
                "allow_overwrite",
                Type::Bool,
                "Whether a record that is there already is taken over.",
            ),
            optional("health_check_id", Type::String, "The health check that says if it is good."),
            optional(
                "multivalue_answer_routing_policy",
                Type::Bool,
                "Whether several records are an answer together.",
            ),
            required("name", Type::String, "The name, with or without that of the zone.")
                .force_new()
                .equality(Equality::Custom(same_name)),
            optional("records", set_of_strings(), "What the name stands for."),
            optional("set_identifier", Type::String, "What tells it from others of the name.")
                .force_new()
                .validate(length::<1, 128>),
            optional("ttl", Type::Number, "How many seconds an answer may be kept."),
            required("type", Type::String, "The type.").force_new().validate(one_of!(
                "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA",
                "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT",
            )),
            required("zone_id", Type::String, "The zone.")
                .force_new()
                .equality(Equality::Custom(same_zone)),
        ],
        blocks(),
    )
    .version(2)
    .import_id("zone_id_name_type_set_identifier")
}

fn blocks() -> Vec<NestedBlock> {
    let text = |name, description| optional(name, Type::String, description);
    vec![
        NestedBlock::one(
            "alias",
            Block::new(
                [
                    required("name", Type::String, "The other name.")
                        .equality(Equality::Custom(same_name)),
                    required("zone_id", Type::String, "The zone of the other name."),
                    required("evaluate_target_health", Type::Bool, "Whether it has to be good."),
                ],
                [],
            ),
        )
        .describe("Another name of AWS whose addresses are the answer."),
        NestedBlock::one(
            "cidr_routing_policy",
            Block::new(
                [
                    required("collection_id", Type::String, "The collection of networks."),
                    required("location_name", Type::String, "The location, or `*`."),
                ],
                [],
            ),
        )
        .describe("For questions from some networks."),
        NestedBlock::one(
            "failover_routing_policy",
            Block::new(
                [required("type", Type::String, "`PRIMARY` or `SECONDARY`.")
                    .validate(one_of!("PRIMARY", "SECONDARY"))],
                [],
            ),
        )
        .describe("For when another record is not good any more."),
        NestedBlock::one(
            "geolocation_routing_policy",
            Block::new(
                [
                    text("continent", "The continent, in two letters."),
                    text("country", "The country, in two letters, or `*`."),
                    text("subdivision", "The state of the country."),
                ],
                [],
            ),
        )
        .describe("For questions from somewhere."),
        NestedBlock::one(
            "geoproximity_routing_policy",
            Block::new(
                [
                    text("aws_region", "The region that it is in."),
                    optional("bias", Type::Number, "How much further than it is, from -99 to 99."),
                    text("local_zone_group", "The local zone that it is in."),
                ],
                [NestedBlock::new(
                    "coordinates",
                    Nesting::Set,
                    Block::new(
                        [
                            required("latitude", Type::String, "The latitude."),
                            required("longitude", Type::String, "The longitude."),
                        ],
                        [],
                    ),
                )
                .max(1)
                .describe("Where it is.")],
            ),
        )
        .describe("For questions from nearby."),
        NestedBlock::one(
            "latency_routing_policy",
            Block::new([required("region", Type::String, "The region.")], []),
        )
        .describe("For questions from where a region is reached soonest."),
        NestedBlock::one(
            "weighted_routing_policy",
            Block::new([required("weight", Type::Number, "The weight, from 0 to 255.")], []),
        )
        .describe("For a part of all questions."),
        timeouts_block(&["create", "update", "delete"]),
    ]
}

/// A name as Route 53 has it: in small letters, without a dot at the end, and without the numbers in which it writes what
/// is neither letter nor digit.
fn normal(name: &str) -> String {
    let bytes = name.trim_end_matches('.').as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 4).and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 8).ok());
        if let (b'\\', Some(code)) = (byte, code) {
            plain.push(code.to_ascii_lowercase());
            at += 4;
        } else {
            plain.push(byte.to_ascii_lowercase());
            at += 1;
        }
    }
    String::from_utf8(plain).unwrap_or_else(|_| name.to_ascii_lowercase())
}

fn same_name(some: &Value, other: &Value) -> bool {
    some.as_str().map(normal) == other.as_str().map(normal)
}

fn same_zone(some: &Value, other: &Value) -> bool {
    some.as_str().map(bare) == other.as_str().map(bare)
}

/// Refuses what cannot be together.
pub(super) fn validate(config: &Value) -> Vec<OpError> {
    let view = View::new(config);
    let mut errors = Vec::new();
    let has = |name: &str| view.block(name).is_some();
    let is_given = |name: &str| config.get(name).is_some_and(|value| !value.is_null());
    let wrong = |name: &'static str, message: &str| {
        OpError::invalid(Path::attr_of_root(name), message.to_owned())
    };
    if has("alias") && (is_given("records") || is_given("ttl")) {
        errors.push(wrong("records", "an alias has neither `records` nor `ttl`."));
    }
    if !has("alias") && !is_given("records") {
        errors.push(wrong("records", "`records` or a block `alias` has to be given."));
    }
    let policies = POLICIES.iter().filter(|name| has(name)).count();
    if policies > 1 {
        errors.push(wrong("set_identifier", "only one routing policy can be given."));
    }
    if policies == 1 && !is_given("set_identifier") {
        errors.push(wrong("set_identifier", "it has to be given along with a routing policy."));
    }
    errors
}

#[cfg(feature = "route53")]
pub(super) mod live {
    use std::collections::{BTreeMap, HashMap};
    use std::time::Duration;

    use aws_sdk_route53::types::{
        AliasTarget, Change as RecordChange, ChangeAction, CidrRoutingConfig, Coordinates,
        GeoLocation, GeoProximityLocation, ResourceRecord, ResourceRecordSet, RrType,
    };

    use super::normal;
    use crate::route53::bare;
    use crate::route53::live::{change, until_known, zone_of};
    use crate::toolkit::prelude::*;
    use crate::toolkit::{gathered, timeouts};

    const TIMEOUT: Duration = Duration::from_mins(30);

    pub(in crate::route53) struct Record;

    #[async_trait]
    impl ResourceType for Record {
        const NAME: &'static str = "aws_route53_record";
        const TELLING: &'static [&'static str] = &["records", "ttl", "alias"];

        /// Without `allow_overwrite`, a record that is there already is somebody else's.
        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let overwrites = new.planned.bool("allow_overwrite") == Some(true);
            let action = if overwrites { ChangeAction::Upsert } else { ChangeAction::Create };
            put(client, new.planned, action, "create").await?;
            Ok(id_of(new.planned))
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let view = View::new(known);
            let Some(fqdn) = fqdn(client, view).await? else { return Ok(None) };
            let key = Key::of(view, &fqdn);
            let found = look(client, zone_id(view), &key).await?;
            Ok(found.map(|found| object(known, &fqdn, &found)))
        }

        /// One list for all that are in a zone, if they are several.
        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let mut zones: BTreeMap<&str, usize> = BTreeMap::new();
            for request in &requests {
                *zones.entry(zone_id(View::new(&request.prior))).or_default() += 1;
            }
            let mut listed: HashMap<String, OpResult<HashMap<Key, ResourceRecordSet>>> =
                HashMap::new();
            for (zone, _) in zones.into_iter().filter(|(_, count)| *count >= BATCH_MIN) {
                let all = all_of(client, zone).await;
                let all = all.map(|all| all.into_iter().map(|it| (Key::told(&it), it)).collect());
                listed.insert(zone.to_owned(), all);
            }
            let mut answers = Vec::with_capacity(requests.len());
            for request in &requests {
                let view = View::new(&request.prior);
                answers.push(match listed.get(zone_id(view)) {
                    None => self.read(client, &request.prior).await,
                    Some(Err(error)) if error.is_not_found() => Ok(None),
                    Some(Err(error)) => Err(error.clone()),
                    Some(Ok(all)) => fqdn(client, view).await.map(|fqdn| {
                        let fqdn = fqdn?;
                        let found = all.get(&Key::of(view, &fqdn))?;
                        Some(object(&request.prior, &fqdn, found))
                    }),
                });
            }
            answers
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            put(client, change.planned, ChangeAction::Upsert, "update").await
        }

        /// A deletion has to say what is there.
        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let zone = zone_id(object);
            let Some(fqdn) = fqdn(client, object).await? else { return Ok(()) };
            let Some(found) = look(client, zone, &Key::of(object, &fqdn)).await? else {
                return Ok(());
            };
            let deletion = RecordChange::builder().action(ChangeAction::Delete);
            let deletion = deletion.resource_record_set(found).build().complete()?;
            let info = change(client, zone, vec![deletion]).await?;
            until_known(client, info, timeouts(object.value(), "delete", TIMEOUT)).await
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(Some(id_of(new.planned)))
        }

        fn identify(&self, id: &str, object: &mut Draft) -> OpResult<()> {
            let parts: Vec<&str> = id.split('_').collect();
            // A name can have underscores, and so can what tells a record from others.
            let kind = parts.iter().skip(2).position(|part| RrType::try_parse(part).is_ok());
            let (Some(zone), Some(at)) = (parts.first(), kind.map(|at| at + 2)) else {
                let message = format!("{id:?} is not of the form ZONE_NAME_TYPE_IDENTIFIER.");
                return Err(OpError::new(OpErrorKind::Invalid, message));
            };
            let identifier = parts[at + 1..].join("_");
            object.set("id", id).set("zone_id", *zone).set("name", parts[1..at].join("_"));
            object.set("type", parts[at]);
            object.set("set_identifier", Some(identifier).filter(|text| !text.is_empty()));
            Ok(())
        }
    }

    /// From how many records of a zone on all are asked for, three hundred with a call.
    const BATCH_MIN: usize = 3;

    /// What tells a record from others of its zone.
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    struct Key {
        name: String,
        kind: String,
        identifier: String,
    }

    impl Key {
        fn of(object: View<'_>, fqdn: &str) -> Self {
            let identifier = object.str_or_empty("set_identifier").to_owned();
            Self { name: fqdn.to_owned(), kind: object.str_or_empty("type").to_owned(), identifier }
        }

        fn told(found: &ResourceRecordSet) -> Self {
            Self {
                name: normal(found.name()),
                kind: found.r#type().as_str().to_owned(),
                identifier: found.set_identifier().unwrap_or_default().to_owned(),
            }
        }
    }

    fn zone_id(object: View<'_>) -> &str {
        bare(object.str_or_empty("zone_id"))
    }

    fn id_of(planned: View<'_>) -> String {
        let part = |name| planned.str_or_empty(name);
        let id = format!("{}_{}_{}", zone_id(planned), normal(part("name")), part("type"));
        match planned.text("set_identifier") {
            Some(identifier) => format!("{id}_{identifier}"),
            None => id,
        }
    }

    /// The whole name of a record; `None` if its zone is gone.
    async fn fqdn(client: &AwsClients, object: View<'_>) -> OpResult<Option<String>> {
        let found = zone_of(client, zone_id(object)).await?;
        let Some(zone) = found.and_then(|found| found.hosted_zone) else { return Ok(None) };
        let (name, zone) = (normal(object.str_or_empty("name")), normal(zone.name()));
        let is_whole = name == zone || name.ends_with(&format!(".{zone}"));
        Ok(Some(match (is_whole, name.is_empty()) {
            (true, _) => name,
            (false, true) => zone,
            (false, false) => format!("{name}.{zone}"),
        }))
    }

    /// All records of a zone. Asked for once by all that ask at the same time.
    pub(in crate::route53) async fn all_of(
        client: &AwsClients,
        zone: &str,
    ) -> OpResult<Vec<ResourceRecordSet>> {
        let ask = async |zones: Vec<String>| {
            let mut found = HashMap::new();
            for zone in zones {
                let records = pages_of(client, &zone).await?;
                found.insert(zone, records);
            }
            Ok(found)
        };
        let zones = vec![zone.to_owned()];
        let operation = "route53:ListResourceRecordSets";
        let mut found = gathered(&client.gathering, operation, zones, 1, ask).await?;
        Ok(found.remove(zone).unwrap_or_default())
    }

    async fn pages_of(client: &AwsClients, zone: &str) -> OpResult<Vec<ResourceRecordSet>> {
        let mut records = Vec::new();
        let mut call = client.route53().list_resource_record_sets().hosted_zone_id(zone);
        loop {
            let page = call.clone().send().await.of("route53:ListResourceRecordSets")?;
            records.extend(page.resource_record_sets);
            if !page.is_truncated {
                return Ok(records);
            }
            call = call
                .set_start_record_name(page.next_record_name)
                .set_start_record_type(page.next_record_type)
                .set_start_record_identifier(page.next_record_identifier);
        }
    }

    /// The record, or none. Lists begin with it, if it is there.
    async fn look(
        client: &AwsClients,
        zone: &str,
        key: &Key,
    ) -> OpResult<Option<ResourceRecordSet>> {
        let call = client.route53().list_resource_record_sets().hosted_zone_id(zone);
        let call = call.start_record_name(&key.name).start_record_type(key.kind.as_str().into());
        let identifier = Some(key.identifier.clone()).filter(|text| !text.is_empty());
        let call = call.set_start_record_identifier(identifier).max_items(1);
        let found = call.send().await.if_found("route53:ListResourceRecordSets")?;
        let found = found.map(|found| found.resource_record_sets).unwrap_or_default();
        Ok(found.into_iter().find(|found| Key::told(found) == *key))
    }

    async fn put(
        client: &AwsClients,
        planned: View<'_>,
        action: ChangeAction,
        operation: &str,
    ) -> OpResult<()> {
        let zone = zone_id(planned);
        let name = fqdn(client, planned).await?.ok_or_else(|| {
            OpError::new(OpErrorKind::NotFound, format!("There is no zone {zone}."))
        })?;
        let record = record(planned, &name)?;
        let put = RecordChange::builder().action(action).resource_record_set(record);
        let info = change(client, zone, vec![put.build().complete()?]).await?;
        until_known(client, info, timeouts(planned.value(), operation, TIMEOUT)).await
    }

    fn record(planned: View<'_>, name: &str) -> OpResult<ResourceRecordSet> {
        let records = planned.strings("records").into_iter().map(|value| {
            ResourceRecord::builder().value(quoted(planned, value)).build().complete()
        });
        let records = records.collect::<OpResult<Vec<_>>>()?;
        let alias = planned.block("alias").map(|block| {
            build!(
                AliasTarget, block,
                set_dns_name = string "name",
                set_hosted_zone_id = string "zone_id",
                set_evaluate_target_health = bool "evaluate_target_health",
            )
            .complete()
        });
        let networks = planned.block("cidr_routing_policy").map(|block| {
            build!(
                CidrRoutingConfig, block,
                set_collection_id = string "collection_id",
                set_location_name = string "location_name",
            )
            .complete()
        });
        let place = planned.block("geolocation_routing_policy").map(|block| {
            build!(
                GeoLocation, block,
                set_continent_code = text "continent",
                set_country_code = text "country",
                set_subdivision_code = text "subdivision",
            )
        });
        let nearby = planned.block("geoproximity_routing_policy").map(|block| {
            let coordinates = block.block("coordinates").map(|block| {
                build!(
                    Coordinates, block,
                    set_latitude = string "latitude",
                    set_longitude = string "longitude",
                )
                .complete()
            });
            let built = fill!(
                GeoProximityLocation::builder(), block,
                set_aws_region = text "aws_region",
                set_bias = i32 "bias",
                set_local_zone_group = text "local_zone_group",
            );
            OpResult::Ok(built.set_coordinates(coordinates.transpose()?).build())
        });
        let failover = planned.block("failover_routing_policy");
        let latency = planned.block("latency_routing_policy");
        let weighted = planned.block("weighted_routing_policy");
        fill!(
            ResourceRecordSet::builder().name(name), planned,
            set_type = word "type",
            set_health_check_id = text "health_check_id",
            set_set_identifier = text "set_identifier",
        )
        .set_ttl(planned.i64("ttl").filter(|_| alias.is_none()))
        .set_multi_value_answer(planned.bool("multivalue_answer_routing_policy").filter(|it| *it))
        .set_resource_records(Some(records).filter(|all| !all.is_empty()))
        .set_alias_target(alias.transpose()?)
        .set_cidr_routing_config(networks.transpose()?)
        .set_failover(failover.and_then(|block| block.word("type")))
        .set_geo_location(place)
        .set_geo_proximity_location(nearby.transpose()?)
        .set_region(latency.and_then(|block| block.word("region")))
        .set_weight(weighted.and_then(|block| block.i64("weight")))
        .build()
        .complete()
    }

    fn is_text(object: View<'_>) -> bool {
        matches!(object.str("type"), Some("TXT" | "SPF"))
    }

    /// Texts are in quotation marks in DNS, and without in configurations.
    fn quoted(planned: View<'_>, value: String) -> String {
        if is_text(planned) { format!("\"{value}\"") } else { value }
    }

    fn unquoted(value: &str) -> &str {
        let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        inner.unwrap_or(value)
    }

    fn object(known: &Value, fqdn: &str, found: &ResourceRecordSet) -> Value {
        let is_text = is_text(View::new(known));
        let records = found.resource_records().iter().map(ResourceRecord::value);
        let records = records.map(|value| if is_text { unquoted(value) } else { value });
        let mut draft = Draft::from(known);
        draft
            .set("fqdn", fqdn)
            .set("type", found.r#type().as_str())
            .set("health_check_id", found.health_check_id())
            .set("multivalue_answer_routing_policy", found.multi_value_answer())
            .set("set_identifier", found.set_identifier())
            .set("ttl", found.ttl())
            .texts("records", records)
            .each("alias", found.alias_target(), |block, alias| {
                block
                    .set("name", normal(alias.dns_name()))
                    .set("zone_id", alias.hosted_zone_id())
                    .set("evaluate_target_health", alias.evaluate_target_health());
            })
            .each("cidr_routing_policy", found.cidr_routing_config(), |block, config| {
                block
                    .set("collection_id", config.collection_id())
                    .set("location_name", config.location_name());
            })
            .each("failover_routing_policy", found.failover(), |block, failover| {
                block.set("type", failover.as_str());
            })
            .each("geolocation_routing_policy", found.geo_location(), |block, place| {
                block
                    .set("continent", place.continent_code())
                    .set("country", place.country_code())
                    .set("subdivision", place.subdivision_code());
            })
            .each("geoproximity_routing_policy", found.geo_proximity_location(), |block, near| {
                block
                    .set("aws_region", near.aws_region())
                    .set("bias", near.bias())
                    .set("local_zone_group", near.local_zone_group())
                    .each("coordinates", near.coordinates(), |block, at| {
                        block.set("latitude", at.latitude()).set("longitude", at.longitude());
                    });
            })
            .each("latency_routing_policy", found.region(), |block, region| {
                block.set("region", region.as_str());
            })
            .each("weighted_routing_policy", found.weight(), |block, weight| {
                block.set_exactly("weight", weight);
            });
        draft.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_written_otherwise_are_the_same() {
        for (some, other) in [
            ("www.example.com", "WWW.example.com."),
            ("*.example.com", "\\052.example.com."),
            ("a_b.example.com", "a_b.example.com"),
        ] {
            assert!(same_name(&some.into(), &other.into()), "{some} and {other}");
        }
        assert!(!same_name(&"a.example.com".into(), &"b.example.com".into()));
    }
}
