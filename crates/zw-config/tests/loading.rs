//! What configurations are loaded as.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::Path;

use support::{assert_one, loaded, shown, valid};
use zw_config::model::{
    IgnoreChanges, ProvisionerFailure, ProvisionerWhen, Repetition, ResourceMode, Symbol,
};
use zw_config::{LocalSources, Snapshot, load};
use zw_lang::{ExprKind, Str, Type, Value};

#[test]
fn every_block_becomes_part_of_the_model() {
    let config = valid(
        r#"
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      version               = "~> 5.0"
      configuration_aliases = [aws.west]
    }
  }
  backend "s3" {
    bucket = "state"
  }
}

zw {
  experiments = [fast]
}

provider "aws" {
  region = var.region
}

provider "aws" {
  alias    = "by_region"
  for_each = toset(["a", "b"])
  region   = each.value
}

variable "region" {
  type        = string
  default     = "us-east-1"
  description = "Where."
  sensitive   = true
  nullable    = false
  validation {
    condition     = length(var.region) > 0
    error_message = "Say ${var.region} where."
  }
}

locals {
  name = "x-${var.region}"
}

data "aws_ami" "it" {
  owners = ["self"]
}

resource "aws_instance" "web" {
  count    = 2
  provider = aws.by_region["a"]
  ami      = data.aws_ami.it.id
  tags     = { Name = "${local.name}-${count.index}" }

  dynamic "ebs_block_device" {
    for_each = [1, 2]
    content {
      size = ebs_block_device.value
      dynamic "inner" {
        for_each = ebs_block_device.value
        iterator = it
        content {
          outer = ebs_block_device.key
          own   = it.value
        }
      }
    }
  }

  provisioner "local-exec" {
    when       = destroy
    on_failure = continue
    command    = "echo ${self.id}"
  }

  lifecycle {
    create_before_destroy = true
    prevent_destroy       = false
    ignore_changes        = [tags["Name"], ami]
    replace_triggered_by  = [aws_instance.other[count.index].id]
    postcondition {
      condition     = self.id != ""
      error_message = "No id."
    }
  }
  depends_on = [module.network, data.aws_ami.it]
}

resource "aws_instance" "other" {
  for_each = { a = 1 }
  ami      = each.key
}

module "network" {
  source = "./network"
  cidr   = "10.0.0.0/8"
  providers = {
    aws      = aws
    aws.west = aws.by_region["b"]
  }
}

output "id" {
  value      = aws_instance.web[0].id
  depends_on = [module.network]
  precondition {
    condition     = true
    error_message = "Never."
  }
}

moved {
  from = aws_instance.old["x"]
  to   = module.network.aws_instance.new[0]
}

removed {
  from = module.gone
  lifecycle {
    destroy = false
  }
}

import {
  for_each = { a = "i-1" }
  to       = aws_instance.other[each.key]
  id       = each.value
}

check "health" {
  data "http" "it" {
    url = "http://localhost"
  }
  assert {
    condition     = data.http.it.status_code == 200
    error_message = "It is down."
  }
}

