//! The credential of an organisation's administrator.

use secrecy::SecretString;

/// An OAuth client with the grant type client credentials and an administrator's roles.
#[derive(Clone, Debug)]
pub struct Administrator {
    pub client_id: String,
    pub client_secret: SecretString,
}
