//! Sends the traffic and the present state as server-sent events.
//!
//! Rule: an entry is sent once to each page, in order. A page that reconnects names the last entry
//! that it has; if that was of an earlier run of this program, it gets the order to start again.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response};
use tokio::time::sleep;
use uuid::Uuid;

use super::super::state::Seen;
use super::super::traffic::Traffic;
use crate::http_server::{EventSender, EventStream};

/// The most entries in one piece.
const AT_ONCE: usize = 200;
/// How often something is sent, so that a client that is gone is noticed.
const ALIVE: Duration = Duration::from_secs(15);

pub struct Stream {
    traffic: Traffic,
    state: Seen,
    /// Tells the runs of this program apart.
    run: String,
}

impl Stream {
    pub fn new(traffic: Traffic, state: Seen) -> Self {
        Self { traffic, state, run: Uuid::now_v7().simple().to_string() }
    }

    /// A stream from the entry on that the client has not seen.
    pub fn open(&self, headers: &HeaderMap) -> Response<EventStream> {
        let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
        let known = last.map(|last| after(&self.run, last));
        let feed = Feed {
            traffic: self.traffic.clone(),
            state: self.state.clone(),
            run: self.run.clone(),
            sent: known.flatten().unwrap_or_default(),
            begins_anew: known == Some(None),
        };
        let (sender, stream) = EventStream::open();
        tokio::spawn(feed.run(sender));
        let mut response = Response::new(stream);
        let mime = HeaderValue::from_static("text/event-stream; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, mime);
        response
    }
}

/// The number of the last entry that a client has seen in this run.
fn after(run: &str, last: &str) -> Option<u64> {
    let (of, number) = last.rsplit_once('-')?;
    number.parse().ok().filter(|_| of == run)
}

struct Feed {
    traffic: Traffic,
    state: Seen,
    run: String,
    /// The number of the last entry that was sent.
    sent: u64,
    begins_anew: bool,
}

impl Feed {
    /// Sends until the client is gone, or until the program ends.
    async fn run(mut self, sender: EventSender) {
        let mut passed = self.traffic.watch();
        self.state.mark_changed();
        let greeting = if self.begins_anew { "event: reset\ndata: {}\n\n" } else { ": hello\n\n" };
        let mut piece = greeting.to_owned();
        loop {
            while self.add_entries(&mut piece) {
                if !sender.send(Bytes::from(std::mem::take(&mut piece))).await {
                    return;
                }
            }
            match self.state.has_changed() {
                Err(_) => return,
                Ok(true) => {
                    let state = self.state.borrow_and_update();
                    // Writing to a text cannot fail.
                    let _ = write!(piece, "event: state\ndata: {}\n\n", &*state);
                }
                Ok(false) => {}
            }
            if !piece.is_empty() && !sender.send(Bytes::from(std::mem::take(&mut piece))).await {
                return;
            }
            tokio::select! {
                _ = passed.changed() => {}
                _ = self.state.changed() => self.state.mark_changed(),
                () = sleep(ALIVE) => piece.push_str(": alive\n\n"),
                () = sender.closed() => return,
            }
        }
    }

    /// Adds the next entries; returns whether there were any.
    fn add_entries(&mut self, piece: &mut String) -> bool {
        let entries = self.traffic.after(self.sent, AT_ONCE);
        for (id, entry) in &entries {
            let _ = write!(piece, "id: {}-{id}\ndata: {entry}\n\n", self.run);
            self.sent = *id;
        }
        !entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_of_this_run_counts() {
        assert_eq!(after("r-1", "r-1-7"), Some(7));
        for other in ["r-2-7", "7", "r-1-", "r-1-x", ""] {
            assert_eq!(after("r-1", other), None, "{other}");
        }
    }
}
