//! Comparing secrets without telling how far they agree.

use hmac::Mac;
use secrecy::{ExposeSecret, SecretString};

use crate::genesys::signature::keyed;

/// Whether `given` is the secret, in time that does not depend on where they differ.
pub fn matches(secret: &SecretString, given: &[u8]) -> bool {
    const KEY: &[u8] = b"compare";
    let expected =
        keyed(KEY).chain_update(secret.expose_secret().as_bytes()).finalize().into_bytes();
    keyed(KEY).chain_update(given).verify_slice(&expected).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_text_matches() {
        let secret = SecretString::from("key-1".to_owned());
        assert!(matches(&secret, b"key-1"));
        assert!(!matches(&secret, b"key-2"));
        assert!(!matches(&secret, b""));
    }
}
