//! A model of Genesys Cloud: tokens, rate limits, conversations, and the events that it reports.
//!
//! Rule: written from the vendor's documentation; it shares nothing with the bridge but the wire
//! format.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};
use shared::ports::VendorRequest;

use crate::configuration;
use crate::environment::{Environment, ProcessId};
use crate::lock;
use crate::run::Simulation;
use crate::scenario::Port;
use crate::vendor::Handled;

/// The lifetime of a token, in milliseconds.
const TOKEN_LIFE: i64 = 600_000;
/// The lease on a login, in milliseconds: 10 s, less the difference that the clocks of two
/// processes may have.
const LEASE: i64 = 8_000;

#[derive(Default)]
pub(crate) struct Genesys {
    pub(crate) state: Mutex<State>,
}

#[derive(Default)]
pub(crate) struct State {
    tokens: BTreeMap<String, Token>,
    last: u64,
    logins: BTreeMap<String, Vec<(u64, i64, ProcessId)>>,
    limited_until: i64,
    pub(crate) conversations: BTreeMap<(usize, String), Conversation>,
    /// Genesys' id of each customer message, by the bridge's id of it.
    pub(crate) messages: BTreeMap<(usize, String, String), String>,
}

struct Token {
    integration: usize,
    ends_at: i64,
    version: u32,
    minute: i64,
    calls: u32,
}

/// The latest conversation of a contact.
#[derive(Clone, Default)]
pub(crate) struct Conversation {
    pub(crate) number: u32,
    pub(crate) open: bool,
    pub(crate) ended_at: i64,
    /// The ends of this conversation and of the contact's earlier ones, by the true time.
    pub(crate) ends: Vec<i64>,
    pub(crate) end_type: &'static str,
    pub(crate) agent_since: Option<i64>,
    pub(crate) ring: Option<String>,
}

impl State {
    pub(crate) fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

/// A login in progress; it ends when this value is dropped.
pub(crate) struct LoginUnderWay<'a> {
    genesys: &'a Genesys,
    client: String,
    number: u64,
}

impl Drop for LoginUnderWay<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.genesys.state);
        if let Some(logins) = state.logins.get_mut(&self.client) {
            logins.retain(|(number, ..)| *number != self.number);
        }
    }
}

impl Genesys {
    /// Records the start of a login, and checks that no other living process has one in progress.
    pub(crate) fn begin_login(
        &self,
        environment: &Environment,
        process: ProcessId,
        request: &VendorRequest,
        port: Port,
    ) -> Option<LoginUnderWay<'_>> {
        if port != Port::GenesysLogin {
            return None;
        }
        let client = credentials(request).map(|(client, _)| client).unwrap_or_default();
        let mut state = lock(&self.state);
        let number = state.next();
        let logins = state.logins.entry(client.clone()).or_default();
        let now = environment.now();
        if let Some((_, began, other)) = logins
            .iter()
            .find(|(_, began, other)| now - *began < LEASE && environment.lives(*other))
            && environment.process(*other).disturbed_at.is_none_or(|at| at < *began)
        {
            environment.broken(|| {
                format!(
                    "two logins of {client} at once: process {} since {} ms, and process {}",
                    other.0,
                    now - *began,
                    process.0
                )
            });
        }
        logins.push((number, now, process));
        Some(LoginUnderWay { genesys: self, client, number })
    }

    pub(crate) fn handle(
        &self,
        simulation: &Arc<Simulation>,
        process: ProcessId,
        request: &VendorRequest,
    ) -> Handled {
        if request.url.contains("/oauth/token") {
            return self.login(simulation, request);
        }
        let Some((integration, token)) = self.authenticated(simulation, request) else {
            return Handled::answer(401, &json!({ "code": "bad.credentials" }));
        };
        if let Some(refused) = self.limited(simulation, &token) {
            return refused;
        }
        self.call(simulation, process, integration, request)
    }

    fn login(&self, simulation: &Arc<Simulation>, request: &VendorRequest) -> Handled {
        let Some((client, secret)) = credentials(request) else {
            return Handled::answer(400, &json!({ "error": "invalid_request" }));
        };
        let integration = client.split('-').nth(1).and_then(|number| number.parse().ok());
        let integration: usize = integration.unwrap_or_default();
        let version = simulation.accepted_versions(integration, |versions| versions.client);
        let version = version
            .into_iter()
            .find(|version| configuration::client_secret(integration, *version) == secret);
        let Some(version) = version else {
            return Handled::answer(401, &json!({ "error": "invalid_client" }));
        };
        let mut state = lock(&self.state);
        let token = format!("{}-token-{}", crate::canaries::SECRET, state.next());
        let ends_at = simulation.environment.now() + TOKEN_LIFE;
        state
            .tokens
            .insert(token.clone(), Token { integration, ends_at, version, minute: 0, calls: 0 });
        Handled::answer(200, &json!({ "access_token": token, "expires_in": TOKEN_LIFE / 1000 }))
    }

    fn authenticated(
        &self,
        simulation: &Arc<Simulation>,
        request: &VendorRequest,
    ) -> Option<(usize, String)> {
        let token = request.headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
        let state = lock(&self.state);
        let known = state.tokens.get(token)?;
        (known.ends_at > simulation.environment.now())
            .then(|| (known.integration, token.to_owned()))
    }

    fn limited(&self, simulation: &Arc<Simulation>, token: &str) -> Option<Handled> {
        let now = simulation.environment.now();
        let mut state = lock(&self.state);
        let allowed = if state.limited_until > now { 2 } else { 300 };
        let token = state.tokens.get_mut(token)?;
        if token.minute != now / 60_000 {
            token.minute = now / 60_000;
            token.calls = 0;
        }
        token.calls += 1;
        if token.calls <= allowed {
            return None;
        }
        lock(&simulation.environment.coverage).count("vendor Genesys limits".to_owned());
        let mut refused = Handled::answer(429, &json!({ "code": "too.many.requests" }));
        let left = 60 - (now / 1000) % 60;
        refused.response.headers.insert("retry-after", http::HeaderValue::from(left));
        Some(refused)
    }

    /// Until this time no token may make more than two calls a minute.
    pub(crate) fn limit(&self, until: i64) {
        lock(&self.state).limited_until = until;
    }

    /// Revokes every token, or with an integration every token of it that an older secret than
    /// `version` made.
    pub(crate) fn revoke(&self, integration: Option<usize>, version: u32) {
        lock(&self.state).tokens.retain(|_, token| {
            integration.is_some_and(|of| of != token.integration || token.version >= version)
        });
    }
}

fn credentials(request: &VendorRequest) -> Option<(String, String)> {
    let header = request.headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(header).ok()?).ok()?;
    text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}

pub(crate) fn conversation_id(integration: usize, contact: &str, number: u32) -> String {
    let place = crate::canaries::CONTACTS.iter().position(|known| *known == contact);
    format!("conv-{integration}-{}-{number}", place.unwrap_or(9))
}

/// The integration, the contact and the number in the id of a conversation.
pub(crate) fn of_conversation_id(id: &str) -> Option<(usize, String, u32)> {
    let mut parts = id.strip_prefix("conv-")?.split('-').map(str::parse::<usize>);
    let (integration, contact) = (parts.next()?.ok()?, parts.next()?.ok()?);
    let number = u32::try_from(parts.next()?.ok()?).ok()?;
    Some((integration, crate::canaries::CONTACTS.get(contact)?.to_string(), number))
}

/// The text at a path of a body, or an empty text.
pub(crate) fn text<'a>(body: &'a Value, path: &str) -> &'a str {
    body.pointer(path).and_then(Value::as_str).unwrap_or_default()
}
