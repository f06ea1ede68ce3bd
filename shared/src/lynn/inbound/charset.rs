//! Decodes bytes to text.
//!
//! Rule: UTF-8 is tried first, whatever charset is declared, because other text is hardly ever
//! valid UTF-8 by accident. Then the declared charset is tried. If no charset is declared, invalid
//! bytes become U+FFFD, and the result says so.

use std::borrow::Cow;

use encoding_rs::{Encoding, ISO_2022_JP, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Names in use that the standard does not list, and the standard's names. The standard's list:
/// <https://encoding.spec.whatwg.org/#names-and-labels>.
const ALIASES: [(&str, &str); 9] = [
    ("latin-1", "latin1"),
    ("latin-2", "latin2"),
    ("latin9", "iso-8859-15"),
    ("latin-9", "iso-8859-15"),
    ("cp932", "shift_jis"),
    ("cp936", "gbk"),
    ("cp949", "euc-kr"),
    ("cp950", "big5"),
    ("utf_8", "utf-8"),
];

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    /// Whether invalid bytes became U+FFFD.
    pub(super) replaced: bool,
}

/// The declared name of a charset that the bridge does not know, of a text that is not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnknownCharset(pub(super) String);

/// The text of a body, without a byte order mark. `charset` is the one that the content type
/// declares.
pub(super) fn decode<'a>(
    bytes: &'a [u8],
    charset: Option<&str>,
) -> Result<Decoded<'a>, UnknownCharset> {
    if let Some(encoding) = utf_16(bytes) {
        let (text, _, replaced) = encoding.decode(bytes);
        return Ok(Decoded { text, replaced });
    }
    decode_part(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes), charset)
}

/// Like [`decode`], for a part of a body, which has no byte order mark of its own.
pub(super) fn decode_part<'a>(
    bytes: &'a [u8],
    charset: Option<&str>,
) -> Result<Decoded<'a>, UnknownCharset> {
    let declared = charset.map(encoding_of);
    let is_also_utf_8 = match &declared {
        // These charsets write other characters in bytes that are valid UTF-8 too: after an escape,
        // or with zero bytes.
        Some(Ok(encoding)) if *encoding == ISO_2022_JP => bytes.contains(&0x1b),
        Some(Ok(encoding)) => [UTF_16LE, UTF_16BE].contains(encoding) && bytes.contains(&0),
        _ => false,
    };
    if !is_also_utf_8 && let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Decoded { text: Cow::Borrowed(text), replaced: false });
    }
    let encoding = declared.transpose()?.unwrap_or(UTF_8);
    let (text, replaced) = encoding.decode_without_bom_handling(bytes);
    Ok(Decoded { text, replaced })
}

fn encoding_of(charset: &str) -> Result<&'static Encoding, UnknownCharset> {
    let named = charset.trim().to_ascii_lowercase();
    let alias = ALIASES.iter().find(|(alias, _)| *alias == named).map(|(_, name)| *name);
    let known = Encoding::for_label(alias.unwrap_or(&named).as_bytes());
    // `REPLACEMENT` stands for charsets that the standard forbids to decode.
    known
        .filter(|encoding| *encoding != REPLACEMENT)
        .ok_or_else(|| UnknownCharset(charset.to_owned()))
}

/// Detects UTF-16 by its byte order mark, or by the first character of an object or white space
/// before it.
fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let begins = |byte: u8| matches!(byte, b'{' | b' ' | b'\t' | b'\r' | b'\n');
    match bytes {
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        [first, 0, ..] if begins(*first) => Some(UTF_16LE),
        [0, first, ..] if begins(*first) => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], charset: Option<&str>) -> (String, bool) {
        let Decoded { text, replaced } = decode(bytes, charset).unwrap();
        (text.into_owned(), replaced)
    }

    fn whole(text: &str) -> (String, bool) {
        (text.to_owned(), false)
    }

    #[test]
    fn utf_8_is_read_whatever_is_declared() {
        let said = "{\"a\":\"ñ😀\"}";
        for charset in
            [None, Some("utf-8"), Some("ISO-8859-1"), Some("klingon"), Some("utf-16"), Some("")]
        {
            assert_eq!(text(said.as_bytes(), charset), whole(said), "{charset:?}");
        }
        assert_eq!(text(&[BYTE_ORDER_MARK, said.as_bytes()].concat(), None), whole(said));
        let cut = ("cut \u{fffd}".to_owned(), true);
        assert_eq!(text(b"cut \xf0\x9f", None), cut);
        assert_eq!(text(b"cut \xf0\x9f", Some("UTF-8")), cut);
    }

    #[test]
    fn other_charsets_are_read_where_they_are_declared() {
        for (charset, bytes, said) in [
            ("Latin1", &b"ma\xf1ana \x80"[..], "mañana €"),
            ("latin-1", b"ma\xf1ana", "mañana"),
            ("us-ascii", b"ma\xf1ana", "mañana"),
            ("windows-1251", b"\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"),
            ("windows-1250", b"\x9alut\xfd", "šlutý"),
            ("ISO-8859-2", b"\xb9lut\xfd", "šlutý"),
            ("iso-8859-15", b"\xa4", "€"),
            ("latin9", b"\xa4", "€"),
            ("Shift_JIS", b"\x95\x5c \x83A", "表 ア"),
            ("cp932", b"\x95\x5c", "表"),
            ("euc-kr", b"\xbe\xc8", "안"),
            ("big5", b"\xa4\xa4", "中"),
            ("gb2312", b"\xd6\xd0", "中"),
            ("koi8-r", b"\xf0", "П"),
            ("iso-2022-jp", b"{\x1b$B$\"\x1b(B}", "{あ}"),
            (" windows-1252 ", b"\xf1", "ñ"),
        ] {
            assert_eq!(text(bytes, Some(charset)), whole(said), "{charset}");
        }
        assert_eq!(text(b"ma\xf1ana", Some("utf-8")), ("ma\u{fffd}ana".to_owned(), true));
        assert_eq!(text(b"\x81", Some("windows-1253")).0, "\u{81}");
    }

    #[test]
    fn a_charset_that_nobody_knows_is_named() {
        for charset in ["klingon", "", "cp850", "hz-gb-2312"] {
            assert_eq!(
                decode(b"\xf1", Some(charset)),
                Err(UnknownCharset(charset.to_owned())),
                "{charset}"
            );
        }
    }

    #[test]
    fn utf_16_is_known_by_its_first_bytes() {
        let little =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        let big =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_be_bytes).collect() };
        for said in ["{ñ😀}", " {ñ}", "\r\n\t{\"a\":1}"] {
            assert_eq!(text(&little(said), None), whole(said));
            assert_eq!(text(&big(said), None), whole(said));
        }
        assert_eq!(text(&[&b"\xff\xfe"[..], &little("ñ")].concat(), None), whole("ñ"));
        assert_eq!(text(&[&b"\xfe\xff"[..], &big("ñ")].concat(), None), whole("ñ"));
        assert_eq!(text(&little("a=ñ"), Some("utf-16le")), whole("a=ñ"));
        assert!(text(&[&big("{ñ}")[..], &[0x20]].concat(), None).1);
        assert_eq!(text(b"", None), whole(""));
        assert_eq!(text(b" ", None), whole(" "));
    }
}
