//! Authenticates posts: the configured authentication, the signature, and `CreateToken`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::Inner;
use super::options::LynnAuthentication;
use super::state::State;
use crate::http::{Answer, Call};
use crate::{clock, signature};

pub(super) enum Denied {
    /// A wrong or missing credential: an error of the bridge.
    Wrong(String),
    /// A token that was valid before.
    Expired,
}

impl Inner {
    /// Checks the configured authentication, and the signature if one is required or present.
    pub(super) fn authenticate(
        &self,
        state: &State,
        call: &Call,
        must_be_signed: bool,
    ) -> Result<(), Denied> {
        self.check_credentials(state, call)?;
        let Some(key) = &self.signing_key else {
            return Ok(());
        };
        let signatures = call.header("webhook-signature");
        if signatures.is_none() && !must_be_signed {
            return Ok(());
        }
        signature::check_standard(
            key,
            call.header("webhook-id"),
            call.header("webhook-timestamp"),
            signatures,
            &call.body,
            clock::unix_seconds(),
        )
        .map_err(Denied::Wrong)
    }

    fn check_credentials(&self, state: &State, call: &Call) -> Result<(), Denied> {
        let wrong = |problem: &str| Err(Denied::Wrong(problem.to_owned()));
        match &self.options.auth {
            LynnAuthentication::None => Ok(()),
            LynnAuthentication::Bearer(token) if bearer(call) == Some(token) => Ok(()),
            LynnAuthentication::Bearer(_) => wrong("the bearer token is wrong or missing"),
            LynnAuthentication::Header { name, value } if call.header(name) == Some(value) => {
                Ok(())
            }
            LynnAuthentication::Header { name, .. } => {
                wrong(&format!("the header {name} is wrong or missing"))
            }
            LynnAuthentication::Basic { username, password } => {
                let expected =
                    format!("Basic {}", STANDARD.encode(format!("{username}:{password}")));
                if call.header("authorization") == Some(&expected) {
                    Ok(())
                } else {
                    wrong("the Basic credentials are wrong or missing")
                }
            }
            LynnAuthentication::Token { .. } => match bearer(call) {
                None => wrong("the bearer token is missing"),
                Some(token) => match state.tokens.get(token) {
                    Some(expires_at) if Instant::now() < *expires_at => Ok(()),
                    Some(_) | None => Err(Denied::Expired),
                },
            },
        }
    }

    /// `POST /api/LynnService/CreateToken`.
    pub(super) fn create_token(&self, call: &Call) -> Answer {
        let mut state = self.state();
        let LynnAuthentication::Token { access_token, access_token_secret, tenant } =
            &self.options.auth
        else {
            state
                .violations
                .push("CreateToken was called, but tokens are not the authentication".to_owned());
            return Answer::empty(404);
        };
        let body: Value = serde_json::from_slice(&call.body).unwrap_or(Value::Null);
        if !call.says_json() || !body.is_object() {
            state.violations.push("CreateToken: the body is not JSON".to_owned());
            return Answer::empty(415);
        }
        let asked_tenant = match body.get("tenant") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        if text("accessToken") != Some(access_token)
            || text("accessTokenSecret") != Some(access_token_secret)
            || asked_tenant != *tenant
        {
            return Answer::empty(401);
        }
        let head = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
        let token = format!("{head}.{}.{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        state.tokens.insert(token.clone(), Instant::now() + self.options.token_lifetime);
        state.logins += 1;
        Answer::json(200, json!({ "token": token }))
    }
}

fn bearer(call: &Call) -> Option<&str> {
    let (scheme, token) = call.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
