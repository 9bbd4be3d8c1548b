//! The estate's EKS cluster, from nothing to nothing, in the simulated cloud: as against AWS, with no account and
//! without the SDK.

mod support;

use support::Project;

/// All objects of a type in the simulated cloud, which is a file beside the state.
fn objects(project: &Project, type_name: &str) -> Vec<serde_json::Value> {
    let cloud =
        rusqlite::Connection::open(project.path().join(".zw/simulated/sim.db")).expect("a cloud");
    let mut query = cloud.prepare("SELECT body FROM objects WHERE type = ?1").expect("a query");
    let bodies = query.query_map([type_name], |row| row.get::<_, String>(0)).expect("rows");
    bodies.map(|body| serde_json::from_str(&body.expect("text")).expect("JSON")).collect()
}

/// Takes a tag from the only object of a type, behind the back of `zw`.
fn untag(project: &Project, type_name: &str, tag: &str) {
    let cloud =
        rusqlite::Connection::open(project.path().join(".zw/simulated/sim.db")).expect("a cloud");
    let removed = cloud.execute(
        "UPDATE objects SET body = json_remove(body, '$.tags.' || ?2, '$.tags_all.' || ?2) WHERE type = ?1",
        [type_name, tag],
    );
    assert_eq!(removed.expect("an update"), 1);
}

fn assert_empty_plan(project: &Project) {
    let ran = project.zw(&["plan", "-simulate", "-detailed-exitcode"]);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("No changes."), "{}", ran.stdout);
}

#[test]
fn the_cluster_of_the_estate_lives_a_whole_life_in_the_simulated_cloud() {
    let project = Project::copy_of("examples/seed");
    project.ok(&["init"]);
    let ran = project.zw(&["plan", "-simulate", "-out=tfplan", "-detailed-exitcode"]);
    assert_eq!(ran.code, Some(2), "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("0 to change, 0 to destroy."), "{}", ran.stdout);

    let refused = project.zw(&["apply", "tfplan"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("Apply it with -simulate"), "{}", refused.stderr);
    project.ok(&["apply", "-simulate", "tfplan"]);
    assert_eq!(objects(&project, "aws_subnet").len(), 6);
    let groups = objects(&project, "aws_eks_node_group");
    assert_eq!(groups.len(), 3);
    let standard = groups.iter().find(|group| group["node_group_name"] == "standard");
    assert_eq!(standard.expect("it is there")["scaling_config"][0]["desired_size"], 2000);
    assert_empty_plan(&project);

    project.edit("main.tf", "desired_size = 2000", "desired_size = 2500");
    let ran = project.ok(&["apply", "-simulate", "-auto-approve"]);
    assert!(ran.stdout.contains("0 added, 1 changed, 0 destroyed"), "{}", ran.stdout);
    assert_empty_plan(&project);

    project.edit("main.tf", "[\"m6i.8xlarge\"]", "[\"m6i.4xlarge\"]");
    let ran = project.ok(&["plan", "-simulate"]);
    assert!(ran.stdout.contains("# forces replacement"), "{}", ran.stdout);
    let ran = project.ok(&["apply", "-simulate", "-auto-approve"]);
    assert!(ran.stdout.contains("1 added, 0 changed, 1 destroyed"), "{}", ran.stdout);
    assert_empty_plan(&project);

    untag(&project, "aws_vpc", "Environment");
    let ran = project.zw(&["plan", "-simulate", "-detailed-exitcode"]);
    assert_eq!(ran.code, Some(2), "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("0 to add, 1 to change, 0 to destroy"), "{}", ran.stdout);
    project.ok(&["apply", "-simulate", "-auto-approve"]);
    assert_eq!(objects(&project, "aws_vpc")[0]["tags"]["Environment"], "production");
    assert_empty_plan(&project);

    project.ok(&["destroy", "-simulate", "-auto-approve"]);
    for type_name in ["aws_vpc", "aws_subnet", "aws_eks_cluster", "aws_iam_role"] {
        assert_eq!(objects(&project, type_name).len(), 0, "{type_name}");
    }
    assert_eq!(project.ok(&["state", "-simulate", "list"]).stdout, "");
}

/// The modules of a region together: what one makes, others use, in two regions.
#[test]
fn a_region_of_the_estate_comes_and_goes() {
    let dir = zw_testing::workspace().join("examples/platform");
    let data = tempfile::tempdir().expect("a directory");
    let project = Project::new().env("ZW_DATA_DIR", &data.path().display().to_string());
    let chdir = format!("-chdir={}", dir.display());
    project.ok(&[&chdir, "validate"]);
    let ran = project.ok(&[&chdir, "apply", "-auto-approve"]);
    assert!(ran.stdout.contains("0 changed, 0 destroyed"), "{}", ran.stdout);
    let ran = project.zw(&[&chdir, "plan", "-detailed-exitcode"]);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    // A password that was made goes to its secret, and is kept nowhere.
    let state = project.ok(&[&chdir, "state", "pull"]).stdout;
    let state: serde_json::Value = serde_json::from_str(&state).expect("JSON");
    let resources = state["resources"].as_array().expect("resources");
    let versions: Vec<_> = resources
        .iter()
        .filter(|resource| resource["type"] == "aws_secretsmanager_secret_version")
        .flat_map(|resource| resource["instances"].as_array().expect("instances"))
        .collect();
    assert_eq!(versions.len(), 1);
    for secret in ["secret_string", "secret_string_wo", "secret_binary"] {
        assert!(versions[0]["attributes"][secret].is_null(), "{secret}");
    }
    project.ok(&[&chdir, "destroy", "-auto-approve"]);
    assert_eq!(project.ok(&[&chdir, "state", "list"]).stdout, "");
}
