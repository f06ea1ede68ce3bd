//! Calls Genesys' API: a token, the call, and what its answer means.
//!
//! Rules: 401 gets one new token and one more try. 429 pauses its OAuth client for every conversation; another client takes over
//! where there is one. Nothing of a body appears in an error.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use secrecy::SecretString;

use super::budget::Budget;
use super::inbound::ErrorBody;
use super::login::ClientCredentials;
use crate::config::{OAuthClient, SendConfig};
use crate::error::{Class, Failure};
use crate::ports::{Clock, ItemKey, Vendor, VendorError, VendorRequest, VendorResponse};
use crate::retry_after;
use crate::secret_text;
use crate::time::Timestamp;
use crate::tokens::{Login, Tokens};

/// From the first byte sent to the last received.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The pause after a 429 that names none.
const DEFAULT_PAUSE: Duration = Duration::from_secs(1);

/// A call to be made.
#[derive(Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The path below the API's base; it may hold a conversation's id, never a contact's.
    pub path: String,
    /// What it is called in errors and logs.
    pub name: &'static str,
    /// JSON.
    pub body: String,
    /// Whether it is left out when little is left of the rate budget.
    pub expendable: bool,
}

/// Genesys' API for any number of integrations.
pub struct GenesysClient {
    vendor: Arc<dyn Vendor>,
    tokens: Arc<Tokens>,
    clock: Arc<dyn Clock>,
    pauses: Mutex<HashMap<ItemKey, Timestamp>>,
    budgets: Mutex<HashMap<ItemKey, Budget>>,
    turn: AtomicUsize,
}

impl GenesysClient {
    /// A client that shares its tokens through `tokens`.
    pub fn new(vendor: Arc<dyn Vendor>, tokens: Arc<Tokens>, clock: Arc<dyn Clock>) -> Self {
        Self {
            vendor,
            tokens,
            clock,
            pauses: Mutex::default(),
            budgets: Mutex::default(),
            turn: AtomicUsize::default(),
        }
    }

    /// Makes a call and gives back an answer of 2xx; everything else is a [`Failure`]. A client that met its rate limit hands
    /// over to another that is free.
    pub async fn call(&self, config: &SendConfig, call: &Call) -> Result<VendorResponse, Failure> {
        if call.expendable && self.is_budget_low(config) {
            let summary =
                format!("{}: left out, since little is left of the rate budget", call.name);
            return Err(Failure::new(Class::Retry, "budget", summary).not_attempted());
        }
        let mut answer = self.call_by(config, call, self.choose(config)?).await;
        for _ in 1..config.genesys.oauth_clients.len() {
            let limited = matches!(&answer, Err(failure) if failure.status == Some(429));
            match self.choose(config) {
                Ok(client) if limited => answer = self.call_by(config, call, client).await,
                _ => break,
            }
        }
        answer
    }

    async fn call_by(
        &self,
        config: &SendConfig,
        call: &Call,
        client: &OAuthClient,
    ) -> Result<VendorResponse, Failure> {
        let login = ClientCredentials { vendor: &self.vendor, config, client };
        let token = self.tokens.get(&login).await?;
        match self.attempt(config, call, &login, &token).await {
            Err(failure) if failure.class == Class::Refresh => {}
            settled => return settled,
        }
        self.tokens.refuse(&login, &token).await?;
        let token = self.tokens.get(&login).await?;
        self.attempt(config, call, &login, &token).await
    }

    async fn attempt(
        &self,
        config: &SendConfig,
        call: &Call,
        login: &ClientCredentials<'_>,
        token: &SecretString,
    ) -> Result<VendorResponse, Failure> {
        let answer = self.once(config, call, token).await?;
        self.judge(&login.key(), call, answer)
    }

    async fn once(
        &self,
        config: &SendConfig,
        call: &Call,
        token: &SecretString,
    ) -> Result<VendorResponse, Failure> {
        let authorization = secret_text::bearer(token).map_err(|error| {
            failure(Class::Retry, "token", call, "the token cannot be sent").caused_by(error)
        })?;
        let json = HeaderValue::from_static("application/json");
        let request = VendorRequest {
            method: call.method.clone(),
            url: config.api(&call.path),
            headers: HeaderMap::from_iter([(AUTHORIZATION, authorization), (CONTENT_TYPE, json)]),
            body: Bytes::from(call.body.clone()),
            timeout: TIMEOUT,
        };
        self.vendor.call(request).await.map_err(|error| match error {
            VendorError::NotSent(_) => {
                failure(Class::Retry, "unreachable", call, "no connection").caused_by(error)
            }
            VendorError::Uncertain(_) => {
                failure(Class::Uncertain, "no answer", call, "no answer").caused_by(error)
            }
        })
    }

