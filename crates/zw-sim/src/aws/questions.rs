//! Data sources of AWS that are not objects.

use zw_lang::{Type, Value};
use zw_provider::{OpError, OpErrorKind, OpResult, View};

use super::regions;
use crate::data::{Question, glob};

/// The answer of a data source that there is a rule for.
pub(super) fn answer(question: &Question<'_>) -> Option<OpResult<Value>> {
    Some(match question.type_name {
        "aws_availability_zones" => availability_zones(question),
        "aws_region" => Ok(region(question)),
        "aws_caller_identity" => Ok(caller_identity(question)),
        "aws_partition" => Ok(partition(question)),
        "aws_ami" => Ok(ami(question)),
        "aws_iam_policy" => return managed_policy(question),
        "aws_ssm_parameter" => return image_parameter(question),
        _ => return None,
    })
}

fn strings(texts: impl IntoIterator<Item = String>) -> Value {
    Value::list(Type::String, texts.into_iter().map(Value::from).collect())
}

#[expect(clippy::unnecessary_wraps, reason = "one of many answers, some of which fail")]
fn availability_zones(question: &Question<'_>) -> OpResult<Value> {
    let view = View::new(question.config);
    let region = &question.place.region;
    let mut zones = regions::zones(region);
    let (names, ids) = (view.strings("exclude_names"), view.strings("exclude_zone_ids"));
    zones.retain(|(name, id)| !names.contains(name) && !ids.contains(id));
    for filter in view.blocks("filter") {
        let values = filter.strings("values");
        let matches = |text: &str| values.iter().any(|pattern| glob(pattern, text));
        zones.retain(|(name, id)| match filter.str_or_empty("name") {
            "zone-name" => matches(name),
            "zone-id" => matches(id),
            "region-name" | "group-name" => matches(region),
            "opt-in-status" => matches("opt-in-not-required"),
            "zone-type" => matches("availability-zone"),
            "state" => matches("available"),
            _ => true,
        });
    }
    if view.str("state").is_some_and(|state| state != "available") {
        zones.clear();
    }
    let (names, ids): (Vec<String>, Vec<String>) = zones.into_iter().unzip();
    Ok(question.make(&[
        ("group_names", strings([region.to_string()])),
        ("id", region.clone().into()),
        ("names", strings(names)),
        ("zone_ids", strings(ids)),
    ]))
}

fn region(question: &Question<'_>) -> Value {
    let view = View::new(question.config);
    let of_endpoint = view
        .str("endpoint")
        .and_then(|endpoint| endpoint.strip_prefix("ec2.")?.strip_suffix(".amazonaws.com"));
    let region = view.str("name").or(of_endpoint).unwrap_or(&question.place.region);
    let suffix = regions::dns_suffix(regions::partition(region));
    question.make(&[
        ("description", regions::description(region).into()),
        ("endpoint", format!("ec2.{region}.{suffix}").into()),
        ("id", region.into()),
        ("name", region.into()),
    ])
}

fn caller_identity(question: &Question<'_>) -> Value {
    let account = &question.place.account;
    let user = crate::dice::Dice::new(0).of(account.as_str()).base32("user", 17);
    let arn = format!("arn:{}:iam::{account}:user/simulated", question.place.partition);
    question.make(&[
        ("account_id", account.clone().into()),
        ("arn", arn.into()),
        ("id", account.clone().into()),
        ("user_id", format!("AIDA{user}").into()),
    ])
}

fn partition(question: &Question<'_>) -> Value {
    let partition = &question.place.partition;
    let suffix = regions::dns_suffix(partition);
    let reversed: Vec<&str> = suffix.rsplit('.').collect();
    question.make(&[
        ("dns_suffix", suffix.into()),
        ("id", partition.clone().into()),
        ("partition", partition.clone().into()),
        ("reverse_dns_prefix", reversed.join(".").into()),
    ])
}

