//! Fetches files over HTTP and connects only to addresses that were checked.
//!
//! Rule: the addresses of a host are resolved, checked and connected to in one step. The HTTP
//! client gets only the addresses that passed, so a name that resolves differently a moment later
//! changes nothing.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::unfold;
use http::header::ACCEPT_ENCODING;
use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use secrecy::ExposeSecret;

use super::address::is_public;
use super::ports::{FileSource, MediaAnswer, MediaRequest, MediaSource, SourceError};
use super::source_policy::Reach;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a server may send nothing.
const SILENCE: Duration = Duration::from_secs(10);
/// An idle connection is closed early, because the next file is usually on another host.
const IDLE: Duration = Duration::from_secs(5);

/// Finds the addresses of a host.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// Returns all addresses of the host.
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// [`MediaSource`] by reqwest and rustls. The clients are built for the first file, because most
/// processes relay nothing.
pub struct HttpSource {
    lookup: Arc<dyn Lookup>,
    public: OnceLock<Client>,
    local: OnceLock<Client>,
}

impl HttpSource {
    /// Creates a source with the system's resolver.
    pub fn new() -> Self {
        Self::with(Arc::new(SystemLookup))
    }

    /// Creates a source with another resolver.
    pub fn with(lookup: Arc<dyn Lookup>) -> Self {
        Self { lookup, public: OnceLock::new(), local: OnceLock::new() }
    }

    fn client(&self, reach: Reach) -> Result<&Client, reqwest::Error> {
        let slot = match reach {
            Reach::Public => &self.public,
            Reach::Local => &self.local,
        };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = client(Checked { lookup: Arc::clone(&self.lookup), reach })?;
        Ok(slot.get_or_init(|| client))
    }
}

impl Default for HttpSource {
    fn default() -> Self {
        Self::new()
    }
}

fn client(resolver: Checked) -> Result<Client, reqwest::Error> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a client that connects to checked addresses only"
    )]
    let builder = Client::builder();
    builder
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(SILENCE)
        .pool_idle_timeout(IDLE)
        .redirect(Policy::none())
        .user_agent(concat!("lynn-genesys-bridge/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        .dns_resolver(Arc::new(resolver))
        .build()
}

/// The host has no address that the bridge may connect to.
#[derive(Debug, thiserror::Error)]
#[error("the host has no address that may be connected to")]
struct Blocked;

struct Checked {
    lookup: Arc<dyn Lookup>,
    reach: Reach,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, reach) = (Arc::clone(&self.lookup), self.reach);
        Box::pin(async move {
            let addresses = lookup.addresses(name.as_str()).await?;
            let allowed = within(reach, addresses);
            if allowed.is_empty() {
                return Err(Box::new(Blocked) as Box<dyn Error + Send + Sync>);
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

fn within(reach: Reach, addresses: Vec<IpAddr>) -> Vec<SocketAddr> {
    let allowed = |address: &IpAddr| match reach {
        Reach::Public => is_public(*address),
        Reach::Local => address.is_loopback(),
    };
    // The client replaces this port with the URL's port.
    addresses.into_iter().filter(allowed).map(|address| SocketAddr::new(address, 0)).collect()
}

#[async_trait]
impl MediaSource for HttpSource {
    async fn get(&self, request: MediaRequest<'_>) -> Result<MediaAnswer, SourceError> {
        let client = self.client(request.reach).map_err(failed)?;
        // Request the file uncompressed: the content and the size of compressed data are unknown
        // before it is unpacked.
        let mut call = client.get(request.url.clone()).header(ACCEPT_ENCODING, "identity");
        if let Some(token) = request.bearer {
            call = call.bearer_auth(token.expose_secret());
        }
        let response = call.send().await.map_err(failed)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(MediaAnswer { status, headers, body: pieces(response) })
    }
}

fn pieces(response: reqwest::Response) -> FileSource {
    let next = |mut response: reqwest::Response| async move {
        match response.chunk().await {
            Ok(Some(piece)) => Some((Ok(piece), response)),
            Ok(None) => None,
            Err(error) => {
                let error: Box<dyn Error + Send + Sync> = Box::new(error.without_url());
                Some((Err(error), response))
            }
        }
    };
    unfold(response, next).boxed()
}

/// A URL may contain a signature or a name, so it is removed.
fn failed(error: reqwest::Error) -> SourceError {
    let error = error.without_url();
    let mut beneath: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(source) = beneath {
        if source.is::<Blocked>() {
            return SourceError::Blocked;
        }
        beneath = source.source();
    }
    SourceError::Failed(Box::new(error))
}

#[cfg(test)]
mod tests;
