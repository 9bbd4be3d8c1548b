//! Environments, from the file to what is applied.

mod support;

use std::collections::BTreeMap;

use serde_json::json;
use support::Project;

/// A module that says what it was given.
const MODULE: &str = r#"
variable "name" {}

variable "size" {
  type    = number
  default = 1
}

variable "labels" {
  type    = map(string)
  default = { "a.b/${"c"}" = "$${x}" }
}

resource "terraform_data" "this" {
  input = { name = var.name, size = var.size, labels = var.labels }
}

output "got" {
  value = terraform_data.this.output
}
"#;

const ENVIRONMENT: &str = r"
name: live
cells:
  hub:
    module: ./modules/one
    per: region
    variables:
      name: hub-${cell.region}
  spoke:
    module: ./modules/one
    variables:
      name: ${module.hub[cell.region].got.name}/${cell.environment}-${cell.cluster}-${cell.index}
waves:
  - [eu/02]
  - [us]
regions:
  eu:
    clusters:
      count: 2
      '02': { variables: { size: 7 } }
      edge: {}
  us:
    clusters: 1
    variables:
      size: ${5 + length(cell.region)}
      labels:
        of: ${cell.key}
  none: {}
";

fn project() -> Project {
    let project = Project::new();
    project.write("modules/one/main.tf", MODULE);
    project.write("environment.zw.yaml", ENVIRONMENT);
    project.write(
        "outputs.tf",
        "output \"all\" {\n  value = { for key, one in module.spoke : key => one.got }\n}\n",
    );
    project
}

#[test]
fn the_nearest_value_counts() {
    let project = project();
    let ran = project.ok(&["apply", "-auto-approve"]);
    assert!(ran.stdout.contains("7 added"), "{}", ran.stdout);
    let all = project.ok(&["output", "-json", "all"]).stdout;
    let all: serde_json::Value = serde_json::from_str(&all).expect("JSON");
    // As the module has them.
    let labels = json!({"a.b/c": "${x}"});
    let expected = json!({
        "eu/01": {"name": "hub-eu/live-01-1", "size": 1, "labels": labels},
        "eu/02": {"name": "hub-eu/live-02-2", "size": 7, "labels": labels},
        "eu/edge": {"name": "hub-eu/live-edge-3", "size": 1, "labels": labels},
        "us/01": {"name": "hub-us/live-01-1", "size": 7, "labels": {"of": "us/01"}},
    });
    assert_eq!(all, expected);
    assert_eq!(project.zw(&["plan", "-detailed-exitcode"]).code, Some(0));
}

/// Where in a text something is said for the first and for the last time.
fn lines_with(text: &str, all: [&str; 2]) -> (usize, usize) {
    let found =
        || text.lines().enumerate().filter(|(_, line)| all.iter().all(|part| line.contains(part)));
    let first = found().next().expect("it is there").0;
    (first, found().last().expect("it is there").0)
}

#[test]
fn a_wave_begins_when_the_one_before_it_is_done() {
    let project = project();
    let out = project.ok(&["apply", "-auto-approve", "-parallelism=50"]).stdout;
    // The hub of the first cluster belongs to its wave.
    let (_, first) = lines_with(&out, ["\"eu/02\"", "Creation complete"]);
    let (second, second_end) = lines_with(&out, ["\"us/01\"", "Crea"]);
    let (rest, _) = lines_with(&out, ["\"eu/01\"", "Creating"]);
    let (_, hub) = lines_with(&out, ["module.hub[\"eu\"]", "Creation complete"]);
    assert!(hub < first && first < second && second_end < rest, "{out}");
}

#[test]
fn a_wave_that_fails_holds_up_the_others() {
    let project = project();
    project.edit(
        "modules/one/main.tf",
        "resource \"terraform_data\" \"this\" {",
        "resource \"terraform_data\" \"this\" {\n  provisioner \"local-exec\" {\n    command = \"test ${var.size} -ne 7\"\n  }\n",
    );
    let ran = project.zw(&["apply", "-auto-approve"]);
    assert_eq!(ran.code, Some(1));
    let listed = project.ok(&["state", "list"]).stdout;
    let listed: Vec<&str> = listed.lines().collect();
    // What failed is there, tainted, and what it depends on.
    assert_eq!(
        listed,
        ["module.hub[\"eu\"].terraform_data.this", "module.spoke[\"eu/02\"].terraform_data.this"]
    );
}

/// The distribution that the estate is described with.
#[test]
fn production_is_planned_in_the_simulated_cloud() {
    let environments = zw_testing::workspace().join("environments/production");
    let data = tempfile::tempdir().expect("a directory");
    let project = Project::new().env("ZW_DATA_DIR", &data.path().display().to_string());
    let dir = format!("-chdir={}", environments.display());
    let ran = project.ok(&[&dir, "-simulate", "plan", "-full"]);
    let mut clusters: BTreeMap<&str, usize> = BTreeMap::new();
    for line in ran.stdout.lines() {
        let region = line
            .strip_prefix("  # module.cluster[\"")
            .filter(|rest| rest.ends_with(".aws_eks_cluster.this will be created"))
            .and_then(|rest| rest.split('/').next());
        if let Some(region) = region {
            *clusters.entry(region).or_default() += 1;
        }
    }
    assert_eq!(clusters.len(), 4 + 46);
    for (region, count) in
        [("us-east-1", 50), ("us-west-2", 50), ("eu-west-1", 40), ("ap-southeast-1", 60)]
    {
        assert_eq!(clusters[region], count, "{region}");
    }
    let total: usize = clusters.values().sum();
    assert!(total > 1000, "{total}");
    let networks = ran.stdout.matches(".aws_vpc.this will be created").count();
    assert_eq!(networks, 50);
}
