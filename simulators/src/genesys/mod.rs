//! The fake Genesys Cloud.

mod admin;
mod agent;
mod agentless;
mod api;
mod awkward;
mod channel;
mod checks;
mod conversation;
mod delivery;
mod details;
mod downloads;
mod event_delivery;
mod events;
mod facts;
mod faults;
mod fields;
mod inspection;
mod lifecycle;
mod login;
mod message;
mod options;
mod outbound;
mod participants;
mod people;
mod rate;
mod receipt;
mod refusal;
mod route;
mod state;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use uuid::Uuid;

use crate::change::Changes;
use crate::http::Server;
use crate::outgoing;

pub use admin::{Completion, ObjectKind, PlatformHabits};
pub use delivery::{Attempt, Delivery};
pub use events::LifecycleEvent;
pub use faults::{Effect, Endpoint, Fault};
pub use options::GenesysOptions;
pub use state::OnRepeat;

use state::State;

/// The longest a delivery can take; each one sets its own, shorter timeout.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(60);

/// What the platform calls the source of every conversation by message.
const PROVIDER: &str = "PureCloud Messaging";

/// A fake Genesys Cloud: one organisation with one Open Messaging integration, or with what a client of the
/// administration API makes of it.
///
/// Clones are the same simulator; when the last one is dropped, its port closes.
#[derive(Clone, Debug)]
pub struct GenesysSimulator {
    inner: Arc<Inner>,
    server: Arc<Server>,
}

/// What the server and the handle share.
#[derive(Debug)]
struct Inner {
    options: GenesysOptions,
    organization_id: String,
    division_id: String,
    /// Where customers wait whose integration has no flow.
    queue_id: String,
    /// Where work goes on that nobody waits for.
    runtime: Handle,
    client: reqwest::Client,
    changes: Changes,
    state: Mutex<State>,
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl GenesysSimulator {
    /// Starts on a free port of `127.0.0.1`.
    ///
    /// # Errors
    ///
    /// When the port cannot be bound or the HTTP client cannot be made.
    pub async fn start(options: GenesysOptions) -> io::Result<Self> {
        Self::start_on(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// Starts on the given address.
    ///
    /// # Errors
    ///
    /// When the address cannot be bound or the HTTP client cannot be made.
    pub async fn start_on(options: GenesysOptions, address: SocketAddr) -> io::Result<Self> {
        let state = State::new(&options);
        let inner = Arc::new(Inner {
            options,
            organization_id: state.organization.id.clone(),
            division_id: state.organization.home_division.clone(),
            queue_id: Uuid::new_v4().to_string(),
            runtime: Handle::current(),
            client: outgoing::client(CLIENT_TIMEOUT)?,
            changes: Changes::new(),
            state: Mutex::new(state),
        });
        let server = Arc::new(Server::start(address, Arc::clone(&inner)).await?);
        Ok(Self { inner, server })
    }

    /// The base of both the login and the API.
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// The settings it was started with.
    pub fn options(&self) -> &GenesysOptions {
        &self.inner.options
    }
}
