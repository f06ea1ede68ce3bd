//! An accepted event on its way through a queue, and the rule by which two events are the same.

use std::time::Duration;

use conversation::Transition;
use serde::{Deserialize, Serialize};
use shared::error::UserReason;
use shared::genesys::lifecycle::{LifecycleEvent, LifecycleKind, Source};
use shared::ids::{
    ContactId, ConversationKey, GenesysConversationId, GenesysMessageId, IntegrationName,
    LynnEventId, TraceId, digest,
};
use shared::lynn::inbound::InboundEvent;
use shared::ports::{Direction, ItemKey, QueueMessage};
use shared::time::Timestamp;

use crate::message_link::MessageLink;
pub use crate::raw::Raw;

/// Typing that is older is of no use to an agent or a customer.
pub const TYPING_LIVES: Duration = Duration::from_secs(5);
/// The largest number of characters of an id in the log.
const LOGGED: usize = 256;
/// The number of digest characters in a derived id: 48 bits.
const MARK: usize = 12;

/// An event between acceptance and delivery.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QueuedEvent {
    pub integration: IntegrationName,
    /// Genesys' id of the customer, which names the conversation. `None` if a webhook names none.
    pub contact: Option<ContactId>,
    /// Two events with the same dedup key are the same event.
    #[serde(rename = "identity")]
    pub dedup_key: DedupKey,
    /// When the event was stored in its queue, or when an operator redrove it. The time limit for
    /// attempts starts here.
    pub accepted_at: Timestamp,
    /// Follows the event through the log.
    pub trace: TraceId,
    /// How often an operator redrove the event.
    #[serde(default)]
    pub redrive: u32,
    /// When the event was first stored in its queue, if an operator redrove it since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_accepted_at: Option<Timestamp>,
    /// Whether the event must still be put into the session that it belongs to. Until then its
    /// contact is Lynn's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unplaced: bool,
    pub payload: Payload,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data", rename_all = "camelCase")]
pub enum Payload {
    /// From Lynn.
    Lynn(Box<InboundEvent>),
    /// From the bridge to Genesys: the outcome of an agent's message.
    ReceiptToGenesys(ReceiptToGenesys),
    /// From Genesys, exactly as received; the sender parses it.
    Genesys(Raw),
    /// From Genesys: a receipt that arrived before the bridge knew which of Lynn's messages it is
    /// about.
    EarlyReceipt {
        /// The receipt exactly as received.
        receipt: Raw,
        /// The message that it is about.
        about: MessageLink,
    },
    /// From the bridge to Lynn: the outcome of one of its events.
    ReceiptToLynn(ReceiptToLynn),
    /// From Genesys: a change in the life of a conversation. If the event has no contact, the
    /// sender must still find the conversation.
    Lifecycle(LifecycleEvent),
    /// From the bridge itself: a deadline of the conversation has come.
    Deadline,
    /// From the bridge itself: Genesys is to be asked who the agents of the conversation are.
    RosterQuestion(RosterQuestion),
    /// From the bridge itself: Genesys is to be asked how many agents the queue has. It belongs to
    /// no conversation.
    AvailabilityQuestion,
}

/// A question to Genesys about the agents and the queue of a conversation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RosterQuestion {
    /// When it was asked, by our clock.
    pub asked_at: Timestamp,
    /// The conversation, if the event that asks names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<GenesysConversationId>,
    /// The message whose author is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<GenesysMessageId>,
}

/// The bridge's receipt to Genesys about one of its messages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReceiptToGenesys {
    pub message: GenesysMessageId,
    /// Whether the message was delivered; otherwise it failed.
    pub delivered: bool,
    /// A reason code from Genesys' list.
    pub code: String,
    /// The reason in words.
    pub reason: UserReason,
}

/// The bridge's notice to Lynn about one of its events that could not be delivered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReceiptToLynn {
    /// Lynn's id of the event.
    pub message: LynnEventId,
    pub code: String,
    /// The reason in words.
    pub reason: UserReason,
}

/// The dedup key of an event within its conversation and direction.
#[derive(Clone, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DedupKey {
    /// A message: its id.
    Message(String),
    /// A receipt: the id of its message and the status.
    Receipt(String, String),
    /// Typing: its id and its time. It is never recorded, because it lives for only 5 s.
    Typing(String, i64),
    /// The start or the end of a session: its id.
    Session(String),
    /// A change in the life of a conversation: the conversation, the kind and the time.
    Lifecycle(GenesysConversationId, LifecycleKind, i64),
    /// The same kind of change, found by the bridge itself: with the time at which the bridge found
    /// it.
    #[serde(rename = "seen")]
    BridgeLifecycle(GenesysConversationId, LifecycleKind, i64, i64),
    /// A deadline: its time. It is never recorded, because it only causes a check of the
    /// conversation.
    Deadline(i64),
    /// A question about the agents of the conversation: its time. It is never recorded, because its
    /// answer is.
    RosterQuestion(i64),
    /// A question about a queue: the time of the answer that it renews, and how often that answer
    /// has become old. It is never recorded.
    AvailabilityQuestion(i64, i64),
    /// An event that could not be read: a digest of its bytes.
    Unreadable(String),
}

