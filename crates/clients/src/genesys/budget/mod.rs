//! The rate budget of Genesys Cloud's OAuth clients, shared by all instances.
//!
//! Rules: All decisions are pure functions ([`choice`], [`mod@wait_queue`], [`client_state`],
//! [`shared_state`]); this module connects them with the store and the clock. The shared state is
//! read together with a conversation, without an extra call and at most every two seconds, and is
//! written only when something is news. A failure of the store delays no event.

mod choice;
mod client_state;
mod rate_limit_headers;
mod shared_state;
mod wait_queue;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shared::error::{Class, Failure, chain};
use shared::ids::IntegrationName;
use shared::lock::lock;
use shared::ports::{
    Change, Clock, Expected, Item, ItemKey, PortError, Store, VendorResponse, Write,
};
use shared::retry_after;
use shared::time::Timestamp;

use self::choice::{Choice, choose};
use self::client_state::{BudgetAnswer, CallResult, ClientState, News};
use self::rate_limit_headers::RateLimitHeaders;
use self::shared_state::SharedBudget;
use self::wait_queue::WaitQueue;
use super::call::{Call, Priority};

/// The interval between two reads of the shared state.
const READ_SHARED_EVERY: Duration = Duration::from_secs(2);
/// How long the item is kept after the last news.
const KEPT: Duration = Duration::from_hours(24);
/// How often one write is retried when other instances write at the same time.
const ATTEMPTS: usize = 10;
/// The assumed calls per minute in the wait queue of clients that report no limit. It only spaces
/// the calls.
const SPACING: u64 = 300;

/// The key of the item in which instances share a client's budget, by the client's digest.
pub(crate) fn item_key(client: &str) -> ItemKey {
    ItemKey::new(format!("budget#genesys#{client}"), "budget")
}

/// The remaining requests of a client, as the instances shared them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetStatus {
    /// The client's fingerprint, as in the log.
    pub client: String,
    /// The requests left of the limit with the least left, in a minute that is not over.
    pub limit: Option<LimitStatus>,
    /// No instance calls before this time.
    pub paused_until: Option<Timestamp>,
}

/// The remaining requests of one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitStatus {
    pub left: u64,
    pub allowed: u64,
    /// When the next minute begins.
    pub until: Timestamp,
}

/// Reads what the instances shared about a client. A body that cannot be read says nothing.
pub(crate) fn status(body: &str, now: Timestamp) -> BudgetStatus {
    let shared = SharedBudget::read(body);
    let share = |limit: &RateLimitHeaders| limit.left.saturating_mul(1000) / limit.allowed.max(1);
    let least = shared.readings(now).min_by_key(share);
    let limit = least.map(|limit| LimitStatus {
        left: limit.left,
        allowed: limit.allowed,
        until: limit.until,
    });
    let paused_until = shared.paused_until(now);
    BudgetStatus { client: fingerprint(&shared.client).to_owned(), limit, paused_until }
}

/// Eight characters of a client's digest are enough to tell the clients of an integration apart.
pub(crate) fn fingerprint(client: &str) -> &str {
    client.get(..8).unwrap_or_default()
}

/// The budgets of all clients as one process knows them.
pub(super) struct Budgets {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    known: Mutex<BudgetState>,
}

#[derive(Default)]
struct BudgetState {
    clients: HashMap<String, ClientState>,
    integrations: HashMap<IntegrationName, Integration>,
}

#[derive(Default)]
struct Integration {
    clients: Vec<String>,
    shared_read_at: Option<Timestamp>,
    /// Messages that wait for the budget.
    messages: WaitQueue,
    /// Receipts that wait, behind all messages.
    receipts: WaitQueue,
}

/// The permission for one call. The call counts as in flight until this value is dropped.
pub(super) struct Permit<'a> {
    budgets: &'a Budgets,
    client: String,
    /// The position of the OAuth client among the integration's clients.
    pub(super) position: usize,
    began: Timestamp,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if let Some(client_state) = lock(&self.budgets.known).clients.get_mut(&self.client) {
            client_state.end();
        }
    }
}

