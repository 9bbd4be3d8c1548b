//! Computed attributes of EKS that depend on other objects.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zw_lang::{Type, Value};
use zw_provider::View;

use crate::fill::Answers;

/// The version of clusters that do not say one.
const VERSION: &str = "1.33";

/// What a node of a cluster runs, by the minor version of Kubernetes.
const RELEASE: &str = "20250920";

pub(super) fn answer(answers: &mut Answers<'_>) {
    match answers.type_name() {
        "aws_eks_cluster" => cluster(answers),
        "aws_eks_node_group" => node_group(answers),
        "aws_eks_addon" => addon(answers),
        "aws_eks_pod_identity_association" => answers.set_text("association_id", "a-{hex:17}"),
        _ => {}
    }
}

fn object<const N: usize>(attributes: [(&str, Value); N]) -> Value {
    Value::object(attributes)
}

fn list(item: Value) -> Value {
    Value::tuple(vec![item])
}

fn cluster(answers: &mut Answers<'_>) {
    let dice = answers.dice();
    answers.set("version", VERSION);
    let platform = format!("eks.{}", 1 + dice.below("platform", 20));
    if has_new_version(answers) {
        answers.change("platform_version", platform);
    } else {
        answers.set("platform_version", platform);
    }
    let certificate = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        STANDARD.encode(dice.hex("certificate", 48))
    );
    let certificate = STANDARD.encode(certificate);
    answers.set("certificate_authority", list(object([("data", certificate.into())])));
    let region = &answers.making().place.region;
    let id = dice.hex("oidc", 32).to_uppercase();
    let issuer = format!("https://oidc.eks.{region}.amazonaws.com/id/{id}");
    let oidc = list(object([("issuer", issuer.into())]));
    answers.set("identity", list(object([("oidc", oidc)])));
    let access = [
        ("authentication_mode", Value::from("CONFIG_MAP")),
        ("bootstrap_cluster_creator_admin_permissions", true.into()),
    ];
    answers.set("access_config", list(object(access)));
    answers.set("upgrade_policy", list(object([("support_type", "EXTENDED".into())])));
    let anywhere = Value::set(Type::String, vec!["0.0.0.0/0".into()]);
    answers.set("vpc_config.public_access_cidrs", anywhere);
    let vpc = vpc_of(answers);
    if let Some(vpc) = &vpc {
        answers.set("vpc_config.vpc_id", View::new(vpc).str_or_empty("id"));
    }
    // EKS takes a network for services that the VPC does not use.
    let in_ten =
        vpc.is_some_and(|vpc| View::new(&vpc).str_or_empty("cidr_block").starts_with("10."));
    let services = if in_ten { "172.20.0.0/16" } else { "10.100.0.0/16" };
    answers.set("kubernetes_network_config.service_ipv4_cidr", services);
    let network = [
        ("elastic_load_balancing", list(object([("enabled", false.into())]))),
        ("ip_family", "ipv4".into()),
        ("service_ipv4_cidr", services.into()),
        ("service_ipv6_cidr", "".into()),
    ];
    answers.set("kubernetes_network_config", list(object(network)));
}

/// The VPC of a cluster's subnets.
fn vpc_of(answers: &Answers<'_>) -> Option<Value> {
    let world = answers.making().world;
    let subnets = View::new(answers.block("vpc_config")?).strings("subnet_ids");
    let subnet = world.by_handle(subnets.first()?)?;
    world.by_handle(View::new(&subnet).str("vpc_id")?)
}

/// Whether an object is brought to another version.
fn has_new_version(answers: &Answers<'_>) -> bool {
    let prior = answers.making().prior.and_then(|prior| View::new(prior).str("version"));
    prior.is_some_and(|prior| answers.text("version") != Some(prior))
}

fn node_group(answers: &mut Answers<'_>) {
    let world = answers.making().world;
    let cluster =
        answers.text("cluster_name").and_then(|name| world.by_id("aws_eks_cluster", name));
    let version = cluster.as_ref().and_then(|cluster| View::new(cluster).str("version"));
    answers.set("version", version.unwrap_or(VERSION));
    let version = answers.text("version").unwrap_or(VERSION).to_owned();
    let release = format!("{version}.4-{RELEASE}");
    if has_new_version(answers) {
        answers.change("release_version", release);
    } else {
        answers.set("release_version", release);
    }
    let template = answers.block("launch_template").map(View::new);
    let by_id = template.and_then(|template| world.by_handle(template.str("id")?));
    if let Some(template) = &by_id {
        answers.set("launch_template.name", View::new(template).str_or_empty("name"));
    } else if let Some(name) = template.and_then(|template| template.str("name")) {
        // Templates of others are found by name only where there is one of that name.
        let id = format!("lt-{}", crate::dice::Dice::new(0).of(name).hex("id", 17));
        answers.set("launch_template.id", id);
    }
    // What a launch template may say is not made up.
    let has_template = answers.block("launch_template").is_some();
    answers.set("disk_size", if has_template { 0 } else { 20 });
    answers.set("ami_type", "AL2023_x86_64_STANDARD");
    let types = if has_template { Vec::new() } else { vec!["t3.medium".into()] };
    answers.set("instance_types", Value::list(Type::String, types));
    let name = answers.expand("group", "eks-{node_group_name}-{uuid}").unwrap_or_default();
    let groups = list(object([("name", name.into())]));
    let resources =
        [("autoscaling_groups", groups), ("remote_access_security_group_id", "".into())];
    answers.set("resources", list(object(resources)));
    answers.set("update_config", list(object([("max_unavailable", 1.into())])));
}

fn addon(answers: &mut Answers<'_>) {
    let version = match answers.text("addon_name") {
        Some("vpc-cni") => "v1.20.1-eksbuild.3",
        Some("coredns") => "v1.12.3-eksbuild.1",
        Some("kube-proxy") => "v1.33.3-eksbuild.6",
        Some("aws-ebs-csi-driver") => "v1.48.0-eksbuild.2",
        Some("aws-efs-csi-driver") => "v2.1.11-eksbuild.1",
        Some("eks-pod-identity-agent") => "v1.3.8-eksbuild.2",
        Some("metrics-server") => "v0.8.0-eksbuild.2",
        _ => "v1.0.0-eksbuild.1",
    };
    answers.set("addon_version", version);
    let now = answers.now();
    answers.change("modified_at", now);
}
