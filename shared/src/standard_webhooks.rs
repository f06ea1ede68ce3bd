//! Standard Webhooks 1.0 signatures: verifies Lynn's requests and signs the bridge's own.
//!
//! `webhook-signature` is a list, separated by spaces, of
//! `v1,<base64 of HMAC-SHA256(secret, "{id}.{timestamp}.{body}")>`.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use hmac::Mac;
use http::HeaderMap;
use secrecy::{ExposeSecret, SecretSlice};

use crate::crypto::keyed;
use crate::time::Timestamp;
use crate::verified::{Unverified, Verified};

/// The header with the event's id, the same for each attempt.
pub const ID_HEADER: &str = "webhook-id";
/// The header with the time of the attempt, in seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
pub const SIGNATURE_HEADER: &str = "webhook-signature";
/// The most seconds by which the time of an attempt may differ from our clock.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Accepts secrets with and without padding, because both forms are in use.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Clone, Debug)]
pub struct SigningSecret(SecretSlice<u8>);

impl SigningSecret {
    /// The error for a text that is not a signing secret.
    pub const FORM: &str = "this is not a signing secret: whsec_ and base64";

    /// Reads base64, with or without the prefix `whsec_`. `None` when it is not base64, or is
    /// empty. Standard Webhooks asks for 24 to 64 bytes; shorter secrets are in use.
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix("whsec_").unwrap_or(text);
        let key = LENIENT.decode(encoded).ok().filter(|key| !key.is_empty())?;
        Some(Self(key.into()))
    }

    /// The value of the signature header.
    pub fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        format!(
            "v1,{}",
            STANDARD.encode(self.mac(id, &seconds.to_string(), body).finalize().into_bytes())
        )
    }

    fn mac(&self, id: &str, seconds: &str, body: &[u8]) -> hmac::Hmac<sha2::Sha256> {
        keyed(self.0.expose_secret())
            .chain_update(id.as_bytes())
            .chain_update(b".")
            .chain_update(seconds.as_bytes())
            .chain_update(b".")
            .chain_update(body)
    }
}

/// Why a signed request is refused. The caller does not learn it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A header is missing or cannot be read.
    #[error("a signature header is missing or malformed")]
    Malformed,
    /// The time of the attempt differs too much from our clock.
    #[error("the timestamp is outside the tolerance")]
    Stale,
    /// No secret matches any of the signatures.
    #[error("the signature does not match")]
    Wrong,
}

/// Verifies a body: any of the secrets must match any signature in the header.
pub fn verify<'a>(
    body: Unverified,
    headers: &HeaderMap,
    secrets: impl IntoIterator<Item = &'a SigningSecret>,
    now: Timestamp,
) -> Result<Verified, Rejection> {
    let header =
        |name| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Rejection::Malformed);
    let (id, seconds, signatures) =
        (header(ID_HEADER)?, header(TIMESTAMP_HEADER)?, header(SIGNATURE_HEADER)?);
    let attempted: i64 = seconds.parse().map_err(|_| Rejection::Malformed)?;
    if now.seconds().abs_diff(attempted) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(Rejection::Stale);
    }
    let signatures: Vec<Vec<u8>> = signatures
        .split_ascii_whitespace()
        .filter_map(|entry| entry.strip_prefix("v1,"))
        .filter_map(|encoded| STANDARD.decode(encoded).ok())
        .collect();
    body.verify(|bytes| {
        let matches = |secret: &SigningSecret| {
            let mac = secret.mac(id, seconds, bytes);
            signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
        };
        if secrets.into_iter().any(matches) { Ok(()) } else { Err(Rejection::Wrong) }
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    /// The example of the Standard Webhooks specification.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn headers(entries: &[(&'static str, &str)]) -> HeaderMap {
        entries
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn check(headers: &HeaderMap, now: i64) -> Result<(), Rejection> {
        let secrets = [
            SigningSecret::parse("whsec_b3RoZXItc2VjcmV0LWtleS0wMDAw").unwrap(),
            SigningSecret::parse(SECRET).unwrap(),
        ];
        let body = Unverified::new(Bytes::from_static(br#"{"test": 2432232314}"#));
        verify(body, headers, &secrets, Timestamp::from_milliseconds(now * 1000)).map(|_| ())
    }

    #[test]
    fn the_example_of_the_specification_verifies() {
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let secret = SigningSecret::parse(SECRET).unwrap();
        assert_eq!(
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#),
            signature
        );
        let several = format!("v1a,unknown {signature} v1,bm9wZQ==");
        let headers = headers(&[
            (ID_HEADER, "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            (TIMESTAMP_HEADER, "1614265330"),
            (SIGNATURE_HEADER, &several),
        ]);
        assert_eq!(check(&headers, 1_614_265_330 + 300), Ok(()));
        assert_eq!(check(&headers, 1_614_265_330 + 301), Err(Rejection::Stale));
        assert_eq!(check(&headers, 1_614_265_330 - 301), Err(Rejection::Stale));
    }

    #[test]
    fn a_secret_is_base64() {
        let secret = |bytes: usize| STANDARD.encode(vec![7; bytes]);
        for good in [secret(4), format!("whsec_{}", secret(24)), secret(17).replace('=', "")] {
            assert!(SigningSecret::parse(&good).is_some(), "{good}");
        }
        for bad in ["whsec_".to_owned(), "whsec_???".to_owned(), secret(32) + "\n"] {
            assert!(SigningSecret::parse(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let wrong = headers(&[
            (ID_HEADER, "m"),
            (TIMESTAMP_HEADER, "10"),
            (SIGNATURE_HEADER, "v1,bm9wZQ=="),
        ]);
        assert_eq!(check(&wrong, 10), Err(Rejection::Wrong));
        let no_time = headers(&[
            (ID_HEADER, "m"),
            (TIMESTAMP_HEADER, "soon"),
            (SIGNATURE_HEADER, "v1,bm9wZQ=="),
        ]);
        assert_eq!(check(&no_time, 10), Err(Rejection::Malformed));
        assert_eq!(check(&HeaderMap::new(), 10), Err(Rejection::Malformed));
    }
}
