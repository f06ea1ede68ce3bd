//! What the fake Genesys Cloud knows.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;
use tokio::time::Instant;
use uuid::Uuid;

use super::delivery::Delivery;
use super::faults::{Effect, Endpoint, Fault};
use crate::clock;
use crate::record::{RecordedRequest, TranscriptLine};

/// What a repeated `channel.messageId` gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRepeat {
    /// The first answer again; nothing is accepted twice.
    SameAnswer,
    /// 409; nothing is accepted twice.
    Conflict,
    /// No recognition at all: a second message.
    AcceptAgain,
}

#[derive(Debug)]
pub(super) struct Token {
    pub(super) client: String,
    pub(super) expires_at: Instant,
    pub(super) window_started: Instant,
    pub(super) count: u64,
}

#[derive(Debug)]
pub(super) struct Conversation {
    pub(super) id: String,
    pub(super) ended_at: Option<Instant>,
}

/// A message of a customer that was accepted.
#[derive(Clone, Debug)]
pub(super) struct Accepted {
    pub(super) answer: Value,
    pub(super) body: Value,
}

#[derive(Debug, Default)]
pub(super) struct Contact {
    pub(super) id_type: Option<&'static str>,
    pub(super) conversation: Option<Conversation>,
    pub(super) accepted: Vec<Value>,
    pub(super) by_message_id: HashMap<String, Accepted>,
    pub(super) last_time: Option<OffsetDateTime>,
}

/// A message that went out on the webhook.
#[derive(Debug)]
pub(super) struct Outbound {
    pub(super) contact: String,
    pub(super) is_structured: bool,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) started: Instant,
    pub(super) webhook_url: Option<String>,
    pub(super) is_down: bool,
    pub(super) on_repeat: OnRepeat,
    pub(super) faults: VecDeque<Fault>,
    pub(super) tokens: HashMap<String, Token>,
    pub(super) logins: u64,
    pub(super) requests: Vec<RecordedRequest>,
    pub(super) contacts: HashMap<String, Contact>,
    /// Every conversation there ever was → its contact.
    pub(super) conversations: HashMap<String, String>,
    /// Genesys message id → contact and the provider's message id.
    pub(super) inbound: HashMap<String, (String, String)>,
    pub(super) outbound: HashMap<String, Outbound>,
    pub(super) duplicates: Vec<Value>,
    pub(super) receipts: Vec<Value>,
    pub(super) typing_events: Vec<Value>,
    pub(super) deliveries: Vec<Delivery>,
    pub(super) transcript: Vec<TranscriptLine>,
    pub(super) violations: Vec<String>,
}

impl State {
    pub(super) fn new(webhook_url: Option<String>) -> Self {
        Self {
            started: Instant::now(),
            webhook_url,
            is_down: false,
            on_repeat: OnRepeat::SameAnswer,
            faults: VecDeque::new(),
            tokens: HashMap::new(),
            logins: 0,
            requests: Vec::new(),
            contacts: HashMap::new(),
            conversations: HashMap::new(),
            inbound: HashMap::new(),
            outbound: HashMap::new(),
            duplicates: Vec::new(),
            receipts: Vec::new(),
            typing_events: Vec::new(),
            deliveries: Vec::new(),
            transcript: Vec::new(),
            violations: Vec::new(),
        }
    }

    pub(super) fn take_fault(&mut self, endpoint: Endpoint) -> Option<Effect> {
        let position = self.faults.iter().position(|fault| fault.endpoint.covers(endpoint))?;
        self.faults.remove(position).map(|fault| fault.effect)
    }

    pub(super) fn say(&mut self, contact: &str, author: &'static str, text: impl Into<String>) {
        let line = TranscriptLine {
            time: clock::now(),
            contact: contact.to_owned(),
            author,
            text: text.into(),
        };
        self.transcript.push(line);
    }

    pub(super) fn contact(&mut self, contact: &str) -> &mut Contact {
        self.contacts.entry(contact.to_owned()).or_default()
    }

    /// The conversation the next message belongs to: the open one, the ended one while threading lasts, or a new one.
    pub(super) fn enter_conversation(&mut self, contact: &str, threading: Duration) -> String {
        let known = self.contact(contact);
        if let Some(conversation) = &mut known.conversation {
            match conversation.ended_at {
                None => return conversation.id.clone(),
                Some(ended_at) if ended_at.elapsed() < threading => {
                    conversation.ended_at = None;
                    let id = conversation.id.clone();
                    self.say(contact, "system", "The conversation continues.");
                    return id;
                }
                Some(_) => {}
            }
        }
        let id = Uuid::new_v4().to_string();
        known.conversation = Some(Conversation { id: id.clone(), ended_at: None });
        self.conversations.insert(id.clone(), contact.to_owned());
        self.say(contact, "system", "A conversation starts.");
        id
    }

    /// Ends the contact's conversation; false when none is open.
    pub(super) fn end_conversation(&mut self, contact: &str, said: &str) -> bool {
        let Some(conversation) =
            self.contacts.get_mut(contact).and_then(|known| known.conversation.as_mut())
        else {
            return false;
        };
        if conversation.ended_at.is_some() {
            return false;
        }
        conversation.ended_at = Some(Instant::now());
        self.say(contact, "system", said);
        true
    }
}
