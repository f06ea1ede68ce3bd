//! Other spellings of a valid JSON text, with the same meaning to the bridge.

use std::fmt::Write as _;

/// Numbers and booleans are written as texts down to this nesting: deeper ones may be in a nested
/// attribute, which is passed on as JSON.
const QUOTED_DEPTH: usize = 2;

enum Token<'a> {
    /// As a strict parser reads it.
    Text(String),
    Number(&'a str),
    Word(&'a str),
    /// A bracket, a colon or a comma.
    Sign(char),
}

/// The tokens of a text that a strict parser accepts.
fn tokens(json: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut rest) = (Vec::new(), json.trim_start());
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => text_length(rest),
            '{' | '}' | '[' | ']' | ':' | ',' => 1,
            _ => rest.find([',', '}', ']', ' ', '\n', '\r', '\t']).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(match first {
            '"' => Token::Text(serde_json::from_str(token).expect("a text")),
            '-' | '0'..='9' => Token::Number(token),
            'a'..='z' => Token::Word(token),
            sign => Token::Sign(sign),
        });
        rest = after.trim_start();
    }
    tokens
}

/// The length of the text in quotes with which `json` begins, in bytes.
fn text_length(json: &str) -> usize {
    let mut is_escaped = false;
    for (place, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return place + 1,
            _ => {}
        }
    }
    json.len()
}

/// The same JSON with each character of a text as an escape, and white space between all tokens.
pub(super) fn escaped(json: &str) -> String {
    let mut text = String::new();
    for token in tokens(json) {
        match token {
            Token::Text(words) => {
                text.push('"');
                for unit in words.encode_utf16() {
                    write!(text, "\\u{unit:04x}").expect("memory");
                }
                text.push('"');
            }
            Token::Number(word) | Token::Word(word) => text.push_str(word),
            Token::Sign(sign) => text.push(sign),
        }
        text.push_str("\r\n\t ");
    }
    text
}

/// The same event as a flow may join it: control characters unescaped, numbers and booleans in
/// quotes, `undefined` for `null`.
pub(super) fn joined(json: &str) -> String {
    let (mut text, mut depth) = (String::new(), 0_usize);
    for token in tokens(json) {
        match token {
            Token::Text(words) => {
                let words = words.replace('\\', "\\\\").replace('"', "\\\"");
                write!(text, "\"{words}\"").expect("memory");
            }
            Token::Word("null") => text.push_str("undefined"),
            Token::Number(word) | Token::Word(word) if depth <= QUOTED_DEPTH => {
                write!(text, "\"{word}\"").expect("memory");
            }
            Token::Number(word) | Token::Word(word) => text.push_str(word),
            Token::Sign(sign) => {
                match sign {
                    '{' | '[' => depth += 1,
                    '}' | ']' => depth -= 1,
                    _ => {}
                }
                text.push(sign);
            }
        }
    }
    text
}
