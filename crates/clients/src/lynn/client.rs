//! Posts events to Lynn: signs and authenticates them, and interprets the answer.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, InvalidHeaderValue};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::SecretString;
use serde::Deserialize;
use shared::config::{BaseUrl, Dialect, LynnAuthentication, SendConfig};
use shared::error::{Class, Failure};
use shared::genesys::signature;
use shared::ids::digest;
use shared::ports::{Clock, Vendor, VendorError, VendorRequest, VendorResponse};
use shared::retry_after;
use shared::secret_text;
use shared::standard_webhooks::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use shared::time::Timestamp;
use shared::wire::without_mark;

use super::headers::configured;
use super::login::LynnCredentials;
use crate::redirect;
use crate::tokens::Tokens;

/// Lynn answers within 8 s.
const TIMEOUT: Duration = Duration::from_secs(8);

/// A request to Lynn, mostly a post.
pub struct Post<'a> {
    pub method: Method,
    pub url: &'a BaseUrl,
    /// Further headers. Those by which the bridge authenticates and signs replace them.
    pub headers: HeaderMap,
    /// The name of the post in errors and logs.
    pub name: &'static str,
    /// The id of the event, the same for each attempt.
    pub id: &'a str,
    /// JSON; empty for no body.
    pub body: String,
    /// When the post becomes useless, if ever. A login before the post may take some time.
    pub until: Option<Timestamp>,
    /// Tells by an answer whether the customer has no live session; `None`: by the contract.
    pub session_ended: Option<&'a SessionEnded<'a>>,
}

/// Whether an answer says that the customer has no live session.
pub type SessionEnded<'a> = dyn Fn(&VendorResponse) -> bool + Send + Sync + 'a;

impl<'a> Post<'a> {
    /// A post with JSON.
    pub fn new(url: &'a BaseUrl, name: &'static str, id: &'a str, body: String) -> Self {
        Self {
            method: Method::POST,
            url,
            headers: HeaderMap::new(),
            name,
            id,
            body,
            until: None,
            session_ended: None,
        }
    }
}

/// Lynn's answer to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostResult {
    Accepted,
    /// Accepted, but the customer has no live session.
    AcceptedWithoutSession,
    /// Not accepted, because the customer has no live session.
    NoSession,
}

#[derive(Deserialize)]
struct Body {
    session: String,
}

/// A client of Lynn's webhook for any number of integrations.
pub struct LynnClient {
    vendor: Arc<dyn Vendor>,
    tokens: Arc<Tokens>,
    clock: Arc<dyn Clock>,
}

impl LynnClient {
    /// Creates a client that shares its tokens through `tokens`.
    pub fn new(vendor: Arc<dyn Vendor>, tokens: Arc<Tokens>, clock: Arc<dyn Clock>) -> Self {
        Self { vendor, tokens, clock }
    }

    /// Posts an event once. With `lynnToken`, a 401 leads to one new token and one more try.
    pub async fn post(&self, config: &SendConfig, post: &Post<'_>) -> Result<PostResult, Failure> {
        let Some(login) = self.login(config) else {
            let authentication =
                fixed(&config.lynn.auth).map_err(|error| unsendable(post, error))?;
            return self.attempt(config, post, authentication).await;
        };
        let bearer = |token| bearer(token).map_err(|error| unsendable(post, error)).map(Some);
        let token = self.tokens.get(&login).await?;
        match self.attempt(config, post, bearer(&token)?).await {
            Err(failure) if failure.class == Class::Refresh => {}
            settled => return settled,
        }
        self.tokens.refuse(&login, &token).await?;
        let token = self.tokens.get(&login).await?;
        self.attempt(config, post, bearer(&token)?).await
    }

    /// Posts once and returns the status, whatever it is. For a caller that only checks whether
    /// Lynn responds.
    pub async fn probe(&self, config: &SendConfig, post: &Post<'_>) -> Result<u16, Failure> {
        let authentication = match self.login(config) {
            Some(login) => bearer(&self.tokens.get(&login).await?).map(Some),
            None => fixed(&config.lynn.auth),
        };
        let authentication = authentication.map_err(|error| unsendable(post, error))?;
        self.once(config, post, authentication).await.map(|answer| answer.status)
    }