impl Budgets {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, known: Mutex::default() }
    }

    /// The remaining requests of each client, by its fingerprint; without a client that Genesys
    /// Cloud has reported no limit for.
    pub(super) fn left(&self) -> Vec<(String, u64)> {
        let now = self.clock.now();
        let known = lock(&self.known);
        let left = |(client, state): (&String, &ClientState)| {
            Some((fingerprint(client).to_owned(), state.least_left(now)?))
        };
        known.clients.iter().filter_map(left).collect()
    }

    /// The items to read together with a conversation; most of the time there are none.
    pub(super) fn wanted(&self, integration: &IntegrationName) -> Vec<ItemKey> {
        let now = self.clock.now();
        let mut known = lock(&self.known);
        let Some(integration) = known.integrations.get_mut(integration) else { return Vec::new() };
        if !integration.is_shared_read_due(now) {
            return Vec::new();
        }
        integration.shared_read_at = Some(now);
        integration.clients.iter().map(|client| item_key(client)).collect()
    }

    /// Takes in the items that were read.
    pub(super) fn learn<'a>(&self, items: impl Iterator<Item = &'a Item>) {
        let now = self.clock.now();
        for shared in items.map(|item| SharedBudget::read(&item.body)) {
            if let Some(client_state) = lock(&self.known).clients.get_mut(&shared.client) {
                client_state.learn(&shared, now);
            }
        }
    }

    /// Reads what other instances shared, before the first call for an integration and for clients
    /// that are new in its configuration.
    pub(super) async fn prepare(&self, integration: &IntegrationName, clients: &[String]) {
        {
            let now = self.clock.now();
            let mut known = lock(&self.known);
            if known.integrations.get(integration).is_some_and(|known| known.clients == clients) {
                return;
            }
            for client in clients {
                known.clients.entry(client.clone()).or_default();
            }
            let integration = known.integrations.entry(integration.clone()).or_default();
            integration.clients = clients.to_vec();
            integration.shared_read_at = Some(now);
        }
        let keys: Vec<ItemKey> = clients.iter().map(|client| item_key(client)).collect();
        match self.store.load(&keys).await {
            Ok(items) => self.learn(items.iter().flatten()),
            Err(error) => not_shared(&error),
        }
    }

    /// Chooses the client for a call, or returns what happens to the call instead.
    pub(super) fn admit(
        &self,
        integration: &IntegrationName,
        clients: &[String],
        call: &Call,
    ) -> Result<Permit<'_>, Failure> {
        let Call { name, priority, since, .. } = *call;
        let (now, random) = (self.clock.now(), self.clock.random());
        let mut known = lock(&self.known);
        let known = &mut *known;
        let views: Vec<_> = clients
            .iter()
            .map(|client| known.clients.entry(client.clone()).or_default().view(name, now))
            .collect();
        let queues = known.integrations.entry(integration.clone()).or_default();
        queues.messages.keep_time(now);
        queues.receipts.keep_time(now);
        let (wait_queue, ahead) = match priority {
            Priority::Message | Priority::DueReceipt => (&mut queues.messages, None),
            _ => (&mut queues.receipts, queues.messages.end(now)),
        };
        let opens = match (choose(&views, priority, now, random), ahead) {
            (Choice::Shed, _) => return Err(shed(name)),
            (Choice::Go(_), Some(_)) if priority.is_expendable() => return Err(shed(name)),
            (Choice::AwaitAnswers(until), _) => return Err(waits(name, until.since(now))),
            (Choice::Wait(opens), _) => opens,
            (Choice::Go(_), Some(ahead)) => ahead.max(now),
            (Choice::Go(position), None)
                if priority.is_expendable() || wait_queue.take_slot(now) =>
            {
                let client = clients.get(position).cloned().unwrap_or_default();
                if let Some(client_state) = known.clients.get_mut(&client) {
                    client_state.begin();
                }
                return Ok(Permit { budgets: self, client, position, began: now });
            }
            (Choice::Go(_), None) => now,
        };
        // A receipt returns before its turn, to check whether a message waits behind it, and keeps
        // its turn.
        if let Some(slot) = wait_queue.slot_of(since, now).filter(|_| priority == Priority::Receipt)
        {
            return Err(waits(name, slot.since(now)));
        }
        let allowed = |client| known.clients.get(client).and_then(ClientState::per_minute);
        let per_minute: u64 = clients.iter().filter_map(allowed).sum();
        let until = wait_queue.reserve(
            since,
            opens,
            if per_minute == 0 { SPACING } else { per_minute },
            random,
        );
        Err(waits(name, until.since(now)))
    }

    /// Records what an answer says about its client's budget, and shares what is news to other
    /// instances.
    pub(super) async fn observe(
        &self,
        integration: &IntegrationName,
        permit: &Permit<'_>,
        name: &'static str,
        answer: &VendorResponse,
    ) {
        let now = self.clock.now();
        let reading = RateLimitHeaders::read(&answer.headers, now);
        let result = match answer.status {
            200..=299 => CallResult::Taken,
            429 => CallResult::Refused(retry_after::read(&answer.headers)),
            _ => CallResult::Other,
        };
        let answer = BudgetAnswer { name, began: permit.began, reading, result };
        let news = {
            let mut known = lock(&self.known);
            known.clients.entry(permit.client.clone()).or_default().observe(&answer, now)
        };
        log(integration, &permit.client, news);
        if news.share {
            self.share(&permit.client).await;
        }
    }

    /// Writes what is news to other instances. If another instance writes first, decide again.
    async fn share(&self, client: &str) {
        for _ in 0..ATTEMPTS {
            match self.offer(client).await {
                Ok(()) => return,
                Err(PortError::Conflict { .. }) => {}
                Err(error) => return not_shared(&error),
            }
        }
    }

    async fn offer(&self, client: &str) -> Result<(), PortError> {
        let key = item_key(client);
        let stored = self.store.load(std::slice::from_ref(&key)).await?.pop().flatten();
        let (shared, expected) = match &stored {
            Some(item) => (SharedBudget::read(&item.body), Expected::Version(item.version)),
            None => (SharedBudget::default(), Expected::Absent),
        };
        let now = self.clock.now();
        let own = {
            let mut known = lock(&self.known);
            let client_state = known.clients.entry(client.to_owned()).or_default();
            client_state.learn(&shared, now);
            client_state.to_share(client, now)
        };
        let Some(joined) = own.added_to(&shared, now) else { return Ok(()) };
        let body = serde_json::to_string(&joined).map_err(|source| PortError::Corrupt {
            operation: "write a budget",
            source: Box::new(source),
        })?;
        let expires_at = Some(now + KEPT);
        let change = Change::Put { body, expires_at, index: None, due: None };
        self.store.write(&[Write { key, expected, change }]).await
    }
}

