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

use super::login::LynnCredentials;
use crate::redirect;
use crate::tokens::Tokens;

/// Lynn answers within 8 s.
const TIMEOUT: Duration = Duration::from_secs(8);

/// A post to Lynn.
#[derive(Debug)]
pub struct Post<'a> {
    pub url: &'a BaseUrl,
    /// The name of the post in errors and logs.
    pub name: &'static str,
    /// The id of the event, the same for each attempt.
    pub id: &'a str,
    /// JSON.
    pub body: String,
    /// When the post becomes useless, if ever. A login before the post may take some time.
    pub until: Option<Timestamp>,
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
        let mut headers = HeaderMap::from_iter(authentication);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.sign(config, post, &mut headers).map_err(|error| unsendable(post, error))?;
        let request = VendorRequest {
            method: Method::POST,
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
    Failure::new(
        Class::Retry,
        "credential",
        format!("{}: the credential cannot be sent; check lynn.auth", post.name),
    )
    .caused_by(error)
    .not_attempted()
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
            let ended = says_ended(&answer.body);
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
        let post =
            Post { url: &url, name: "post an event", id: "m-1", body: String::new(), until: None };
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
    fn the_end_of_a_session_is_read_behind_a_byte_order_mark_too() {
        assert!(says_ended(br#"{"session":"ended"}"#));
        assert!(says_ended("\u{feff}{\"session\":\"ended\"}".as_bytes()));
        for other in ["", "ok", "{}", "[]", r#"{"session":"live"}"#, r#"{"session":1}"#] {
            assert!(!says_ended(other.as_bytes()), "{other}");
        }
    }
}
