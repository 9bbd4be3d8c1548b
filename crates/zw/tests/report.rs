//! The page of a plan in a real browser.

mod support;

use support::Project;
use zw_testing::Browser;

/// A chain of modules, each with many resources.
const MODULES: usize = 20;
const RESOURCES: usize = 50;

const CLOUD: &str = r#"
provider "aws" {
  region   = "eu-west-1"
  simulate = true
}

variable "image" {
  default = "ami-00000000000000001"
}

variable "secret" {
  default   = "hunter2"
  sensitive = true
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
}

resource "aws_instance" "main" {
  ami           = var.image
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.main.id
  user_data     = var.secret
}
"#;

fn project() -> Project {
    let project = Project::of(CLOUD).env("ZW_SIM_LATENCY", "0");
    project.ok(&["apply", "-auto-approve"]);
    let resource = |number: usize| {
        format!(
            "resource \"terraform_data\" \"r{number}\" {{\n  input = {{ from = var.from, n = {number} }}\n}}\n"
        )
    };
    let cell: String = (0..RESOURCES).map(resource).collect();
    let ends = "variable \"from\" {}\noutput \"to\" {\n  value = terraform_data.r0.id\n}\n";
    project.write("cell/main.tf", &format!("{cell}{ends}"));
    let module = |number: usize| {
        let from = match number {
            0 => "aws_instance.main.id".to_owned(),
            _ => format!("module.m{:02}.to", number / 2),
        };
        format!("module \"m{number:02}\" {{\n  source = \"./cell\"\n  from = {from}\n}}\n")
    };
    project.write("modules.tf", &(0..MODULES).map(module).collect::<String>());
    project
}

#[test]
fn the_page_can_be_searched_filtered_and_used_by_keyboard_in_light_and_dark() {
    let Some(browser) = Browser::find() else { return };
    let project = project();
    project.ok(&["plan", "-html=report.html", "-var=image=ami-00000000000000002"]);
    assert!(!project.read("report.html").contains("hunter"));
    let pictures = std::env::var_os("ZW_TEST_PICTURES")
        .map_or_else(|| project.path().to_owned(), std::path::PathBuf::from);
    let said = browser.look("report.mjs", &project.path().join("report.html"), &pictures);
    let said: serde_json::Value = serde_json::from_str(&said).expect("the script writes JSON");
    assert_eq!(said["problems"], serde_json::json!([]), "{said}");
    assert_eq!(said["requests"], 0, "everything is in the file: {said}");
    assert_eq!(said["title"], "Plan: default");
    assert!(
        said["all"].as_str().is_some_and(|all| all.ends_with("1001 of 1001 changes")),
        "{said}"
    );

    assert_eq!(said["light"], "rgb(255, 255, 255)");
    assert_eq!(said["dark"], "rgb(18, 22, 28)");
    assert_eq!(said["chosen"], said["light"], "who looks at it can choose: {said}");

    let all = said["escaped"].as_u64().expect("a number");
    assert!(said["searched"].as_u64().is_some_and(|count| count > 0 && count < all), "{said}");
    assert_eq!(said["first"], "aws_instance.main", "the riskiest comes first: {said}");
    assert_eq!(said["opened"], 1, "{said}");
    assert!(said["rows"].as_u64().is_some_and(|rows| rows >= 2), "{said}");
    assert_eq!(said["withoutCreations"], 1, "{said}");
    assert!(said["picked"].as_u64().is_some_and(|count| count < all), "{said}");
    assert!(said["lit"].as_u64().is_some_and(|count| count > 0), "{said}");
    assert_eq!(said["left"], all, "{said}");

    // A thousand objects are some twenty modules.
    assert!(said["nodes"].as_u64().is_some_and(|count| count > 20 && count <= 60), "{said}");
    assert_eq!(said["overlaps"], 0, "{said}");
    assert_eq!(said["spills"], 0, "{said}");
    assert_eq!(said["overflows"], serde_json::json!([false, false]), "{said}");
}
