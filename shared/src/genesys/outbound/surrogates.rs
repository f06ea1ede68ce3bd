//! Half of a surrogate pair in a JSON string: a text that was cut inside an emoji. JSON allows it, Unicode does not.
//!
//! Rule: the message is worth more than the half character: it becomes U+FFFD and the rest is read.

/// The same JSON with each lone surrogate escape replaced; `None` when there is none.
pub(super) fn repaired(json: &[u8]) -> Option<Vec<u8>> {
    let mut output: Option<Vec<u8>> = None;
    let mut place = 0;
    while place < json.len() {
        let (length, replace) = match escape(&json[place..]) {
            None if json[place] == b'\\' => (2, false),
            None => (1, false),
            Some(0xD800..=0xDBFF) => match escape(json.get(place + 6..).unwrap_or_default()) {
                Some(0xDC00..=0xDFFF) => (12, false),
                _ => (6, true),
            },
            Some(0xDC00..=0xDFFF) => (6, true),
            Some(_) => (6, false),
        };
        let end = (place + length).min(json.len());
        if replace {
            output.get_or_insert_with(|| json[..place].to_vec()).extend_from_slice(b"\\ufffd");
        } else if let Some(output) = &mut output {
            output.extend_from_slice(&json[place..end]);
        }
        place = end;
    }
    output
}

/// The code unit of an escape `\uXXXX` at the start.
fn escape(json: &[u8]) -> Option<u16> {
    let digits = json.strip_prefix(b"\\u")?.get(..4)?;
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
        assert_eq!(repair(r#""\ud8"#), None);
        assert_eq!(repair("\\"), None);
    }
}
