//! The settings of a fake Lynn.

use std::time::Duration;

/// The settings of a [`LynnSimulator`](super::LynnSimulator).
#[derive(Clone, Debug)]
pub struct LynnOptions {
    /// The secret (`whsec_…`) for the Standard Webhooks signatures of the bridge's posts; `None`
    /// disables the check.
    pub signing_secret: Option<String>,
    /// The secret of a Lynn that speaks Open Messaging: its webhook takes Genesys' webhooks, signed
    /// with this secret. `None`: the bridge's own events.
    pub hub_secret: Option<String>,
    /// Whether each session is a conversation of its own, so that events are counted by session.
    pub conversation_per_session: bool,
    /// The authentication that the bridge must use.
    pub auth: LynnAuthentication,
    /// The answer to an accepted probe: 2xx, or the 4xx of a receiver that does not support probes.
    pub probe_status: u16,
    /// The address for a flow's events, for example `http://127.0.0.1:8787/lynn/support`; may be
    /// set later.
    pub bridge_url: Option<String>,
    /// The `x-api-key` of posts to the bridge; may be set later.
    pub inbound_key: Option<String>,
    /// The secret (`whsec_…`) that signs posts to the bridge.
    pub inbound_signing_secret: Option<String>,
    /// How long a token of `CreateToken` is valid.
    pub token_lifetime: Duration,
    /// The maximum number of attempts of a post to the bridge.
    pub post_attempts: u32,
    /// The longest wait between two attempts, whatever `Retry-After` says.
    pub longest_post_wait: Duration,
}

impl Default for LynnOptions {
    fn default() -> Self {
        Self {
            signing_secret: None,
            hub_secret: None,
            conversation_per_session: false,
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

/// The authentication that the bridge must use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LynnAuthentication {
    None,
    /// A fixed bearer token.
    Bearer(String),
    /// A fixed header.
    Header {
        name: String,
        value: String,
    },
    Basic {
        username: String,
        password: String,
    },
    /// A token of Lynn: serves `POST /api/LynnService/CreateToken` and requires the bearer token
    /// that it returns.
    Token {
        /// The access token of the credential.
        access_token: String,
        access_token_secret: String,
        /// The tenant. It may be sent as a number.
        tenant: String,
    },
}
