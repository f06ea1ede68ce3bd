//! The two signature schemes, written from their public descriptions and not from the bridge's
//! code.

use std::time::UNIX_EPOCH;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

pub fn hub_signature(secret: &str, body: &[u8]) -> String {
    format!("sha256={}", STANDARD.encode(mac(secret.as_bytes(), body)))
}

/// The value of `X-Hub-Signature-256` in the format of other vendors, which Genesys does not use.
pub fn hub_signature_in_hex(secret: &str, body: &[u8]) -> String {
    let digits: Vec<String> =
        mac(secret.as_bytes(), body).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={}", digits.concat())
}

/// One signature of `webhook-signature`.
pub fn standard_signature(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> String {
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").expect("whsec_ and base64"))
        .expect("whsec_ and base64");
    let mut signed = format!("{id}.{timestamp}.").into_bytes();
    signed.extend_from_slice(body);
    format!("v1,{}", STANDARD.encode(mac(&key, &signed)))
}

/// The current time in whole seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the tests stand outside the bridge")]
pub fn unix_seconds() -> i64 {
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_secs()).expect("not too far after 1970")
}

fn mac(key: &[u8], body: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}
