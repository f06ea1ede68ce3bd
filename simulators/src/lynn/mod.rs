//! The fake Lynn.

mod authentication;
mod ends;
mod faults;
mod files;
mod inspection;
mod open_engine;
mod options;
mod posting;
mod sequence;
mod shape;
mod state;
mod webhook;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::change::Changes;
use crate::http::Server;
use crate::{outgoing, signature};

pub use faults::LynnFault;
pub use open_engine::OpenWebhook;
pub use options::{LynnAuthentication, LynnOptions};
pub use posting::PostResult;

use state::State;

const WEBHOOK_PATH: &str = "/webhook";
const PROACTIVE_PATH: &str = "/proactive";
const EVENTS_PATH: &str = "/events";
/// The beginning of the paths of a tenant with a contract of its own: any method and any body.
const TENANT_PATH: &str = "/tenant/";
const TOKEN_PATH: &str = "/api/LynnService/CreateToken";

/// How long Lynn waits for the bridge.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(10);

/// A fake Lynn with one webhook and one proactive campaign.
///
/// Clones share one simulator. When the last clone is dropped, its port closes.
#[derive(Clone, Debug)]
pub struct LynnSimulator {
    inner: Arc<Inner>,
    server: Arc<Server>,
}

/// The data that the server and the handle share.
#[derive(Debug)]
struct Inner {
    options: LynnOptions,
    signing_key: Option<Vec<u8>>,
    inbound_signing_key: Option<Vec<u8>>,
    client: reqwest::Client,
    changes: Changes,
    state: Mutex<State>,
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LynnSimulator {
    /// Starts on a free port of `127.0.0.1`.
    ///
    /// # Errors
    ///
    /// The port cannot be bound, or a secret is not `whsec_` followed by base64.
    pub async fn start(options: LynnOptions) -> io::Result<Self> {
        Self::start_on(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// Starts on the given address.
    ///
    /// # Errors
    ///
    /// The address cannot be bound, or a secret is not `whsec_` followed by base64.
    pub async fn start_on(options: LynnOptions, address: SocketAddr) -> io::Result<Self> {
        let state = State::new(options.bridge_url.clone(), options.inbound_key.clone());
        let inner = Arc::new(Inner {
            signing_key: key(options.signing_secret.as_deref())?,
            inbound_signing_key: key(options.inbound_signing_secret.as_deref())?,
            options,
            client: outgoing::client(CLIENT_TIMEOUT)?,
            changes: Changes::new(),
            state: Mutex::new(state),
        });
        let server = Arc::new(Server::start(address, Arc::clone(&inner)).await?);
        Ok(Self { inner, server })
    }

    /// The base of all its URLs, and the `endpoint` of the token authentication.
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// The URL for the bridge's events.
    pub fn webhook_url(&self) -> String {
        format!("{}{WEBHOOK_PATH}", self.base_url())
    }

    /// The URL for the events of conversations' lives, of a Lynn that speaks Open Messaging.
    pub fn events_url(&self) -> String {
        format!("{}{EVENTS_PATH}", self.base_url())
    }

    /// The beginning of the URLs of a tenant with a contract of its own.
    pub fn tenant_url(&self) -> String {
        format!("{}{TENANT_PATH}", self.base_url())
    }

    /// The URL for the bridge's messages to the proactive campaign.
    pub fn proactive_url(&self) -> String {
        format!("{}{PROACTIVE_PATH}", self.base_url())
    }
}

fn key(secret: Option<&str>) -> io::Result<Option<Vec<u8>>> {
    let invalid =
        || io::Error::new(io::ErrorKind::InvalidInput, "a signing secret is whsec_ and base64");
    secret.map(|secret| signature::standard_key(secret).ok_or_else(invalid)).transpose()
}
