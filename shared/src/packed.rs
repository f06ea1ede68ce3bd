//! A body that fits where room is limited: a queue entry, an item of a table.
//!
//! Rules: what fits as it is stays as it is. What is longer than one unit of SQS's price, or holds a character that SQS
//! refuses, is compressed: an accepted event must never be refused for its content.

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

/// What a compressed body begins with; JSON does not.
const COMPRESSED: &str = "gzip:";
/// SQS counts each 64 KiB as one request.
const PLAIN_BYTES: usize = 64 * 1024;
/// No entry is longer than this when it is unpacked: the largest body of an endpoint, escaped, with what goes with it.
const UNPACKED_BYTES: u64 = 8 * 1024 * 1024;

/// The body as it travels; printable ASCII when it is compressed. Fails only for want of memory.
pub fn pack(body: String) -> std::io::Result<String> {
    if body.len() <= PLAIN_BYTES && body.chars().all(is_taken) {
        return Ok(body);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_bytes())?;
    Ok(format!("{COMPRESSED}{}", STANDARD.encode(encoder.finish()?)))
}

/// The body as it was. What cannot be unpacked stays as it is: the engine keeps it for an operator.
pub fn unpack(body: String) -> String {
    body.strip_prefix(COMPRESSED).and_then(unpacked).unwrap_or(body)
}

fn unpacked(text: &str) -> Option<String> {
    let bytes = STANDARD.decode(text).ok()?;
    let mut body = String::new();
    GzDecoder::new(bytes.as_slice()).take(UNPACKED_BYTES).read_to_string(&mut body).ok()?;
    Some(body)
}

/// The characters that SQS takes, by its documentation of `SendMessage`.
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
    }
}
