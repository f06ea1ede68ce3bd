//! Encodes a body for places with a size limit: a queue entry, a table item.
//!
//! Rules: a body that fits stays unchanged. A body that is longer than one billing unit of SQS, or
//! contains a character that SQS refuses, is compressed: an accepted event must never be refused
//! for its content. If compression would make it longer, the body is stored with one-byte JSON
//! escapes instead. A webhook of 1,000,000 bytes is then not much longer in its entry.

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

/// The prefix of a compressed body. JSON never begins with it.
const COMPRESSED: &str = "gzip:";
/// The prefix of a body with short escapes.
const SHORTENED: &str = "text:";
/// The JSON escapes that double the length of a body full of quotes and line breaks, each with the
/// control character that replaces it. JSON that the bridge writes contains none of these
/// characters.
const ESCAPES: [(&str, char); 3] = [("\\\\", '\t'), ("\\\"", '\n'), ("\\n", '\r')];
/// SQS bills each 64 KiB as one request.
const PLAIN_BYTES: usize = 64 * 1024;
/// The limit of an unpacked entry: the largest body of an endpoint, escaped, with its envelope.
const UNPACKED_BYTES: u64 = 8 * 1024 * 1024;

/// The body as it is stored. Fails only if memory runs out.
pub fn pack(body: String) -> std::io::Result<String> {
    if body.len() <= PLAIN_BYTES && body.chars().all(is_taken) {
        return Ok(body);
    }
    let compressed = compress(&body)?;
    match shortened(&body) {
        Some(shortened) if shortened.len() < compressed.len() => Ok(shortened),
        _ => Ok(compressed),
    }
}

/// Compresses the body into printable ASCII, which may be cut at any position. Fails only if memory
/// runs out.
pub fn compress(body: &str) -> std::io::Result<String> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_bytes())?;
    Ok(format!("{COMPRESSED}{}", STANDARD.encode(encoder.finish()?)))
}

/// The body with short escapes. `None` if the result would be ambiguous, or SQS refuses a
/// character.
fn shortened(body: &str) -> Option<String> {
    let is_short = |character| ESCAPES.iter().any(|(_, short)| *short == character);
    if !body.chars().all(is_taken) || body.contains(is_short) {
        return None;
    }
    let mut text = SHORTENED.to_owned();
    let mut rest = body;
    // Read from left to right, so that an escaped backslash never counts as the start of the next
    // escape.
    while let Some(place) = rest.find('\\') {
        let (before, escape) = rest.split_at(place);
        text.push_str(before);
        match ESCAPES.iter().find(|(long, _)| escape.starts_with(long)) {
            Some((long, short)) => {
                text.push(*short);
                rest = escape.get(long.len()..).unwrap_or_default();
            }
            None => {
                // Any other escape: its letter must not start the next one.
                let end = escape.char_indices().nth(2).map_or(escape.len(), |(end, _)| end);
                let (other, after) = escape.split_at(end);
                text.push_str(other);
                rest = after;
            }
        }
    }
    text.push_str(rest);
    Some(text)
}

fn lengthened(text: &str) -> String {
    let mut body = String::with_capacity(text.len());
    for character in text.chars() {
        match ESCAPES.iter().find(|(_, short)| *short == character) {
            Some((long, _)) => body.push_str(long),
            None => body.push(character),
        }
    }
    body
}

/// The original body. A body that cannot be unpacked is returned as it is: the engine keeps it for
/// an operator.
pub fn unpack(body: String) -> String {
    if let Some(text) = body.strip_prefix(SHORTENED) {
        return lengthened(text);
    }
    body.strip_prefix(COMPRESSED).and_then(unpacked).unwrap_or(body)
}

fn unpacked(text: &str) -> Option<String> {
    let bytes = STANDARD.decode(text).ok()?;
    let mut body = String::new();
    GzDecoder::new(bytes.as_slice()).take(UNPACKED_BYTES).read_to_string(&mut body).ok()?;
    Some(body)
}

