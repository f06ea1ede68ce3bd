//! Signatures: a signed request verifies, and no other request does, however similar.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use sha2::Sha256;
use shared::genesys::signature;
use shared::standard_webhooks::{
    ID_HEADER, SIGNATURE_HEADER, SigningSecret, TIMESTAMP_HEADER, TOLERANCE_SECONDS, verify,
};
use shared::time::Timestamp;
use shared::verified::Unverified;

use crate::first_line;

const SECRET: &str = "the-secret-of-the-fuzzer";
const KEY: &[u8] = b"the-key-of-the-fuzzer-32-bytes!!";
/// The time at which requests are verified, in seconds since 1970.
const NOW: i64 = 1_795_341_600;

/// The first line is a header of Genesys' signature, the rest is the body.
pub fn genesys_signature(input: &[u8]) {
    let (header, body) = first_line(input);
    let secret = SecretString::from(SECRET);
    let proved = |header: &[u8]| {
        let body = Unverified::new(Bytes::copy_from_slice(body));
        signature::verify(body, Some(header), [&secret]).is_ok()
    };
    let good = signature::sign(&secret, body).into_bytes();
    assert!(proved(&good), "what was signed verifies");
    assert_eq!(proved(header), header == good, "nothing else does");
    let mut close = good;
    let (place, bit) = (header.first().map_or(0, |byte| usize::from(*byte)), header.len() % 8);
    let place = place % close.len();
    close[place] ^= 1 << bit;
    assert!(!proved(&close), "not even one bit may differ");
}

/// Three lines are the headers of Standard Webhooks, the rest is the body.
pub fn lynn_signature(input: &[u8]) {
    let (id, rest) = first_line(input);
    let (timestamp, rest) = first_line(rest);
    let (signatures, body) = first_line(rest);
    if let Ok(text) = std::str::from_utf8(signatures) {
        // A secret of any form is parsed or refused.
        assert_eq!(SigningSecret::parse("whsec_").is_none(), SigningSecret::parse("").is_none());
        let _ = SigningSecret::parse(text);
    }
    let secret = SigningSecret::parse(&STANDARD.encode(KEY)).expect("a key");
    let proved = |signatures: &[u8]| {
        let headers = headers([
            (ID_HEADER, id),
            (TIMESTAMP_HEADER, timestamp),
            (SIGNATURE_HEADER, signatures),
        ])?;
        let body = Unverified::new(Bytes::copy_from_slice(body));
        let now = Timestamp::from_milliseconds(NOW * 1000);
        Some(verify(body, &headers, [&secret], now).is_ok())
    };
    let good = format!("v1,{}", STANDARD.encode(mac(&[id, b".", timestamp, b".", body])));
    let is_text = |bytes: &[u8]| bytes.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    let timely = std::str::from_utf8(timestamp).ok().and_then(|text| text.parse::<i64>().ok());
    let timely = timely.is_some_and(|at| NOW.abs_diff(at) <= TOLERANCE_SECONDS.unsigned_abs());
    let acceptable = timely && is_text(id);
    if let Some(proved) = proved(good.as_bytes()) {
        assert_eq!(proved, acceptable, "what was signed verifies while it is fresh");
    }
    if let Some(proved) = proved(signatures) {
        let holds = is_text(signatures)
            && signatures.split(u8::is_ascii_whitespace).any(|entry| entry == good.as_bytes());
        assert_eq!(proved, acceptable && holds, "nothing else does");
    }
}

/// `None` if these bytes are not valid header values.
fn headers(entries: [(&'static str, &[u8]); 3]) -> Option<HeaderMap> {
    let entry =
        |(name, value)| Some((HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?));
    entries.into_iter().map(entry).collect()
}

/// Computes the signature independently of the bridge.
fn mac(parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY).expect("a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}