impl DedupKey {
    /// The kind, for keys and logs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::Receipt(..) => "receipt",
            Self::Typing(..) => "typing",
            Self::Session(_) => "session",
            Self::Lifecycle(..) | Self::BridgeLifecycle(..) => "lifecycle",
            Self::Deadline(_) => "deadline",
            Self::RosterQuestion(_) => "roster",
            Self::AvailabilityQuestion(..) => "availability",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// The id within its kind.
    pub fn id(&self) -> String {
        match self {
            Self::Message(id) | Self::Session(id) | Self::Unreadable(id) => id.clone(),
            Self::Receipt(id, status) => format!("{id}#{status}"),
            Self::Typing(id, time) => format!("{id}#{time}"),
            Self::Lifecycle(id, kind, time) => format!("{id}#{}#{time}", kind.as_str()),
            Self::BridgeLifecycle(id, kind, time, reconciled_at) => {
                format!("{id}#{}#{time}#{reconciled_at}", kind.as_str())
            }
            Self::Deadline(time) | Self::RosterQuestion(time) => time.to_string(),
            Self::AvailabilityQuestion(answer, age) => format!("{answer}#{age}"),
        }
    }

    /// The id for the log. Control characters would break a terminal, so they are replaced. An id
    /// is cut where it is longer than any real id of a vendor.
    pub fn logged(&self) -> String {
        let id = self.id();
        id.chars().take(LOGGED).map(|c| if c.is_control() { '?' } else { c }).collect()
    }

    /// The sort key of the event's record: `msg#in#{id}` for a message; other kinds use their own
    /// word.
    pub fn record(&self, direction: Direction) -> String {
        let kind = if let Self::Message(_) = self { "msg" } else { self.kind() };
        format!("{kind}#{}#{}", way(direction), self.id())
    }

    /// The dedup key of a notice about an event that was given up again after `lives` revivals.
    /// Each life has its own notice.
    #[must_use]
    pub(crate) fn in_life(self, lives: u32) -> Self {
        match self {
            Self::Receipt(id, status) if lives > 0 => {
                Self::Receipt(id, format!("{status}/{lives}"))
            }
            other => other,
        }
    }

    /// Whether the bridge keeps a record of the event, to recognise it for 7 days.
    pub fn is_recorded(&self) -> bool {
        !matches!(
            self,
            Self::Typing(..)
                | Self::Deadline(_)
                | Self::RosterQuestion(_)
                | Self::AvailabilityQuestion(..)
        )
    }
}

/// The word for a direction in the table's keys.
pub fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "in",
        Direction::Outbound => "out",
    }
}

impl From<&LifecycleEvent> for DedupKey {
    fn from(event: &LifecycleEvent) -> Self {
        let at = event.written_at.unwrap_or(event.at).milliseconds();
        let conversation = event.key();
        match event.source {
            Source::Genesys => Self::Lifecycle(conversation, event.kind, at),
            Source::Reconcile(reconciled_at) => {
                Self::BridgeLifecycle(conversation, event.kind, at, reconciled_at.milliseconds())
            }
            Source::Disconnect => Self::BridgeLifecycle(conversation, event.kind, at, at),
        }
    }
}

/// The queue group of a contact's events, in all of its sessions, whose session is not known yet.
pub fn unplaced_group(contact: &ConversationKey) -> String {
    digest(&[&contact.group(), "to be placed"])
}

impl QueuedEvent {
    /// An event that no operator redrove.
    pub fn accepted(
        integration: IntegrationName,
        contact: Option<ContactId>,
        dedup_key: DedupKey,
        payload: Payload,
        trace: TraceId,
        accepted_at: Timestamp,
    ) -> Self {
        Self {
            integration,
            contact,
            dedup_key,
            accepted_at,
            trace,
            redrive: 0,
            first_accepted_at: None,
            unplaced: false,
            payload,
        }
    }

    /// Returns a new event of the bridge that follows from this one, in the same conversation and
    /// under the same trace.
    pub fn follow_up(&self, dedup_key: DedupKey, payload: Payload, now: Timestamp) -> Self {
        let (integration, contact) = (self.integration.clone(), self.contact.clone());
        Self::accepted(integration, contact, dedup_key, payload, self.trace.clone(), now)
    }