    /// The clients take turns, the paused ones left out; when all are paused, the event waits for the first to return.
    fn choose<'a>(&self, config: &'a SendConfig) -> Result<&'a OAuthClient, Failure> {
        let now = self.clock.now();
        let pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        let mut earliest: Option<Timestamp> = None;
        let clients = &config.genesys.oauth_clients;
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % clients.len().max(1);
        for client in clients.iter().cycle().skip(turn).take(clients.len()) {
            let key = ClientCredentials { vendor: &self.vendor, config, client }.key();
            match pauses.get(&key) {
                Some(until) if *until > now => {
                    earliest = Some(earliest.map_or(*until, |other| other.min(*until)))
                }
                _ => return Ok(client),
            }
        }
        let wait = earliest.map_or(0, |until| until.since(now));
        let wait = Duration::from_millis(u64::try_from(wait).unwrap_or_default());
        let summary = "call Genesys Cloud: every OAuth client is paused by its rate limit";
        Err(Failure::new(Class::Retry, "paused", summary).after(Some(wait)).not_attempted())
    }

    /// Whether every client has little left.
    fn is_budget_low(&self, config: &SendConfig) -> bool {
        let now = self.clock.now();
        let budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        config.genesys.oauth_clients.iter().all(|client| {
            let key = ClientCredentials { vendor: &self.vendor, config, client }.key();
            budgets.get(&key).is_some_and(|budget| budget.is_low(now))
        })
    }

    fn note_budget(&self, client: &ItemKey, headers: &HeaderMap) {
        let now = self.clock.now();
        let Some(budget) = Budget::read(headers, now) else { return };
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        let before = budgets.insert(client.clone(), budget);
        if budget.is_news(before.as_ref()) {
            tracing::info!(
                event.name = "rate_budget",
                left = budget.left(),
                "What is left of an OAuth client's requests in this minute."
            );
        }
    }

    fn pause(&self, client: &ItemKey, pause: Duration) {
        let milliseconds = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let until = self.clock.now().plus_milliseconds(milliseconds);
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner).insert(client.clone(), until);
    }

    /// What an answer means. Source: the error codes of the Open Messaging endpoints.
    fn judge(
        &self,
        client: &ItemKey,
        call: &Call,
        answer: VendorResponse,
    ) -> Result<VendorResponse, Failure> {
        self.note_budget(client, &answer.headers);
        let asked = retry_after::read(&answer.headers);
        let class = match answer.status {
            200..=299 => return Ok(answer),
            429 => {
                self.pause(client, asked.unwrap_or(DEFAULT_PAUSE));
                Class::Retry
            }
            401 => Class::Refresh,
            425 | 503 => Class::Retry,
            // A gateway that lost patience, or a crash after the work: it may have happened.
            408 | 500..=599 => Class::Uncertain,
            // What it means is not documented: the caller decides.
            409 => Class::Retry,
            _ => Class::Permanent,
        };
        let error = ErrorBody::parse(&answer.body);
        let code = error.code.unwrap_or_else(|| answer.status.to_string());
        let summary = format!("{}: answered {} {}", call.name, answer.status, printable(&code));
        let told =
            error.message.unwrap_or_else(|| format!("Genesys Cloud answered {}.", answer.status));
        Err(Failure::new(class, code, summary).telling(told).answered(answer.status).after(asked))
    }
}

/// A vendor's code is a short word; anything else might quote a message.
fn printable(code: &str) -> &str {
    let short = code.len() <= 64
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._- ".contains(&byte));
    if short { code } else { "" }
}

fn failure(class: Class, code: &str, call: &Call, problem: &str) -> Failure {
    Failure::new(class, code, format!("{}: {problem}", call.name))
        .telling("Genesys Cloud could not be reached.".to_owned())
}
