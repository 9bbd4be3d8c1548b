//! Sources of modules that depend on variables.

mod support;

use support::Project;

/// A root module that calls one by the name of its environment, which calls another one by what it is told.
fn project() -> Project {
    let project = Project::of(
        r#"
        variable "environment" {
          type  = string
          const = true
        }

        locals {
          directory = "./environments/${var.environment}"
        }

        module "here" {
          source = local.directory
          size   = "small"
        }

        module "there" {
          source = local.directory
          size   = "large"
        }

        output "all" {
          value = "${module.here.said} ${module.there.said}"
        }
        "#,
    );
    for name in ["dev", "prod"] {
        let config = format!(
            r#"
            variable "size" {{
              type = string
            }}

            module "sized" {{
              source = "../../sizes/${{var.size}}"
            }}

            output "said" {{
              value = "{name}-${{module.sized.said}}"
            }}
            "#
        );
        project.write(&format!("environments/{name}/main.tf"), &config);
    }
    for size in ["small", "large"] {
        let config = format!("output \"said\" {{\n  value = \"{size}\"\n}}\n");
        project.write(&format!("sizes/{size}/main.tf"), &config);
    }
    project
}

#[test]
fn a_source_is_made_of_variables_and_what_is_passed_on_of_them() {
    let project = project();
    let init = project.ok(&["init", "-var=environment=dev"]);
    assert!(init.stdout.contains("Modules: 4 calls"), "{}", init.stdout);
    project.ok(&["validate", "-var=environment=dev"]);
    project.ok(&["plan", "-var=environment=prod", "-out=tfplan"]);
    project.ok(&["apply", "tfplan"]);
    assert_eq!(project.ok(&["output", "-raw", "all"]).stdout.trim(), "prod-small prod-large");
    project.write("terraform.tfvars", "environment = \"dev\"\n");
    project.ok(&["apply", "-auto-approve"]);
    assert_eq!(project.ok(&["output", "-raw", "all"]).stdout.trim(), "dev-small dev-large");
}

#[test]
fn what_is_not_known_early_enough_is_said() {
    let project = project();
    let ran = project.zw(&["plan"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("Variable is not known early enough"), "{}", ran.stderr);
    let ran = project.zw(&["plan", "-var=environment=none"]);
    assert!(ran.stderr.contains("Unreadable module directory"), "{}", ran.stderr);
    project.edit(
        "main.tf",
        "source = local.directory\n          size   = \"small\"",
        "source = terraform_data.x.id\n          size   = \"small\"",
    );
    let ran = project.zw(&["plan", "-var=environment=dev"]);
    assert!(ran.stderr.contains("Invalid module source"), "{}", ran.stderr);

    let secret = "variable \"x\" {\n  default   = \"./a\"\n  sensitive = true\n}\nmodule \"a\" {\n  source = var.x\n}\n";
    let ran = Project::of(secret).zw(&["plan"]);
    assert!(ran.stderr.contains("cannot be made of sensitive"), "{}", ran.stderr);
    let late = "resource \"terraform_data\" \"x\" {}\nmodule \"a\" {\n  source = \"./a\"\n  b      = local.b\n}\nlocals {\n  b = terraform_data.x.id\n}\n";
    let project = Project::of(late);
    project.write("a/main.tf", "variable \"b\" {\n  type  = string\n  const = true\n}\n");
    let ran = project.zw(&["validate"]);
    assert!(ran.stderr.contains("Value of constant variable is not known"), "{}", ran.stderr);
    project.edit("main.tf", "terraform_data.x.id", "\"b\"");
    project.ok(&["init"]);
    project.ok(&["validate"]);
    let circle =
        "locals {\n  a = local.b\n  b = local.a\n}\nmodule \"a\" {\n  source = local.a\n}\n";
    let ran = Project::of(circle).zw(&["plan"]);
    assert!(ran.stderr.contains("Cycle"), "{}", ran.stderr);
}

#[test]
fn json_and_yaml_say_the_same() {
    for (name, config) in [
        (
            "main.tf.json",
            r#"{"variable":{"n":{"default":"a"}},"module":{"x":{"source":"./${var.n}"}}}"#,
        ),
        (
            "main.zw.yaml",
            "variable:\n  n:\n    default: a\nmodule:\n  x:\n    source: ./${var.n}\n",
        ),
    ] {
        let project = Project::new();
        project.write(name, config);
        project.write("a/main.tf", "");
        project.ok(&["validate"]);
        let native = project.ok(&["convert", "-to=hcl", name]).stdout;
        assert!(native.contains("source = \"./${var.n}\""), "{native}");
    }
}
