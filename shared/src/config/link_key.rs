//! The key that links to copies of files are signed with.
//!
//! Rule: it is made of a webhook secret, and nothing that signs a webhook can be made of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac;
use secrecy::{ExposeSecret, SecretString};

use crate::crypto::keyed;

/// What the key of links is made for: no other use of the secret has these words.
const PURPOSE: &[u8] = b"lynn-genesys-bridge media links 1";

/// Signs links.
#[derive(Clone, Debug)]
pub struct LinkKey(SecretString);

impl LinkKey {
    /// Makes the key out of a webhook secret.
    pub fn derive(webhook_secret: &SecretString) -> Self {
        let mac = keyed(webhook_secret.expose_secret().as_bytes()).chain_update(PURPOSE);
        Self(SecretString::from(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
    }

    /// Takes a key as [`LinkKey::text`] wrote it.
    pub fn new(text: SecretString) -> Self {
        Self(text)
    }

    /// The key as the sending half keeps it.
    pub fn text(&self) -> &SecretString {
        &self.0
    }
}
