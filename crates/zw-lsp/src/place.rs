//! Places in texts: bytes here, lines and UTF-16 units in the protocol; and files, paths here, URIs there.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use lsp_types::{Position, Uri};

/// The byte that a position means; one past the end of its line means the end of the line.
pub(crate) fn offset(text: &str, position: Position) -> usize {
    let mut start = 0;
    for _ in 0..position.line {
        match text[start..].find('\n') {
            Some(at) => start += at + 1,
            None => return text.len(),
        }
    }
    let line = text[start..].split('\n').next().unwrap_or_default();
    let line = line.strip_suffix('\r').unwrap_or(line);
    let mut units = 0;
    for (at, char) in line.char_indices() {
        if units >= position.character as usize {
            return start + at;
        }
        units += char.len_utf16();
    }
    start + line.len()
}

/// The position of a byte.
pub(crate) fn position(text: &str, offset: usize) -> Position {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count();
    let units: usize = before[start..].chars().map(char::len_utf16).sum();
    let cut = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Position::new(cut(line), cut(units))
}

/// The range of bytes.
pub(crate) fn range(text: &str, bytes: &Range<usize>) -> lsp_types::Range {
    lsp_types::Range::new(position(text, bytes.start), position(text, bytes.end))
}

/// The path of a file, if the URI is of one.
pub(crate) fn path(uri: &Uri) -> Option<PathBuf> {
    url::Url::parse(uri.as_str()).ok()?.to_file_path().ok()
}

/// The URI of a file.
pub(crate) fn uri(path: &Path) -> Option<Uri> {
    Uri::from_str(url::Url::from_file_path(path).ok()?.as_str()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_units_of_utf_16() {
        let text = "a = \"😀ä\"\r\nb = 1";
        let smile = text.find('ä').expect("it is there");
        assert_eq!(position(text, smile), Position::new(0, 7));
        assert_eq!(offset(text, Position::new(0, 7)), smile);
        assert_eq!(offset(text, Position::new(0, 99)), text.find('\r').expect("it is there"));
        assert_eq!(offset(text, Position::new(1, 4)), text.len() - 1);
        assert_eq!(offset(text, Position::new(9, 0)), text.len());
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let there = position(text, at);
            if !text[at..].starts_with('\n') {
                assert_eq!(offset(text, there), at, "{there:?}");
            }
        }
    }

    #[test]
    fn paths_and_uris_are_each_others() {
        let path_of = Path::new("/a b/ä.tf");
        let there = uri(path_of).expect("it is absolute");
        assert_eq!(path(&there).as_deref(), Some(path_of));
    }
}
