//! The key that signs links to copies of files.
//!
//! Rule: the key is derived from a webhook secret, and the secret cannot be computed from the key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac;
use secrecy::{ExposeSecret, SecretString};

use crate::crypto::keyed;

/// Separates this key from every other use of the secret.
const PURPOSE: &[u8] = b"lynn-genesys-bridge media links 1";

#[derive(Clone, Debug)]
pub struct LinkKey(SecretString);

impl LinkKey {
    /// Derives the key from a webhook secret.
    pub fn derive(webhook_secret: &SecretString) -> Self {
        let mac = keyed(webhook_secret.expose_secret().as_bytes()).chain_update(PURPOSE);
        Self(SecretString::from(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
    }

    /// Takes a key in the form of [`LinkKey::text`].
    pub fn new(text: SecretString) -> Self {
        Self(text)
    }

    /// The form in which the send configuration stores the key.
    pub fn text(&self) -> &SecretString {
        &self.0
    }
}
