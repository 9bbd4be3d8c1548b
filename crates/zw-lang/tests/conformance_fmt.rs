//! Files with the form that `terraform fmt` gives them.
//!
//! As in [`conformance_hcl`](../conformance_hcl), the cases lie outside of the repository.
#![expect(clippy::print_stderr, clippy::expect_used, reason = "it is a test")]

mod support;

use serde_json::Value as Json;
use support::conformance_dir;
use zw_lang::parse::Text;
use zw_lang::{SourceId, format};

#[test]
fn files_get_the_form_that_terraform_gives_them() {
    let Some(dir) = conformance_dir() else { return };
    let text = std::fs::read_to_string(dir.join("fmt.json")).expect("the cases");
    let file: Json = serde_json::from_str(&text).expect("JSON");
    let cases = file["cases"].as_array().or(file.as_array()).expect("a list of cases");
    let failures: Vec<String> = cases.iter().filter_map(|case| check(case).err()).collect();
    eprintln!("{} of {} files hold", cases.len() - failures.len(), cases.len());
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
}

fn check(case: &Json) -> Result<(), String> {
    let input = case["input"].as_str().expect("an input");
    let formatted = format(Text::of_file(SourceId(0), input));
    if case["terraform_fmt"]["ok"] != true {
        return match formatted {
            Ok(formatted) => Err(format!("{input:?} is no valid file, but becomes {formatted:?}")),
            Err(_) => Ok(()),
        };
    }
    let wanted = case["terraform_fmt"]["output"].as_str().expect("an output");
    let formatted = formatted.map_err(|problems| format!("{input:?}: {problems}"))?;
    // The answers were printed, which ends the last line.
    if formatted != wanted && format!("{formatted}\n") != wanted {
        return Err(format!("{input:?}\n  becomes   {formatted:?}\n  should be {wanted:?}"));
    }
    let again = format(Text::of_file(SourceId(0), &formatted));
    let again = again.map_err(|problems| format!("{formatted:?}: {problems}"))?;
    if again == formatted { Ok(()) } else { Err(format!("{formatted:?} becomes {again:?}")) }
}
