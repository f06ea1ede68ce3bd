//! The signature of Genesys' webhooks:
//! `X-Hub-Signature-256: sha256=<standard base64 of HMAC-SHA256(secret, body)>`.
//!
//! Rule: verify the bytes as received, in constant time. Genesys signs no time, so a replay is
//! recognised by the message record and, when that has expired, by the message's own time. Source:
//! Open Messaging, "Validate the webhook signature".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::crypto::keyed;
use crate::verified::{Unverified, Verified};

pub const HEADER: &str = "x-hub-signature-256";

/// Why a webhook is refused. The caller does not learn it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("the signature header is missing")]
    Missing,
    /// The value is not `sha256=` and base64.
    #[error("the signature header is malformed")]
    Malformed,
    /// No secret of the integration matches.
    #[error("the signature does not match")]
    Wrong,
}

/// The value of the signature header for a body.
pub fn sign(secret: &SecretString, body: &[u8]) -> String {
    format!("sha256={}", STANDARD.encode(mac(secret, body).finalize().into_bytes()))
}

/// Verifies a body by any of the secrets: old and new are both valid during a rotation.
pub fn verify<'a>(
    body: Unverified,
    header: Option<&[u8]>,
    secrets: impl IntoIterator<Item = &'a SecretString>,
) -> Result<Verified, Rejection> {
    let header = header.ok_or(Rejection::Missing)?;
    let encoded = header.strip_prefix(b"sha256=").ok_or(Rejection::Malformed)?;
    let signature = STANDARD.decode(encoded).map_err(|_| Rejection::Malformed)?;
    body.verify(|bytes| {
        let matches = |secret| mac(secret, bytes).verify_slice(&signature).is_ok();
        if secrets.into_iter().any(matches) { Ok(()) } else { Err(Rejection::Wrong) }
    })
}

fn mac(secret: &SecretString, body: &[u8]) -> Hmac<Sha256> {
    keyed(secret.expose_secret().as_bytes()).chain_update(body)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const BODY: &[u8] = br#"{"id":"d7d5","text":"\u00e9"}"#;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    fn check(header: Option<&str>, secrets: &[SecretString]) -> Result<(), Rejection> {
        let body = Unverified::new(Bytes::from_static(BODY));
        verify(body, header.map(str::as_bytes), secrets)
            .map(|verified| assert_eq!(verified.bytes(), BODY))
    }

    #[test]
    fn matches_a_signature_made_elsewhere() {
        // printf '%s' '{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef -binary | base64
        let header = sign(&secret("0123456789abcdef"), br#"{"a":1}"#);
        assert_eq!(header, "sha256=HHb7uTDTqosWM3KPriEsaMpopnUrsxm5i+b+F+hs9bg=");
    }

    #[test]
    fn any_of_several_secrets_will_do() {
        let (old, new) = (secret("the-old-secret-0"), secret("the-new-secret-0"));
        let header = sign(&new, BODY);
        assert_eq!(check(Some(&header), &[old.clone(), new]), Ok(()));
        assert_eq!(check(Some(&header), &[old]), Err(Rejection::Wrong));
    }

    #[test]
    fn refuses_what_is_not_standard_base64() {
        let secrets = [secret("0123456789abcdef")];
        let good = sign(&secrets[0], BODY);
        let hexadecimal = "sha256=5d41402abc4b2a76b9719d911017c592ae2f2a3b5d41402abc4b2a76b9719d91";
        assert_eq!(check(None, &secrets), Err(Rejection::Missing));
        assert_eq!(check(Some(""), &secrets), Err(Rejection::Malformed));
        assert_eq!(check(Some(&good["sha256=".len()..]), &secrets), Err(Rejection::Malformed));
        assert_eq!(check(Some(hexadecimal), &secrets), Err(Rejection::Wrong));
        assert_eq!(check(Some(&good.replace('=', "")), &secrets), Err(Rejection::Malformed));
        assert_eq!(check(Some("sha256=_-_-"), &secrets), Err(Rejection::Malformed));
        assert_eq!(check(Some("sha256="), &secrets), Err(Rejection::Wrong));
    }
}
