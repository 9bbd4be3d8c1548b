//! The verbs of `format`: `%-5.2f`, `%[2]s`.

/// A verb with its flags.
#[expect(clippy::struct_excessive_bools, reason = "they are the flags of the syntax")]
pub(super) struct Verb<'a> {
    /// As written.
    pub(super) raw: &'a str,
    /// Where it begins in the template.
    pub(super) offset: usize,
    /// The argument that it formats, from 0.
    pub(super) arg: usize,
    /// The letter.
    pub(super) mode: char,
    /// `0`: fill with zeros.
    pub(super) zero: bool,
    /// `#`: the alternative form.
    pub(super) sharp: bool,
    /// `+`: a sign for positive numbers too.
    pub(super) plus: bool,
    /// `-`: fill on the right.
    pub(super) minus: bool,
    /// ` `: a space in the place of a plus.
    pub(super) space: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

impl<'a> Verb<'a> {
    /// The verb that begins at `offset` of a template, or `None` for `%%`, and where it ends.
    /// `next` is the argument that it formats unless it names one.
    pub(super) fn parse(
        template: &'a str,
        offset: usize,
        next: usize,
    ) -> Result<(Option<Self>, usize), String> {
        let mut at = offset + 1;
        if template[at..].starts_with('%') {
            return Ok((None, at + 1));
        }
        let mut verb = Self {
            raw: "",
            offset,
            arg: next,
            mode: 'v',
            zero: false,
            sharp: false,
            plus: false,
            minus: false,
            space: false,
            width: None,
            precision: None,
        };
        let peek = |at: usize| template[at..].chars().next();
        while let Some(flag) = peek(at) {
            match flag {
                '0' => verb.zero = true,
                '#' => verb.sharp = true,
                '+' => verb.plus = true,
                '-' => verb.minus = true,
                ' ' => verb.space = true,
                _ => break,
            }
            at += 1;
        }
        if peek(at).is_some_and(|c| c.is_ascii_digit()) {
            verb.width = Some(number(template, &mut at));
        }
        if peek(at) == Some('.') {
            at += 1;
            verb.precision = Some(number(template, &mut at));
        }
        if peek(at) == Some('[') {
            at += 1;
            if !peek(at).is_some_and(|c| matches!(c, '1'..='9')) {
                return Err(unrecognized(template, at));
            }
            verb.arg = number(template, &mut at).saturating_sub(1);
            if peek(at) != Some(']') {
                return Err(unrecognized(template, at));
            }
            at += 1;
        }
        match peek(at) {
            Some(letter) if letter.is_ascii_alphabetic() => {
                verb.mode = letter;
                at += 1;
                verb.raw = &template[offset..at];
                Ok((Some(verb), at))
            }
            _ => Err(unrecognized(template, at)),
        }
    }
}

/// The decimal number at `at`, which moves behind it; 0 if there is none.
fn number(template: &str, at: &mut usize) -> usize {
    let mut value = 0usize;
    for digit in template[*at..].bytes().take_while(u8::is_ascii_digit) {
        value = value.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
        *at += 1;
    }
    value
}

fn unrecognized(template: &str, at: usize) -> String {
    match template[at..].chars().next() {
        Some(c) => format!("unrecognized format character {c:?} at offset {at}"),
        None => format!("invalid format string starting at offset {at}"),
    }
}
