//! IAM.

use serde_json::{Value as Json, json};
use zw_provider::OpErrorKind;

use crate::rehearsal::{Rehearsal, text};

const ROLE: &str = "aws_iam_role";
const POLICY: &str = "aws_iam_policy";

/// A policy that lets a service act as a role.
fn trust(service: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["sts:AssumeRole"],
            "Principal": { "Service": service },
        }],
    })
    .to_string()
}

/// A policy that allows an action on everything.
fn allow(action: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": [action], "Resource": "*" },
    })
    .to_string()
}

#[tokio::test]
async fn role() {
    let Some(aws) = Rehearsal::start().await else { return };
    let trust_ec2 = trust("ec2.amazonaws.com");
    let config = json!({ "name": "zw-role", "assume_role_policy": trust_ec2 });
    let role = aws.create_named(ROLE, config.clone()).await;
    assert_eq!(text(&role, "id"), "zw-role");
    aws.import(ROLE, "zw-role", config).await;

    let config = json!({
        "name": "zw-role",
        "assume_role_policy": trust("eks.amazonaws.com"),
        "description": "For tests.",
        "max_session_duration": 7200,
        "permissions_boundary": "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "managed_policy_arns": ["arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"],
        "inline_policy": [
            { "name": "a", "policy": allow("s3:GetObject") },
            { "name": "b", "policy": allow("s3:PutObject") },
        ],
        "tags": { "Name": "a", "Team": "x" },
    });
    let role = aws.update(ROLE, &role, config.clone()).await;
    aws.import(ROLE, "zw-role", config).await;

    let config = json!({
        "name": "zw-role",
        "assume_role_policy": trust("eks.amazonaws.com"),
        "managed_policy_arns": ["arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"],
        "inline_policy": [{ "name": "b", "policy": allow("s3:ListBucket") }],
        "tags": { "Name": "b" },
    });
    let role = aws.update(ROLE, &role, config).await;
    for changed in [json!({ "name": "zw-other" }), json!({ "path": "/a/" })] {
        let mut config = json!({ "name": "zw-role", "assume_role_policy": trust_ec2 });
        config.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        assert!(aws.plan(ROLE, &role, &config).1, "{changed} is another role");
    }
    aws.delete(ROLE, role).await;
}

#[tokio::test]
async fn many_roles_are_read_as_each_of_them() {
    let Some(aws) = Rehearsal::start().await else { return };
    let attachment = "aws_iam_role_policy_attachment";
    let (mut roles, mut attachments) = (Vec::new(), Vec::new());
    for number in 0..10 {
        let name = format!("zw-many-{number}");
        let config = json!({
            "name": name,
            "assume_role_policy": trust("ec2.amazonaws.com"),
            "description": format!("The role {number}."),
            "max_session_duration": 3600 + number,
            "permissions_boundary": "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "inline_policy": [{ "name": "a", "policy": allow("s3:GetObject") }],
            "tags": { "Number": number.to_string() },
        });
        roles.push(aws.create_named(ROLE, config).await);
        let policy = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy";
        let config = json!({ "role": name, "policy_arn": policy });
        attachments.push(aws.create_named(attachment, config).await);
    }
    let mut alone = Vec::new();
    for role in &roles {
        alone.push(aws.read(ROLE, role).await);
    }
    assert!(alone.iter().all(Option::is_some));
    assert_eq!(aws.read_all(ROLE, &roles).await, alone);
    assert!(aws.read_all(attachment, &attachments).await.iter().all(Option::is_some));

    let gone = attachments.remove(0);
    aws.delete(attachment, gone.clone()).await;
    attachments.push(gone);
    let found = aws.read_all(attachment, &attachments).await;
    assert_eq!(found.iter().filter(|found| found.is_none()).count(), 1);
    assert_eq!(found.last(), Some(&None));
    for attached in attachments {
        aws.delete(attachment, attached).await;
    }
    let gone = roles.remove(0);
    aws.delete(ROLE, gone.clone()).await;
    roles.push(gone);
    assert_eq!(aws.read_all(ROLE, &roles).await.last(), Some(&None));
    for role in roles {
        aws.delete(ROLE, role).await;
    }
}

#[tokio::test]
async fn role_made_with_everything_at_once() {
    let Some(aws) = Rehearsal::start().await else { return };
    let config = json!({
        "name_prefix": "zw-prefix-",
        "path": "/zw/",
        "assume_role_policy": trust("ec2.amazonaws.com"),
        "description": "For tests.",
        "force_detach_policies": true,
        "managed_policy_arns": ["arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"],
        "inline_policy": [{ "name": "a", "policy": allow("s3:GetObject") }],
        "tags": { "Name": "a" },
    });
    let role = aws.create_named(ROLE, config).await;
    assert!(text(&role, "name").starts_with("zw-prefix-"));
    assert_eq!(text(&role, "name_prefix"), "zw-prefix-");
    aws.delete(ROLE, role).await;
}

#[tokio::test]
async fn an_empty_inline_policy_stands_for_none() {
    let Some(aws) = Rehearsal::start().await else { return };
    let config = json!({
        "name": "zw-no-inline",
        "assume_role_policy": trust("ec2.amazonaws.com"),
        "inline_policy": [{}],
    });
    let role = aws.create_named(ROLE, config.clone()).await;
    let attached = aws
        .create_named(
            "aws_iam_role_policy",
            json!({ "role": "zw-no-inline", "name": "other", "policy": allow("s3:*") }),
        )
        .await;
    let drifted = aws.read(ROLE, &role).await.expect("it is there");
    assert_ne!(drifted, role, "the policy is seen");
    aws.update(ROLE, &drifted, config).await;
    assert_eq!(aws.read("aws_iam_role_policy", &attached).await, None);
    aws.delete(ROLE, role).await;
}

