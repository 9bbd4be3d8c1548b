//! What helps to review a plan: why something changes, the page, and the picture of a graph.

mod support;

use support::Project;

const MAIN: &str = r#"
locals {
  names = { blue = var.size, green = 1 }
}

module "net" {
  source   = "./net"
  for_each = local.names
  size     = each.value
  label    = var.label
}

resource "terraform_data" "user" {
  input = module.net["blue"].doubled
}

resource "terraform_data" "last" {
  input = terraform_data.user.output
}
"#;

const VARIABLES: &str = r#"
variable "size" {
  default = 2
}

variable "label" {
  default   = "hunter2"
  sensitive = true
}
"#;

const NET: &str = r#"
variable "size" {}
variable "label" {}

resource "terraform_data" "this" {
  input            = { size = var.size }
  triggers_replace = [var.size, var.label]
}

output "doubled" {
  value = terraform_data.this.input.size * 2
}
"#;

fn applied() -> Project {
    let project = Project::of(MAIN);
    project.write("variables.tf", VARIABLES);
    project.write("net/main.tf", NET);
    project.ok(&["apply", "-auto-approve"]);
    project
}

#[test]
fn it_is_said_where_a_value_comes_from_and_who_depends_on_it() {
    let project = applied();
    project.write("terraform.tfvars", "size = 3\n");
    let ran = project.ok(&["plan", "-explain=module.net[\"blue\"].terraform_data.this"]);
    // The id of the object is another one each time.
    let lines = ran.stdout.lines().filter(|line| !line.starts_with("  id:"));
    let text = lines.skip_while(|line| !line.contains("# module")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(text, @r##"
    # module.net["blue"].terraform_data.this must be replaced

    input: object with 1 attribute "size": { size = 2 } -> object with 1 attribute "size": { size = 3 }
      net/main.tf:6: input            = { size = var.size }
        var.size is 3
          main.tf:9: size     = each.value
            each.value is 3
              main.tf:8: for_each = local.names
                local.names is object with 2 attributes: { blue = 3, green = 1 }
                  main.tf:3: names = { blue = var.size, green = 1 }
                    var.size is 3, given in terraform.tfvars:1

    triggers_replace: (sensitive value) -> (sensitive value) # forces replacement
      net/main.tf:7: (sensitive)
        var.size is 3
          main.tf:9: (sensitive)
            each.value is 3
              main.tf:8: (sensitive)
                local.names is object with 2 attributes: { blue = 3, green = 1 }
                  main.tf:3: (sensitive)
                    var.size is 3, given in terraform.tfvars:1
        var.label is (sensitive value)
          main.tf:10: (sensitive)
            var.label is (sensitive value), the default in variables.tf:6

    Not given by the configuration, but by the provider, a default or what there was:
    output: object with 1 attribute "size": { size = 2 } -> a object, known only after apply

    1 object depends on it, and 1 more on those:
      terraform_data.user (will be updated)
    "##);
    assert!(!ran.stdout.contains("hunter"), "{}", ran.stdout);
}

#[test]
fn an_address_that_the_plan_does_not_have_is_refused() {
    let project = applied();
    let ran = project.zw(&["plan", "-explain=terraform_data.usr"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("The plan has nothing of terraform_data.usr"), "{}", ran.stderr);
    assert!(ran.stderr.contains("Did you mean \"terraform_data.user\"?"), "{}", ran.stderr);
}

#[test]
fn the_page_of_a_plan_has_every_change_and_no_secret() {
    let project = applied();
    project.write("terraform.tfvars", "size = 3\n");
    project.ok(&["plan", "-html=report.html", "-out=tfplan"]);
    let page = project.read("report.html");
    for part in [
        "module.net[&quot;blue&quot;].terraform_data.this",
        "terraform_data.user",
        "terraform_data.last",
        "forces replacement",
    ] {
        assert!(page.contains(part), "no {part}");
    }
    assert!(!page.contains("hunter"));
    assert!(
        !page.contains("http://") || !page.replace("http://www.w3.org", "").contains("http://")
    );
    // The same of a saved plan is the same page, byte for byte.
    project.ok(&["show", "-html=again.html", "tfplan"]);
    assert!(page == project.read("again.html"));
}

#[test]
fn a_graph_is_drawn_without_another_program() {
    let project = applied();
    let svg = project.ok(&["graph", "-svg"]).stdout;
    assert!(svg.starts_with("<svg "), "{svg}");
    for name in ["module.net.terraform_data.this", "terraform_data.user", "terraform_data.last"] {
        assert!(svg.contains(&format!(">{name}</text>")), "{name} in {svg}");
    }
    assert_eq!(svg.matches("class=\"edge\"").count(), 2, "{svg}");
    assert_eq!(svg, project.ok(&["graph", "-svg"]).stdout);
}

#[test]
fn a_graph_of_very_many_resources_is_one_of_modules() {
    let project = Project::new();
    let resource = |number: usize| format!("resource \"terraform_data\" \"r{number}\" {{}}\n");
    let many: String = (0..1_000).map(resource).collect();
    project.write(
        "a/main.tf",
        &format!("{many}output \"x\" {{\n  value = terraform_data.r1.id\n}}\n"),
    );
    project.write(
        "b/main.tf",
        "variable \"x\" {}\nresource \"terraform_data\" \"b\" {\n  input = var.x\n}\n",
    );
    project.write(
        "main.tf",
        "module \"a\" {\n  source = \"./a\"\n}\nmodule \"b\" {\n  source = \"./b\"\n  x = module.a.x\n}\n",
    );
    let svg = project.ok(&["graph", "-svg"]).stdout;
    assert_eq!(svg.matches("class=\"node ").count(), 2, "{svg}");
    assert_eq!(svg.matches("class=\"edge\"").count(), 1, "{svg}");
    assert!(svg.contains("1000 resources"), "{svg}");
}
