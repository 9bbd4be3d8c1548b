//! The canonical form of source files, as `terraform fmt` writes it.
//!
//! What a file says is not touched, but for three habits of the language's first years: a text that is one
//! interpolation loses its quotes, labels get theirs, and type constraints of variables are written without.
//! Then every line is indented by the brackets open before it, tokens are spaced by rules, and the `=` and the
//! comments of neighbouring lines are put below each other.
//!
//! Source: `hclwrite/format.go` of HCL, and `internal/command/fmt.go` of Terraform.

mod layout;
mod rewrite;
mod scanner;
mod token;

use crate::diag::Diagnostics;
use crate::parse::{Text, structures};

/// A file in its canonical form.
///
/// # Errors
/// If it is not valid syntax: then it had better be left alone.
pub fn format(text: Text<'_>) -> Result<String, Diagnostics> {
    let problems = structures(text, &mut |_, _| {});
    if problems.has_errors() {
        return Err(problems);
    }
    let tokens = scanner::tokens(text.text);
    let mut tokens = rewrite::body(&tokens);
    layout::lay_out(&mut tokens);
    let mut formatted = String::with_capacity(text.text.len() + text.text.len() / 8);
    for token in &tokens {
        formatted.extend(std::iter::repeat_n(' ', token.spaces_before));
        formatted.push_str(&token.text);
    }
    // Terraform leaves blanks at the very end. Those after a comment are part of the comment.
    if !formatted.ends_with([' ', '\t']) {
        let end = text.text.trim_end_matches([' ', '\t']).len();
        formatted.extend(std::iter::repeat_n(' ', text.text.len() - end));
    }
    Ok(formatted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::SourceId;

    fn formatted(text: &str) -> String {
        let text = Text::of_file(SourceId(0), text);
        format(text).expect("it is valid")
    }

    /// As `terraform fmt` 1.11.4 writes them, but for the line break that it adds to standard input.
    #[test]
    fn blanks_at_the_very_end_stay_and_do_not_become_more() {
        for (from, to) in
            [("t=e#e ", "t = e #e "), ("t=1  ", "t = 1  "), ("t=e /*a*/ ", "t = e /*a*/ ")]
        {
            assert_eq!(formatted(from), to);
            assert_eq!(formatted(to), to);
        }
    }
}
