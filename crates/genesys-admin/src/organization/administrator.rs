//! Who administers an organisation.

use secrecy::SecretString;

/// An OAuth client of the grant client credentials, with an administrator's roles.
#[derive(Clone, Debug)]
pub struct Administrator {
    pub client_id: String,
    pub client_secret: SecretString,
}
