//! Repairs JSON that other programs join from texts: half of a surrogate pair, where a text was cut
//! inside an emoji; a raw line break or tab inside a text; a backslash that escapes nothing.
//!
//! Rule: a bad character must not cost the event. Half a pair becomes U+FFFD, the others become
//! what they show, and the rest is unchanged.

/// The repaired JSON; `None` when nothing needs repair.
pub(crate) fn repaired(json: &[u8]) -> Option<Vec<u8>> {
    let mut output: Option<Vec<u8>> = None;
    let mut is_inside = false;
    let mut place = 0;
    while place < json.len() {
        let (length, instead) = match json[place] {
            b'"' => {
                is_inside = !is_inside;
                (1, None)
            }
            b'\\' => escaped(&json[place..]),
            raw @ 0..0x20 if is_inside => (1, Some(format!("\\u{raw:04x}"))),
            _ => (1, None),
        };
        let end = (place + length).min(json.len());
        if let Some(instead) = instead {
            output
                .get_or_insert_with(|| json[..place].to_vec())
                .extend_from_slice(instead.as_bytes());
        } else if let Some(output) = &mut output {
            output.extend_from_slice(&json[place..end]);
        }
        place = end;
    }
    output
}

/// The length of an escape in bytes, and its replacement, if it needs one.
fn escaped(json: &[u8]) -> (usize, Option<String>) {
    let half = || Some("\\ufffd".to_owned());
    match code_unit(json) {
        Some(0xD800..=0xDBFF) => match code_unit(json.get(6..).unwrap_or_default()) {
            Some(0xDC00..=0xDFFF) => (12, None),
            _ => (6, half()),
        },
        Some(0xDC00..=0xDFFF) => (6, half()),
        Some(_) => (6, None),
        None => match json.get(1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => (2, None),
            _ => (1, Some("\\\\".to_owned())),
        },
    }
}

/// The code unit of an escape `\uXXXX` at the start.
fn code_unit(json: &[u8]) -> Option<u16> {
    let digits = json.strip_prefix(b"\\u")?.get(..4)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repair(json: &str) -> Option<String> {
        repaired(json.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn only_lone_halves_are_replaced() {
        assert_eq!(repair(r#"{"text":"cut \ud83d"}"#).as_deref(), Some(r#"{"text":"cut \ufffd"}"#));
        assert_eq!(
            repair(r#""\ude00\ud83d\ude00x\ud83dy""#).as_deref(),
            Some(r#""\ufffd\ud83d\ude00x\ufffdy""#)
        );
        assert_eq!(repair(r#""\ud83d\ude00 \\ud83d \u00e9 é""#), None);
        assert_eq!(repair(r#""\ud83d\""#).as_deref(), Some(r#""\ufffd\""#));
    }

    #[test]
    fn what_stands_raw_in_a_text_stands_for_itself() {
        for (json, text) in [
            ("{\n\t\"a\": \"b\tc\r\nd\u{0}\"\n}", "b\tc\r\nd\u{0}"),
            ("{\"a\":\"\\\"\t\\\\\"}", "\"\t\\"),
            (r#"{"a":"C:\dir \_(ツ)_/ \u12 \uñ"}"#, r"C:\dir \_(ツ)_/ \u12 \uñ"),
        ] {
            let read: serde_json::Value = serde_json::from_str(&repair(json).unwrap()).unwrap();
            assert_eq!(read["a"], text);
        }
        assert_eq!(repair("{\n\t\"a\":\r\n 1 }"), None);
        assert_eq!(repair("\\").as_deref(), Some("\\\\"));
    }
}
