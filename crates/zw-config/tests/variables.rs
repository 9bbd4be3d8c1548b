//! Values of variables from files, the command line and the environment.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::{Path, PathBuf};

use zw_config::{
    Snapshot, environment_values, load_variables_file, parse_variable_value, variables_file_names,
};
use zw_lang::{SourceMap, Value};

fn file(name: &str, text: &str) -> Result<Vec<(String, Value, String)>, String> {
    let files: Snapshot = [(name, text)].into_iter().collect();
    let mut sources = SourceMap::default();
    let values = load_variables_file(Path::new(name), &files, &mut sources)
        .map_err(|diagnostics| diagnostics.to_string())?;
    let shown = values.into_iter().map(|(name, (value, span))| {
        (name.to_string(), value, sources.snippet(span).unwrap().to_owned())
    });
    Ok(shown.collect())
}

#[test]
fn a_file_of_variables_holds_constants() {
    let values = file("x.tfvars", "a = 1\nb = \"x\"\nc = <<EOT\ny\nEOT\nd = [1, { e = null }]\n");
    let values = values.unwrap();
    assert_eq!(values[0], ("a".into(), Value::from(1), "1".into()));
    assert_eq!(values[2].1, Value::from("y\n"));
    assert_eq!(values.len(), 4);
    assert!(file("x.tfvars", "a = var.b\n").unwrap_err().contains("Variables not allowed"));
    assert!(file("x.tfvars", "a = upper(\"b\")\n").unwrap_err().contains("Function calls not"));
    assert!(file("x.tfvars", "a = 1\na = 2\n").unwrap_err().contains("already set"));
    assert!(file("x.tfvars", "variable \"a\" {}\n").unwrap_err().contains("Unexpected block"));
}

#[test]
fn a_file_of_variables_may_be_json() {
    let values = file("x.tfvars.json", "{ \"a\": 1, \"b\": [true, \"${x}\"] }").unwrap();
    assert_eq!(values[0].1, Value::from(1));
    assert_eq!(values[1].1, Value::tuple(vec![Value::from(true), Value::from("${x}")]));
    assert_eq!(values[1].2, "[true, \"${x}\"]");
    assert!(file("x.tfvars.json", "[]").unwrap_err().contains("must be an object"));
    assert!(file("x.tfvars.json", "{\"a\": 1, \"a\": 2}").unwrap_err().contains("Duplicate"));
    assert!(file("x.tfvars.json", "{").unwrap_err().contains("Invalid JSON"));
}

#[test]
fn files_that_count_without_being_named_are_found_in_order() {
    let names = ["b.auto.tfvars", "terraform.tfvars", "a.auto.tfvars.json", "x.tfvars", "main.tf"];
    let files: Snapshot = names.into_iter().map(|name| (name, "")).collect();
    let found = variables_file_names(Path::new("."), &files).unwrap();
    let wanted = ["terraform.tfvars", "a.auto.tfvars.json", "b.auto.tfvars"];
    assert_eq!(found, wanted.map(PathBuf::from));
}

#[test]
fn text_is_taken_as_the_variable_wants_it() {
    let config = support::valid(
        "variable \"s\" {\n  type = string\n}\nvariable \"l\" {\n  type = list(string)\n}\n\
         variable \"any\" {\n  type = any\n}\nvariable \"free\" {}\n",
    );
    let value = |at: usize, text: &str| {
        let variable = &config.root().variables[at];
        parse_variable_value(variable, text, "<value for var>", &mut SourceMap::default())
            .map(|(value, _)| value)
            .map_err(|diagnostics| diagnostics.to_string())
    };
    assert_eq!(value(0, "[1]"), Ok(Value::from("[1]")));
    assert_eq!(value(1, "[\"a\"]"), Ok(Value::tuple(vec![Value::from("a")])));
    assert_eq!(value(2, "1"), Ok(Value::from(1)));
    assert_eq!(value(3, "1"), Ok(Value::from("1")));
    assert!(value(1, "[a]").unwrap_err().contains("write it in quotes"));
    assert!(value(1, "[").unwrap_err().contains("Unterminated tuple"));
}

#[test]
fn our_own_environment_variables_count_more() {
    let environment = [("ZW_VAR_a", "1"), ("TF_VAR_a", "2"), ("TF_VAR_b", "3"), ("PATH", "/")];
    let values =
        environment_values(environment.map(|(name, text)| (name.to_owned(), text.to_owned())));
    let values: Vec<(&str, &str)> =
        values.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert_eq!(values, [("a", "1"), ("b", "3")]);
}
