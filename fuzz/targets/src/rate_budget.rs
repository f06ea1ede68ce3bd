//! The rate budget, from Genesys' answers and from other instances through the store: no input
//! holds events back for long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clients::genesys::client::GenesysClient;
use clients::genesys::{Call, Priority};
use clients::tokens::Tokens;
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::SecretString;
use serde_json::json;
use shared::config::SendConfig;
use shared::error::{Class, Failure};
use shared::ports::{Change, Clock, Expected, ItemKey, Store, Vendor, VendorRequest, Write};
use testing::{ManualClock, MemoryStore, Reaction, ScriptedVendor, answer};

use crate::finished::finished;
use crate::first_line;

/// The longest pause that a 429 can cause, plus the width of a place in the wait queue behind it.
const LONGEST: Duration = Duration::from_secs(15 * 60 + 61);
const COUNTED: [HeaderName; 3] = [
    HeaderName::from_static("inin-ratelimit-count"),
    HeaderName::from_static("inin-ratelimit-allowed"),
    HeaderName::from_static("inin-ratelimit-reset"),
];

/// The first line is the status of an answer, the next ones `inin-ratelimit-count`, `-allowed`,
/// `-reset`, `Retry-After` and `Date`; the rest is the item that another instance has stored.
pub fn rate_budget(input: &[u8]) {
    let (status, mut rest) = first_line(input);
    let status = std::str::from_utf8(status).ok().and_then(|text| text.parse().ok());
    let status = status.filter(|status| (200..600).contains(status)).unwrap_or(200);
    let mut headers = HeaderMap::new();
    for name in COUNTED.into_iter().chain([RETRY_AFTER, DATE]) {
        let (value, after) = first_line(rest);
        rest = after;
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.insert(name, value);
        }
    }
    let harness = Harness::new(status, headers);
    let first = Instance::new(&harness);
    let refused = first.call(Priority::Message).is_err_and(|failure| failure.status == Some(429));
    assert!(!refused || status == 429);
    // Only a 429 holds a message back, and never for long.
    first.goes(Priority::Message, if status == 429 { LONGEST } else { Duration::ZERO });
    first.goes(Priority::Receipt, LONGEST);
    first.goes_or_is_shed(Priority::Typing);
    first.goes_or_is_shed(Priority::Reconcile);
    harness.lay_down(&first, rest);
    let second = Instance::new(&harness);
    second.goes(Priority::Message, LONGEST);
    second.goes(Priority::Receipt, LONGEST);
    second.goes_or_is_shed(Priority::Typing);
}

/// One OAuth client. Its first call gets the answer of the input; later answers contain nothing
/// about a budget.
struct Harness {
    clock: Arc<ManualClock>,
    store: Arc<MemoryStore>,
    vendor: Arc<dyn Vendor>,
}

impl Harness {
    fn new(status: u16, headers: HeaderMap) -> Self {
        let clock = Arc::new(ManualClock::new(0));
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as _));
        let said = AtomicBool::new(false);
        let react = move |request: &VendorRequest| {
            if request.url.ends_with("/oauth/token") {
                let token = json!({ "access_token": "t", "expires_in": 86_400 }).to_string();
                return Reaction::body(200, token);
            }
            // After a 401 the client calls once more, with a new token.
            if said.swap(true, Ordering::Relaxed) {
                return Reaction::status(200);
            }
            let mut response = answer(status, "");
            response.headers = headers.clone();
            Reaction::Answer(response)
        };
        let vendor = Arc::new(ScriptedVendor::new(Arc::clone(&clock) as _, react));
        Self { clock, store, vendor }
    }

    /// Stores a body under the key of the client's shared state.
    fn lay_down(&self, instance: &Instance<'_>, body: &[u8]) {
        // An instance reads the state again only after some time.
        self.clock.advance(Duration::from_secs(60));
        let keys: Vec<ItemKey> = instance.client.budget_keys(&instance.config.name);
        let key = keys.into_iter().next().expect("the item of its one client");
        let stored = finished(self.store.load(std::slice::from_ref(&key))).expect("memory");
        let expected = match &stored[0] {
            Some(item) => Expected::Version(item.version),
            None => Expected::Absent,
        };
        // The body also contains the client's name.
        let client = key.partition.rsplit('#').next().unwrap_or_default().to_owned();
        let body = String::from_utf8_lossy(body).replace("CLIENT", &client);
        let change = Change::Put { body, expires_at: None, index: None, due: None };
        finished(self.store.write(&[Write { key, expected, change }])).expect("memory");
    }
}

struct Instance<'a> {
    harness: &'a Harness,
    client: GenesysClient,
    config: SendConfig,
}

impl<'a> Instance<'a> {
    fn new(harness: &'a Harness) -> Self {
        let config = json!({ "name": "support", "genesys": { "domain": "genesys.test", "integrationId": "i",
            "oauthClients": [ { "clientId": "c", "clientSecret": "s" } ] }, "lynn": { "webhookUrl": "https://lynn.test" } });
        let config = SendConfig::parse(&SecretString::from(config.to_string())).expect("it holds");
        let clock = Arc::clone(&harness.clock) as Arc<dyn Clock>;
        let tokens = Tokens::new(Arc::clone(&harness.store) as _, Arc::clone(&clock));
        let client = GenesysClient::new(Arc::clone(&harness.vendor), Arc::new(tokens), clock);
        Self { harness, client, config }
    }

    fn call(&self, priority: Priority) -> Result<(), Failure> {
        let call = Call {
            method: Method::POST,
            path: "/api/v2/x".to_owned(),
            name: "call",
            body: String::new(),
            priority,
            since: self.harness.clock.now(),
            until: None,
        };
        finished(self.client.call(&self.config, &call)).map(drop)
    }

    /// The event is sent within this time, however often it is retried.
    fn goes(&self, priority: Priority, longest: Duration) {
        let began = self.harness.clock.now();
        while let Err(failure) = self.call(priority) {
            assert_eq!(
                (failure.class, failure.attempted),
                (Class::Throttled, false),
                "{failure:?}"
            );
            let pause = failure.retry_after.expect("when it is to come back");
            assert!(!pause.is_zero(), "it comes back at once, again and again");
            self.harness.clock.advance(pause);
            let waited = self.harness.clock.now().since(began);
            assert!(waited <= i64::try_from(longest.as_millis()).expect("short"), "{waited} ms");
        }
    }

    fn goes_or_is_shed(&self, priority: Priority) {
        if let Err(failure) = self.call(priority) {
            assert_eq!((failure.class, failure.attempted), (Class::Shed, false), "{failure:?}");
        }
    }
}
