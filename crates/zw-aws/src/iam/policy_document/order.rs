//! The order in which Terraform's providers go through a set.
//!
//! It shows where several blocks contribute to one list: principals of one type, values of one
//! condition. Existing policies were written in that order, so a document in another one would be a
//! change of every one of them.
//!
//! Source: `SerializeResourceForHash` and `Set.List` of `terraform-plugin-sdk`: elements are written out
//! as text, and ordered by the decimal digits of the CRC-32 of it.

/// The elements in order. `text` writes one out: `name:value;` for each attribute, sorted by name.
pub(super) fn in_order<T>(
    items: impl IntoIterator<Item = T>,
    text: impl Fn(&T) -> String,
) -> Vec<T> {
    let mut keyed: Vec<(String, T)> =
        items.into_iter().map(|item| (crc32(text(&item).as_bytes()).to_string(), item)).collect();
    keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
    keyed.into_iter().map(|(_, item)| item).collect()
}

/// The value of an attribute that is a set of texts.
pub(super) fn set_text(items: &[String]) -> String {
    let items = in_order(items.iter().map(|item| format!("{item};")), Clone::clone);
    format!("{{{}}}", items.concat())
}

/// The value of an attribute that is a list of texts.
pub(super) fn list_text(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| format!("{item};")).collect();
    format!("({})", items.concat())
}

/// CRC-32 as in Ethernet and zip files (IEEE 802.3).
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    const POLYNOMIAL_REVERSED: u32 = 0xedb8_8320;
    let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL_REVERSED } else { crc >> 1 }
        })
    });
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }
}