impl Integration {
    /// If the clock was set back, the next read is due at once.
    fn is_shared_read_due(&self, now: Timestamp) -> bool {
        !self
            .shared_read_at
            .is_some_and(|shared_read_at| now.is_within(READ_SHARED_EVERY, shared_read_at))
    }
}

fn shed(name: &str) -> Failure {
    let summary = format!("{name}: left out, since little is left of the rate budget");
    Failure::new(Class::Shed, "left_out", summary).not_attempted()
}

fn waits(name: &str, milliseconds: i64) -> Failure {
    let wait = Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default());
    let summary = format!("{name}: wait for the rate budget of the OAuth clients");
    Failure::new(Class::Throttled, "waits", summary).after(Some(wait)).not_attempted()
}

fn not_shared(error: &PortError) {
    tracing::warn!(
        event.name = "budget_not_shared",
        error = chain(error),
        "The rate budget could not be shared; this instance uses only its own readings."
    );
}

fn log(integration: &IntegrationName, client: &str, news: News) {
    let client = fingerprint(client);
    if let Some(left) = news.left {
        tracing::info!(
            event.name = "rate_budget",
            integration = integration.as_str(),
            client.fingerprint = client,
            left,
            "`left` is the number of requests that the OAuth client may still make in this minute."
        );
    }
    if let Some(pause) = news.pause {
        tracing::warn!(
            event.name = "paused",
            integration = integration.as_str(),
            client.fingerprint = client,
            pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
            "An OAuth client met its rate limit; no instance calls by it until the pause is over."
        );
    }
}
