//! Carries requests from async callers to a database thread, and answers back.
//!
//! Rule: at most [`ROOM`] requests, with at most about 64 MiB of bodies, wait at a thread. Further
//! callers wait before they send.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use shared::ports::PortError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::error::closed;

/// The channel for the answer.
pub(crate) type ReplySender<T> = oneshot::Sender<Result<T, PortError>>;

const ROOM: u32 = 1024;
const BYTES_PER_PERMIT: usize = 64 * 1024;

enum Message<T> {
    Request(Waiting<T>),
    Close,
}

/// A request, and the permits that it holds until it is dropped.
pub(crate) struct Waiting<T> {
    pub(crate) request: T,
    _room: OwnedSemaphorePermit,
}

/// The callers' end of the channel.
pub(crate) struct Requests<T> {
    sender: mpsc::Sender<Message<T>>,
    room: Arc<Semaphore>,
}

/// The thread's end of the channel.
pub(crate) struct Inbox<T> {
    receiver: mpsc::Receiver<Message<T>>,
    closing: bool,
}

/// The result of waiting for requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gathered {
    /// At least one request.
    Some,
    /// No request within the given time.
    Nothing,
    /// No request, and none will follow.
    Closed,
}

/// Creates both ends.
pub(crate) fn channel<T>() -> (Requests<T>, Inbox<T>) {
    let (sender, receiver) = mpsc::channel();
    let room = Arc::new(Semaphore::new(ROOM as usize));
    (Requests { sender, room }, Inbox { receiver, closing: false })
}

impl<T> Requests<T> {
    /// Asks the thread and waits for its answer. `bytes` is the size of the request's bodies.
    pub(crate) async fn ask<R>(
        &self,
        operation: &'static str,
        bytes: usize,
        request: impl FnOnce(ReplySender<R>) -> T,
    ) -> Result<R, PortError> {
        let permits = u32::try_from(1 + bytes / BYTES_PER_PERMIT).unwrap_or(ROOM).min(ROOM);
        let room = Arc::clone(&self.room)
            .acquire_many_owned(permits)
            .await
            .map_err(|_| closed(operation))?;
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { request: request(answer), _room: room };
        self.sender.send(Message::Request(waiting)).map_err(|_| closed(operation))?;
        answered.await.map_err(|_| closed(operation))?
    }

    /// Lets the thread finish the requests so far and end. Later requests are refused.
    pub(crate) fn close(&self) {
        self.room.close();
        // Fails only if the thread has already ended.
        let _ = self.sender.send(Message::Close);
    }

    /// Whether [`Requests::close`] was called.
    pub(crate) fn is_closed(&self) -> bool {
        self.room.is_closed()
    }
}

impl<T> Inbox<T> {
    /// Waits for a request, then for `linger`, then takes the waiting requests, at most `most` in
    /// total.
    pub(crate) fn gather(
        &mut self,
        batch: &mut Vec<Waiting<T>>,
        most: usize,
        wait: Duration,
        linger: Duration,
    ) -> Gathered {
        if self.closing {
            return Gathered::Closed;
        }
        match self.receiver.recv_timeout(wait) {
            Ok(Message::Request(waiting)) => batch.push(waiting),
            Err(RecvTimeoutError::Timeout) => return Gathered::Nothing,
            Ok(Message::Close) | Err(RecvTimeoutError::Disconnected) => return Gathered::Closed,
        }
        if !linger.is_zero() {
            std::thread::sleep(linger);
        }
        while batch.len() < most {
            match self.receiver.try_recv() {
                Ok(Message::Request(waiting)) => batch.push(waiting),
                Ok(Message::Close) => {
                    self.closing = true;
                    break;
                }
                Err(_) => break,
            }
        }
        Gathered::Some
    }
}
