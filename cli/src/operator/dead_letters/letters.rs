//! The dead letters of a place as they are read, shown and taken away.

use serde_json::{Value, json};
use shared::delivery::dead_letter::DeadLetter;
use shared::delivery::event::QueuedEvent;
use shared::ids::IntegrationName;
use shared::ports::{Change, Expected, ItemKey, Store, Write};

use super::super::place::Place;
use super::id;

/// As many as one read brings; a letter may have some hundred kilobytes.
const PAGE: usize = 50;

/// Dead letters, the oldest first.
pub struct Letters(Vec<Letter>);

/// One of them.
pub struct Letter {
    /// How the operator names it.
    pub id: String,
    /// Whose it is.
    pub integration: IntegrationName,
    /// What it says.
    pub content: DeadLetter,
    key: ItemKey,
}

impl Letters {
    /// Reads those of one integration, or all.
    pub async fn read(place: &Place, only: Option<IntegrationName>) -> anyhow::Result<Self> {
        let integrations = match only {
            Some(integration) => [integration].into(),
            None => place.with_dead_letters().await?,
        };
        let mut letters = Vec::new();
        for integration in integrations {
            read_partition(place, &integration, &mut letters).await?;
        }
        letters.sort_by(|one: &Letter, other| one.key.sort.cmp(&other.key.sort));
        let sorts: Vec<&str> = letters.iter().map(|letter| letter.key.sort.as_str()).collect();
        for (letter, id) in id::short(&sorts).into_iter().enumerate() {
            letters[letter].id = id;
        }
        Ok(Self(letters))
    }

    /// All of them.
    pub fn all(&self) -> &[Letter] {
        &self.0
    }

    /// The one that is meant.
    pub fn one(&self, id: &str) -> anyhow::Result<&Letter> {
        let sorts: Vec<&str> = self.0.iter().map(|letter| letter.key.sort.as_str()).collect();
        Ok(&self.0[id::find(&sorts, id)?])
    }
}

async fn read_partition(
    place: &Place,
    integration: &IntegrationName,
    letters: &mut Vec<Letter>,
) -> anyhow::Result<()> {
    for (key, item) in place.partition(&DeadLetter::partition(integration), PAGE).await? {
        match serde_json::from_str(&item.body) {
            Ok(content) => {
                let (id, integration) = (String::new(), integration.clone());
                letters.push(Letter { id, integration, content, key });
            }
            Err(_) => eprintln!("{}: a dead letter of another version, left out", key.sort),
        }
    }
    Ok(())
}

impl Letter {
    /// The queue entry's body; `None` when a part of it is missing.
    pub async fn body(&self, store: &dyn Store) -> anyhow::Result<Option<String>> {
        let parts = store.load(&self.content.part_keys(&self.key)).await?;
        Ok(self.content.whole_body(&parts))
    }

    /// What takes it away, with the parts of its body.
    pub fn removal(&self) -> Vec<Write> {
        let mut keys = self.content.part_keys(&self.key);
        keys.push(self.key.clone());
        let delete = |key| Write { key, expected: Expected::Anything, change: Change::Delete };
        keys.into_iter().map(delete).collect()
    }

    /// The event, where it lies in the letter and can be read.
    pub fn event(&self) -> Option<QueuedEvent> {
        serde_json::from_str(&self.content.body.0).ok()
    }

    /// What a list shows.
    pub fn row(&self) -> [String; 7] {
        [
            self.id.clone(),
            self.content.at.to_text(),
            self.integration.to_string(),
            self.content.direction.name().to_owned(),
            self.event().map(|event| event.fingerprint()).unwrap_or_default(),
            self.content.code.clone(),
            self.content.summary.clone(),
        ]
    }

    /// Everything but what was written and who the customer is.
    pub fn to_json(&self) -> Value {
        let letter = &self.content;
        let mut shown = json!({
            "id": self.id,
            "integration": self.integration,
            "direction": letter.direction,
            "at": letter.at.to_text(),
            "class": letter.class,
            "code": letter.code,
            "summary": letter.summary,
            "uncertain": letter.uncertain,
            "told": letter.told,
            "history": letter.history.iter().map(|attempt| json!({
                "at": attempt.at.to_text(), "class": attempt.class,
                "summary": attempt.summary, "status": attempt.status,
            })).collect::<Vec<_>>(),
        });
        if let Some(event) = self.event() {
            shown["event"] = describe(&event);
        }
        shown
    }
}

/// An event without what it carries.
pub fn describe(event: &QueuedEvent) -> Value {
    json!({
        "kind": event.identity.kind(),
        "id": event.identity.id(),
        "contactFingerprint": event.fingerprint(),
        "acceptedAt": event.accepted_at.to_text(),
        "traceId": event.trace,
        "redrive": event.redrive,
    })
}
