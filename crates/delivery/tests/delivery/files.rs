//! The files that messages link to, served by a script, and the store of their copies.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::HeaderMap;
use http::header::RETRY_AFTER;
use media::{MediaAnswer, MediaRequest, MediaSource, SourceError};
use shared::ports::Clock as _;
use shared::time::Timestamp;
use testing::{ManualClock, MemoryMedia};

pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the rest of it";

/// The behaviour of the host that a link leads to.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// The host serves a picture.
    Picture,
    /// The host serves a web page, which is not a file.
    Page,
    /// The host cannot be reached.
    Unreachable,
    /// The host answers with this status and asks for a pause of this many seconds.
    Status(u16, u64),
    /// The host sends the start of a picture and then no further byte, without end.
    Stalls,
}

type Script = Box<dyn Fn(Timestamp) -> Source + Send>;

/// The source that all links lead to.
pub struct Files {
    clock: Arc<ManualClock>,
    script: Mutex<Script>,
    asked: Mutex<Vec<Timestamp>>,
}

/// The files and their copies.
pub struct FileFixture {
    pub files: Arc<Files>,
    pub copies: MemoryMedia,
    /// How long a source may take, in real time.
    pub copying: Duration,
}

impl FileFixture {
    /// All hosts serve a picture.
    pub fn new(clock: &Arc<ManualClock>) -> Self {
        let files = Files {
            clock: Arc::clone(clock),
            script: Mutex::new(Box::new(|_| Source::Picture)),
            asked: Mutex::default(),
        };
        let copying = media::COPYING;
        Self { files: Arc::new(files), copies: MemoryMedia::new(), copying }
    }
}

impl Files {
    /// Sets the behaviour from now on, depending on the time of the request.
    pub fn script(&self, script: impl Fn(Timestamp) -> Source + Send + 'static) {
        *self.script.lock().unwrap() = Box::new(script);
    }

    /// The times of the requests.
    pub fn asked(&self) -> Vec<Timestamp> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl MediaSource for Files {
    async fn get(&self, _request: MediaRequest<'_>) -> Result<MediaAnswer, SourceError> {
        let now = self.clock.now();
        self.asked.lock().unwrap().push(now);
        let source = (self.script.lock().unwrap())(now);
        let picture = stream::iter([Ok(Bytes::from_static(PNG))]);
        let (status, seconds, body) = match source {
            Source::Unreachable => return Err(SourceError::Failed("no way there".into())),
            Source::Picture => (200, 0, picture.boxed()),
            Source::Page => {
                (200, 0, stream::iter([Ok(Bytes::from_static(b"<!DOCTYPE html>"))]).boxed())
            }
            Source::Stalls => (200, 0, picture.chain(stream::pending()).boxed()),
            Source::Status(status, seconds) => (status, seconds, stream::empty().boxed()),
        };
        let headers = HeaderMap::from_iter([(RETRY_AFTER, seconds.into())]);
        Ok(MediaAnswer { status, headers, body })
    }
}
