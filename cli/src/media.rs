//! Copies of files on one machine: gives them out to who has a link, and removes them after their time.
//!
//! Rule: a file of a stranger's is never shown as a page of ours: its type is one of the relay's table, browsers are told not to guess
//! another, to save it instead of showing it, and to run nothing of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use embedded::{MediaDirectory, Opened};
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::Either;
use shared::error::chain;
use shared::media::{FileBody, KEPT_MILLISECONDS, LinkCheck, MediaKey};
use shared::ports::Clock;
use shared::problem;
use tokio::task::JoinHandle;
use tokio::time::interval;

use crate::http_server::{Payload, whole};

/// How often copies are looked for whose time is over.
const SWEEP: Duration = Duration::from_secs(60 * 60);

/// The endpoint `GET /media/{integration}/{key}` of one machine.
pub struct Copies {
    /// Checks links.
    pub check: LinkCheck,
    /// Where the copies lie.
    pub directory: MediaDirectory,
}

impl Copies {
    /// Answers one request.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Payload> {
        let key = match self.check.key(&request).await {
            Ok(key) => key,
            Err(error) => return error.answer().map(whole),
        };
        match self.directory.read(&key).await {
            Ok(Some(opened)) => given(opened, &key, request.method() == Method::HEAD),
            Ok(None) => problem::no_file().map(whole),
            Err(error) => {
                tracing::error!(
                    event.name = "unread",
                    error = chain(&error),
                    "A copy of a file could not be read."
                );
                problem::file_unreadable().map(whole)
            }
        }
    }
}

fn given(opened: Opened, key: &MediaKey, only_head: bool) -> Response<Payload> {
    let Opened { kind, size, file } = opened;
    let body =
        if only_head { whole(Bytes::new()) } else { Either::Right(FileBody::new(file, size)) };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    // The name is made of the key's digits and an ending of the table.
    if let Ok(disposition) = HeaderValue::from_str(&kind.disposition(key)) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(size));
    for (name, value) in [
        (ACCEPT_RANGES, "none"),
        (CACHE_CONTROL, "private, no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (CONTENT_TYPE, kind.mime),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Removes old copies, now and every hour; ends when the handle is aborted, at any moment without harm.
pub fn sweep(directory: MediaDirectory, clock: Arc<dyn Clock>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut ticks = interval(SWEEP);
        loop {
            ticks.tick().await;
            match directory.sweep(clock.now().plus_milliseconds(-KEPT_MILLISECONDS)).await {
                Ok(0) => {}
                Ok(removed) => {
                    tracing::info!(
                        event.name = "media.removed",
                        removed,
                        "Old copies are removed."
                    );
                }
                Err(error) => tracing::error!(
                    event.name = "own_trouble",
                    error = chain(&error),
                    "Old copies of files could not be removed; it is tried again in an hour."
                ),
            }
        }
    })
}
