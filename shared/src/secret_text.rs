//! Compares secrets in constant time, and writes them into headers without leaving copies in
//! memory.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac;
use http::HeaderValue;
use http::header::InvalidHeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::Serializer;
use zeroize::Zeroizing;

use crate::crypto::keyed;

/// Whether `given` is the secret. The time does not depend on where they differ.
pub fn matches(secret: &SecretString, given: &[u8]) -> bool {
    const KEY: &[u8] = b"compare";
    let expected =
        keyed(KEY).chain_update(secret.expose_secret().as_bytes()).finalize().into_bytes();
    keyed(KEY).chain_update(given).verify_slice(&expected).is_ok()
}

/// A secret as the value of a header, marked so that logs hide it.
///
/// # Errors
/// The secret cannot be sent in a header.
pub fn header(secret: &SecretString) -> Result<HeaderValue, InvalidHeaderValue> {
    sensitive(secret.expose_secret())
}

/// A header value of `Bearer` and a token.
///
/// # Errors
/// The token cannot be sent in a header.
pub fn bearer(token: &SecretString) -> Result<HeaderValue, InvalidHeaderValue> {
    sensitive(&Zeroizing::new(format!("Bearer {}", token.expose_secret())))
}

/// A header value of `Basic` with a user and a password.
///
/// # Errors
/// Never: base64 can always be sent in a header. The type leaves the check to the caller.
pub fn basic(user: &str, password: &SecretString) -> Result<HeaderValue, InvalidHeaderValue> {
    let pair = Zeroizing::new(format!("{user}:{}", password.expose_secret()));
    let pair = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
    sensitive(&Zeroizing::new(format!("Basic {}", *pair)))
}

fn sensitive(text: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(text)?;
    value.set_sensitive(true);
    Ok(value)
}

/// For `serialize_with`, where a secret must be stored.
pub fn exposed<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => serializer.serialize_some(secret.expose_secret()),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_written_as_its_scheme_says_and_does_not_show() {
        let secret = SecretString::from("planted");
        let headers = [header(&secret), bearer(&secret), basic("Aladdin", &secret)];
        let headers = headers.map(Result::unwrap);
        assert_eq!(headers, ["planted", "Bearer planted", "Basic QWxhZGRpbjpwbGFudGVk"]);
        assert!(!format!("{headers:?}").contains("lanted"));
        assert!(header(&SecretString::from("two\nlines")).is_err());
    }

    #[test]
    fn only_the_same_text_matches() {
        let secret = SecretString::from("key-1".to_owned());
        assert!(matches(&secret, b"key-1"));
        assert!(!matches(&secret, b"key-2"));
        assert!(!matches(&secret, b""));
    }
}
