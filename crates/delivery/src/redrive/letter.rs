//! Reads and removes the dead letters of an integration.
//!
//! Rule: bodies stay in the store. With thousands of letters, only the fields that tell them apart
//! are held in memory.

use shared::ids::IntegrationName;
use shared::ports::{Change, Expected, ItemKey, PortError, Store, Write};
use shared::time::Timestamp;

use super::super::dead_letter::DeadLetter;
use super::super::event::{QueuedEvent, Raw};

/// The number of letters in one read; a letter may have some hundred kilobytes.
const PAGE: usize = 50;

/// A dead letter without its event's body.
#[derive(Clone, Debug)]
pub struct Letter {
    pub integration: IntegrationName,
    /// The letter, with an empty body.
    pub content: DeadLetter,
    /// A summary of its event. `None` if the event cannot be read.
    pub subject: Option<Subject>,
    key: ItemKey,
}

/// A summary of an event: no content, and no data that identifies the customer.
#[derive(Clone, Debug)]
pub struct Subject {
    pub kind: &'static str,
    pub id: String,
    /// The contact's fingerprint, as in the log.
    pub fingerprint: String,
    pub accepted_at: Timestamp,
    /// Follows the event through the log.
    pub trace: String,
    /// How often the event was redriven.
    pub redrive: u32,
}

impl From<&QueuedEvent> for Subject {
    fn from(event: &QueuedEvent) -> Self {
        Self {
            kind: event.dedup_key.kind(),
            id: event.dedup_key.id(),
            fingerprint: event.fingerprint(),
            accepted_at: event.time(),
            trace: event.trace.to_string(),
            redrive: event.redrive,
        }
    }
}

/// One item among the dead letters.
#[derive(Debug)]
pub enum LetterItem<'a> {
    /// A letter, and its event if it can be read.
    Letter(Box<Letter>, Option<&'a QueuedEvent>),
    /// The sort key of a letter that another version of the bridge wrote.
    OfAnotherVersion(String),
}

/// Reads the dead letters of an integration, the oldest first, and passes each to `take`.
///
/// # Errors
/// The store did not answer; `take` may have received some letters already.
pub async fn read(
    store: &dyn Store,
    integration: &IntegrationName,
    mut take: impl FnMut(LetterItem<'_>) + Send,
) -> Result<(), PortError> {
    let partition = DeadLetter::partition(integration);
    let mut after: Option<String> = None;
    loop {
        let page = store.list(&partition, "", after.as_deref(), PAGE).await?;
        let full = page.len() == PAGE;
        after = page.last().map(|(key, _)| key.sort.clone());
        for (key, item) in page {
            let Ok(content) = serde_json::from_str::<DeadLetter>(&item.body) else {
                take(LetterItem::OfAnotherVersion(key.sort));
                continue;
            };
            let body = whole_body(store, &key, &content).await?;
            let event = body.and_then(|body| serde_json::from_str::<QueuedEvent>(&body).ok());
            let letter = Letter::new(integration.clone(), key, content, event.as_ref());
            take(LetterItem::Letter(Box::new(letter), event.as_ref()));
        }
        if !full {
            return Ok(());
        }
    }
}

async fn whole_body(
    store: &dyn Store,
    key: &ItemKey,
    content: &DeadLetter,
) -> Result<Option<String>, PortError> {
    let keys = content.part_keys(key);
    let parts = if keys.is_empty() { Vec::new() } else { store.load(&keys).await? };
    Ok(content.whole_body(&parts))
}

impl Letter {
    pub fn new(
        integration: IntegrationName,
        key: ItemKey,
        mut content: DeadLetter,
        event: Option<&QueuedEvent>,
    ) -> Self {
        content.body = Raw(String::new());
        Self { integration, content, subject: event.map(Subject::from), key }
    }

    /// The sort key of the letter within its integration, `{time}#{digest}`.
    pub fn sort(&self) -> &str {
        &self.key.sort
    }

    /// Reads the body of the queue entry. `None` if the letter or a part of its body is gone.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn body(&self, store: &dyn Store) -> Result<Option<String>, PortError> {
        let Some(item) = store.load(std::slice::from_ref(&self.key)).await?.pop().flatten() else {
            return Ok(None);
        };
        let Ok(content) = serde_json::from_str::<DeadLetter>(&item.body) else { return Ok(None) };
        whole_body(store, &self.key, &content).await
    }

    /// The writes that remove the letter and the parts of its body.
    pub(super) fn removal(&self) -> Vec<Write> {
        let mut keys = self.content.part_keys(&self.key);
        keys.push(self.key.clone());
        let delete = |key| Write { key, expected: Expected::Anything, change: Change::Delete };
        keys.into_iter().map(delete).collect()
    }

    /// The order in which the letters of a conversation are sent again. It is the order of the
    /// events, even if one of them was redriven before and was given up later. Two events may have
    /// been given up in the same millisecond.
    pub(super) fn order(&self) -> (Timestamp, Timestamp, Option<Timestamp>) {
        let accepted_at = self.subject.as_ref().map(|subject| subject.accepted_at);
        (self.content.order_time(), self.content.at, accepted_at)
    }
}