ephemeral "random_password" "it" {
  length = 10
}
"#,
    );
    let root = config.root();
    assert_eq!(root.settings.required_version[0].0, ">= 1.5");
    let aws = &root.settings.required_providers["aws"];
    assert_eq!(aws.source.as_deref(), Some("hashicorp/aws"));
    assert_eq!(aws.configuration_aliases[0].alias.as_deref(), Some("west"));
    assert_eq!(root.settings.backend.as_ref().unwrap().0, "s3");
    assert_eq!(root.settings.experiments[0].0, "fast");
    assert_eq!(root.providers.len(), 2);
    assert!(root.providers[1].for_each.is_some());
    let region = &root.variables[0];
    assert_eq!(region.ty, Type::String);
    assert_eq!(region.default, Some(Value::from("us-east-1")));
    assert!(region.sensitive && !region.nullable && region.validations.len() == 1);

    assert_eq!(root.resources.len(), 5);
    let web = root.resources.iter().find(|one| one.name == "web").unwrap();
    assert!(matches!(web.repetition, Repetition::Count(_)));
    assert_eq!(web.provider.key.alias.as_deref(), Some("by_region"));
    assert!(web.provider.instance.is_some());
    assert_eq!(web.body.attributes.keys().collect::<Vec<_>>(), ["ami", "tags"]);
    let outer = &web.body.blocks[0];
    assert_eq!(outer.dynamic.as_ref().unwrap().iterator_slot, 0);
    assert_eq!(outer.body.blocks[0].dynamic.as_ref().unwrap().iterator_slot, 1);
    assert_eq!(web.provisioners[0].when, ProvisionerWhen::Destroy);
    assert_eq!(web.provisioners[0].on_failure, ProvisionerFailure::Continue);
    assert_eq!(web.lifecycle.create_before_destroy, Some(true));
    let IgnoreChanges::Paths(paths) = &web.lifecycle.ignore_changes else { panic!() };
    assert_eq!(paths[0].0.to_string(), "tags[\"Name\"]");
    assert_eq!(web.lifecycle.replace_triggered_by.len(), 1);
    let waits: Vec<Symbol> = web.depends_on.iter().map(|one| root.symbol(one.symbol)).collect();
    assert_eq!(waits, [Symbol::Module(0), Symbol::Resource(0)]);

    assert_eq!(root.calls[0].arguments.keys().collect::<Vec<_>>(), ["cidr"]);
    assert_eq!(root.calls[0].providers.len(), 2);
    assert_eq!(root.moved[0].to.module.to_string(), "module.network");
    assert!(!root.removed[0].destroy && root.removed[0].from.resource.is_none());
    assert!(root.imports[0].for_each.is_some() && root.imports[0].to.key.is_some());
    let check = &root.checks[0];
    let data = &root.resources[check.data.unwrap()];
    assert_eq!((data.mode, data.check), (ResourceMode::Data, Some(0)));
    let ephemeral = root.resources.iter().find(|one| one.mode == ResourceMode::Ephemeral);
    assert_eq!(ephemeral.expect("it is there").type_name, "random_password");
}

#[test]
fn references_become_symbols_with_the_steps_behind_them() {
    let config = valid(
        "locals {\n  a = aws_x.y[0].id\n  b = data.t.n.x.z\n  c = module.m.out[\"k\"]\n}\n\
         resource \"aws_x\" \"y\" {}\ndata \"t\" \"n\" {}\nmodule \"m\" {\n  source = \"./m\"\n}\n",
    );
    let root = config.root();
    let parts = |at: usize| {
        let ExprKind::Ref(reference) = &root.locals[at].value.kind else { panic!() };
        (root.symbol(reference.symbol), reference.name.clone(), reference.steps.len())
    };
    assert_eq!(parts(0), (Symbol::Resource(0), Str::from("aws_x.y"), 2));
    assert_eq!(parts(1), (Symbol::Resource(1), Str::from("data.t.n"), 2));
    assert_eq!(parts(2), (Symbol::Module(0), Str::from("module.m"), 2));
}

#[test]
fn a_name_may_be_used_before_it_is_declared_and_from_another_file() {
    let (config, diagnostics) = loaded(&[
        ("a.tf", "locals {\n  a = local.b\n}\n"),
        ("b.tf", "locals {\n  b = var.c\n}\n"),
        ("c.tf", "variable \"c\" {}\n"),
    ]);
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(config.root().locals.len(), 2);
}

#[test]
fn modules_are_compiled_once_and_called_often() {
    let (config, diagnostics) = loaded(&[
        (
            "main.tf",
            "module \"a\" {\n  source = \"./m\"\n  x = 1\n}\nmodule \"b\" {\n  source = \"./m/../m\"\n  x = 2\n}\n",
        ),
        ("m/main.tf", "variable \"x\" {}\nmodule \"inner\" {\n  source = \"../n\"\n}\n"),
        ("n/main.tf", "output \"y\" {\n  value = path.module\n}\n"),
    ]);
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(config.modules.len(), 3);
    assert_eq!(config.tree.len(), 5);
    let a = config.tree[0].children[0];
    assert_eq!(config.module_of(a).dir, Path::new("m"));
    assert_eq!(config.module_of(config.tree[a.0 as usize].children[0]).dir, Path::new("n"));
}

