//! Calls Genesys' API: gets a token, makes the call, and interprets the answer.
//!
//! Rules: A 401 leads to one new token and one more try. The rate budget decides which OAuth client
//! calls and whether a call goes now; after a 429 another client takes over, if there is one. No
//! part of a body appears in an error.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
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

use super::budget::{Budgets, Permit};
use super::call::Call;
use super::login::{ClientCredentials, client_digest};
use crate::redirect;
use crate::tokens::Tokens;

/// From the first byte sent to the last byte received.
const TIMEOUT: Duration = Duration::from_secs(10);

/// An answer with a 2xx status.
#[derive(Debug)]
pub struct Answered {
    /// The body, cut at 1 MiB.
    pub body: Bytes,
    /// When the call was made, by the bridge's clock: after every wait for a login or for the rate
    /// budget.
    pub at: Timestamp,
}

/// A client of Genesys' API for any number of integrations.
pub struct GenesysClient {
    vendor: Arc<dyn Vendor>,
    tokens: Arc<Tokens>,
    clock: Arc<dyn Clock>,
    budgets: Budgets,
}

impl GenesysClient {
    /// Creates a client. It shares its tokens, and the budgets of its OAuth clients, through the
    /// store of `tokens`.
    pub fn new(vendor: Arc<dyn Vendor>, tokens: Arc<Tokens>, clock: Arc<dyn Clock>) -> Self {
        let budgets = Budgets::new(tokens.store(), Arc::clone(&clock));
        Self { vendor, tokens, clock, budgets }
    }

    /// The items in which other instances share the rate budget. The caller reads them together
    /// with a conversation; most of the time there are none.
    pub fn budget_keys(&self, integration: &IntegrationName) -> Vec<ItemKey> {
        self.budgets.wanted(integration)
    }

    /// Takes in the items that were read under [`GenesysClient::budget_keys`].
    pub fn learn_budgets<'a>(&self, items: impl Iterator<Item = &'a Item>) {
        self.budgets.learn(items);
    }

    /// The remaining requests of each OAuth client that has called, by its fingerprint.
    pub fn budgets_left(&self) -> Vec<(String, u64)> {
        self.budgets.left()
    }

    /// Makes a call and returns a 2xx answer. Everything else is a [`Failure`], including that the
    /// rate budget does not permit the call now ([`Class::Throttled`], [`Class::Shed`]). An OAuth
    /// client that got a 429 is replaced by another one.
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
        // One more round than there are clients, to learn when the event must return.
        for _ in 0..=clients.len() {
            let permit = self.budgets.admit(&config.name, &digests, call);
            let permit = match (permit, refused.take()) {
                (Ok(permit), _) => permit,
                (Err(throttled), None) => return Err(throttled),
                (Err(throttled), Some(refused)) => {
                    let wait = throttled.retry_after.or(refused.retry_after);
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
        self.budgets.observe(&config.name, permit, call.name, &answer).await;
        let VendorResponse { body, .. } = classify(call, answer)?;
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

/// Interprets an answer. Source: the error codes of the Open Messaging endpoints.
fn classify(call: &Call, answer: VendorResponse) -> Result<VendorResponse, Failure> {
    let class = match answer.status {
        200..=299 => return Ok(answer),
        401 => Class::Refresh,
        // A redirect is not followed. It comes from a wrong URL or a maintenance page.
        300..=399 | 425 | 429 | 503 => Class::Retry,
        // A gateway timed out, or Genesys crashed after the work: the call may have had its effect.
        408 | 500..=599 => Class::Uncertain,
        // Genesys does not document the meaning of 409, so the caller decides.
        409 => Class::Retry,
        _ => Class::Permanent,
    };
    let asked = retry_after::read(&answer.headers);
    let error = ErrorBody::parse(&answer.body);
    let code = error.code.filter(|code| is_word(code)).unwrap_or_else(|| answer.status.to_string());
    let said = redirect::described(answer.status);
    let mut summary = format!("{}: answered {said}", call.name);
    // Without a code of Genesys, the code is the status, and the summary already contains the
    // status.
    if code != answer.status.to_string() {
        summary.push_str(&format!(" {code}"));
    }
    let told = error.message.unwrap_or_else(|| format!("Genesys Cloud answered {said}."));
    Err(Failure::new(class, code, summary)
        .with_user_reason(told)
        .answered(answer.status)
        .after(asked))
}

/// A vendor's code is a short word such as `bad.request`. Any other text might quote a message or
/// be a phone number.
fn is_word(code: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let digits = code.bytes().filter(u8::is_ascii_digit).count();
    !code.is_empty() && code.len() <= 64 && digits <= 4 && code.bytes().all(is_part)
}

fn failure(class: Class, code: &str, call: &Call, problem: &str) -> Failure {
    Failure::new(class, code, format!("{}: {problem}", call.name))
        .with_user_reason("Genesys Cloud could not be reached.".to_owned())
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::super::call::Priority;
    use super::*;

    #[test]
    fn a_summary_says_the_status_once_and_names_a_redirect() {
        let call = Call {
            method: Method::POST,
            path: "/p".to_owned(),
            name: "post a message",
            body: String::new(),
            priority: Priority::Message,
            since: Timestamp::from_milliseconds(0),
            until: None,
        };
        let said = |status: u16, body: &'static str| {
            let body = Bytes::from_static(body.as_bytes());
            let answer = VendorResponse { status, headers: HeaderMap::new(), body };
            let failure = classify(&call, answer).unwrap_err();
            (failure.summary, failure.code)
        };
        let busy = ("post a message: answered 503".to_owned(), "503".to_owned());
        for body in ["", "busy", r#"{"code":"503"}"#, r#"{"code":"their own words"}"#] {
            assert_eq!(said(503, body), busy, "{body}");
        }
        for status in [301, 302, 307, 308] {
            let answer =
                VendorResponse { status, headers: HeaderMap::new(), body: Bytes::from("moved") };
            let failure = classify(&call, answer).unwrap_err();
            assert_eq!(failure.class, Class::Retry, "{status}");
            let said = format!("answered {status} (a redirect, which is not followed)");
            assert_eq!(failure.summary, format!("post a message: {said}"));
            assert_eq!(failure.user_reason.0, format!("Genesys Cloud {said}."));
        }
        let refused = said(400, r#"{"code":"bad.request"}"#);
        assert_eq!(refused.0, "post a message: answered 400 bad.request");
    }
}
