//! The state of the fake Lynn.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::{Value, json};
use tokio::time::Instant;

use super::ends::Ends;
use super::faults::LynnFault;
use super::open_engine::OpenWebhook;
use super::sequence::Sequences;
use crate::files::Files;
use crate::http::Answer;
use crate::record::{RecordedRequest, TranscriptLine};

#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) contact: String,
    pub(super) body: Value,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) started: Instant,
    pub(super) bridge_url: Option<String>,
    pub(super) inbound_key: Option<String>,
    pub(super) is_down: bool,
    pub(super) files: Files,
    pub(super) faults: VecDeque<LynnFault>,
    pub(super) proactive_faults: VecDeque<LynnFault>,
    /// By token: the time at which it expires.
    pub(super) tokens: HashMap<String, Instant>,
    pub(super) logins: u64,
    pub(super) requests: Vec<RecordedRequest>,
    pub(super) events: Vec<Accepted>,
    /// By contact and webhook id (or, if unsigned, the identity): the index in `events`.
    pub(super) by_key: HashMap<(String, String), usize>,
    /// By contact and identity: the webhook id of the event.
    pub(super) identities: HashMap<(String, String), String>,
    pub(super) duplicates: u64,
    pub(super) probes: u64,
    pub(super) proactive: Vec<Value>,
    pub(super) proactive_keys: HashSet<(String, String)>,
    pub(super) sequences: Sequences,
    pub(super) ends: Ends,
    pub(super) sessions_over: HashSet<String>,
    pub(super) refusals: HashMap<String, u16>,
    /// The webhooks that a Lynn with a hub secret has accepted.
    pub(super) webhooks: Vec<OpenWebhook>,
    /// The events of conversations' lives that such a Lynn has accepted.
    pub(super) lives: Vec<Value>,
    pub(super) transcript: Vec<TranscriptLine>,
    pub(super) violations: Vec<String>,
    /// What a tenant with a contract of its own answers at a path: a status and a body.
    pub(super) tenant: HashMap<String, (u16, Value)>,
}

impl State {
    pub(super) fn new(bridge_url: Option<String>, inbound_key: Option<String>) -> Self {
        Self {
            started: Instant::now(),
            bridge_url,
            inbound_key,
            is_down: false,
            files: Files::default(),
            faults: VecDeque::new(),
            proactive_faults: VecDeque::new(),
            tokens: HashMap::new(),
            logins: 0,
            requests: Vec::new(),
            events: Vec::new(),
            by_key: HashMap::new(),
            identities: HashMap::new(),
            duplicates: 0,
            probes: 0,
            proactive: Vec::new(),
            proactive_keys: HashSet::new(),
            sequences: Sequences::default(),
            ends: Ends::default(),
            sessions_over: HashSet::new(),
            refusals: HashMap::new(),
            webhooks: Vec::new(),
            lives: Vec::new(),
            transcript: Vec::new(),
            violations: Vec::new(),
            tenant: HashMap::new(),
        }
    }

    pub(super) fn tenants_answer(&self, path: &str) -> Answer {
        let set = self.tenant.get(path).cloned();
        let (status, body) = set.unwrap_or_else(|| (200, json!({})));
        Answer::json(status, body)
    }

    pub(super) fn say(&mut self, contact: &str, author: &'static str, text: impl Into<String>) {
        self.transcript.push(TranscriptLine::now(contact, author, text));
    }
}
