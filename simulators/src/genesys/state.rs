//! The state of the fake Genesys Cloud.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;
use time::OffsetDateTime;
use tokio::time::Instant;

use super::admin::{Attributes, Organization};
use super::delivery::Delivery;
use super::events::LifecycleEvent;
use super::faults::{Effect, Endpoint, Fault};
use super::lifecycle::Conversation;
use super::options::GenesysOptions;
use super::participants::Purpose;
use crate::clock;
use crate::files::{FetchedFile, Files};
use crate::http::Call;
use crate::record::{RecordedRequest, TranscriptLine};

/// The answer to a repeated `channel.messageId`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRepeat {
    /// The first answer again; no message is accepted twice.
    SameAnswer,
    /// 409; no message is accepted twice.
    Conflict,
    /// A repeat is not recognised: it becomes a second message.
    AcceptAgain,
}

#[derive(Debug)]
pub(super) struct Token {
    pub(super) client: String,
    pub(super) expires_at: Instant,
    pub(super) window_started: Instant,
    pub(super) count: u64,
}

/// An accepted message of a customer.
#[derive(Clone, Debug)]
pub(super) struct Accepted {
    pub(super) answer: Value,
    pub(super) body: Value,
}

#[derive(Debug, Default)]
pub(super) struct Contact {
    pub(super) id_type: Option<&'static str>,
    /// The integration to which the contact wrote last; `None` before its first message.
    pub(super) integration: Option<String>,
    /// The id of the current or last conversation.
    pub(super) conversation: Option<String>,
    pub(super) accepted: Vec<Value>,
    pub(super) by_message_id: HashMap<String, Accepted>,
    pub(super) last_time: Option<OffsetDateTime>,
}

/// The integration, contact and conversation of an accepted message of a customer.
#[derive(Clone, Debug)]
pub(super) struct Inbound {
    pub(super) integration: String,
    pub(super) contact: String,
    /// The provider's message id.
    pub(super) message_id: String,
    pub(super) conversation: String,
    /// The message as Genesys echoes it.
    pub(super) message: Value,
}

/// A message that was sent to the webhook.
#[derive(Debug)]
pub(super) struct Outbound {
    pub(super) integration: String,
    pub(super) contact: String,
    pub(super) is_structured: bool,
    pub(super) conversation: String,
    pub(super) message: Value,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) started: Instant,
    pub(super) organization: Organization,
    pub(super) events_url: Option<String>,
    pub(super) is_down: bool,
    /// How many seconds its clock is ahead of this machine's clock.
    pub(super) clock_ahead: i64,
    pub(super) on_repeat: OnRepeat,
    pub(super) files: Files,
    pub(super) fetched: Vec<FetchedFile>,
    pub(super) faults: VecDeque<Fault>,
    pub(super) tokens: HashMap<String, Token>,
    pub(super) logins: u64,
    pub(super) requests: Vec<RecordedRequest>,
    pub(super) contacts: HashMap<String, Contact>,
    /// All conversations, also ended ones, by id.
    pub(super) conversations: HashMap<String, Conversation>,
    /// By the Genesys message id.
    pub(super) inbound: HashMap<String, Inbound>,
    /// By the Genesys message id.
    pub(super) outbound: HashMap<String, Outbound>,
    /// All reported events of conversations, in order.
    pub(super) lifecycle: Vec<LifecycleEvent>,
    /// By conversation: the events still to be posted. An entry exists as long as a task posts its
    /// events.
    pub(super) to_post: HashMap<String, VecDeque<LifecycleEvent>>,
    pub(super) event_deliveries: Vec<Delivery>,
    pub(super) duplicates: Vec<Value>,
    pub(super) receipts: Vec<Value>,
    pub(super) typing_events: Vec<Value>,
    pub(super) deliveries: Vec<Delivery>,
    pub(super) transcript: Vec<TranscriptLine>,
    pub(super) violations: Vec<String>,
    /// The user who writes the next message of an agent, if a test has chosen one.
    pub(super) next_writer: Option<String>,
    /// By user: the name, or that the user has none. Others have a name made of their id.
    pub(super) user_names: HashMap<String, Option<String>>,
}

