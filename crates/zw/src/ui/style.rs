//! Colours and weights, by what they mean.

use std::fmt;

use anstyle::{AnsiColor, Style};

/// How each kind of text looks. On a stream without colours every style is plain, and renders as nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Styles {
    /// Headings, addresses, summaries.
    pub(crate) bold: Style,
    /// What is created; success.
    pub(crate) create: Style,
    /// What is destroyed.
    pub(crate) delete: Style,
    /// What is changed.
    pub(crate) update: Style,
    /// What is read; notes.
    pub(crate) read: Style,
    /// What matters less: `null`, counts of what is hidden, rules.
    pub(crate) dim: Style,
    /// The word "Error", and what cannot be undone.
    pub(crate) error: Style,
    /// The frame of an error.
    pub(crate) error_frame: Style,
    /// The word "Warning".
    pub(crate) warning: Style,
    /// The frame of a warning.
    pub(crate) warning_frame: Style,
    /// The word "Note".
    pub(crate) note: Style,
    /// What "No changes" looks like.
    pub(crate) success: Style,
    /// The offending part of a quoted line.
    pub(crate) underline: Style,
    /// Whether anything has a colour at all.
    pub(crate) enabled: bool,
}

impl Styles {
    /// No colours.
    pub(crate) const fn plain() -> Self {
        let none = Style::new();
        Self {
            bold: none,
            create: none,
            delete: none,
            update: none,
            read: none,
            dim: none,
            error: none,
            error_frame: none,
            warning: none,
            warning_frame: none,
            note: none,
            success: none,
            underline: none,
            enabled: false,
        }
    }

    /// The sixteen colours that every terminal has, so that its theme applies.
    pub(crate) const fn colored() -> Self {
        Self {
            bold: Style::new().bold(),
            create: AnsiColor::Green.on_default(),
            delete: AnsiColor::Red.on_default(),
            update: AnsiColor::Yellow.on_default(),
            read: AnsiColor::Cyan.on_default(),
            dim: AnsiColor::BrightBlack.on_default(),
            error: AnsiColor::Red.on_default().bold(),
            error_frame: AnsiColor::Red.on_default(),
            warning: AnsiColor::Yellow.on_default().bold(),
            warning_frame: AnsiColor::Yellow.on_default(),
            note: AnsiColor::Cyan.on_default().bold(),
            success: AnsiColor::Green.on_default().bold(),
            underline: Style::new().underline(),
            enabled: true,
        }
    }
}

/// A text in a style, to be put into a format string.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Styled<T> {
    style: Style,
    text: T,
}

/// The text in the style.
pub(crate) const fn styled<T>(style: Style, text: T) -> Styled<T> {
    Styled { style, text }
}

impl<T: fmt::Display> fmt::Display for Styled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{:#}", self.style, self.text, self.style)
    }
}

/// What the environment says about colours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ColorWishes {
    /// `NO_COLOR`
    pub(crate) no_color: Option<String>,
    /// `CLICOLOR`
    pub(crate) clicolor: Option<String>,
    /// `CLICOLOR_FORCE`
    pub(crate) clicolor_force: Option<String>,
    /// `TERM`
    pub(crate) term: Option<String>,
}

impl ColorWishes {
    /// Reads them by a function like `std::env::var`.
    pub(crate) fn from_env(var: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            no_color: var("NO_COLOR"),
            clicolor: var("CLICOLOR"),
            clicolor_force: var("CLICOLOR_FORCE"),
            term: var("TERM"),
        }
    }

    /// Whether a stream gets colours. The option of the command line wins over the environment, what
    /// forbids wins over what asks, and what is asked for wins over what the stream is.
    ///
    /// Source: <https://no-color.org> and <https://bixense.com/clicolors>.
    pub(crate) fn allow(&self, no_color_option: bool, is_terminal: bool) -> bool {
        let set = |value: &Option<String>| value.as_deref().is_some_and(|text| !text.is_empty());
        let on = |value: &Option<String>| set(value) && value.as_deref() != Some("0");
        if no_color_option || set(&self.no_color) {
            false
        } else if on(&self.clicolor_force) {
            true
        } else {
            is_terminal
                && self.clicolor.as_deref() != Some("0")
                && self.term.as_deref() != Some("dumb")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(pairs: &[(&str, &str)]) -> ColorWishes {
        ColorWishes::from_env(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_terminal_gets_colours_and_a_pipe_does_not() {
        assert!(wishes(&[]).allow(false, true));
        assert!(!wishes(&[]).allow(false, false));
        assert!(!wishes(&[("TERM", "dumb")]).allow(false, true));
    }

    #[test]
    fn the_environment_can_forbid_and_force_colours() {
        assert!(!wishes(&[("NO_COLOR", "1")]).allow(false, true));
        assert!(wishes(&[("NO_COLOR", "")]).allow(false, true));
        assert!(!wishes(&[("CLICOLOR", "0")]).allow(false, true));
        assert!(wishes(&[("CLICOLOR_FORCE", "1")]).allow(false, false));
        assert!(!wishes(&[("CLICOLOR_FORCE", "0")]).allow(false, false));
        assert!(!wishes(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).allow(false, true));
        assert!(!wishes(&[("CLICOLOR_FORCE", "1")]).allow(true, true));
    }

    #[test]
    fn plain_styles_leave_no_trace() {
        assert_eq!(styled(Styles::plain().error, "x").to_string(), "x");
        assert_eq!(styled(Styles::colored().create, "x").to_string(), "\u{1b}[32mx\u{1b}[0m");
    }
}
