//! Calls Genesys' API: a token, the call, and what its answer means.
//!
//! Rules: 401 gets one new token and one more try. Which OAuth client calls, and whether a call goes now, is the rate budget's
//! to say; after a 429 another client takes over where there is one. Nothing of a body appears in an error.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use secrecy::SecretString;
use shared::config::{OAuthClient, SendConfig};
use shared::endpoint;
use shared::error::{Class, Failure};
use shared::genesys::inbound::ErrorBody;
use shared::ids::IntegrationName;
use shared::ports::{Clock, Item, ItemKey, Vendor, VendorError, VendorRequest, VendorResponse};
use shared::retry_after;
use shared::secret_text;
use shared::time::Timestamp;

use super::budget::{Budgets, Permit, Urgency};
use super::login::{ClientCredentials, client_digest};
use crate::tokens::Tokens;

/// From the first byte sent to the last received.
const TIMEOUT: Duration = Duration::from_secs(10);

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
    /// What becomes of it when little is left of the rate budget.
    pub urgency: Urgency,
    /// Since when it waits: since its event was accepted.
    pub since: Timestamp,
    /// When it is of no use any more, where it ever is: a login may take its time.
    pub until: Option<Timestamp>,
}

/// An answer of 2xx.
#[derive(Debug)]
pub struct Answered {
    /// The body, at most 1 MiB of it.
    pub body: Bytes,
    /// When the call was made, by our clock: after every wait for a login or for the rate budget.
    pub at: Timestamp,
}

/// Genesys' API for any number of integrations.
pub struct GenesysClient {
    vendor: Arc<dyn Vendor>,
    tokens: Arc<Tokens>,
    clock: Arc<dyn Clock>,
    budgets: Budgets,
}

impl GenesysClient {
    /// A client that shares its tokens, and the budgets of its OAuth clients, through the store of `tokens`.
    pub fn new(vendor: Arc<dyn Vendor>, tokens: Arc<Tokens>, clock: Arc<dyn Clock>) -> Self {
        let budgets = Budgets::new(tokens.store(), Arc::clone(&clock));
        Self { vendor, tokens, clock, budgets }
    }

    /// The items of the table by which other instances tell of the rate budget, to be read along with a conversation; none
    /// most of the time.
    pub fn budget_keys(&self, integration: &IntegrationName) -> Vec<ItemKey> {
        self.budgets.wanted(integration)
    }

    /// Takes in what lay under [`GenesysClient::budget_keys`].
    pub fn learn_budgets<'a>(&self, items: impl Iterator<Item = &'a Item>) {
        self.budgets.learn(items);
    }

    /// Makes a call and gives back an answer of 2xx; everything else is a [`Failure`], also that the rate budget does not let it
    /// go now ([`Class::HeldBack`], [`Class::LeftOut`]). A client that met its rate limit hands over to another.
    pub async fn call(&self, config: &SendConfig, call: &Call) -> Result<Answered, Failure> {
        if endpoint::has_step(&call.path) {
            let problem = "an id in its path is a step, and would lead elsewhere";
            return Err(failure(Class::Permanent, "unaddressable", call, problem));
        }
        let clients = &config.genesys.oauth_clients;
        let digests: Vec<String> =
            clients.iter().map(|client| client_digest(config, client)).collect();
        self.budgets.prepare(&config.name, &digests).await;
        let mut refused: Option<Failure> = None;
        // Once more than there are clients, to learn when the event is to come back.
        for _ in 0..=clients.len() {
            let permit = self.budgets.admit(&config.name, &digests, call);
            let permit = match (permit, refused.take()) {
                (Ok(permit), _) => permit,
                (Err(held_back), None) => return Err(held_back),
                (Err(held_back), Some(refused)) => {
                    let wait = held_back.retry_after.or(refused.retry_after);
                    return Err(refused.after(wait));
                }
            };
            let Some(client) = clients.get(permit.position) else { break };
            match self.call_by(config, call, client, &permit).await {
                Err(failure) if failure.status == Some(429) => refused = Some(failure),
                settled => return settled,
            }
        }
        Err(refused.unwrap_or_else(|| failure(Class::Retry, "client", call, "no OAuth client")))
    }

    async fn call_by(
        &self,
        config: &SendConfig,
        call: &Call,
        client: &OAuthClient,
        permit: &Permit<'_>,
    ) -> Result<Answered, Failure> {
        let login = ClientCredentials { vendor: &self.vendor, config, client };
        let token = self.tokens.get(&login).await?;
        match self.attempt(config, call, permit, &token).await {
            Err(failure) if failure.class == Class::Refresh => {}
            settled => return settled,
        }
        self.tokens.refuse(&login, &token).await?;
        let token = self.tokens.get(&login).await?;
        self.attempt(config, call, permit, &token).await
    }

    async fn attempt(
        &self,
        config: &SendConfig,
        call: &Call,
        permit: &Permit<'_>,
        token: &SecretString,
    ) -> Result<Answered, Failure> {
        let at = self.clock.now();
        let answer = self.once(config, call, token).await?;
        self.budgets.note(&config.name, permit, call.name, &answer).await;
        let VendorResponse { body, .. } = judge(call, answer)?;
        Ok(Answered { body, at })
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
        if call.until.is_some_and(|until| self.clock.now() > until) {
            return Err(Failure::too_late(call.name));
        }
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
}

