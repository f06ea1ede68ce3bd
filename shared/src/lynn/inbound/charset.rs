//! Bytes into text.
//!
//! Rule: never refuse. UTF-8 is tried first, whatever is declared, since other text is hardly ever valid UTF-8 by accident; what
//! cannot be read becomes U+FFFD, as everywhere else.

use std::borrow::Cow;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What stands for 0x80 to 0x9f in windows-1252, which is also what is meant by ISO-8859-1 and US-ASCII.
/// Source: <https://encoding.spec.whatwg.org/index-windows-1252.txt>.
const HIGH: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{2c6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}',
    '\u{90}', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}', '\u{178}',
];

const WESTERN: [&str; 7] =
    ["iso-8859-1", "iso8859-1", "latin1", "latin-1", "windows-1252", "cp1252", "us-ascii"];

/// The text of a body, without a byte order mark. `charset` is what the content type declares.
pub(super) fn decode<'a>(bytes: &'a [u8], charset: Option<&str>) -> Cow<'a, str> {
    if let Some(rest) = bytes.strip_prefix(BYTE_ORDER_MARK) {
        return String::from_utf8_lossy(rest);
    }
    if let Some(text) = utf_16(bytes) {
        return Cow::Owned(text);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) if is_western(charset) => Cow::Owned(bytes.iter().copied().map(western).collect()),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

fn is_western(charset: Option<&str>) -> bool {
    charset.is_some_and(|name| WESTERN.iter().any(|known| name.eq_ignore_ascii_case(known)))
}

fn western(byte: u8) -> char {
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// UTF-16, which its byte order mark or the first character of an object tells.
fn utf_16(bytes: &[u8]) -> Option<String> {
    type Join = fn([u8; 2]) -> u16;
    let (join, rest): (Join, &[u8]) = match bytes {
        [0xff, 0xfe, rest @ ..] => (u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => (u16::from_be_bytes, rest),
        [b'{', 0, ..] => (u16::from_le_bytes, bytes),
        [0, b'{', ..] => (u16::from_be_bytes, bytes),
        _ => return None,
    };
    let units = rest.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(join));
    let characters = char::decode_utf16(units);
    Some(characters.map(|found| found.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_8_is_read_whatever_is_declared() {
        let text = "{\"a\":\"ñ😀\"}";
        for charset in [None, Some("utf-8"), Some("ISO-8859-1"), Some("klingon")] {
            assert_eq!(decode(text.as_bytes(), charset), text);
        }
        assert_eq!(decode(&[BYTE_ORDER_MARK, text.as_bytes()].concat(), None), text);
        assert_eq!(decode(b"cut \xf0\x9f", None), "cut \u{fffd}");
    }

    #[test]
    fn other_charsets_are_read_where_they_are_told() {
        assert_eq!(decode(b"{\"a\":\"ma\xf1ana \x80\"}", Some("Latin1")), "{\"a\":\"mañana €\"}");
        assert_eq!(decode(b"ma\xf1ana", Some("utf-8")), "ma\u{fffd}ana");
        let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
        let little: Vec<u8> = units("{ñ😀}").into_iter().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units("{ñ😀}").into_iter().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&little, None), "{ñ😀}");
        assert_eq!(decode(&big, None), "{ñ😀}");
        assert_eq!(decode(&[&b"\xff\xfe"[..], &little].concat(), None), "{ñ😀}");
        assert_eq!(decode(&[&b"\xfe\xff"[..], &big, &[0x20]].concat(), None), "{ñ😀}");
        assert_eq!(decode(b"", None), "");
    }
}
