//! A connection whose client has to take what it asked for: the other half of the patience with who sends.
//!
//! Rules: as long as an answer is not taken, its connection waits for its client, and another one may have its place. Who takes
//! nothing for long, or too little on the whole, is cut off, and what was not taken is thrown away, here and in the kernel.

use std::future::Future;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::limits::Slowness;
use super::places::Place;

/// A connection that is written to.
pub(super) struct Outgoing {
    stream: TcpStream,
    place: Arc<Place>,
    pace: Pace,
    /// While the client takes nothing.
    stall: Option<Stall>,
}

struct Stall {
    began: Instant,
    /// Whether the bridge was at work for it until then, and is again once something is taken.
    interrupts: bool,
    end: Pin<Box<Sleep>>,
}

/// How much a client has taken, and how long it has kept the bridge waiting for that. What the bridge itself takes is not counted.
struct Pace {
    slowest: Slowness,
    taken: usize,
    waited: Duration,
}

impl Pace {
    /// How long the client may take nothing from now on.
    fn patience(&self) -> Duration {
        self.slowest.allowed(self.taken).saturating_sub(self.waited).min(self.slowest.silence)
    }
}

impl Outgoing {
    pub(super) fn new(stream: TcpStream, place: Arc<Place>, slowest: Slowness) -> Self {
        Self {
            stream,
            place,
            pace: Pace { slowest, taken: 0, waited: Duration::ZERO },
            stall: None,
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
                        self.place.works();
                    }
                }
                self.pace.taken = self.pace.taken.saturating_add(length);
                Poll::Ready(Ok(length))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                let (place, pace) = (&self.place, &self.pace);
                let stall = self.stall.get_or_insert_with(|| {
                    let interrupts = !place.waits();
                    let end = Box::pin(sleep(pace.patience()));
                    Stall { began: Instant::now(), interrupts, end }
                });
                ready!(stall.end.as_mut().poll(context));
                Poll::Ready(Err(ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        if self.stall.is_some() {
            // Otherwise the kernel would go on offering it for minutes.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Outgoing {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Outgoing {
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
        Pin::new(&mut self.stream).poll_shutdown(context)
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