#[test]
fn override_files_change_what_others_declare() {
    let (config, diagnostics) = loaded(&[
        (
            "main.tf",
            "variable \"x\" {\n  type = string\n  default = \"a\"\n}\n\
             resource \"t\" \"n\" {\n  a = 1\n  b = 1\n  c {}\n  c {}\n  d {}\n}\nlocals {\n  l = 1\n}\n",
        ),
        (
            "main_override.tf",
            "variable \"x\" {\n  default = \"b\"\n}\nresource \"t\" \"n\" {\n  b = 2\n  c {\n    e = 1\n  }\n  \
             lifecycle {\n    prevent_destroy = true\n  }\n}\nlocals {\n  l = 2\n}\n",
        ),
    ]);
    assert!(diagnostics.is_empty(), "{diagnostics}");
    let root = config.root();
    assert_eq!(root.variables[0].default, Some(Value::from("b")));
    assert_eq!(root.variables[0].ty, Type::String);
    let resource = &root.resources[0];
    let number = |name: &str| resource.body.attributes[name].value.as_literal().unwrap().as_i64();
    assert_eq!((number("a"), number("b")), (Some(1), Some(2)));
    let blocks: Vec<&str> = resource.body.blocks.iter().map(|one| one.type_name.as_str()).collect();
    assert_eq!(blocks, ["d", "c"]);
    assert!(resource.lifecycle.prevent_destroy.is_some());
    assert_eq!(root.locals[0].value.as_literal().unwrap().as_i64(), Some(2));

    let found = shown(&loaded(&[("override.tf", "variable \"y\" {}\n")]));
    assert_one(&found, "override.tf:1:1 `variable \"y\"` Missing base variable to override", &[]);
}

#[test]
fn a_configuration_loads_again_from_its_own_sources() {
    let files: Snapshot = [
        ("live/main.tf", "module \"m\" {\n  source = \"../m\"\n}\n"),
        ("m/main.tf", "output \"x\" {\n  value = 1\n}\n"),
    ]
    .into_iter()
    .collect();
    let (first, diagnostics) = load(Path::new("./live"), &files, &mut LocalSources);
    assert!(diagnostics.is_empty(), "{diagnostics}");
    let again = Snapshot::of(&first.sources);
    let (second, diagnostics) = load(Path::new("./live"), &again, &mut LocalSources);
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(first.tree.len(), second.tree.len());
    assert_eq!(first.sources.iter().count(), second.sources.iter().count());
}

#[test]
fn quoted_references_are_read_without_their_quotes() {
    let loaded = loaded(&[(
        "main.tf",
        "resource \"t\" \"a\" {\n  depends_on = [\"t.b\"]\n  provider = \"aws.west\"\n}\nresource \"t\" \"b\" {}\n",
    )]);
    let resource = &loaded.0.root().resources[0];
    assert_eq!(loaded.0.root().symbol(resource.depends_on[0].symbol), Symbol::Resource(1));
    assert_eq!(resource.provider.key.alias.as_deref(), Some("west"));
    let found = shown(&loaded);
    assert!(!loaded.1.has_errors() && found.len() == 2, "{found:#?}");
    assert!(found[0].starts_with("main.tf:2:17 `\"t.b\"` Quoted references"), "{found:#?}");
}

/// With the versions that terraform 1.11.4 accepts and refuses in the same place.
#[test]
fn a_module_says_which_versions_it_works_with() {
    let check = |constraint: &str| {
        let text = format!("terraform {{\n  required_version = \"{constraint}\"\n}}\n");
        let files: Snapshot = [("main.tf", text.as_str())].into_iter().collect();
        let (_, found) = load(Path::new("."), &files, &mut LocalSources);
        found.iter().map(|problem| problem.summary.clone()).collect::<Vec<_>>()
    };
    for constraint in [">= 1.3", "~> 1.11", ">= 1.0, < 2.0", "1.11.4", "!= 1.5.0"] {
        assert!(check(constraint).is_empty(), "{constraint}");
    }
    for constraint in [">= 1.12", "~> 1.10.0", "< 1.0", "= 1.11.3"] {
        assert_eq!(check(constraint), ["Unsupported version"], "{constraint}");
    }
    assert_eq!(check("about 1"), ["Invalid version constraint"]);
}
