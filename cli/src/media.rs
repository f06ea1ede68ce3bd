//! The copies of files on one machine: serves them to callers with a valid link, and removes them
//! when they expire.
//!
//! Rule: a foreign file is never shown as a page of the bridge. Its type is one of the relay's
//! table, and browsers are told to guess no other, to save it instead of showing it, and to run
//! nothing in it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::Either;
use media::{FileBody, KEPT, LinkCheck, MediaKey};
use shared::error::chain;
use shared::ports::Clock;
use shared::problem;
use sqlite::{MediaDirectory, Opened};
use tokio::task::JoinHandle;
use tokio::time::interval;

use crate::http_server::{Payload, whole};

/// How often expired copies are looked for.
const SWEEP: Duration = Duration::from_secs(60 * 60);

/// The endpoint `GET /media/{integration}/{key}` on one machine.
pub struct Copies {
    pub check: LinkCheck,
    pub directory: MediaDirectory,
}

impl Copies {
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Payload> {
        let key = match self.check.key(&request).await {
            Ok(key) => key,
            Err(error) => return self.check.answer(&error).map(whole),
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
    let body = if only_head {
        whole(Bytes::new())
    } else {
        Either::Right(Either::Left(FileBody::new(file, size)))
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    // The name consists of the key's digits and an extension of the table.
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

/// Removes old copies, now and every hour. The task may be aborted at any time.
pub fn sweep(directory: MediaDirectory, clock: Arc<dyn Clock>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut ticks = interval(SWEEP);
        loop {
            ticks.tick().await;
            match directory.sweep(clock.now() - KEPT).await {
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
                    "Old copies of files could not be removed. The bridge tries again in an hour."
                ),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use http_body_util::BodyExt as _;
    use media::{Kind, MediaStore as _, link};
    use secrecy::SecretString;
    use serde_json::json;
    use shared::config::LinkKey;
    use shared::ids::IntegrationName;
    use shared::ports::SecretPart;
    use shared::settings::Settings;
    use shared::time::Timestamp;
    use testing::{ManualClock, MemorySecrets};

    use super::*;

    const BASE: &str = "https://bridge.example.com";
    const SECRET: &str = "the-webhook-secret";
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the rest of it";
    const HOUR: Duration = Duration::from_hours(1);

    struct Fixture {
        clock: Arc<ManualClock>,
        copies: Copies,
        key: MediaKey,
        _folder: tempfile::TempDir,
    }

    impl Fixture {
        async fn new() -> Self {
            let folder = tempfile::TempDir::new().expect("a folder");
            let directory = MediaDirectory::open(folder.path()).expect("a folder");
            let clock = Arc::new(ManualClock::new(1));
            let key = MediaKey::of(&["m-1"]);
            let mut writer = directory.begin(&key).await.expect("begun");
            writer.append(Bytes::from_static(PNG)).await.expect("written");
            let kind = Kind::of_mime("image/png").expect("a row of the table");
            writer.commit(kind, clock.now()).await.expect("stored");
            let secrets = MemorySecrets::new();
            let document = json!({ "name": "support", "genesys": { "integrationId": "i", "webhookSecrets": [SECRET] },
                "lynn": { "inboundAuth": [ { "type": "apiKey", "key": "k" } ] } });
            let name = IntegrationName::new("support");
            secrets.set(&name, SecretPart::Receive, vec![document.to_string()]);
            let shared_clock = Arc::clone(&clock) as Arc<dyn Clock>;
            let settings = Arc::new(Settings::new(Arc::new(secrets), Arc::clone(&shared_clock)));
            let check = LinkCheck { settings, clock: shared_clock };
            Self { clock, copies: Copies { check, directory }, key, _folder: folder }
        }

        fn link(&self, key: &MediaKey, end: Timestamp) -> String {
            let signer = LinkKey::derive(&SecretString::from(SECRET));
            link(BASE, &signer, &IntegrationName::new("support"), key, end)
        }

        async fn ask(&self, method: Method, link: &str) -> (http::response::Parts, Bytes) {
            let path = link.strip_prefix(BASE).expect("ours");
            let request = Request::builder().method(method).uri(path).body(Bytes::new());
            let answer = self.copies.handle(request.expect("a request")).await;
            let (head, body) = answer.into_parts();
            (head, body.collect().await.expect("whole").to_bytes())
        }
    }

    #[tokio::test]
    async fn a_copy_is_given_out_until_its_link_ends_and_then_there_is_no_file() {
        let fixture = Fixture::new().await;
        let end = fixture.clock.now() + HOUR * 72;
        let link = fixture.link(&fixture.key, end);
        fixture.clock.advance_to(end - Duration::from_secs(1));
        let (head, body) = fixture.ask(Method::GET, &link).await;
        assert_eq!((head.status, &body[..]), (StatusCode::OK, PNG));
        let (head, body) = fixture.ask(Method::HEAD, &link).await;
        assert_eq!((head.status, body.len()), (StatusCode::OK, 0));
        assert_eq!(head.headers[CONTENT_LENGTH], PNG.len().to_string());
        fixture.clock.advance_to(end);
        let (over, said) = fixture.ask(Method::GET, &link).await;
        assert_eq!(over.status, StatusCode::NOT_FOUND);
        assert_eq!(over.headers[CONTENT_TYPE], "application/problem+json");
        let problem: serde_json::Value = serde_json::from_slice(&said).expect("JSON");
        assert_eq!(problem["status"], 404);
        assert_eq!(problem["detail"], "There is no file at this link, or no longer.");
        // The same answer as for a file that never existed, with a valid link.
        let never = fixture.link(&MediaKey::of(&["m-2"]), end + HOUR);
        let (absent, same) = fixture.ask(Method::GET, &never).await;
        assert_eq!((absent.status, same), (over.status, said));
        // The copy is still there, for a message whose link expires later.
        let later = fixture.link(&fixture.key, end + HOUR);
        assert_eq!(fixture.ask(Method::GET, &later).await.0.status, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_copy_says_how_it_is_to_be_treated() {
        let fixture = Fixture::new().await;
        let link = fixture.link(&fixture.key, fixture.clock.now() + HOUR);
        let (head, _) = fixture.ask(Method::GET, &link).await;
        let name = &fixture.key.as_str()[..12];
        let headers: Vec<_> = head
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().expect("text")))
            .collect();
        assert_eq!(
            headers,
            [
                format!("content-disposition: attachment; filename=\"{name}.png\"").as_str(),
                "content-length: 27",
                "accept-ranges: none",
                "cache-control: private, no-store",
                "content-security-policy: default-src 'none'; sandbox",
                "content-type: image/png",
                "x-content-type-options: nosniff",
            ]
        );
    }
}
