//! How a fake Lynn is set up.

use std::time::Duration;

/// The settings of a [`LynnSimulator`](super::LynnSimulator).
#[derive(Clone, Debug)]
pub struct LynnOptions {
    /// The secret (`whsec_…`) that the Standard Webhooks headers of what the bridge posts must fit; none checks nothing.
    pub signing_secret: Option<String>,
    /// The authentication asked of the bridge.
    pub auth: LynnAuthentication,
    /// What a probe that was let in is answered: 2xx, or the 4xx of a receiver that knows no probes.
    pub probe_status: u16,
    /// Where a flow posts its events, for example `http://127.0.0.1:8787/lynn/support`; may be set later.
    pub bridge_url: Option<String>,
    /// The `x-api-key` of what is posted to the bridge.
    pub inbound_key: Option<String>,
    /// The secret (`whsec_…`) that signs what is posted to the bridge.
    pub inbound_signing_secret: Option<String>,
    /// How long a token of `CreateToken` lives.
    pub token_lifetime: Duration,
    /// How many times a post to the bridge is attempted at most.
    pub post_attempts: u32,
    /// The longest wait between two attempts, whatever `Retry-After` says.
    pub longest_post_wait: Duration,
}

impl Default for LynnOptions {
    fn default() -> Self {
        Self {
            signing_secret: None,
            probe_status: 204,
            auth: LynnAuthentication::None,
            bridge_url: None,
            inbound_key: None,
            inbound_signing_secret: None,
            token_lifetime: Duration::from_secs(60 * 60),
            post_attempts: 6,
            longest_post_wait: Duration::from_secs(5),
        }
    }
}

/// The authentication asked of the bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LynnAuthentication {
    /// None.
    None,
    /// A fixed bearer token.
    Bearer(String),
    /// A fixed header.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// HTTP Basic.
    Basic {
        /// The user's name.
        username: String,
        /// The password.
        password: String,
    },
    /// A token of Lynn's own: serves `POST /api/LynnService/CreateToken` and asks for the bearer token it gives.
    Token {
        /// The access token of the credential.
        access_token: String,
        /// Its secret.
        access_token_secret: String,
        /// The tenant; a number on the wire is the same.
        tenant: String,
    },
}
