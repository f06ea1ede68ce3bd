//! The files that messages link to, given out by a script, and the store of their copies.

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

/// What the place that a link leads to does.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// It gives out a picture.
    Picture,
    /// It gives out a page, which is no file.
    Page,
    /// It cannot be reached.
    Unreachable,
    /// It answers with a status and asks to be left alone for so many seconds.
    Status(u16, u64),
    /// It begins with a picture, and goes on for ever without another byte.
    Stalls,
}

type Script = Box<dyn Fn(Timestamp) -> Source + Send>;

/// Where all links lead.
pub struct Files {
    clock: Arc<ManualClock>,
    script: Mutex<Script>,
    asked: Mutex<Vec<Timestamp>>,
}

/// The files and their copies.
pub struct Shelf {
    pub files: Arc<Files>,
    pub copies: MemoryMedia,
    /// How long a source may take, in real time.
    pub copying: Duration,
}

impl Shelf {
    /// Everybody gives out a picture.
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
    /// From now on this happens, by the time at which it is asked.
    pub fn script(&self, script: impl Fn(Timestamp) -> Source + Send + 'static) {
        *self.script.lock().unwrap() = Box::new(script);
    }

    /// When it was asked.
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
