//! Everything that is stored about one conversation.

use serde::Deserialize;
use serde_json::{Value, json};
use shared::ids::ConversationKey;
use shared::ports::ItemKey;

use super::query::Answer;
use super::state::Console;
use super::timeline::{self, GivenUp};
use crate::operator::conversations::{Entry, entry};
use crate::operator::dead_letters::letters::{Letter, Letters};
use crate::operator::recorded;
use crate::operator::waiting::{self, Waiting};

/// The events in one piece.
const PAGE: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Wanted {
    pub integration: String,
    pub contact_fingerprint: String,
    /// How many of the latest events are left out.
    #[serde(default)]
    pub offset: Option<String>,
}

/// The stored items of a conversation besides its records.
pub struct Stored {
    pub key: ConversationKey,
    /// `None`: nothing but dead letters is left of it.
    pub entry: Option<Entry>,
    /// `None` for a stack.
    pub waiting: Option<Vec<Waiting>>,
}

impl Stored {
    pub async fn read(console: &Console, key: ConversationKey) -> anyhow::Result<Self> {
        let installation = &console.installation;
        let item = installation.store().load(&[ItemKey::state(&key)]).await?.pop().flatten();
        let entry = item.and_then(|item| entry(&key.partition(), &item.body));
        let contact = match &entry {
            Some(entry) => entry.customer().contact,
            None => key.contact.clone(),
        };
        let waiting = waiting::of(installation, &key, &contact).await?;
        Ok(Self { key, entry, waiting })
    }

    /// The dead letters of the conversation.
    pub fn letters<'a>(&self, letters: &'a Letters) -> Vec<&'a Letter> {
        let is_own = |letter: &&Letter| {
            letter.contact.as_ref() == Some(&self.key.contact)
                && letter.kept.integration == self.key.integration
        };
        letters.all.iter().filter(is_own).collect()
    }
}

/// The state of a conversation and a piece of its timeline, without the contact and without texts.
pub async fn one(console: &Console, wanted: &Wanted) -> Answer {
    let key = console.conversation(&wanted.integration, &wanted.contact_fingerprint).await?;
    let fingerprint = console.contacts.keep(&key);
    let stored = Stored::read(console, key).await?;
    let recorded = recorded::of(&console.installation, &stored.key).await?;
    let reading = console.letters().await?;
    let letters = stored.letters(&reading.value);
    let given_up: Vec<GivenUp<'_>> = letters.iter().filter_map(|letter| given_up(letter)).collect();
    let waiting = stored.waiting.as_deref().unwrap_or_default();
    let events = timeline::events(&recorded, waiting, &given_up);
    let offset = wanted.offset.as_deref().and_then(|offset| offset.parse().ok()).unwrap_or(0);
    let total = events.len();
    let end = total.saturating_sub(offset);
    let shown = events.get(end.saturating_sub(PAGE)..end).unwrap_or_default();
    Ok(json!({
        "integration": stored.key.integration,
        "contactFingerprint": fingerprint,
        "conversation": stored.entry.as_ref().map(|entry| entry.to_json(false)),
        "events": shown,
        "total": total,
        "offset": offset,
        "older": end.saturating_sub(PAGE),
        "notes": notes(&stored),
    }))
}

fn given_up(letter: &Letter) -> Option<GivenUp<'_>> {
    let subject = letter.kept.subject.as_ref();
    Some(GivenUp {
        record: &letter.record.as_ref()?.sort,
        letter: &letter.kept.content,
        accepted_at: subject.map(|subject| subject.accepted_at),
        redrives: subject.map(|subject| subject.redrive).unwrap_or_default(),
        sort: letter.kept.sort(),
    })
}

/// The gaps of the timeline.
fn notes(stored: &Stored) -> Vec<Value> {
    let mut notes = vec![json!(
        "An event is kept for 7 days after its end, one that was given up for 90 days. Older events \
         are not shown. The text of a delivered message is not kept: read it at Lynn or in Genesys \
         Cloud."
    )];
    if stored.entry.is_none() {
        notes.push(json!("The state of the conversation is no longer kept."));
    }
    if stored.waiting.is_none() {
        notes.push(json!(
            "The queues of a stack cannot be read, so that events that wait and were never tried \
             are not shown."
        ));
    }
    notes
}