    /// A digest that tells this event from another event under the same id. `None` if the id alone
    /// identifies the event.
    pub fn content(&self) -> Option<String> {
        match &self.payload {
            Payload::Lynn(event) => event.content(),
            _ => None,
        }
    }

    /// Returns the same event under a derived id, because another event already has Lynn's id. The
    /// derived id is Lynn's id and a digest of the content, so that a repeat is recognised. The
    /// digest includes the contact, so that the id reveals nothing about a short text.
    #[must_use]
    pub fn derived(mut self, content: &str) -> Self {
        let contact = self.contact.as_ref().map(ContactId::as_str).unwrap_or_default().to_owned();
        let Payload::Lynn(event) = &mut self.payload else { return self };
        let own = event.id.as_str();
        let mark = digest(&[self.integration.as_str(), &contact, own, content]);
        let derived: String = mark.chars().take(MARK).collect();
        let derived = format!("{own}~{derived}");
        match &mut self.dedup_key {
            DedupKey::Message(id) | DedupKey::Session(id) => id.clone_from(&derived),
            _ => {}
        }
        event.id = LynnEventId::new(derived);
        self
    }

    /// The time of an event that carries no time itself. It is the same for each repeat, also after
    /// a redrive.
    pub fn time(&self) -> Timestamp {
        self.first_accepted_at.unwrap_or(self.accepted_at)
    }

    /// The conversation of the event. All events without a contact share one conversation, so that
    /// they are handled in order too.
    pub fn conversation(&self) -> ConversationKey {
        let contact = self.contact.clone().unwrap_or_else(|| ContactId::new(""));
        ConversationKey::new(self.integration.clone(), contact)
    }

    /// The group that is handled in order: a conversation, or the events of one Genesys
    /// conversation that is not found yet. So a conversation that does not belong to the bridge
    /// delays no other events.
    fn group(&self) -> String {
        match (&self.contact, &self.payload) {
            (None, Payload::Lifecycle(event)) => {
                digest(&[self.integration.as_str(), "found by", event.key().as_str()])
            }
            _ if self.unplaced => unplaced_group(&self.conversation()),
            // No message waits for an answer to these.
            (_, Payload::RosterQuestion(_)) => {
                digest(&[&self.conversation().group(), "who the agents are"])
            }
            (_, Payload::AvailabilityQuestion) => {
                digest(&[self.integration.as_str(), "how many agents there are"])
            }
            _ => self.conversation().group(),
        }
    }

    /// Returns the same event for the conversation of this contact. Without a contact, it joins the
    /// events whose conversation must still be found.
    #[must_use]
    pub fn handed_to(&self, contact: Option<ContactId>) -> Self {
        let mut event = Self { contact, ..self.clone() };
        if let Payload::Lifecycle(event) = &mut event.payload {
            event.presumed = false;
        }
        event
    }

    /// Whether the bridge only presumes the contact.
    pub fn is_presumed(&self) -> bool {
        matches!(&self.payload, Payload::Lifecycle(event) if event.presumed)
    }

    /// Marks a typing event as seen, whether or not it was delivered.
    pub fn typed(&self) -> Option<Transition> {
        let dedup_key = self.dedup_key.id();
        matches!(self.dedup_key, DedupKey::Typing(..)).then_some(Transition::Typed { dedup_key })
    }

    /// The contact as the log may show it.
    pub fn fingerprint(&self) -> String {
        self.contact.as_ref().map(ContactId::fingerprint).unwrap_or_default()
    }

    pub fn record_key(&self, direction: Direction) -> ItemKey {
        ItemKey::new(self.conversation().partition(), self.dedup_key.record(direction))
    }

    pub fn state_key(&self) -> ItemKey {
        ItemKey::state(&self.conversation())
    }

