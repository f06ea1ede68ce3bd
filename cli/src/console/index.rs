//! All conversations in brief, so that any field finds them without reading the data again.
//!
//! Rule: it is held in memory, some 300 bytes a conversation; the page gets it in small pieces.

use conversation::Stage;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::ids::ConversationKey;
use shared::time::Timestamp;

use crate::operator::conversations::{Entry, entry};
use crate::operator::installation::Installation;

/// The conversations in one piece.
pub const PAGE: usize = 50;

pub struct Index {
    /// The latest activity first.
    rows: Vec<Row>,
    /// The conversations that another version wrote.
    pub unreadable: usize,
}

pub struct Row {
    pub key: ConversationKey,
    fingerprint: String,
    stage: Stage,
    last_activity: Option<Timestamp>,
    genesys_conversation: Option<String>,
    session: Option<String>,
    channel: Option<String>,
    lynn_contact: Option<String>,
}

/// Which conversations are meant.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Search {
    /// A part of any id, of the channel, or of a fingerprint.
    pub text: Option<String>,
    pub integration: Option<String>,
    /// `idle`, `open`, `agent` (open, with an agent) or `ended`.
    pub status: Option<String>,
    /// How many are left out before the first one.
    pub offset: Option<String>,
    /// Whether a stack's whole table may be read.
    pub scan: Option<String>,
}

shared::debug_shows!(Search: integration, status, offset, scan);

impl Index {
    pub async fn read(installation: &Installation) -> anyhow::Result<Self> {
        let (mut rows, mut unreadable) = (Vec::new(), 0);
        installation
            .each_state(None, |partition, body| match entry(&partition, body) {
                Some(entry) => rows.push(Row::of(entry)),
                None => unreadable += 1,
            })
            .await?;
        rows.sort_by_key(|row| std::cmp::Reverse(row.last_activity));
        Ok(Self { rows, unreadable })
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn find(&self, integration: &str, fingerprint: &str) -> Option<ConversationKey> {
        let is_it = |row: &&Row| {
            row.fingerprint == fingerprint && row.key.integration.as_str() == integration
        };
        self.rows.iter().find(is_it).map(|row| row.key.clone())
    }

    /// A piece of those that the search means, and how many there are.
    pub fn search(&self, search: &Search) -> (Vec<&Row>, usize) {
        let matching = Matching::of(search);
        let found: Vec<&Row> = self.rows.iter().filter(|row| matching.admits(row)).collect();
        let count = found.len();
        let offset = search.offset.as_deref().and_then(|offset| offset.parse().ok()).unwrap_or(0);
        (found.into_iter().skip(offset).take(PAGE).collect(), count)
    }
}

/// A search that was prepared once for all rows.
struct Matching<'a> {
    text: Option<String>,
    integration: Option<&'a str>,
    status: Option<&'a str>,
}

impl<'a> Matching<'a> {
    fn of(search: &'a Search) -> Self {
        let text = search.text.as_deref().map(|text| text.trim().to_lowercase());
        Self {
            text: text.filter(|text| !text.is_empty()),
            integration: search.integration.as_deref(),
            status: search.status.as_deref(),
        }
    }

    fn admits(&self, row: &Row) -> bool {
        self.integration.is_none_or(|name| row.key.integration.as_str() == name)
            && self.status.is_none_or(|status| row.is(status))
            && self.text.as_deref().is_none_or(|text| row.contains(text))
    }
}

impl Row {
    pub fn of(Entry { key, conversation }: Entry) -> Self {
        Self {
            fingerprint: key.contact.fingerprint(),
            stage: conversation.stage(),
            last_activity: conversation.last_activity,
            genesys_conversation: conversation.genesys_conversation.map(|id| id.to_string()),
            session: conversation.session.id,
            channel: conversation.session.channel,
            lynn_contact: conversation.contact.lynn_contact_id,
            key,
        }
    }

    fn is(&self, status: &str) -> bool {
        match status {
            "agent" => self.stage == Stage::WithAgent,
            _ => self.stage.status() == status,
        }
    }

    /// Whether a field contains a text in small letters.
    fn contains(&self, text: &str) -> bool {
        let fields = [&self.genesys_conversation, &self.session, &self.channel, &self.lynn_contact];
        let mut all = fields.into_iter().flatten().map(String::as_str);
        self.fingerprint.contains(text)
            || holds(self.key.contact.as_str(), text)
            || all.any(|field| holds(field, text))
    }

    /// Without the contact's id.
    pub fn to_json(&self) -> Value {
        json!({
            "integration": self.key.integration,
            "contactFingerprint": self.fingerprint,
            "status": self.stage.status(),
            "agentConnected": self.stage == Stage::WithAgent,
            "lastActivity": self.last_activity.map(Timestamp::to_text),
            "conversationId": self.genesys_conversation,
            "channel": self.channel,
        })
    }
}

/// Whether a field contains a text in small letters. Most ids have no large ones, so that nothing
/// is copied.
fn holds(field: &str, text: &str) -> bool {
    field.contains(text) || field.to_lowercase().contains(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> Index {
        let row = |contact: &str, body: Value| {
            Row::of(entry(&format!("conv#support#{contact}"), &body.to_string()).unwrap())
        };
        let rows = vec![
            row(
                "5215512345678",
                json!({ "status": "open", "agentConnected": true,
                "lastActivity": 1000, "genesysConversation": "0af3-G", "contact": { "lynnContactId": "Lynn-7" },
                "session": { "id": "S-1", "channel": "whatsapp" } }),
            ),
            row("eva@example.com", json!({ "status": "ended", "lastActivity": 500 })),
        ];
        Index { rows, unreadable: 0 }
    }

    fn found(search: Value) -> Vec<String> {
        let search: Search = serde_json::from_value(search).unwrap();
        let index = index();
        let (rows, count) = index.search(&search);
        assert!(count >= rows.len());
        rows.iter().map(|row| row.key.contact.as_str().to_owned()).collect()
    }

    #[test]
    fn any_field_finds_a_conversation() {
        let ana = ["5215512345678"];
        let print = index().rows[0].fingerprint.clone();
        for text in ["5512345678", " 0AF3-g ", "s-1", "WhatsApp", "lynn-7", print.as_str()] {
            assert_eq!(found(json!({ "text": text })), ana, "{text}");
        }
        assert_eq!(found(json!({ "text": "EVA@" })), ["eva@example.com"]);
        assert_eq!(found(json!({ "text": "zzz" })).len(), 0);
        assert_eq!(found(json!({})).len(), 2);
        assert_eq!(found(json!({ "status": "agent" })), ana);
        assert_eq!(found(json!({ "status": "ended" })), ["eva@example.com"]);
        assert_eq!(found(json!({ "integration": "sales" })).len(), 0);
        assert_eq!(found(json!({ "offset": "1" })), ["eva@example.com"]);
    }

    #[test]
    fn what_the_page_gets_names_no_contact() {
        let shown = index().rows[0].to_json().to_string();
        for hidden in ["5512345678", "S-1", "Lynn-7"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}