/// The characters that SQS accepts, by its documentation of `SendMessage`.
fn is_taken(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn small_bodies_go_as_they_are() {
        assert_eq!(pack("{\"text\":\"¿Qué?\"}".to_owned()).unwrap(), "{\"text\":\"¿Qué?\"}");
    }

    #[test]
    fn a_megabyte_fits_in_one_entry() {
        let body = format!("{{\"text\":\"{}\"}}", "\\\"palabra ".repeat(110_000));
        let packed = pack(body.clone()).unwrap();
        assert!(packed.starts_with(COMPRESSED) && packed.len() < 64 * 1024, "{}", packed.len());
        assert_eq!(unpack(packed), body);
    }

    /// Random letters, which cannot be compressed.
    fn incompressible(bytes: usize, letters: &[char]) -> String {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut text = String::with_capacity(bytes);
        while text.len() < bytes {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let place = usize::try_from(state >> 33).unwrap() % letters.len();
            text.push(letters[place]);
        }
        text
    }

    #[test]
    fn a_million_bytes_that_cannot_be_compressed_fit_in_one_entry() {
        let printable: Vec<char> = (' '..='~').chain(['\n', 'ñ', 'Ж', '語', '😀']).collect();
        let quotes = ['"', '\\', '\n', 'a', 'b', '7'];
        for letters in [printable.as_slice(), &quotes] {
            // A webhook is JSON, and its entry contains it as a JSON text.
            let mut text = incompressible(1_000_000, letters);
            let webhook = loop {
                let webhook = serde_json::json!({ "text": text }).to_string();
                if webhook.len() <= 1_000_000 {
                    break webhook;
                }
                let shorter =
                    text.char_indices().rev().nth((webhook.len() - 1_000_000) / 4).unwrap().0;
                text.truncate(shorter);
            };
            assert!(webhook.len() > 990_000, "{}", webhook.len());
            let entry =
                serde_json::json!({ "integration": "support", "payload": webhook }).to_string();
            let packed = pack(entry.clone()).unwrap();
            assert!(packed.len() < 1024 * 1024 - 40_000, "{}", packed.len());
            assert!(packed.chars().all(is_taken));
            assert_eq!(unpack(packed), entry);
        }
    }

    #[test]
    fn escapes_are_written_in_one_byte_and_come_back() {
        let body = r#"{"a":"\\n \\\\ \" \t \u005c \n \\u0022"}"#;
        let short = shortened(body).unwrap();
        assert!(short.len() < body.len() + SHORTENED.len());
        assert_eq!(unpack(short), body);
        assert_eq!(shortened("{\n}"), None);
    }

    #[test]
    fn what_sqs_refuses_is_hidden_from_it() {
        let packed = pack("{\"text\":\"\u{ffff}\u{fffe}\"}".to_owned()).unwrap();
        assert!(packed.chars().all(is_taken));
        assert_eq!(unpack(packed), "{\"text\":\"\u{ffff}\u{fffe}\"}");
    }

    #[test]
    fn what_is_damaged_stays_as_it_is() {
        for damaged in ["gzip:", "gzip:!", "gzip:AAAA", "not json"] {
            assert_eq!(unpack(damaged.to_owned()), damaged);
        }
    }

    proptest! {
        #[test]
        fn every_body_comes_back(body: String) {
            let body = format!("{{{body}");
            prop_assert_eq!(unpack(pack(body.clone()).unwrap()), body);
        }

        #[test]
        fn every_body_with_short_escapes_comes_back(text: String, more in r#"[\\\\"n\nt]{0,40}"#) {
            let body = serde_json::json!({ "text": serde_json::json!([text, more]).to_string() }).to_string();
            if let Some(short) = shortened(&body) {
                prop_assert_eq!(unpack(short), body);
            }
        }
    }
}
