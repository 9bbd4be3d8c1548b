//! The same configuration in another syntax.

mod expression;
mod native;
mod yaml;

use serde_json::Value as Json;
use zw_lang::parse::Text;
use zw_lang::{Diagnostics, SourceId};

use crate::data::{self, Shapes, Syntax};

/// A file in another syntax. What it declares stays the same; comments, which JSON cannot hold, do not stay.
/// `shapes` tells arguments from blocks where JSON or YAML does not.
///
/// # Errors
/// If the file is not valid in its own syntax, or holds something that cannot be said in the other.
pub fn convert(
    source: SourceId,
    text: &str,
    from: Syntax,
    to: Syntax,
    shapes: &dyn Shapes,
) -> Result<String, Diagnostics> {
    if to == Syntax::Native {
        if from == Syntax::Native {
            return zw_lang::format(Text::of_file(source, text));
        }
        let (native, problems) = data::native(source, text, from, shapes);
        problems.into_result(())?;
        return zw_lang::format(native.text(source)).map(|text| with_space(&text));
    }
    let tree = match from {
        Syntax::Native => native::tree(Text::of_file(source, text))?,
        Syntax::Json | Syntax::Yaml => data::tree(source, text, from)?,
    };
    Ok(match to {
        Syntax::Yaml => yaml::written(&tree),
        Syntax::Json | Syntax::Native => format!("{tree:#}\n"),
    })
}

/// Native syntax with an empty line before every block at the top but the first.
fn with_space(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + text.len() / 16);
    for line in text.split_inclusive('\n') {
        let begins_block = line.starts_with(|char: char| char.is_ascii_alphabetic());
        if begins_block && spaced.ends_with("}\n") {
            spaced.push('\n');
        }
        spaced.push_str(line);
    }
    spaced
}

/// An object of JSON.
type Object = serde_json::Map<String, Json>;
