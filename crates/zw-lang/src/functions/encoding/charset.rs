//! Character encodings by their names at IANA.

mod tables;

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, SHIFT_JIS};

use tables::TABLES;

/// Encodings of more than one byte a character, with their aliases.
const MULTIBYTE: &[(&str, &[&str], &Encoding)] = &[
    ("Shift_JIS", &["MS_Kanji", "csShiftJIS"], SHIFT_JIS),
    ("Extended_UNIX_Code_Packed_Format_for_Japanese", &["csEUCPkdFmtJapanese", "EUC-JP"], EUC_JP),
    ("ISO-2022-JP", &["csISO2022JP"], ISO_2022_JP),
    ("EUC-KR", &["csEUCKR"], EUC_KR),
    ("GBK", &["CP936", "MS936", "windows-936", "csGBK"], GBK),
    ("GB18030", &["csGB18030"], GB18030),
    ("Big5", &["csBig5"], BIG5),
];

const ASCII_ALIASES: &[&str] = &[
    "iso-ir-6",
    "ANSI_X3.4-1968",
    "ANSI_X3.4-1986",
    "ISO_646.irv:1991",
    "ISO646-US",
    "us",
    "IBM367",
    "cp367",
    "csASCII",
];

const LATIN1_ALIASES: &[&str] =
    &["iso-ir-100", "ISO_8859-1", "ISO-8859-1", "latin1", "l1", "IBM819", "CP819", "csISOLatin1"];

/// A character encoding.
#[derive(Clone, Copy)]
pub(super) enum Charset {
    Ascii,
    Latin1,
    Utf8,
    /// Sixteen bits a unit; with a mark of the byte order, or of a fixed one.
    Utf16 {
        name: &'static str,
        big_endian: bool,
        marked: bool,
    },
    Table {
        name: &'static str,
        table: &'static str,
    },
    /// The one of two tables that differ in few places.
    Ibm1047,
    Multibyte {
        name: &'static str,
        encoding: &'static Encoding,
    },
}

impl Charset {
    /// The encoding of a name, whatever its case and the space around it.
    pub(super) fn find(name: &str) -> Option<Self> {
        let name = name.trim();
        let is = |known: &str, aliases: &[&str]| {
            known.eq_ignore_ascii_case(name)
                || aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
        };
        let utf16 = |name, big_endian, marked| Some(Self::Utf16 { name, big_endian, marked });
        if is("UTF-8", &["csUTF8"]) {
            return Some(Self::Utf8);
        }
        if is("UTF-16", &["csUTF16"]) {
            return utf16("UTF-16", true, true);
        }
        if is("UTF-16BE", &["csUTF16BE"]) {
            return utf16("UTF-16BE", true, false);
        }
        if is("UTF-16LE", &["csUTF16LE"]) {
            return utf16("UTF-16LE", false, false);
        }
        if is("US-ASCII", ASCII_ALIASES) {
            return Some(Self::Ascii);
        }
        if is("ISO_8859-1:1987", LATIN1_ALIASES) {
            return Some(Self::Latin1);
        }
        if is("IBM1047", &["IBM-1047", "csIBM1047"]) {
            return Some(Self::Ibm1047);
        }
        let table = TABLES.iter().find(|(known, aliases, _)| is(known, aliases));
        if let Some((name, _, table)) = table {
            return Some(Self::Table { name, table });
        }
        let found = MULTIBYTE.iter().find(|(known, aliases, _)| is(known, aliases));
        found.map(|(name, _, encoding)| Self::Multibyte { name, encoding })
    }

