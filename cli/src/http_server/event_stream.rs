//! A body whose pieces are sent as they come: server-sent events.
//!
//! Rule: a client that does not read holds back only its own sender, which waits.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::mpsc;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The pieces that may wait for a client that does not read.
const WAITING: usize = 8;

/// The body; it ends when its sender is dropped.
pub struct EventStream(mpsc::Receiver<Bytes>);

/// Gives the body its pieces.
pub struct EventSender(mpsc::Sender<Bytes>);

impl EventStream {
    pub fn open() -> (EventSender, Self) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (EventSender(sender), Self(receiver))
    }
}

impl EventSender {
    /// Returns false when the client is gone.
    pub async fn send(&self, piece: Bytes) -> bool {
        self.0.send(piece).await.is_ok()
    }

    /// Returns when the client is gone.
    pub async fn closed(&self) {
        self.0.closed().await;
    }
}

impl Body for EventStream {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}