#[tokio::test]
async fn a_policy_that_only_looks_different_is_no_change() {
    let Some(aws) = Rehearsal::start().await else { return };
    let config = |policy: &str| json!({ "name": "zw-same", "assume_role_policy": policy });
    let role = aws.create_named(ROLE, config(&trust("ec2.amazonaws.com"))).await;
    let other: Json = serde_json::from_str(&trust("ec2.amazonaws.com")).unwrap();
    let other = format!("{other:#}").replace("\"ec2.amazonaws.com\"", "[\"ec2.amazonaws.com\"]");
    let imported = aws.import(ROLE, "zw-same", config(&other)).await;
    aws.delete(ROLE, imported).await;
    assert_eq!(aws.read(ROLE, &role).await, None);
}

#[tokio::test]
async fn policy() {
    let Some(aws) = Rehearsal::start().await else { return };
    let config = |action: &str| json!({ "name": "zw-policy", "policy": allow(action), "path": "/zw/", "description": "x" });
    let mut policy = aws.create_named(POLICY, config("s3:A")).await;
    // More versions than there may be.
    for action in ["s3:B", "s3:C", "s3:D", "s3:E", "s3:F", "s3:G"] {
        policy = aws.update(POLICY, &policy, config(action)).await;
    }
    let mut config = config("s3:G");
    config["tags"] = json!({ "Name": "a" });
    let policy = aws.update(POLICY, &policy, config.clone()).await;
    aws.import(POLICY, text(&policy, "arn"), config.clone()).await;
    config["description"] = json!("y");
    assert!(aws.plan(POLICY, &policy, &config).1, "a description cannot be changed");
    aws.delete(POLICY, policy).await;
}

#[tokio::test]
async fn policies_of_roles() {
    let Some(aws) = Rehearsal::start().await else { return };
    let (attachment, inline) = ("aws_iam_role_policy_attachment", "aws_iam_role_policy");
    let trust = trust("ec2.amazonaws.com");
    let role =
        aws.create_named(ROLE, json!({ "name": "zw-of-role", "assume_role_policy": trust })).await;
    let policy =
        aws.create_named(POLICY, json!({ "name": "zw-of-role", "policy": allow("s3:A") })).await;
    let config = json!({ "role": "zw-of-role", "policy_arn": text(&policy, "arn") });
    let attached = aws.create_named(attachment, config.clone()).await;
    aws.import(attachment, &format!("zw-of-role/{}", text(&policy, "arn")), config).await;

    let config =
        |action: &str| json!({ "role": "zw-of-role", "name": "a", "policy": allow(action) });
    let policy_of_role = aws.create_named(inline, config("s3:A")).await;
    let policy_of_role = aws.update(inline, &policy_of_role, config("s3:B")).await;
    aws.import(inline, "zw-of-role:a", config("s3:B")).await;
    aws.delete(inline, policy_of_role).await;
    let generated = json!({ "role": "zw-of-role", "policy": allow("s3:A") });
    let generated = aws.create_named(inline, generated).await;
    aws.delete(inline, generated).await;

    aws.delete(attachment, attached).await;
    aws.delete(POLICY, policy).await;
    aws.delete(ROLE, role).await;
}

#[tokio::test]
async fn instance_profile() {
    let Some(aws) = Rehearsal::start().await else { return };
    let profile = "aws_iam_instance_profile";
    let trust = trust("ec2.amazonaws.com");
    let mut roles = Vec::new();
    for name in ["zw-of-profile-1", "zw-of-profile-2"] {
        roles.push(
            aws.create_named(ROLE, json!({ "name": name, "assume_role_policy": trust })).await,
        );
    }
    let object =
        aws.create_named(profile, json!({ "name": "zw-profile", "role": "zw-of-profile-1" })).await;
    let config =
        json!({ "name": "zw-profile", "role": "zw-of-profile-2", "tags": { "Name": "a" } });
    let object = aws.update(profile, &object, config.clone()).await;
    aws.import(profile, "zw-profile", config).await;
    let object = aws.update(profile, &object, json!({ "name": "zw-profile" })).await;
    aws.delete(profile, object).await;
    for role in roles {
        aws.delete(ROLE, role).await;
    }
}

#[tokio::test]
async fn openid_connect_provider() {
    let Some(aws) = Rehearsal::start().await else { return };
    let provider = "aws_iam_openid_connect_provider";
    let url = "https://oidc.eks.us-east-1.amazonaws.com/id/ABCDEF";
    let prints =
        ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280", "0000000000000000000000000000000000000000"];
    let config = json!({ "url": url, "client_id_list": ["sts.amazonaws.com"], "thumbprint_list": [prints[0]] });
    let object = aws.create_named(provider, config).await;
    assert_eq!(text(&object, "url"), url);
    let mut config = json!({
        "url": url,
        "client_id_list": ["sts.amazonaws.com"],
        "thumbprint_list": [prints[1], prints[0]],
        "tags": { "Name": "a" },
    });
    let object = aws.update(provider, &object, config.clone()).await;
    aws.import(provider, text(&object, "arn"), config.clone()).await;
    config["client_id_list"] = json!(["a", "b"]);
    // Not in moto, nor in any other implementation at hand.
    let error = aws.try_update(provider, &object, config).await.expect_err("moto cannot do that");
    assert_eq!(error.kind, OpErrorKind::NotImplemented, "{error}");
    assert!(error.message.contains("AddClientIDToOpenIDConnectProvider"), "{error}");
    let other = json!({ "url": "https://example.com", "client_id_list": ["a"] });
    assert!(aws.plan(provider, &object, &other).1, "another issuer is another provider");
    aws.delete(provider, object).await;
}