    async fn attempt(
        &self,
        config: &SendConfig,
        post: &Post<'_>,
        authentication: Option<(HeaderName, HeaderValue)>,
    ) -> Result<PostResult, Failure> {
        classify(post, &self.once(config, post, authentication).await?)
    }

    fn login<'a>(&'a self, config: &'a SendConfig) -> Option<LynnCredentials<'a>> {
        match &config.lynn.auth {
            LynnAuthentication::LynnToken {
                endpoint,
                access_token,
                access_token_secret,
                tenant,
            } => Some(LynnCredentials {
                headers: &config.lynn.headers,
                vendor: &self.vendor,
                clock: &self.clock,
                integration: &config.name,
                endpoint,
                access_token,
                access_token_secret,
                tenant,
            }),
            _ => None,
        }
    }

    async fn once(
        &self,
        config: &SendConfig,
        post: &Post<'_>,
        authentication: Option<(HeaderName, HeaderValue)>,
    ) -> Result<VendorResponse, Failure> {
        if post.until.is_some_and(|until| self.clock.now() > until) {
            return Err(Failure::too_late(post.name));
        }
        let mut headers =
            configured(&config.lynn.headers).map_err(|error| unsendable(post, error))?;
        headers.extend(post.headers.clone());
        headers.extend(authentication);
        if !post.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        self.sign(config, post, &mut headers).map_err(|error| unsendable(post, error))?;
        let request = VendorRequest {
            method: post.method.clone(),
            url: post.url.as_str().to_owned(),
            headers,
            body: Bytes::from(post.body.clone()),
            timeout: TIMEOUT,
        };
        self.vendor.call(request).await.map_err(|error| {
            let (class, problem) = match error {
                VendorError::NotSent(_) => (Class::Retry, "no connection"),
                VendorError::Uncertain(_) => (Class::Uncertain, "no answer"),
            };
            Failure::new(class, "unreachable", format!("{}: {problem}", post.name))
                .with_user_reason("Lynn could not be reached.")
                .caused_by(error)
        })
    }

    /// The id and the time are always sent, because they tell a repeat from a new event.
    fn sign(
        &self,
        config: &SendConfig,
        post: &Post<'_>,
        headers: &mut HeaderMap,
    ) -> Result<(), InvalidHeaderValue> {
        let seconds = self.clock.now().seconds();
        // If a header cannot carry the id, its digest replaces it, both in the header and in the
        // signature.
        let id = match HeaderValue::from_str(post.id) {
            Ok(_) if post.id.is_ascii() => post.id.to_owned(),
            _ => digest(&[post.id]),
        };
        if let Some(secret) = &config.lynn.signing_secret {
            let signature = secret.0.sign(&id, seconds, post.body.as_bytes());
            headers.insert(SIGNATURE_HEADER, HeaderValue::from_str(&signature)?);
        }
        // A Lynn that speaks Open Messaging verifies the signature of Genesys Cloud.
        let hub_secret = config.lynn.hub_secret.as_ref();
        if let Some(secret) = hub_secret.filter(|_| config.lynn.dialect == Dialect::Genesys) {
            let signature = signature::sign(secret, post.body.as_bytes());
            headers.insert(signature::HEADER, HeaderValue::from_str(&signature)?);
        }
        headers.insert(ID_HEADER, HeaderValue::from_str(&id)?);
        headers.insert(TIMESTAMP_HEADER, HeaderValue::from(seconds));
        Ok(())
    }
}

fn fixed(
    authentication: &LynnAuthentication,
) -> Result<Option<(HeaderName, HeaderValue)>, InvalidHeaderValue> {
    Ok(match authentication {
        LynnAuthentication::None {} | LynnAuthentication::LynnToken { .. } => None,
        LynnAuthentication::Bearer { token } => Some(bearer(token)?),
        LynnAuthentication::Header { name, value } => match HeaderName::from_bytes(name.as_bytes())
        {
            Ok(name) => Some((name, secret_text::header(value)?)),
            Err(_) => None,
        },
        LynnAuthentication::Basic { username, password } => {
            Some((AUTHORIZATION, secret_text::basic(username, password)?))
        }
    })
}

fn bearer(token: &SecretString) -> Result<(HeaderName, HeaderValue), InvalidHeaderValue> {
    Ok((AUTHORIZATION, secret_text::bearer(token)?))
}