    /// The name at IANA.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Ascii => "US-ASCII",
            Self::Latin1 => "ISO_8859-1:1987",
            Self::Utf8 => "UTF-8",
            Self::Utf16 { name, .. } | Self::Table { name, .. } | Self::Multibyte { name, .. } => {
                name
            }
            Self::Ibm1047 => "IBM1047",
        }
    }

    /// The bytes of a text, unless it has characters that the encoding has not.
    pub(super) fn encode(&self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Utf8 => Some(text.as_bytes().to_vec()),
            Self::Ascii => text.is_ascii().then(|| text.as_bytes().to_vec()),
            Self::Latin1 => text.chars().map(|c| u8::try_from(c).ok()).collect(),
            Self::Utf16 { big_endian, marked, .. } => {
                let mark = marked.then_some(0xfeff);
                let units = mark.into_iter().chain(text.encode_utf16());
                let bytes =
                    |unit: u16| if *big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
                Some(units.flat_map(bytes).collect())
            }
            Self::Table { .. } | Self::Ibm1047 => {
                let table = self.table();
                let byte = |c: char| {
                    let at = table.iter().position(|known| *known == c && c != '\u{fffd}')?;
                    u8::try_from(at).ok()
                };
                text.chars().map(byte).collect()
            }
            Self::Multibyte { encoding, .. } => {
                let (bytes, _, failed) = encoding.encode(text);
                (!failed && !has_private(encoding, text)).then(|| bytes.into_owned())
            }
        }
    }

    /// The text of some bytes, unless they are none in this encoding.
    pub(super) fn decode(&self, bytes: &[u8]) -> Option<String> {
        let text = match self {
            Self::Utf8 => String::from_utf8(bytes.to_vec()).ok()?,
            Self::Ascii => bytes.is_ascii().then(|| String::from_utf8(bytes.to_vec()).ok())??,
            Self::Latin1 => bytes.iter().copied().map(char::from).collect(),
            Self::Utf16 { big_endian, marked, .. } => {
                let (big_endian, bytes) = match bytes {
                    [0xfe, 0xff, rest @ ..] if *marked => (true, rest),
                    [0xff, 0xfe, rest @ ..] if *marked => (false, rest),
                    _ => (*big_endian, bytes),
                };
                let (units, rest) = bytes.as_chunks::<2>();
                let unit = |unit: &[u8; 2]| {
                    if big_endian { u16::from_be_bytes(*unit) } else { u16::from_le_bytes(*unit) }
                };
                let units: Vec<u16> = units.iter().map(unit).collect();
                rest.is_empty().then(|| String::from_utf16(&units).ok())??
            }
            Self::Table { .. } | Self::Ibm1047 => {
                let table = self.table();
                bytes.iter().map(|byte| table[usize::from(*byte)]).collect()
            }
            Self::Multibyte { encoding, .. } => {
                let decoded = encoding.decode_without_bom_handling_and_without_replacement(bytes);
                decoded.filter(|text| !has_private(encoding, text))?.into_owned()
            }
        };
        // What was not defined stands as the character for that.
        (!text.contains('\u{fffd}')).then_some(text)
    }

    /// The characters of all bytes of an encoding of one byte.
    fn table(&self) -> Vec<char> {
        let ascii = || (0..128u8).map(char::from);
        match self {
            Self::Table { table, .. } => {
                let chars = table.chars();
                if chars.clone().count() == 256 {
                    chars.collect()
                } else {
                    ascii().chain(chars).collect()
                }
            }
            Self::Ibm1047 => {
                let basis = TABLES.iter().find(|(name, _, _)| *name == "IBM037");
                let mut table: Vec<char> =
                    basis.map_or_else(Vec::new, |(_, _, table)| table.chars().collect());
                table.resize(256, '\u{fffd}');
                for (byte, c) in
                    [(0x5f, '^'), (0xad, '['), (0xb0, '¬'), (0xba, 'Ý'), (0xbb, '¨'), (0xbd, ']')]
                {
                    table[byte] = c;
                }
                table
            }
            _ => ascii().collect(),
        }
    }
}

/// Whether a text has characters for private use, which encodings of the web have more places for than
/// those that Terraform knows.
fn has_private(encoding: &Encoding, text: &str) -> bool {
    (encoding == SHIFT_JIS || encoding == GBK)
        && text.contains(|c| matches!(c, '\u{e000}'..='\u{f8ff}'))
}
