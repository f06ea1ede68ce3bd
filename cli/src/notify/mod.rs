//! Tells a person's chat or pager what needs them: dead letters, long waits, a configuration that
//! is not valid.
//!
//! Rules: it looks over a connection of its own and posts beside everything else, so that it holds
//! nothing up. Sent notifications and those still to be posted are stored before a post, so
//! that a `cleared` follows also after a crash.

mod decide;
mod look;
mod outbox;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::config::Notify;
use shared::error::chain;
use shared::ports::{
    Change, Clock, Expected, Item, ItemKey, PortError, Store, Vendor, VendorRequest, Write,
};
use sqlite::Visitor;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use self::decide::{Memory, Notification};
use self::look::Look;
use self::outbox::Outbox;
use crate::configuration_file::ConfigurationFile;

/// The pause between two looks.
const EVERY: Duration = Duration::from_secs(5);
/// The pause is at least this many times as long as a look took: with a long queue, a look reads
/// much.
const BESIDE: u32 = 20;
/// The pause before the next post, if there is one.
const POSTS: Duration = Duration::from_secs(1);
/// How long one post may take.
const TIMEOUT: Duration = Duration::from_secs(8);

/// The notifier's dependencies.
pub struct Notifier {
    pub notify: Notify,
    pub store: Arc<dyn Store>,
    pub vendor: Arc<dyn Vendor>,
    pub clock: Arc<dyn Clock>,
    pub visitor: Visitor,
    pub file: Option<Arc<ConfigurationFile>>,
}

/// The stored state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    memory: Memory,
    outbox: Outbox,
}

fn key() -> ItemKey {
    ItemKey::new("notify", "state")
}

impl Notifier {
    /// Starts to look. The task may be aborted at any time.
    pub fn start(self) -> JoinHandle<()> {
        tokio::spawn(async move { self.run().await })
    }

    async fn run(self) {
        let mut look = Look::default();
        let mut looked: Option<(Instant, Duration)> = None;
        loop {
            let is_due = looked.is_none_or(|(at, pause)| at.elapsed() >= pause);
            let mut pause = POSTS;
            if let Err(error) = self.once(&mut look, is_due).await {
                pause = EVERY;
                tracing::warn!(
                    event.name = "not_notified",
                    error = chain(&error),
                    "The notifications could not be looked up or stored. The bridge tries again."
                );
            }
            if is_due {
                looked = Some((Instant::now(), (look.took * BESIDE).max(EVERY)));
            }
            self.clock.sleep(pause).await;
        }
    }

    /// Looks, if it is time, and posts what is due.
    async fn once(&self, look: &mut Look, is_due: bool) -> Result<(), PortError> {
        if !is_due && !look.posts {
            return Ok(());
        }
        let mut stored = self.stored().await?;
        let before = stored.clone();
        let now = self.clock.now();
        if is_due {
            let (looked, troubles) = look.at(self, now).await;
            for notification in stored.memory.decide(now, &looked, &troubles) {
                stored.outbox.add(notification, now);
            }
        }
        if stored != before {
            self.store(&stored).await?;
        }
        let due = stored.outbox.due(now);
        if !due.is_empty() {
            let posts = due.into_iter().map(|(number, notification)| async move {
                (number, self.post(&notification).await)
            });
            for (number, posted) in join_all(posts).await {
                match posted {
                    Ok(()) => stored.outbox.posted(number),
                    Err(problem) => {
                        let gives_up = stored.outbox.failed(number, self.clock.now());
                        tracing::warn!(
                            event.name = "not_notified",
                            error = problem,
                            gives_up,
                            "notify.url did not accept a notification."
                        );
                    }
                }
            }
            self.store(&stored).await?;
        }
        look.posts = !stored.outbox.is_empty();
        Ok(())
    }

    async fn stored(&self) -> Result<Stored, PortError> {
        let found = self.store.load(&[key()]).await?.pop().flatten();
        // An unreadable item counts as no notification sent.
        let read = |item: Item| serde_json::from_str(&item.body).ok();
        Ok(found.and_then(read).unwrap_or_default())
    }

    async fn store(&self, stored: &Stored) -> Result<(), PortError> {
        let body = serde_json::to_string(stored).map_err(|source| PortError::Corrupt {
            operation: "write what was notified",
            source: Box::new(source),
        })?;
        let change = Change::Put { body, expires_at: None, index: None, due: None };
        self.store.write(&[Write { key: key(), expected: Expected::Anything, change }]).await
    }

    async fn post(&self, notification: &Notification) -> Result<(), String> {
        let body = json!({
            "text": notification.text,
            "kind": notification.subject.kind,
            "state": notification.state,
            "integration": notification.subject.integration,
            "since": notification.since.to_text(),
            "runbook": notification.runbook,
        });
        let json = HeaderValue::from_static("application/json");
        let request = VendorRequest {
            method: Method::POST,
            url: self.notify.url.expose_secret().to_owned(),
            headers: HeaderMap::from_iter([(CONTENT_TYPE, json)]),
            body: Bytes::from(body.to_string()),
            timeout: TIMEOUT,
        };
        match self.vendor.call(request).await {
            Ok(answer) if (200..300).contains(&answer.status) => {
                tracing::info!(
                    event.name = "notified",
                    kind = ?notification.subject.kind,
                    state = ?notification.state,
                    integration =
                        notification.subject.integration.as_ref().map(|name| name.as_str()),
                    "A notification was posted."
                );
                Ok(())
            }
            Ok(answer) => Err(format!("answered {}", answer.status)),
            Err(error) => Err(chain(&error)),
        }
    }
}
