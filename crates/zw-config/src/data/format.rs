//! YAML in its canonical form.

use std::panic::catch_unwind;

use pretty_yaml::config::{FormatOptions, LayoutOptions};
use zw_lang::{Diagnostics, SourceId};

use super::Problem;
use super::yaml;

/// How long a line of lists and objects in brackets may become. Texts and comments are not broken.
const WIDTH: usize = 120;

/// A file of YAML with its indentation, spaces and quotes in order. What it says, its comments included, stays.
///
/// # Errors
///
/// It cannot be read, or the formatter would make something else of it.
pub fn format_yaml(source: SourceId, text: &str) -> Result<String, Diagnostics> {
    formatted(text).map_err(|problem| problem.diagnostic(source).into())
}

fn formatted(text: &str) -> Result<String, Problem> {
    let before = said(text)?;
    let layout = LayoutOptions { print_width: WIDTH, ..LayoutOptions::default() };
    let options = FormatOptions { layout, ..FormatOptions::default() };
    // It panics at few files, such as a folded text in which a tab begins a line.
    let formatted = catch_unwind(|| pretty_yaml::format_text(text, &options))
        .map_err(|_| left_alone("The formatter does not know what to make of it."))?
        .map_err(|error| left_alone(error.to_string()))?;
    // Two parsers of YAML need not agree on everything.
    match said(&formatted) {
        Ok(after) if after == before => Ok(formatted),
        _ => Err(left_alone("What it says would become something else.")),
    }
}

fn left_alone(why: impl Into<String>) -> Problem {
    Problem::new("This file cannot be formatted", why, 0..0)
}

/// What a file says, with its properties in their order; `None` if that is nothing.
fn said(text: &str) -> Result<Option<String>, Problem> {
    Ok(yaml::read(text)?.map(|root| root.json().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_says_stays_with_its_comments() {
        let text = "# Top\nresource:\n    aws_vpc:   # here\n        main: {cidr_block:   '10.0.0.0/16',\n             tags: {a:  1}}\n\n\n\noutput:\n  x:\n    value: [ a,b ]\n    description: |\n      a\n        b\n";
        let once = formatted(text).expect("it can be formatted");
        assert_eq!(
            once,
            "# Top\nresource:\n  aws_vpc: # here\n    main: { cidr_block: \"10.0.0.0/16\", tags: { a: 1 } }\n\noutput:\n  x:\n    value: [a, b]\n    description: |\n      a\n        b\n"
        );
        assert_eq!(formatted(&once).expect("it can be formatted"), once);
    }

    #[test]
    fn what_the_formatter_panics_at_is_left_alone() {
        let problem = formatted("a: >\n  \t  b\n\n  c\n\n").expect_err("it cannot be formatted");
        assert_eq!(problem.summary, "This file cannot be formatted");
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        assert!(format_yaml(SourceId(0), "a: [").is_err());
    }
}
