//! Environments, as they are loaded.

use std::path::Path;

use zw_config::model::{Config, Repetition};
use zw_config::{LocalSources, Snapshot, load};
use zw_lang::{Diagnostic, Diagnostics};

const VPC: (&str, &str) = (
    "modules/vpc/main.tf",
    r#"
    terraform {
      required_providers {
        aws = { source = "hashicorp/aws" }
      }
    }
    variable "name" {}
    variable "zones" {
      type    = list(string)
      default = ["a", "b"]
    }
    variable "tags" {
      type    = map(string)
      default = {}
    }
    output "id" { value = "vpc" }
    "#,
);

const EKS: (&str, &str) =
    ("modules/eks/main.tf", "variable \"name\" {}\nvariable \"vpc_id\" {}\nvariable \"size\" {}\n");

const BASE: (&str, &str) = (
    "environments/base/environment.zw.yaml",
    r"
providers:
  aws:
    region: ${cell.region}
variables:
  tags:
    Environment: ${cell.environment}
cells:
  network:
    module: ../../modules/vpc
    per: region
    variables:
      name: net-${cell.region}
  cluster:
    module: ../../modules/eks
    variables:
      name: ${cell.environment}-${cell.region}-${cell.cluster}
      vpc_id: ${module.network[cell.region].id}
      size: 3
regions:
  us-east-1: { clusters: 1 }
",
);

/// Loads the environment that one file describes, beside its base and the modules.
fn environment(text: &str) -> (Config, Diagnostics) {
    let own = ("environments/live/environment.zw.yaml", text);
    let files: Snapshot = [VPC, EKS, BASE, own].into_iter().collect();
    load(Path::new("environments/live"), &files, &mut LocalSources)
}

fn good(text: &str) -> Config {
    let (config, found) = environment(text);
    assert!(found.is_empty(), "{found}");
    config
}

/// What is wrong: the summaries, with the text that each points at.
fn problems(text: &str) -> Vec<(String, String)> {
    let (config, found) = environment(text);
    let shown = |problem: &Diagnostic| {
        let span = problem.span.expect("it is somewhere");
        let source = config.sources.get(span.source).expect("a source");
        let at = source.text.get(span.start as usize..span.end as usize).expect("a place");
        (problem.summary.clone(), at.to_owned())
    };
    found.iter().map(shown).collect()
}

#[test]
fn cells_become_modules_and_regions_configurations_of_providers() {
    let config = good("name: live\nbase: ../base\nregions: { eu-west-1: { clusters: 2 } }\n");
    let root = config.root();
    let calls: Vec<&str> = root.calls.iter().map(|call| &*call.name).collect();
    assert_eq!(calls, ["network", "cluster"]);
    for call in &root.calls {
        assert!(matches!(call.repetition, Repetition::ForEach(_)), "{}", call.name);
    }
    // Only what the module has a variable for is passed on.
    let arguments: Vec<&str> = root.calls[0].arguments.keys().map(|name| &**name).collect();
    assert_eq!(arguments, ["name", "tags"]);
    let arguments: Vec<&str> = root.calls[1].arguments.keys().map(|name| &**name).collect();
    assert_eq!(arguments, ["name", "vpc_id", "size"]);
    // The module that says so gets the configuration of its region.
    assert_eq!(root.calls[0].providers.len(), 1);
    assert!(root.calls[1].providers.is_empty());
    assert!(root.providers.iter().all(|provider| provider.for_each.is_some()));
    assert_eq!(config.modules.len(), 3);
}

#[test]
fn what_an_environment_says_replaces_what_its_base_says() {
    let config = good(
        "name: live\nbase: ../base\nvariables: { tags: null }\ncells:\n  network:\n    variables: { zones: [c] }\n  \
         cluster: null\n",
    );
    let root = config.root();
    assert_eq!(root.calls.len(), 1);
    let arguments: Vec<&str> = root.calls[0].arguments.keys().map(|name| &**name).collect();
    assert_eq!(arguments, ["name", "zones"]);
}

#[test]
fn mistakes_are_reported_where_they_are_written() {
    let start = "name: live\nbase: ../base\n";
    let cases = [
        ("regoins: {}\n", "Unsupported argument", "regoins"),
        ("cells: { cluster: { per: zone } }\n", "Invalid value for \"per\"", "zone"),
        ("cells: { cluster: { variables: { sise: 1 } } }\n", "Unsupported argument", "sise"),
        ("variables: { nothing: 1 }\n", "Unsupported argument", "nothing"),
        ("regions: { us-east-1: { clusters: many } }\n", "Incorrect value type", "many"),
        ("regions: { us-east-1: { clusters: -1 } }\n", "Invalid number of clusters", "-1"),
        ("waves: [[us-west-9]]\n", "Unknown region", "us-west-9"),
        ("waves: [[us-east-1/7]]\n", "Unknown cluster", "us-east-1/7"),
        ("waves: [[us-east-1], [us-east-1]]\n", "Duplicate member of a wave", "us-east-1"),
        ("cells: { more: { per: region } }\n", "Missing required argument", "more"),
        ("cells: { more: { module: ../nowhere } }\n", "Unreadable module directory", "../nowhere"),
        (
            "cells: { cluster: { variables: { size: \"${var.no}\" } } }\n",
            "Reference to undeclared input variable",
            "var.no",
        ),
    ];
    for (text, summary, at) in cases {
        let found = problems(&format!("{start}{text}"));
        assert_eq!(found, [(summary.to_owned(), at.to_owned())], "{text}");
    }
}

#[test]
fn a_mistake_in_a_base_is_reported_there() {
    let text = "name: live\nbase: ../base\ncells:\n  network: null\n";
    let (config, found) = environment(text);
    let problem = found.iter().next().expect("the network is still referred to");
    let span = problem.span.expect("it is somewhere");
    let source = config.sources.get(span.source).expect("a source");
    assert_eq!(source.path, Path::new(BASE.0));
    assert!(source.text[span.start as usize..].starts_with("module.network"), "{problem:?}");
}

#[test]
fn a_value_for_some_needs_one_for_the_others() {
    let found = problems(
        "name: live\nbase: ../base\ncells: { cluster: { variables: { size: null } } }\nregions:\n  us-east-1: { clusters: 2, \
         variables: { size: 5 } }\n  eu-west-1: { clusters: 1 }\n",
    );
    assert_eq!(found, [("Missing value of a variable".to_owned(), "size".to_owned())]);
}

#[test]
fn an_environment_is_not_based_on_itself() {
    let found = problems("name: live\nbase: .\nregions: {}\n");
    assert_eq!(found[0].0, "Circular base");
    let found = problems("name: live\nbase: ../nowhere\n");
    assert_eq!(found[0].0, "Base of the environment not found");
    let found = problems("base: ../base\n");
    assert_eq!(found[0].0, "Missing required argument");
}
