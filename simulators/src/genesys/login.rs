//! `POST /oauth/token`: the client-credentials grant, and the check of the bearer token that it
//! issues.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use super::Inner;
use super::refusal::{Checked, Refusal};
use super::state::{State, Token};
use crate::http::{Answer, Call};

/// The OAuth error body, which differs from the `ErrorBody` of the API.
fn denied(status: u16, error: &str, description: &str) -> Answer {
    Answer::json(
        status,
        json!({ "error": error, "description": description, "error_description": description }),
    )
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) client: String,
    pub(super) token: String,
}

struct Form {
    grant_type: Option<String>,
    client: Option<(String, String)>,
}

fn read_form(call: &Call) -> Form {
    let mut grant_type = None;
    let (mut id, mut secret) = (None, None);
    for (key, value) in url::form_urlencoded::parse(&call.body) {
        match key.as_ref() {
            "grant_type" => grant_type = Some(value.into_owned()),
            "client_id" => id = Some(value.into_owned()),
            "client_secret" => secret = Some(value.into_owned()),
            _ => {}
        }
    }
    Form { grant_type, client: basic_credentials(call).or(id.zip(secret)) }
}

fn basic_credentials(call: &Call) -> Option<(String, String)> {
    let (scheme, value) = call.header("authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

impl Inner {
    pub(super) fn login(&self, call: &Call) -> Answer {
        let mut state = self.state();
        if call.method != http::Method::POST {
            state.violations.push(format!("{} /oauth/token: only POST is known", call.method));
            return denied(405, "invalid_request", "method not allowed");
        }
        let is_form = call.header("content-type").is_some_and(|value| {
            value.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
        });
        if !is_form {
            state.violations.push("POST /oauth/token: the body is not a form".to_owned());
            return denied(415, "invalid_request", "unsupported media type");
        }
        let form = read_form(call);
        if form.grant_type.as_deref() != Some("client_credentials") {
            state
                .violations
                .push("POST /oauth/token: grant_type is not client_credentials".to_owned());
            return denied(
                400,
                "unsupported_grant_type",
                "unsupported grant type: unsupported_grant_type",
            );
        }
        let Some((id, secret)) = form.client else {
            state.violations.push("POST /oauth/token: no client credentials".to_owned());
            return denied(400, "invalid_client", "client not found: invalid_client");
        };
        let lifetime = match state.organization.login_of(&id) {
            None => return denied(400, "invalid_client", "client not found: invalid_client"),
            Some(known) if known.secret != secret => {
                return denied(401, "invalid_client", "authentication failed: invalid_client");
            }
            // The status and the text are this simulator's choice.
            Some(known) if !known.is_active => {
                return denied(401, "invalid_client", "client is inactive: invalid_client");
            }
            Some(known) => known.validity_seconds,
        };
        let lifetime = lifetime.map_or(self.options.token_lifetime, Duration::from_secs);
        issue(&mut state, id, lifetime)
    }
}

fn issue(state: &mut State, client: String, lifetime: Duration) -> Answer {
    let access_token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let now = Instant::now();
    let token = Token { client, expires_at: now + lifetime, window_started: now, count: 0 };
    state.tokens.insert(access_token.clone(), token);
    state.logins += 1;
    Answer::json(
        200,
        json!({
            "access_token": access_token,
            "token_type": "bearer",
            "expires_in": lifetime.as_secs(),
        }),
    )
}

/// The bearer token of a call, if it is valid.
pub(super) fn authenticate(state: &State, call: &Call) -> Checked<String> {
    let token = call
        .header("authorization")
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty())
        .ok_or_else(Refusal::authentication_required)?;
    match state.tokens.get(token) {
        Some(known) if Instant::now() < known.expires_at => Ok(token.to_owned()),
        Some(_) | None => Err(Refusal::bad_credentials()),
    }
}
