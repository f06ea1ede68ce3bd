//! What the relay needs of the world: a place that files are fetched from and one where they are kept.

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
use super::place::Reach;

/// The bytes of a file, piece by piece.
pub type FileSource = BoxStream<'static, Result<Bytes, Box<dyn std::error::Error + Send + Sync>>>;

/// A request for a file.
pub struct MediaRequest<'a> {
    /// Where.
    pub url: &'a Url,
    /// Which addresses its host may have.
    pub reach: Reach,
    /// Genesys' token, for Genesys alone.
    pub bearer: Option<&'a SecretString>,
}

impl fmt::Debug for MediaRequest<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(formatter, "MediaRequest({host}, {:?})", self.reach)
    }
}

/// An answer, whatever its status; its body is still to be read.
pub struct MediaAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: FileSource,
}

impl fmt::Debug for MediaAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "MediaAnswer({})", self.status)
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The host has no address that may be connected to.
    #[error("the host has no public address")]
    Blocked,
    /// Anything else: it may pass.
    #[error("no answer")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Fetches files. One request each: a redirect is an answer.
#[async_trait]
pub trait MediaSource: Send + Sync {
    /// Asks once. Connects only to an address that [`MediaRequest::reach`] allows, and to the very one that was checked.
    async fn get(&self, request: MediaRequest<'_>) -> Result<MediaAnswer, SourceError>;
}

/// A copy that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its MIME type.
    pub mime: String,
    /// Its size, bytes.
    pub size: u64,
    /// When it was stored.
    pub stored_at: Timestamp,
}

/// Keeps copies of files for a few days.
#[async_trait]
pub trait MediaStore: Send + Sync {
    /// The copy under a key, if there is a whole one.
    async fn find(&self, key: &MediaKey) -> Result<Option<Found>, PortError>;

    /// Begins a copy. Nobody sees it before [`MediaWriter::commit`] has returned; dropped before that, it never was.
    async fn begin(&self, key: &MediaKey) -> Result<Box<dyn MediaWriter>, PortError>;
}

/// A copy being written.
#[async_trait]
pub trait MediaWriter: Send {
    /// Adds a piece.
    async fn append(&mut self, piece: Bytes) -> Result<(), PortError>;

    /// Makes it durable, in place of an earlier copy under the same key.
    async fn commit(self: Box<Self>, kind: &Kind, now: Timestamp) -> Result<(), PortError>;
}