impl State {
    pub(super) fn new(options: &GenesysOptions) -> Self {
        Self {
            started: Instant::now(),
            organization: Organization::new(options),
            events_url: options.events_url.clone(),
            is_down: false,
            clock_ahead: 0,
            on_repeat: OnRepeat::SameAnswer,
            files: Files::default(),
            fetched: Vec::new(),
            faults: VecDeque::new(),
            tokens: HashMap::new(),
            logins: 0,
            requests: Vec::new(),
            contacts: HashMap::new(),
            conversations: HashMap::new(),
            inbound: HashMap::new(),
            outbound: HashMap::new(),
            lifecycle: Vec::new(),
            to_post: HashMap::new(),
            event_deliveries: Vec::new(),
            duplicates: Vec::new(),
            receipts: Vec::new(),
            typing_events: Vec::new(),
            deliveries: Vec::new(),
            transcript: Vec::new(),
            violations: Vec::new(),
            next_writer: None,
            user_names: HashMap::new(),
        }
    }

    /// The name under which a participant is shown; a customer has none.
    pub(super) fn display_name(&self, purpose: &Purpose) -> Option<String> {
        match purpose {
            Purpose::Customer => None,
            Purpose::Acd { queue } => self.organization.queue_name(queue),
            Purpose::Agent { user, .. } => match self.user_names.get(user) {
                Some(name) => name.clone(),
                None => Some(format!("Agent {user}")),
            },
        }
    }

    pub(super) fn take_fault(&mut self, endpoint: Endpoint, call: &Call) -> Option<Effect> {
        let position =
            self.faults.iter().position(|fault| fault.endpoint.covers(endpoint, call))?;
        self.faults.remove(position).map(|fault| fault.effect)
    }

    pub(super) fn say(&mut self, contact: &str, author: &'static str, text: impl Into<String>) {
        self.transcript.push(TranscriptLine::now(contact, author, text));
    }

    pub(super) fn contact(&mut self, contact: &str) -> &mut Contact {
        self.contacts.entry(contact.to_owned()).or_default()
    }

    /// The integration of a contact: the one to which it wrote last, or else the oldest.
    pub(super) fn integration_of(&self, contact: &str) -> String {
        let used = self.contacts.get(contact).and_then(|known| known.integration.as_deref());
        used.unwrap_or_else(|| self.organization.first_integration()).to_owned()
    }

    /// Records the integration to which a contact writes. At another integration the contact is
    /// unknown: its messages and its conversation at the first one do not count.
    pub(super) fn arrive(&mut self, contact: &str, integration: &str) {
        if self.integration_of(contact) != integration {
            let known = self.contact(contact);
            known.conversation = None;
            known.by_message_id.clear();
            known.last_time = None;
        }
        self.contact(contact).integration = Some(integration.to_owned());
    }

    /// The current or last conversation of a contact.
    pub(super) fn conversation_of(&self, contact: &str) -> Option<&Conversation> {
        let id = self.contacts.get(contact)?.conversation.as_ref()?;
        self.conversations.get(id)
    }

    /// As [`Self::conversation_of`], to change it.
    pub(super) fn conversation_of_mut(&mut self, contact: &str) -> Option<&mut Conversation> {
        let id = self.contacts.get(contact)?.conversation.as_ref()?;
        self.conversations.get_mut(id)
    }

    /// The conversation of the next message: the open one, the ended one within the threading
    /// window, or a new one.
    /// The attributes count if a round begins: the flow runs once for each round. Whether later
    /// messages change them is not documented.
    pub(super) fn enter_conversation(&mut self, contact: &str, attributes: &Attributes) -> String {
        let now = clock::utc();
        let threading = self.organization.threading();
        if let Some(known) = self.conversation_of_mut(contact) {
            let id = known.id.clone();
            if known.is_open() {
                return id;
            }
            if known.can_continue(threading, now) {
                known.continue_at(now);
                known.set_attributes(attributes);
                self.say(contact, "system", "The conversation continues.");
                return id;
            }
        }
        let mut conversation = Conversation::begin(contact, &self.integration_of(contact), now);
        conversation.set_attributes(attributes);
        let id = conversation.id.clone();
        self.contact(contact).conversation = Some(id.clone());
        self.conversations.insert(id.clone(), conversation);
        self.say(contact, "system", "A conversation starts.");
        id
    }
}
