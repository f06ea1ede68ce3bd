//! The overview and the progress of a redrive, as server-sent events.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use tokio::sync::watch;
use tokio::time::sleep;

use super::job::Job;
use super::observe::Overview;
use crate::http_server::{EventSender, EventStream};

/// How often something is sent, so that a client that is gone is noticed.
const ALIVE: Duration = Duration::from_secs(15);

/// Both as they are, and their changes.
pub fn open(overview: Overview, job: watch::Receiver<Option<Job>>) -> Response<EventStream> {
    let (sender, stream) = EventStream::open();
    tokio::spawn(feed(overview, job, sender));
    let mut response = Response::new(stream);
    let mime = HeaderValue::from_static("text/event-stream; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, mime);
    response
}

/// Sends until the client is gone, or until the program ends.
async fn feed(mut overview: Overview, mut job: watch::Receiver<Option<Job>>, sender: EventSender) {
    overview.mark_changed();
    job.mark_changed();
    let mut piece = String::new();
    loop {
        let (Ok(looked), Ok(went)) = (overview.has_changed(), job.has_changed()) else { return };
        // Writing to a text cannot fail.
        if looked {
            let _ = write!(piece, "event: overview\ndata: {}\n\n", &*overview.borrow_and_update());
        }
        if went {
            let job = job.borrow_and_update().as_ref().map(Job::to_json).unwrap_or_default();
            let _ = write!(piece, "event: job\ndata: {job}\n\n");
        }
        if !piece.is_empty() && !sender.send(Bytes::from(std::mem::take(&mut piece))).await {
            return;
        }
        tokio::select! {
            changed = overview.changed() => match changed {
                Ok(()) => overview.mark_changed(),
                Err(_) => return,
            },
            changed = job.changed() => match changed {
                Ok(()) => job.mark_changed(),
                Err(_) => return,
            },
            () = sleep(ALIVE) => piece.push_str(": alive\n\n"),
            () = sender.closed() => return,
        }
    }
}