/// An image that answers the description.
fn ami(question: &Question<'_>) -> Value {
    let view = View::new(question.config);
    let filter = |name: &str| {
        let found = view.blocks("filter").find(|filter| filter.str("name") == Some(name))?;
        found.strings("values").into_iter().next()
    };
    let dice = &question.dice;
    let id = filter("image-id").unwrap_or_else(|| format!("ami-{}", dice.hex("id", 17)));
    let name = filter("name").unwrap_or_else(|| "al2023-ami-*-x86_64".into());
    let architecture = filter("architecture").unwrap_or_else(|| {
        let arm = ["arm64", "aarch64"].iter().any(|word| name.contains(word));
        if arm { "arm64".into() } else { "x86_64".into() }
    });
    let name = name.replace('*', "20250920").replace('?', "1");
    let owner = view.strings("owners").into_iter().next().unwrap_or_else(|| "amazon".into());
    let is_alias = owner.bytes().any(|byte| !byte.is_ascii_digit());
    let account = match (owner.as_str(), is_alias) {
        ("self", _) => question.place.account.to_string(),
        (_, true) => "137112412989".into(),
        (_, false) => owner.clone(),
    };
    let (partition, region) = (&question.place.partition, &question.place.region);
    let snapshot = format!("snap-{}", dice.hex("snapshot", 17));
    let text = |text: &str| Value::from(text);
    question.make(&[
        ("architecture", architecture.into()),
        ("arn", format!("arn:{partition}:ec2:{region}::image/{id}").into()),
        ("boot_mode", text("uefi-preferred")),
        ("creation_date", text("2025-09-20T00:00:00.000Z")),
        ("deprecation_time", text("2027-09-20T00:00:00.000Z")),
        ("description", name.clone().into()),
        ("ena_support", true.into()),
        ("hypervisor", text("xen")),
        ("id", id.clone().into()),
        ("image_id", id.into()),
        ("image_location", format!("{owner}/{name}").into()),
        ("image_owner_alias", if is_alias { owner.into() } else { text("") }),
        ("image_type", text("machine")),
        ("imds_support", text("v2.0")),
        ("name", name.into()),
        ("owner_id", account.into()),
        ("platform_details", text("Linux/UNIX")),
        ("public", true.into()),
        ("root_device_name", text("/dev/xvda")),
        ("root_device_type", text("ebs")),
        ("root_snapshot_id", snapshot.into()),
        ("sriov_net_support", text("simple")),
        ("state", text("available")),
        ("state_reason", Value::object([("code", text("UNSET")), ("message", text("UNSET"))])),
        ("usage_operation", text("RunInstances")),
        ("virtualization_type", text("hvm")),
    ])
}

/// Policies of AWS exist without being created.
fn managed_policy(question: &Question<'_>) -> Option<OpResult<Value>> {
    let view = View::new(question.config);
    let prefix = format!("arn:{}:iam::aws:policy/", question.place.partition);
    let path = match (view.str("arn"), view.str("name")) {
        (Some(arn), _) => arn.strip_prefix(&prefix)?.to_owned(),
        // A policy of this account of that name is found as any object is.
        (None, Some(name)) if !question.exists("name", name) => match name {
            "AmazonEKSServicePolicy" | "AmazonEKSClusterPolicy" => name.to_owned(),
            name if name.contains("ServiceRole") || name.ends_with("DriverPolicy") => {
                format!("service-role/{name}")
            }
            name => name.to_owned(),
        },
        _ => return None,
    };
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    let folder = path.strip_suffix(&name).unwrap_or_default();
    let arn = format!("{prefix}{path}");
    let statement =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    Some(Ok(question.make(&[
        ("arn", arn.clone().into()),
        ("attachment_count", 0.into()),
        ("description", format!("The policy {name} of AWS.").into()),
        ("id", arn.into()),
        ("name", name.into()),
        ("path", format!("/{folder}").into()),
        ("policy", statement.into()),
        ("policy_id", format!("ANPA{}", question.dice.base32("id", 17)).into()),
    ])))
}

/// Parameters of AWS that name images.
fn image_parameter(question: &Question<'_>) -> Option<OpResult<Value>> {
    let name = View::new(question.config).str("name")?;
    if question.exists("name", name) {
        return None;
    }
    if !name.starts_with("/aws/service/") {
        let message = format!("The parameter {name:?} does not exist.");
        let error = OpError::new(OpErrorKind::NotFound, message);
        return Some(Err(OpError { code: Some("ParameterNotFound".into()), ..error }));
    }
    let value = if name.ends_with("release_version") {
        "1.33.4-20250920".to_owned()
    } else {
        format!("ami-{}", question.dice.hex("image", 17))
    };
    let partition = &question.place.partition;
    let region = &question.place.region;
    Some(Ok(question.make(&[
        ("arn", format!("arn:{partition}:ssm:{region}::parameter{name}").into()),
        ("id", name.into()),
        ("insecure_value", value.clone().into()),
        ("type", "String".into()),
        ("value", value.into()),
        ("version", 1.into()),
    ])))
}
