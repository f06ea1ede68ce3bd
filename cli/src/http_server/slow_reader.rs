//! A connection whose client must keep to the rules for heads and must read its answers: the
//! counterpart of the limits for slow senders.
//!
//! Rules: while an answer is not read, its connection waits for its client, and another client may
//! take over its slot. A client that reads nothing for long, or too little on the whole, is cut
//! off, and the unread part is discarded, here and in the kernel. If a client is still sending when
//! its answer is complete, the server reads and discards this for a moment: closing at once would
//! make the kernel discard the answer.

use std::future::Future;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::connection_slots::ConnectionSlot;
use super::heads::Heads;
use super::limits::{DISCARDED, LAST_WORDS, Slowness};

pub(super) struct SlowReaderGuard {
    stream: TcpStream,
    slot: Arc<ConnectionSlot>,
    pace: Pace,
    /// Set while the client reads nothing.
    stall: Option<Stall>,
    heads: Heads,
    /// Set after the last answer, while the client is still sending.
    leaving: Option<Leaving>,
}

/// The end of a connection whose client is still sending.
struct Leaving {
    /// How many more bytes are read and discarded.
    room: usize,
    end: Pin<Box<Sleep>>,
}

struct Stall {
    began: Instant,
    /// Whether the bridge worked on the request until then, and does so again once something is
    /// read.
    interrupts: bool,
    end: Pin<Box<Sleep>>,
}

/// How much a client has read, and how long it has kept the bridge waiting. The bridge's own time
/// is not counted.
struct Pace {
    slowest: Slowness,
    taken: usize,
    waited: Duration,
}

impl Pace {
    /// How long the client may read nothing from now on.
    fn patience(&self) -> Duration {
        self.slowest.allowed(self.taken).saturating_sub(self.waited).min(self.slowest.silence)
    }
}

impl SlowReaderGuard {
    pub(super) fn new(stream: TcpStream, slot: Arc<ConnectionSlot>, slowest: Slowness) -> Self {
        Self {
            stream,
            slot,
            pace: Pace { slowest, taken: 0, waited: Duration::ZERO },
            stall: None,
            heads: Heads::new(),
            leaving: None,
        }
    }

    /// Reads and discards what the client still sends, until it ends: limited in bytes and in time.
    fn leave(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let slot = &self.slot;
        let leaving = self.leaving.get_or_insert_with(|| {
            slot.waits();
            Leaving { room: DISCARDED, end: Box::pin(sleep(LAST_WORDS)) }
        });
        let mut part = [0; 8 * 1024];
        loop {
            let mut part = ReadBuf::new(&mut part);
            match Pin::new(&mut self.stream).poll_read(context, &mut part) {
                // An error on the client's side no longer matters for its answer.
                Poll::Ready(Err(_)) => return Poll::Ready(Ok(())),
                Poll::Ready(Ok(())) => {
                    leaving.room = leaving.room.saturating_sub(part.filled().len());
                    if part.filled().is_empty() || leaving.room == 0 {
                        return Poll::Ready(Ok(()));
                    }
                }
                Poll::Pending => return leaving.end.as_mut().poll(context).map(Ok),
            }
        }
    }

    fn wrote(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(length)) => {
                if let Some(stall) = self.stall.take() {
                    self.pace.waited = self.pace.waited.saturating_add(stall.began.elapsed());
                    if stall.interrupts {
                        self.slot.works();
                    }
                }
                self.pace.taken = self.pace.taken.saturating_add(length);
                Poll::Ready(Ok(length))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                let (slot, pace) = (&self.slot, &self.pace);
                let stall = self.stall.get_or_insert_with(|| {
                    let interrupts = !slot.waits();
                    let end = Box::pin(sleep(pace.patience()));
                    Stall { began: Instant::now(), interrupts, end }
                });
                ready!(stall.end.as_mut().poll(context));
                Poll::Ready(Err(ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl Drop for SlowReaderGuard {
    fn drop(&mut self) {
        if self.stall.is_some() {
            // Otherwise the kernel would offer the rest for minutes.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for SlowReaderGuard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Some(rest) = this.heads.refusal() {
            // Afterwards it looks as if the client had ended; the buffer of a head is larger than
            // this.
            buffer.put_slice(rest.get(..buffer.remaining()).unwrap_or(rest));
            return Poll::Ready(Ok(()));
        }
        let most = buffer.remaining().min(this.heads.allowance());
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(most));
        ready!(Pin::new(&mut this.stream).poll_read(context, &mut part))?;
        let passed = this.heads.pass(part.filled_mut());
        buffer.advance(passed);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for SlowReaderGuard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.wrote(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.leaving.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        }
        if self.heads.is_between() { Poll::Ready(Ok(())) } else { self.leave(context) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOWEST: Slowness =
        Slowness { silence: Duration::from_secs(20), grace: Duration::from_secs(30), rate: 1000 };

    #[test]
    fn who_takes_earns_time_but_never_to_take_nothing() {
        let patience = |taken: usize, waited_seconds: u64| {
            let waited = Duration::from_secs(waited_seconds);
            Pace { slowest: SLOWEST, taken, waited }.patience().as_secs()
        };
        assert_eq!(patience(0, 0), 20);
        assert_eq!(patience(0, 15), 15);
        assert_eq!(patience(0, 30), 0);
        assert_eq!(patience(10_000, 30), 10);
        assert_eq!(patience(1_000_000, 30), 20);
        assert_eq!(patience(usize::MAX, u64::MAX), 0);
    }
}