/// What an answer means. Source: the error codes of the Open Messaging endpoints.
fn judge(call: &Call, answer: VendorResponse) -> Result<VendorResponse, Failure> {
    let class = match answer.status {
        200..=299 => return Ok(answer),
        401 => Class::Refresh,
        425 | 429 | 503 => Class::Retry,
        // A gateway that lost patience, or a crash after the work: it may have happened.
        408 | 500..=599 => Class::Uncertain,
        // What it means is not documented: the caller decides.
        409 => Class::Retry,
        _ => Class::Permanent,
    };
    let asked = retry_after::read(&answer.headers);
    let error = ErrorBody::parse(&answer.body);
    let code = error.code.filter(|code| is_word(code)).unwrap_or_else(|| answer.status.to_string());
    let mut summary = format!("{}: answered {}", call.name, answer.status);
    // Without a word of Genesys' own the code is the status, which is said already.
    if code != answer.status.to_string() {
        summary.push_str(&format!(" {code}"));
    }
    let told =
        error.message.unwrap_or_else(|| format!("Genesys Cloud answered {}.", answer.status));
    Err(Failure::new(class, code, summary).telling(told).answered(answer.status).after(asked))
}

/// A vendor's code is a short word such as `bad.request`; anything else might quote a message, or be somebody's number.
fn is_word(code: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let digits = code.bytes().filter(u8::is_ascii_digit).count();
    !code.is_empty() && code.len() <= 64 && digits <= 4 && code.bytes().all(is_part)
}

fn failure(class: Class, code: &str, call: &Call, problem: &str) -> Failure {
    Failure::new(class, code, format!("{}: {problem}", call.name))
        .telling("Genesys Cloud could not be reached.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_says_the_status_once() {
        let call = Call {
            method: Method::POST,
            path: "/p".to_owned(),
            name: "post a message",
            body: String::new(),
            urgency: Urgency::Message,
            since: Timestamp::from_milliseconds(0),
            until: None,
        };
        let said = |status: u16, body: &'static str| {
            let body = Bytes::from_static(body.as_bytes());
            let answer = VendorResponse { status, headers: HeaderMap::new(), body };
            let failure = judge(&call, answer).unwrap_err();
            (failure.summary, failure.code)
        };
        let busy = ("post a message: answered 503".to_owned(), "503".to_owned());
        for body in ["", "busy", r#"{"code":"503"}"#, r#"{"code":"their own words"}"#] {
            assert_eq!(said(503, body), busy, "{body}");
        }
        let refused = said(400, r#"{"code":"bad.request"}"#);
        assert_eq!(refused.0, "post a message: answered 400 bad.request");
    }
}
