//! Finding one's way: templates, documentation in the terminal, completion, manual pages, and the doctor.

mod support;

use serde_json::Value as Json;
use support::Project;
use zw_testing::{Emulator, Kind};

#[test]
fn a_template_is_a_configuration_that_works() {
    let project = Project::new();
    let ran = project.ok(&["init", "-from=simulated"]);
    assert!(ran.stdout.contains("Begin with: zw apply"), "{}", ran.stdout);
    project.ok(&["fmt", "-check"]);
    let ran = project.ok(&["apply", "-auto-approve"]);
    assert!(ran.stdout.contains("Apply complete! Resources: 3 added"), "{}", ran.stdout);
    // It writes over nothing.
    let ran = project.zw(&["init", "-from=simulated"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("there is main.tf already"), "{}", ran.stderr);
}

#[test]
fn the_template_for_aws_has_environments_that_differ() {
    let project = Project::new();
    project.ok(&["init", "-from=aws"]);
    project.ok(&["fmt", "-check", "-recursive"]);
    for (name, subnets) in [("dev", 1), ("staging", 2), ("production", 3)] {
        project.ok(&["workspace", "new", name]);
        let file = format!("-var-file=environments/{name}.tfvars");
        let ran = project.ok(&["-simulate", "plan", &file]);
        let planned = ran.stdout.matches("resource \"aws_subnet\"").count();
        assert_eq!(planned, subnets, "{}", ran.stdout);
    }
}

#[test]
fn the_template_for_aws_can_be_applied_and_destroyed() {
    let Some(emulator) = Emulator::start(Kind::Moto) else { return };
    let project = Project::new().on(&emulator);
    project.ok(&["init", "-from=aws"]);
    let file = "-var-file=environments/staging.tfvars";
    project.ok(&["apply", "-auto-approve", file]);
    assert_eq!(project.zw(&["plan", "-detailed-exitcode", file]).code, Some(0));
    project.ok(&["destroy", "-auto-approve", file]);
}

#[test]
fn a_type_is_explained_from_its_schema() {
    let project = Project::new();
    insta::assert_snapshot!(project.ok(&["explain", "random_integer"]).stdout, @r"
    random_integer of registry.terraform.io/hashicorp/random

    A random number of a range.

    Required:
      max  number; a change means a new object
          The greatest number of the range.
      min  number; a change means a new object
          The least number of the range.

    Optional:
      keepers  map(string)
          Values whose changes mean a new object.
      seed  string; a change means a new object
          With a seed the number is always the same.

    Read-only:
      id  string
          The number as text.
      result  number
          The number.

    Import: zw import random_integer.NAME ID, where ID is RESULT,MIN,MAX[,SEED]
    ");
    let ran = project.ok(&["explain", "aws_eks_cluster.vpc_config.subnet_ids"]);
    assert!(
        ran.stdout.starts_with("aws_eks_cluster.vpc_config.subnet_ids  set(string)"),
        "{}",
        ran.stdout
    );
    let ran = project.ok(&["explain", "aws_eks_cluster.vpc_config"]);
    assert!(
        ran.stdout.contains("subnet_ids") && !ran.stdout.contains("role_arn"),
        "{}",
        ran.stdout
    );
    assert!(project.ok(&["explain", "data.aws_ami"]).stdout.contains("most_recent"));
    assert!(project.ok(&["explain", "provider.aws"]).stdout.contains("assume_role"));
    let ran = project.ok(&["explain", "cidrsubnet"]);
    assert!(ran.stdout.starts_with("cidrsubnet(prefix: string, "), "{}", ran.stdout);
    assert!(project.ok(&["explain"]).stdout.contains("\n  aws_vpc "));
}

#[test]
fn a_name_that_is_not_known_gets_the_nearest_one() {
    let project = Project::new();
    for (name, said) in [
        ("aws_vcp", "Did you mean \"aws_vpc\"?"),
        ("aws_ami", "\"zw explain data.aws_ami\""),
        ("aws_vpc.cidr_blok", "Did you mean \"cidr_block\"?"),
        ("provider.awss", "Did you mean \"aws\"?"),
    ] {
        let ran = project.zw(&["explain", name]);
        assert_eq!(ran.code, Some(1));
        let text = ran.stderr.replace("\n│ ", " ");
        assert!(text.contains(said), "{name}: {}", ran.stderr);
    }
    let ran = project.zw(&["aply"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("'apply'"), "{}", ran.stderr);
}

#[test]
fn schemas_are_written_as_terraform_writes_them() {
    let project = Project::of("resource \"terraform_data\" \"a\" {}\n");
    let Some(_) = project.terraform(&["init"], "") else { return };
    let Some(theirs) = project.terraform(&["providers", "schema", "-json"], "") else { return };
    let mut theirs: Json = serde_json::from_str(&theirs.stdout).expect("JSON");
    let ran = project.ok(&["providers", "schema", "-json"]);
    let mut ours: Json = serde_json::from_str(&ran.stdout).expect("JSON");
    // What each says about things in its own words, and what only one of them has a word for.
    for document in [&mut theirs, &mut ours] {
        without_words(document);
    }
    assert_eq!(ours, theirs);
}

/// Takes out descriptions.
fn without_words(json: &mut Json) {
    match json {
        Json::Object(entries) => {
            for word in ["description", "description_kind", "summary"] {
                entries.shift_remove(word);
            }
            entries.values_mut().for_each(without_words);
        }
        Json::Array(items) => items.iter_mut().for_each(without_words),
        _ => {}
    }
}

#[test]
fn all_schemas_have_a_place_in_the_document() {
    let ran = Project::new().ok(&["providers", "schema", "-json", "-all"]);
    let document: Json = serde_json::from_str(&ran.stdout).expect("JSON");
    let aws = &document["provider_schemas"]["registry.terraform.io/hashicorp/aws"];
    let block = &aws["resource_schemas"]["aws_eks_cluster"]["block"];
    assert_eq!(block["attributes"]["name"]["required"], true);
    assert_eq!(block["block_types"]["vpc_config"]["nesting_mode"], "list");
    assert_eq!(block["block_types"]["vpc_config"]["max_items"], 1);
    assert_eq!(aws["data_source_schemas"]["aws_ami"]["version"], 0);
}

/// What is offered for the last of the words.
fn offered(project: &Project, words: &[&str]) -> Vec<String> {
    let index = format!("-index={}", words.len() - 1);
    let args: Vec<&str> =
        ["complete", &index, "--"].into_iter().chain(words.iter().copied()).collect();
    let ran = project.ok(&args);
    ran.stdout.lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
}

const CONFIG: &str = "resource \"terraform_data\" \"all\" {\n  for_each = toset([\"a\", \"b\"])\n}\n\nresource \
                      \"terraform_data\" \"new\" {}\n";

#[test]
fn a_shell_is_offered_what_the_project_has() {
    let project = Project::of(CONFIG);
    project.ok(&["apply", "-auto-approve", "-target=terraform_data.all"]);
    let has = |words: &[&str], wanted: &str| {
        let found = offered(&project, words);
        assert!(found.iter().any(|found| found == wanted), "{words:?}: {found:?}");
    };
    has(&["zw", "pl"], "plan");
    has(&["zw", "plan", "-tar"], "-target");
    has(&["zw", "plan", "--tar"], "--target");
    has(&["zw", "plan", "-target=terraform_data.n"], "-target=terraform_data.new");
    has(&["zw", "state", "show", "terr"], "terraform_data.all[\"a\"]");
    has(&["zw", "workspace", "select", ""], "default");
    has(&["zw", "explain", "data.aws_a"], "data.aws_ami");
    // An empty word at the end may get lost on the way.
    let ran = project.ok(&["complete", "-index=3", "--", "zw", "state", "show"]);
    assert!(ran.stdout.contains("terraform_data.all[\"b\"]"), "{}", ran.stdout);
    // Elsewhere.
    let other = Project::new();
    let dir = format!("-chdir={}", project.path().display());
    let found = offered(&other, &["zw", &dir, "taint", "terraform_data.a"]);
    assert!(found.contains(&"terraform_data.all[\"a\"]".to_owned()), "{found:?}");
}

#[cfg(unix)]
#[test]
fn bash_completes_addresses_with_the_script() {
    let project = Project::of(CONFIG);
    project.ok(&["apply", "-auto-approve"]);
    project.write("zw.bash", &project.ok(&["completion", "bash"]).stdout);
    let program = env!("CARGO_BIN_EXE_zw");
    let dir = std::path::Path::new(program).parent().expect("it is in a directory");
    let path = std::env::var("PATH").unwrap_or_default();
    // What bash itself sets when somebody presses the tabulator.
    let complete = |line: &str, word: &str| {
        let script = format!(
            "compopt() {{ :; }}\nsource ./zw.bash\nCOMP_LINE={line:?}\nCOMP_POINT=${{#COMP_LINE}}\n_zw zw '{word}' \
             plan\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
        );
        let ran = std::process::Command::new("bash")
            .args(["-c", &script])
            .current_dir(project.path())
            .env("PATH", format!("{}:{path}", dir.display()))
            .output()
            .expect("there is a bash");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).into_owned()
    };
    assert_eq!(complete("zw wor", "wor"), "workspace\n");
    // Readline has cut the word at its "=".
    assert_eq!(
        complete("zw plan -target=terraform_data.n", "terraform_data.n"),
        "terraform_data.new\n"
    );
    assert_eq!(
        complete("zw state show terraform_data.all[", "terraform_data.all["),
        "terraform_data.all\\[\\\"a\\\"\\]\nterraform_data.all\\[\\\"b\\\"\\]\n"
    );
}

#[test]
fn every_command_has_a_manual_page() {
    let project = Project::new();
    project.ok(&["metadata", "man", "man1"]);
    let page = project.read("man1/zw-plan.1");
    assert!(page.starts_with(".ie \\n(.g .ds Aq") || page.contains(".TH"), "{page}");
    assert!(page.contains("Show what applying the configuration would change"));
    assert!(project.path().join("man1/zw-state-list.1").exists());
    // What only scripts call has none.
    assert!(!project.path().join("man1/zw-complete.1").exists());
}

#[test]
fn the_doctor_finds_what_is_well_and_what_is_not() {
    let project = Project::of(
        "provider \"aws\" {\n  region   = \"eu-west-1\"\n  simulate = true\n}\n\nresource \"aws_vpc\" \"a\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n",
    );
    project.ok(&["apply", "-auto-approve"]);
    let ran = project.ok(&["doctor"]);
    assert!(ran.stdout.contains("workspace \"default\": 1 object,"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Its credentials are good"), "{}", ran.stdout);

    project.edit("main.tf", "\n  simulate = true", "\n  skip_metadata_api_check = \"true\"");
    let ran = project.zw(&["doctor", "-json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stdout);
    let document: Json = serde_json::from_str(&ran.stdout).expect("JSON");
    let checks = document["checks"].as_array().expect("a list");
    let aws = checks.iter().find(|check| check["what"] == "aws").expect("it was looked at");
    assert_eq!(aws["health"], "wrong");
    assert!(
        aws["found"].as_str().expect("text").starts_with("There are no AWS credentials."),
        "{aws}"
    );

    project.edit("main.tf", "cidr_block", "cidr_blok");
    let ran = project.zw(&["doctor", "-json"]);
    assert_eq!(ran.code, Some(1));
    let document: Json = serde_json::from_str(&ran.stdout).expect("JSON");
    let found = &document["checks"][1];
    assert_eq!(found["health"], "wrong");
    assert_eq!(found["found"], "Unsupported argument. \"zw validate\" shows all that is wrong.");
}

#[test]
fn the_doctor_names_all_variables_without_a_value() {
    let config = "variable \"a\" {}\nvariable \"b\" { default = 1 }\nvariable \"c\" { type = number }\n\noutput \"a\" {\n  value = var.a\n}\n";
    let project = Project::of(config);
    let ran = project.ok(&["doctor", "-var=a=1"]);
    assert!(ran.stdout.contains("There is no value for var.c:"), "{}", ran.stdout);
    let ran = project.ok(&["doctor"]);
    assert!(ran.stdout.contains("There is no value for var.a, var.c:"), "{}", ran.stdout);
    assert!(!project.ok(&["doctor", "-var=a=1", "-var=c=1"]).stdout.contains("no value"));
}

#[test]
fn the_doctor_asks_whose_credentials_they_are_and_what_time_it_is() {
    let Some(emulator) = Emulator::start(Kind::Moto) else { return };
    let config = "provider \"aws\" {\n  region = \"us-east-1\"\n}\n\nprovider \"aws\" {\n  alias  = \"west\"\n  region = \"us-west-2\"\n}\n\nresource \"aws_vpc\" \"a\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n";
    let project = Project::of(config).on(&emulator);
    let ran = project.ok(&["doctor"]);
    // The account of moto, unless it is told another.
    assert_eq!(ran.stdout.matches("of account 123456789012").count(), 2, "{}", ran.stdout);
    assert!(ran.stdout.contains("clock"), "{}", ran.stdout);
    assert!(ran.stdout.contains("It agrees with http://"), "{}", ran.stdout);
}