/// A credential that cannot be sent in a header is the operator's mistake. The event waits until it
/// is repaired.
fn unsendable(post: &Post<'_>, error: InvalidHeaderValue) -> Failure {
    let remedy = "the credential cannot be sent; check lynn.auth and lynn.headers";
    Failure::misconfigured("credential", format!("{}: {remedy}", post.name)).caused_by(error)
}

/// Whether the body of a 2xx answer says that there is no live session. Any other body says
/// nothing.
fn says_ended(body: &[u8]) -> bool {
    serde_json::from_slice::<Body>(without_mark(body)).is_ok_and(|body| body.session == "ended")
}

/// The table of design §4.2.
fn classify(post: &Post<'_>, answer: &VendorResponse) -> Result<PostResult, Failure> {
    let class = match answer.status {
        200..=299 => {
            let ended = match post.session_ended {
                Some(ended) => ended(answer),
                None => says_ended(&answer.body),
            };
            return Ok(if ended {
                PostResult::AcceptedWithoutSession
            } else {
                PostResult::Accepted
            });
        }
        404 | 409 | 410 => return Ok(PostResult::NoSession),
        401 => Class::Refresh,
        // A redirect is not followed. It comes from a wrong URL or a maintenance page.
        300..=399 | 425 | 429 | 503 => Class::Retry,
        408 | 500..=599 => Class::Uncertain,
        _ if post.session_ended.is_some_and(|ended| ended(answer)) => {
            return Ok(PostResult::NoSession);
        }
        _ => Class::Permanent,
    };
    let said = redirect::described(answer.status);
    let summary = format!("{}: answered {said}", post.name);
    Err(Failure::new(class, answer.status.to_string(), summary)
        .with_user_reason(format!("Lynn answered {said}."))
        .answered(answer.status)
        .after(retry_after::read(&answer.headers)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_tried_again_and_named() {
        let url = BaseUrl::parse("https://lynn.example.com/events").unwrap();
        let post = Post::new(&url, "post an event", "m-1", String::new());
        let judged = |status| {
            let answer = VendorResponse { status, headers: HeaderMap::new(), body: Bytes::new() };
            classify(&post, &answer).unwrap_err()
        };
        for status in [301, 302, 307, 308] {
            let failure = judged(status);
            assert_eq!(failure.class, Class::Retry, "{status}");
            let said = format!("answered {status} (a redirect, which is not followed)");
            assert_eq!(failure.summary, format!("post an event: {said}"));
            assert_eq!(failure.user_reason.0, format!("Lynn {said}."));
        }
        assert_eq!(judged(400).class, Class::Permanent);
        assert_eq!(judged(400).user_reason.0, "Lynn answered 400.");
    }

    #[test]
    fn an_entry_tells_whether_the_session_is_over() {
        let url = BaseUrl::parse("https://lynn.example.com/events").unwrap();
        let ended = |answer: &VendorResponse| answer.body == "closed";
        let post = Post {
            session_ended: Some(&ended),
            ..Post::new(&url, "post an event", "m-1", String::new())
        };
        let classified = |status, body: &'static str| {
            let body = Bytes::from(body);
            classify(&post, &VendorResponse { status, headers: HeaderMap::new(), body }).ok()
        };
        assert_eq!(classified(200, "closed"), Some(PostResult::AcceptedWithoutSession));
        assert_eq!(classified(200, r#"{"session":"ended"}"#), Some(PostResult::Accepted));
        assert_eq!(classified(422, "closed"), Some(PostResult::NoSession));
        assert_eq!(classified(409, "open"), Some(PostResult::NoSession));
        for status in [401, 422, 429, 503] {
            assert_eq!(classified(status, "open"), None, "{status}");
        }
        assert_eq!(classified(503, "closed"), None, "it is to be tried again");
    }

    #[test]
    fn the_end_of_a_session_is_read_behind_a_byte_order_mark_too() {
        assert!(says_ended(br#"{"session":"ended"}"#));
        assert!(says_ended("\u{feff}{\"session\":\"ended\"}".as_bytes()));
        for other in ["", "ok", "{}", "[]", r#"{"session":"live"}"#, r#"{"session":1}"#] {
            assert!(!says_ended(other.as_bytes()), "{other}");
        }
    }
}
