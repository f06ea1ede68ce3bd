//! The rules before the budget was shared, for comparison. The clients take turns. A 429 pauses its
//! client in this process only. Typing is skipped when every client has less than a fifth left, as
//! this process sees it. Waiting events return when the pause ends.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use conversation::Transition;
use convert::InboundCall;
use delivery::event::QueuedEvent;
use delivery::route::{Plan, Route, Sent, Situation};
use genesys_sender::{GenesysRoute, Part};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};
use shared::error::{Class, Failure};
use shared::ports::{Clock, Direction, ItemKey, Vendor, VendorRequest, VendorResponse};
use shared::retry_after;
use shared::time::Timestamp;

/// One client as one process saw it.
#[derive(Clone, Copy, Default)]
struct Client {
    paused_until: i64,
    /// Requests left, requests allowed, and the time until which both hold.
    left: (u64, u64, i64),
}

pub struct EarlierRoute {
    pub inner: GenesysRoute,
    vendor: Arc<dyn Vendor>,
    clock: Arc<dyn Clock>,
    clients: Mutex<Vec<Client>>,
    turn: AtomicUsize,
}

impl EarlierRoute {
    pub fn new(
        inner: GenesysRoute,
        vendor: Arc<dyn Vendor>,
        clock: Arc<dyn Clock>,
        clients: usize,
    ) -> Self {
        let clients = Mutex::new(vec![Client::default(); clients]);
        Self { inner, vendor, clock, clients, turn: AtomicUsize::new(0) }
    }

    fn choose(&self) -> Result<usize, Failure> {
        let now = self.clock.now().milliseconds();
        let clients = self.clients.lock().unwrap();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let free = (turn..turn + clients.len()).map(|place| place % clients.len());
        let mut free = free.filter(|place| clients[*place].paused_until <= now);
        free.next().ok_or_else(|| {
            let earliest = clients.iter().map(|client| client.paused_until).min().unwrap();
            let wait = Duration::from_millis(u64::try_from(earliest - now).unwrap());
            Failure::new(Class::Retry, "paused", "paused").after(Some(wait)).not_attempted()
        })
    }

    fn is_low(&self) -> bool {
        let now = self.clock.now().milliseconds();
        let low = |client: &Client| {
            let (left, allowed, until) = client.left;
            now < until && left * 100 < allowed * 20
        };
        self.clients.lock().unwrap().iter().all(low)
    }

    async fn call(&self, call: &InboundCall) -> Result<(), Failure> {
        if matches!(call, InboundCall::Event(_)) && self.is_low() {
            return Err(Failure::new(Class::Retry, "budget", "left out").not_attempted());
        }
        let mut client = self.choose()?;
        let clients = self.clients.lock().unwrap().len();
        for _ in 0..clients {
            let answer = self.post(call, client).await;
            let Some(wait) = self.note(client, &answer) else { return Ok(()) };
            match self.choose() {
                Ok(next) => client = next,
                Err(_) => {
                    return Err(Failure::new(Class::Retry, "429", "429").answered(429).after(wait));
                }
            }
        }
        Err(Failure::new(Class::Retry, "429", "429").answered(429))
    }

    async fn post(&self, call: &InboundCall, client: usize) -> VendorResponse {
        let token = HeaderValue::from_str(&format!("Bearer t-{client}")).unwrap();
        let request = VendorRequest {
            method: Method::POST,
            url: String::from("https://api.genesys.test/"),
            headers: HeaderMap::from_iter([(AUTHORIZATION, token)]),
            body: Bytes::from(serde_json::to_vec(call).unwrap()),
            timeout: Duration::from_secs(10),
        };
        self.vendor.call(request).await.unwrap()
    }

    /// Records an answer; `Some` if it was a refusal.
    fn note(&self, client: usize, answer: &VendorResponse) -> Option<Option<Duration>> {
        let now = self.clock.now().milliseconds();
        let number = |name: &str| answer.headers[name].to_str().unwrap().parse::<u64>().unwrap();
        let allowed = number("inin-ratelimit-allowed");
        let left = allowed.saturating_sub(number("inin-ratelimit-count"));
        let until = now + i64::try_from(number("inin-ratelimit-reset")).unwrap() * 1000;
        let mut clients = self.clients.lock().unwrap();
        clients[client].left = (left, allowed, until);
        (answer.status == 429).then(|| {
            let wait = retry_after::read(&answer.headers);
            let pause = wait.unwrap_or(Duration::from_secs(1));
            clients[client].paused_until = now + i64::try_from(pause.as_millis()).unwrap();
            wait
        })
    }
}

#[async_trait]
impl Route for EarlierRoute {
    type Part = Part;

    fn direction(&self) -> Direction {
        Direction::Inbound
    }

    fn keys(&self, _event: &QueuedEvent) -> Vec<ItemKey> {
        Vec::new()
    }

    fn plan(&self, situation: &Situation<'_>) -> Plan<Part> {
        self.inner.plan(situation)
    }

    async fn send(&self, part: &Part, situation: &Situation<'_>) -> Result<Sent, Failure> {
        match part {
            Part::Message { part, .. } => {
                self.call(&part.call).await?;
                let arrived = Transition::GenesysAccepted {
                    time: part.time,
                    message: Some(situation.now),
                    conversation: None,
                    id: None,
                    before: conversation::BeforeCall::from(situation.conversation),
                };
                Ok(Sent { transitions: vec![arrived], ..Sent::default() })
            }
            Part::Other(call) => self.call(call).await.map(|()| Sent::default()),
            other => panic!("{other:?}"),
        }
    }

    fn notice(
        &self,
        event: &QueuedEvent,
        failure: &Failure,
        now: Timestamp,
    ) -> Option<QueuedEvent> {
        self.inner.notice(event, failure, now)
    }
}