    /// Returns the queue entry of the event.
    pub fn to_message(&self, direction: Direction) -> Result<QueueMessage, serde_json::Error> {
        let contact = self.contact.as_ref().map(ContactId::as_str).unwrap_or_default();
        let redrive = self.redrive.to_string();
        let dedup_key = self.dedup_key.record(direction);
        let content = self.content();
        // If the presumption is right, the event is sent to the same contact again. The mark keeps
        // the queue from dropping that second entry as a duplicate.
        let presumed = if self.is_presumed() { "presumed" } else { "" };
        // The same holds for an event that is put into the conversation without a session.
        let unplaced = if self.unplaced { "unplaced" } else { "" };
        let redrive = format!("{redrive}{presumed}{unplaced}");
        // A queue drops entries that it saw in the last minutes. An event that Lynn sends again is
        // recognised by its record instead, because the record also tells whether the event was
        // given up meanwhile and must be sent once more. Its redrives differ from those before.
        let accepted = content.is_some().then(|| self.time().milliseconds().to_string());
        let same = [self.integration.as_str(), contact, &dedup_key, &redrive];
        let own = [content.as_deref(), accepted.as_deref()];
        let same: Vec<&str> = same.into_iter().chain(own.into_iter().flatten()).collect();
        Ok(QueueMessage {
            integration: self.integration.clone(),
            group: self.group(),
            deduplication: digest(&same),
            body: serde_json::to_string(self)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(body: &serde_json::Value) -> QueuedEvent {
        let lynn = InboundEvent::parse(body.to_string().as_bytes()).unwrap();
        let id = lynn.id.to_string();
        let dedup_key = match body["type"].as_str() {
            Some("message") => DedupKey::Message(id),
            _ => DedupKey::Session(id),
        };
        QueuedEvent::accepted(
            IntegrationName::new("support"),
            Some(lynn.contact.id.clone()),
            dedup_key,
            Payload::Lynn(Box::new(lynn)),
            TraceId::new("t"),
            Timestamp::from_milliseconds(1),
        )
    }

    fn message(fields: serde_json::Value) -> QueuedEvent {
        let mut body = json!({ "type": "message", "id": "m-1", "contact": { "id": "ana" } });
        for (key, value) in fields.as_object().unwrap() {
            body[key] = value.clone();
        }
        event(&body)
    }

    #[test]
    fn content_is_what_a_person_said() {
        let text = message(json!({ "text": "a" }));
        let beside = json!({ "text": "a", "time": "2026-01-01T00:00:00Z", "attributes": { "a": 1 },
                             "contact": { "id": "ana", "nickname": "Ana" } });
        assert_eq!(text.content(), message(beside).content());
        let url = |url: &str| json!({ "text": "a", "attachments": [ { "url": url } ] });
        let reply = json!({ "text": "a", "reply": { "to": "g", "kind": "button", "text": "a" } });
        let session = |kind: &str, id: &str| {
            event(
                &json!({ "type": kind, "id": "m-1", "contact": { "id": "ana" }, "session": { "id": id } }),
            )
        };
        let others = [
            text,
            message(json!({ "text": "b" })),
            message(url("https://a/1")),
            message(url("https://a/2")),
            message(reply),
            session("session.started", "1"),
            session("session.started", "2"),
            session("session.ended", "1"),
        ];
        let contents: std::collections::HashSet<_> =
            others.iter().map(QueuedEvent::content).collect();
        assert_eq!(contents.len(), others.len());
        let deduplication =
            |event: &QueuedEvent| event.to_message(Direction::Inbound).unwrap().deduplication;
        let known: std::collections::HashSet<_> = others.iter().map(deduplication).collect();
        assert_eq!(known.len(), others.len());
    }

    #[test]
    fn a_derived_id_is_the_same_each_time_and_begins_with_lynns_own() {
        let event = message(json!({ "text": "b" }));
        let content = event.content().unwrap();
        let derived = event.clone().derived(&content);
        let Payload::Lynn(lynn) = &derived.payload else { panic!("an event of Lynn's") };
        assert!(lynn.id.as_str().starts_with("m-1~") && lynn.id.as_str().len() == 16);
        assert_eq!(derived.dedup_key, DedupKey::Message(lynn.id.to_string()));
        assert_eq!(derived.content().as_deref(), Some(content.as_str()));
        assert_eq!(event.clone().derived(&content).dedup_key, derived.dedup_key);
        let mut of_another = event;
        of_another.contact = Some(ContactId::new("bea"));
        assert_ne!(of_another.derived(&content).dedup_key, derived.dedup_key);
    }

    #[test]
    fn an_event_of_genesys_is_known_by_the_time_that_was_written() {
        let at = Timestamp::from_milliseconds(5);
        let read = |at, written_at| LifecycleEvent {
            conversation: Some(GenesysConversationId::new("c-1")),
            kind: LifecycleKind::CustomerEnd,
            at,
            written_at,
            answered: None,
            disconnect: None,
            leg: None,
            user: None,
            queue: None,
            confirmed: false,
            addresses: Vec::new(),
            presumed: false,
            source: Source::Genesys,
        };
        let known = |event: &LifecycleEvent| DedupKey::from(event);
        let later = at + Duration::from_millis(7);
        assert_eq!(known(&read(at, Some(at))), known(&read(later, Some(at))));
        assert_ne!(known(&read(at, None)), known(&read(later, None)));
    }
}
