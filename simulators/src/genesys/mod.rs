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

pub use admin::{Completion, EVENT_TOPICS, ObjectKind, PlatformHabits, workflow_that_posts};
pub use delivery::{Attempt, Delivery};
pub use events::LifecycleEvent;
pub use faults::{Effect, Endpoint, Fault};
pub use inspection::People;
pub use options::GenesysOptions;
pub use state::OnRepeat;

use state::State;

/// The longest timeout of a delivery. Each delivery sets its own, shorter timeout.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(60);

/// The platform's provider name for all message conversations.
const PROVIDER: &str = "PureCloud Messaging";

/// A fake Genesys Cloud: one organisation with one Open Messaging integration, or with the objects
/// that a client of the administration API creates.
///
/// Clones share one simulator. When the last clone is dropped, its port closes.
#[derive(Clone, Debug)]
pub struct GenesysSimulator {
    inner: Arc<Inner>,
    server: Arc<Server>,
}

/// The data that the server and the handle share.
#[derive(Debug)]
struct Inner {
    options: GenesysOptions,
    organization_id: String,
    division_id: String,
    /// The queue of customers whose integration has no flow.
    queue_id: String,
    /// Runs background work.
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
    /// The port cannot be bound or the HTTP client cannot be created.
    pub async fn start(options: GenesysOptions) -> io::Result<Self> {
        Self::start_on(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// Starts on the given address.
    ///
    /// # Errors
    ///
    /// The address cannot be bound or the HTTP client cannot be created.
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

    /// The base URL of both the login and the API.
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    pub fn options(&self) -> &GenesysOptions {
        &self.inner.options
    }
}
