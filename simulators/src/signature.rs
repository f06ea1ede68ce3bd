//! The two signature schemes, implemented from their public descriptions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The largest difference between a signed timestamp and now.
const TOLERANCE_SECONDS: i64 = 300;

fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC accepts a key of any length, so the error branch cannot be reached. An empty signature
    // matches nothing.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// The value of `X-Hub-Signature-256`.
pub(crate) fn hub_signature(secret: &str, body: &[u8]) -> String {
    format!("sha256={}", STANDARD.encode(hmac_sha256(secret.as_bytes(), &[body])))
}

/// The key of a Standard Webhooks secret `whsec_…`.
pub(crate) fn standard_key(secret: &str) -> Option<Vec<u8>> {
    STANDARD.decode(secret.strip_prefix("whsec_")?).ok()
}

/// One `v1,…` signature of the Standard Webhooks scheme.
pub(crate) fn standard_signature(key: &[u8], id: &str, timestamp: i64, body: &[u8]) -> String {
    let head = format!("{id}.{timestamp}.");
    format!("v1,{}", STANDARD.encode(hmac_sha256(key, &[head.as_bytes(), body])))
}

/// Checks the three headers. Returns the problem.
pub(crate) fn check_standard(
    key: &[u8],
    id: Option<&str>,
    timestamp: Option<&str>,
    signatures: Option<&str>,
    body: &[u8],
    now: i64,
) -> Result<(), String> {
    let id = id.filter(|id| !id.is_empty()).ok_or("webhook-id is missing")?;
    let timestamp: i64 = timestamp
        .ok_or("webhook-timestamp is missing")?
        .parse()
        .map_err(|_| "webhook-timestamp is not a whole number of seconds")?;
    if now.abs_diff(timestamp) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err("webhook-timestamp is more than 5 minutes away".to_owned());
    }
    let expected = standard_signature(key, id, timestamp, body);
    let signatures = signatures.ok_or("webhook-signature is missing")?;
    if signatures.split(' ').any(|signature| signature == expected) {
        Ok(())
    } else {
        Err("webhook-signature fits no known secret".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{check_standard, hub_signature, standard_key, standard_signature};

    #[test]
    fn the_hub_signature_is_base64_of_the_known_answer() {
        // RFC 4231, test case 2, as base64.
        assert_eq!(
            hub_signature("Jefe", b"what do ya want for nothing?"),
            "sha256=W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="
        );
    }

    #[test]
    fn the_standard_signature_is_the_published_example() {
        let key = standard_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        assert_eq!(
            standard_signature(
                &key,
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                br#"{"test": 2432232314}"#
            ),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn one_fitting_signature_among_several_is_enough() {
        let good = standard_signature(b"key", "id", 1_000, b"{}");
        let several = format!("v1,AAAA v2,BBBB {good}");
        let check = |signatures: &str, now| {
            check_standard(b"key", Some("id"), Some("1000"), Some(signatures), b"{}", now)
        };
        assert_eq!(check(&several, 1_300), Ok(()));
        assert!(check("v1,AAAA", 1_000).is_err());
        assert!(check(&good, 1_301).is_err());
        assert!(check(&good, 699).is_err());
    }
}
