//! Reads a body within the endpoint's size limit and a slowest rate, with no more memory than it
//! has bytes.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::limits::{LARGE_BODY_STEPS, SMALL_BODY, patience};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyError {
    TooLarge,
    /// It does not come, or too slowly.
    TooSlow,
    /// It broke off, or it violates HTTP.
    Broken,
    /// The room that large bodies share is full.
    NoMemory,
}

/// The memory that large bodies share.
#[derive(Clone)]
pub(super) struct BodyMemory(Arc<Semaphore>);

/// A whole body, and the shared memory that it uses until it is dropped.
pub(super) struct Body {
    pub(super) bytes: Bytes,
    _memory: Option<OwnedSemaphorePermit>,
}

impl BodyMemory {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(LARGE_BODY_STEPS)))
    }
}

pub(super) async fn read(
    body: Incoming,
    limit: usize,
    memory: &BodyMemory,
) -> Result<Body, BodyError> {
    let mut bytes = BytesMut::new();
    let mut taken: Option<OwnedSemaphorePermit> = None;
    each(body, |data| {
        if bytes.len() + data.len() > limit {
            return Err(BodyError::TooLarge);
        }
        // A part may be a single byte: they are joined, since each part alone would take a hundred
        // bytes.
        bytes.extend_from_slice(data);
        while bytes.len() / SMALL_BODY > taken.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
        {
            let step =
                Arc::clone(&memory.0).try_acquire_owned().map_err(|_| BodyError::NoMemory)?;
            match &mut taken {
                Some(taken) => taken.merge(step),
                none => *none = Some(step),
            }
        }
        Ok(())
    })
    .await?;
    Ok(Body { bytes: bytes.freeze(), _memory: taken })
}

/// Reads a body to its end and discards it; returns whether it reached its end.
pub(super) async fn discard(body: Incoming) -> bool {
    each(body, |_| Ok(())).await.is_ok()
}

async fn each(
    mut body: Incoming,
    mut take: impl FnMut(&[u8]) -> Result<(), BodyError>,
) -> Result<(), BodyError> {
    let (began, mut received) = (Instant::now(), 0_usize);
    loop {
        let frame = timeout_at(began + patience(received), body.frame()).await;
        match frame.map_err(|_| BodyError::TooSlow)? {
            None => return Ok(()),
            Some(frame) => {
                // Trailers are not used.
                let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
                received = received.saturating_add(data.len());
                take(&data)?;
            }
        }
        if Instant::now() > began + patience(received) {
            return Err(BodyError::TooSlow);
        }
    }
}
