//! Writes JSON as a vendor may, but as Rust's usual writer never does: `\/` for a slash and
//! `\u….` for each character that is not ASCII. A receiver that verifies a signature over
//! re-serialised JSON fails at once.

use std::fmt::Write as _;

use serde_json::Value;

pub(super) fn to_bytes(value: &Value) -> Vec<u8> {
    let mut text = String::new();
    for character in value.to_string().chars() {
        match character {
            // A slash occurs only inside strings.
            '/' => text.push_str("\\/"),
            character if character.is_ascii() => text.push(character),
            character => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
        }
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::to_bytes;

    #[test]
    fn it_reads_back_as_the_same_value() {
        let value = json!({ "text": "¿Sí? 😀 a/b \\ \" \n", "url": "https://example.com/x" });
        let bytes = to_bytes(&value);
        assert!(bytes.is_ascii());
        assert!(!String::from_utf8_lossy(&bytes).contains("://"));
        assert_eq!(serde_json::from_slice::<Value>(&bytes).expect("JSON"), value);
    }
}
