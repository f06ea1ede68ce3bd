//! The relay's ports: a source that files are fetched from, and a store that keeps them.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use http::HeaderMap;
use secrecy::SecretString;
use shared::ports::PortError;
use shared::time::Timestamp;
use url::Url;

use super::kind::Kind;
use super::link::MediaKey;
use super::source_policy::Reach;

/// The bytes of a file, piece by piece.
pub type FileSource = BoxStream<'static, Result<Bytes, Box<dyn std::error::Error + Send + Sync>>>;

pub struct MediaRequest<'a> {
    pub url: &'a Url,
    /// The addresses that the host may have.
    pub reach: Reach,
    /// Genesys' token; only for requests to Genesys.
    pub bearer: Option<&'a SecretString>,
}

impl fmt::Debug for MediaRequest<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(formatter, "MediaRequest({host}, {:?})", self.reach)
    }
}

/// An answer with any status, before its body is read.
pub struct MediaAnswer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: FileSource,
}

shared::debug_writes!(MediaAnswer: |answer| "{}", answer.status);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The host has no address that the bridge may connect to.
    #[error("the host has no public address")]
    Blocked,
    /// Any other failure; it may be temporary.
    #[error("no answer")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Fetches files, one request at a time. A redirect is returned as an answer.
#[async_trait]
pub trait MediaSource: Send + Sync {
    /// Sends one request. Connects only to an address that [`MediaRequest::reach`] allows, and to
    /// exactly the address that was checked.
    async fn get(&self, request: MediaRequest<'_>) -> Result<MediaAnswer, SourceError>;
}

/// A copy in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCopy {
    pub mime: String,
    /// The size in bytes.
    pub size: u64,
    pub stored_at: Timestamp,
}

/// Keeps copies of files for a few days.
#[async_trait]
pub trait MediaStore: Send + Sync {
    /// Returns the copy under a key, if a complete one exists.
    async fn find(&self, key: &MediaKey) -> Result<Option<StoredCopy>, PortError>;

    /// Begins a copy. No reader sees it before [`MediaWriter::commit`] has returned. If the writer
    /// is dropped earlier, there is no copy.
    async fn begin(&self, key: &MediaKey) -> Result<Box<dyn MediaWriter>, PortError>;
}

/// A copy in progress.
#[async_trait]
pub trait MediaWriter: Send {
    async fn append(&mut self, piece: Bytes) -> Result<(), PortError>;

    /// Makes the copy durable. It replaces an earlier copy under the same key.
    async fn commit(self: Box<Self>, kind: &Kind, now: Timestamp) -> Result<(), PortError>;
}
