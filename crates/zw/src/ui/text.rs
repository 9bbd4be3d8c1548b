//! Words, widths and times as text.

use std::fmt::Write as _;
use std::time::Duration;

use unicode_width::UnicodeWidthStr;
use zw_lang::is_printable;

/// The columns that a text takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Breaks lines between words so that none is wider than `columns` as far as words allow. Lines that begin
/// with a space are kept as they are: they are code or lists. With 0 columns nothing is broken.
pub(crate) fn wrap(text: &str, columns: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 40);
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        if columns == 0 || line.starts_with(' ') || width(line) <= columns {
            out.push_str(line);
        } else {
            wrap_line(line, columns, &mut out);
        }
    }
    out
}

fn wrap_line(line: &str, columns: usize, out: &mut String) {
    let mut used = 0;
    let mut spaces = 0;
    for word in line.split(' ') {
        if word.is_empty() {
            spaces += 1;
            continue;
        }
        let word_width = width(word);
        if used > 0 && used + spaces + word_width > columns {
            out.push('\n');
            used = 0;
        } else {
            out.extend(std::iter::repeat_n(' ', spaces));
            used += spaces;
        }
        out.push_str(word);
        used += word_width;
        spaces = 1;
    }
}

/// A text in quotes with everything escaped that does not print, as Go's `%q` does.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            char if is_printable(char) => out.push(char),
            char => {
                let code = u32::from(char);
                let _ = match code {
                    0..0x80 => write!(out, "\\x{code:02x}"),
                    0x80..0x1_0000 => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push('"');
    out
}

/// Control characters replaced by pictures of them, so that text from outside cannot drive the terminal. New
/// lines and tabs are kept.
pub(crate) fn without_controls(text: &str) -> std::borrow::Cow<'_, str> {
    let dangerous = |char: char| char.is_control() && char != '\n' && char != '\t';
    if !text.contains(dangerous) {
        return text.into();
    }
    let picture = |char: char| match u32::from(char) {
        code @ 0..0x20 => char::from_u32(0x2400 + code).unwrap_or(char::REPLACEMENT_CHARACTER),
        0x7f => '\u{2421}',
        _ => char::REPLACEMENT_CHARACTER,
    };
    text.chars().map(|char| if dangerous(char) { picture(char) } else { char }).collect()
}

/// A text for HTML and SVG, in elements and in attributes in double quotes.
pub(crate) fn escaped(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"']) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            char => out.push(char),
        }
    }
    out.into()
}

/// The name as it is if it may stand alone in the language, and quoted otherwise.
pub(crate) fn attribute_name(name: &str) -> std::borrow::Cow<'_, str> {
    let mut chars = name.chars();
    let starts = chars.next().is_some_and(|char| char.is_alphabetic() || char == '_');
    if starts && chars.all(|char| char.is_alphanumeric() || char == '_' || char == '-') {
        name.into()
    } else {
        quoted(name).into()
    }
}

/// `1 attribute`, `2 attributes`
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// A time to the second, as Go writes it: `0s`, `59s`, `1m0s`, `1h2m3s`.
pub(crate) fn duration(elapsed: Duration) -> String {
    let seconds = rounded_seconds(elapsed);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}h{minutes}m{seconds}s")
    } else if minutes > 0 {
        format!("{minutes}m{seconds}s")
    } else {
        format!("{seconds}s")
    }
}

/// Whole seconds, rounded to the nearest.
pub(crate) const fn rounded_seconds(elapsed: Duration) -> u64 {
    elapsed.as_secs() + (elapsed.subsec_millis() >= 500) as u64
}

/// An id cut in the middle so that a line stays readable.
pub(crate) fn shortened(id: &str, chars_max: usize) -> std::borrow::Cow<'_, str> {
    let len = id.chars().count();
    if len <= chars_max || chars_max < 5 {
        return id.into();
    }
    let head = (chars_max - 3) / 2;
    let tail = chars_max - 3 - head;
    let start: String = id.chars().take(head).collect();
    let end: String = id.chars().skip(len - tail).collect();
    format!("{start}...{end}").into()
}

/// A moment in UTC as RFC 3339 with microseconds: `2026-01-02T03:04:05.000006Z`.
pub(crate) fn timestamp(since_epoch: Duration) -> String {
    format!("{}.{:06}Z", date_time(since_epoch), since_epoch.subsec_micros())
}

/// A moment in UTC as RFC 3339 without fractions of a second.
pub(crate) fn timestamp_seconds(since_epoch: Duration) -> String {
    format!("{}Z", date_time(since_epoch))
}

fn date_time(since_epoch: Duration) -> String {
    let seconds = since_epoch.as_secs();
    let (year, month, day) = civil_date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// Year, month and day of a count of days since 1970-01-01.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
const fn civil_date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + (month <= 2) as u64, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrap("one two three", 7), "one two\nthree");
        assert_eq!(wrap("incomprehensibilities and", 7), "incomprehensibilities\nand");
        assert_eq!(wrap("  code is   kept as it is", 7), "  code is   kept as it is");
        assert_eq!(wrap("a\n\nb c", 1), "a\n\nb\nc");
        assert_eq!(wrap("one two three", 0), "one two three");
        assert_eq!(wrap("日本 日本 日本", 9), "日本 日本\n日本");
    }

    #[test]
    fn quoting_is_that_of_go() {
        let text = "tab\t nl\n quote\" \\ ${x} é \u{200b} \u{7} \u{1b} \u{7f} <>& 日本 e\u{301} 😀";
        let expected = r#""tab\t nl\n quote\" \\ ${x} é \u200b \a \x1b \x7f <>& 日本 é 😀""#;
        assert_eq!(quoted(text), expected.replace("é 😀", "e\u{301} 😀"));
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        for (name, expected) in
            [("a-b_1", "a-b_1"), ("é", "é"), ("1x", "\"1x\""), ("a b", "\"a b\""), ("", "\"\"")]
        {
            assert_eq!(attribute_name(name), expected);
        }
    }

    #[test]
    fn durations_read_like_go() {
        let text = |seconds| duration(Duration::from_millis(seconds));
        assert_eq!(text(400), "0s");
        assert_eq!(text(59_600), "1m0s");
        assert_eq!(text(3_723_000), "1h2m3s");
    }

    #[test]
    fn timestamps_are_in_utc() {
        assert_eq!(timestamp(Duration::ZERO), "1970-01-01T00:00:00.000000Z");
        let moment = Duration::new(1_709_210_096, 123_456_789);
        assert_eq!(timestamp(moment), "2024-02-29T12:34:56.123456Z");
        assert_eq!(timestamp_seconds(moment), "2024-02-29T12:34:56Z");
    }

    #[test]
    fn no_text_becomes_an_element() {
        assert_eq!(escaped("<b a=\"1\">&</b>"), "&lt;b a=&quot;1&quot;&gt;&amp;&lt;/b&gt;");
        assert!(matches!(escaped("plain"), std::borrow::Cow::Borrowed(_)));
    }

    #[test]
    fn long_ids_are_cut_in_the_middle() {
        assert_eq!(shortened("abcdef", 10), "abcdef");
        assert_eq!(shortened("abcdefghijkl", 9), "abc...jkl");
    }

    #[test]
    fn text_from_outside_cannot_drive_the_terminal() {
        assert_eq!(without_controls("a\u{1b}[31mb\tc\n\u{7f}\u{9b}"), "a␛[31mb\tc\n␡\u{fffd}");
        assert!(matches!(without_controls("plain"), std::borrow::Cow::Borrowed(_)));
    }
}
