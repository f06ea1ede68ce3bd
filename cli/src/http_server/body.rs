//! Reads a body: no more of it than its endpoint takes, no slower than is honest, and no more memory than it has bytes.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::limits::{LARGE_BODY_STEPS, SMALL_BODY, patience};

/// Why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is larger than the limit.
    TooLarge,
    /// It does not come, or too slowly.
    TooSlow,
    /// It broke off, or is none by the rules of HTTP.
    Broken,
    /// Others fill the room that large bodies share.
    NoRoom,
}

/// The room that large bodies share.
#[derive(Clone)]
pub(super) struct Room(Arc<Semaphore>);

/// A whole body, and the room that it takes until it is dropped.
pub(super) struct Body {
    pub(super) bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

impl Room {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(LARGE_BODY_STEPS)))
    }
}

/// Reads a body of at most `limit` bytes.
pub(super) async fn read(body: Incoming, limit: usize, room: &Room) -> Result<Body, Trouble> {
    let mut bytes = BytesMut::new();
    let mut taken: Option<OwnedSemaphorePermit> = None;
    each(body, |data| {
        if bytes.len() + data.len() > limit {
            return Err(Trouble::TooLarge);
        }
        // One part may be one byte: they are joined, since each alone would take a hundred.
        bytes.extend_from_slice(data);
        while bytes.len() / SMALL_BODY > taken.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
        {
            let step = Arc::clone(&room.0).try_acquire_owned().map_err(|_| Trouble::NoRoom)?;
            match &mut taken {
                Some(taken) => taken.merge(step),
                none => *none = Some(step),
            }
        }
        Ok(())
    })
    .await?;
    Ok(Body { bytes: bytes.freeze(), _room: taken })
}

/// Reads a body to its end and throws it away; whether it came to its end.
pub(super) async fn discard(body: Incoming) -> bool {
    each(body, |_| Ok(())).await.is_ok()
}

async fn each(
    mut body: Incoming,
    mut take: impl FnMut(&[u8]) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let (began, mut received) = (Instant::now(), 0_usize);
    loop {
        let frame = timeout_at(began + patience(received), body.frame()).await;
        match frame.map_err(|_| Trouble::TooSlow)? {
            None => return Ok(()),
            Some(frame) => {
                // Trailers say nothing that is read.
                let Ok(data) = frame.map_err(|_| Trouble::Broken)?.into_data() else { continue };
                received = received.saturating_add(data.len());
                take(&data)?;
            }
        }
        if Instant::now() > began + patience(received) {
            return Err(Trouble::TooSlow);
        }
    }
}
