//! Files: the source from which the relay fetches them, and the store in which it keeps its copies.
//!
//! Rule checked here: every link that is shown leads to a complete copy.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use media::{
    CopyPermits, FileSource, Kind, MediaAnswer, MediaKey, MediaRequest, MediaSource, MediaStore,
    MediaWriter, Relay, SourceError, StoredCopy,
};
use shared::ports::{Clock, PortError};
use shared::time::Timestamp;
use tokio::runtime::Runtime;

use crate::canaries;
use crate::lock;
use crate::mutation::Mutation;
use crate::ports::{Link, Simulated};
use crate::run::Simulation;
use crate::scenario::{FaultKind, Port};

/// The start of every link to a copy.
pub(crate) const BASE: &str = "https://copies.test";
/// The first bytes of a PNG picture.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

#[derive(Default)]
pub(crate) struct Copies(Mutex<BTreeMap<MediaKey, (StoredCopy, Vec<u8>)>>);

impl Copies {
    /// The canaries that a vendor is shown: in the text, and in the copies to which its links
    /// lead.
    pub(crate) fn words(&self, simulation: &Arc<Simulation>, said: &str) -> Vec<(u32, usize)> {
        let mut words = canaries::found(said);
        for (at, _) in said.match_indices(BASE) {
            let link = said.get(at..).and_then(|rest| rest.split(['?', '"', ' ']).next());
            let key = link.and_then(|link| link.rsplit('/').next()).and_then(MediaKey::parse);
            let copies = lock(&self.0);
            match key.and_then(|key| copies.get(&key)) {
                Some((_, bytes)) => words.extend(canaries::found(&String::from_utf8_lossy(bytes))),
                None => simulation.environment.broken(|| "a link leads to no copy".to_owned()),
            }
        }
        words
    }
}

pub(crate) fn relay(simulation: &Arc<Simulation>, link: &Link, clock: &Arc<dyn Clock>) -> Relay {
    let copies = match simulation.mutation {
        // This process keeps its copies where no link finds them.
        Some(Mutation::LoseCopy) => Arc::default(),
        _ => Arc::clone(&simulation.copies),
    };
    Relay {
        source: Arc::new(Files { link: link.clone() }),
        store: Some(Arc::new(FaultyMediaStore { link: link.clone(), copies })),
        base_url: None,
        genesys: None,
        clock: Arc::clone(clock),
        copying: Duration::from_secs(30),
        permits: CopyPermits::default(),
    }
}

/// A runtime that is never driven: the relay sets a timer, which never fires before virtual work
/// does.
pub(crate) fn runtime() -> Option<&'static Runtime> {
    static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();
    let build = || tokio::runtime::Builder::new_current_thread().enable_time().build().ok();
    RUNTIME.get_or_init(build).as_ref()
}

/// The internet: every file is a picture that contains its own address.
struct Files {
    link: Link,
}

#[async_trait]
impl MediaSource for Files {
    async fn get(&self, request: MediaRequest<'_>) -> Result<MediaAnswer, SourceError> {
        let (environment, process) = (&self.link.environment, self.link.process);
        let failed = || SourceError::Failed(Box::new(Simulated));
        let fault_kind = environment.enter(process, Port::MediaSource).await;
        let bytes = Bytes::from([PNG, request.url.path().as_bytes()].concat());
        let mut pieces: Vec<Result<Bytes, Box<dyn std::error::Error + Send + Sync>>> =
            vec![Ok(bytes)];
        let status = match fault_kind {
            Some(FaultKind::FailsBefore) => return Err(failed()),
            // The connection breaks in the middle of the file.
            Some(FaultKind::FailsAfter) => {
                pieces.push(Err(Box::new(Simulated)));
                200
            }
            Some(FaultKind::Broken) => 500,
            Some(FaultKind::Limited) => 404,
            _ => 200,
        };
        environment.leave(process, fault_kind).await;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
        let body: FileSource = Box::pin(stream::iter(pieces));
        Ok(MediaAnswer { status, headers, body })
    }
}

/// The copies as one process stores them.
struct FaultyMediaStore {
    link: Link,
    copies: Arc<Copies>,
}

#[async_trait]
impl MediaStore for FaultyMediaStore {
    async fn find(&self, key: &MediaKey) -> Result<Option<StoredCopy>, PortError> {
        let work = async { Ok(lock(&self.copies.0).get(key).map(|(found, _)| found.clone())) };
        self.link.around(Port::MediaStore, "find a copy", work).await
    }

    async fn begin(&self, key: &MediaKey) -> Result<Box<dyn MediaWriter>, PortError> {
        let (link, copies) = (self.link.clone(), Arc::clone(&self.copies));
        Ok(Box::new(SimulatedCopyWriter { link, copies, key: key.clone(), bytes: Vec::new() }))
    }
}

struct SimulatedCopyWriter {
    link: Link,
    copies: Arc<Copies>,
    key: MediaKey,
    bytes: Vec<u8>,
}

#[async_trait]
impl MediaWriter for SimulatedCopyWriter {
    async fn append(&mut self, piece: Bytes) -> Result<(), PortError> {
        self.bytes.extend_from_slice(&piece);
        self.link.around(Port::MediaStore, "write a copy", async { Ok(()) }).await
    }

    async fn commit(self: Box<Self>, kind: &Kind, now: Timestamp) -> Result<(), PortError> {
        let size = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        let found = StoredCopy { mime: kind.mime.to_owned(), size, stored_at: now };
        let Self { link, copies, key, bytes } = *self;
        let work = async {
            lock(&copies.0).insert(key, (found, bytes));
            Ok(())
        };
        link.around(Port::MediaStore, "keep a copy", work).await
    }
}
