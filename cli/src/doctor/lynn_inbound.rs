//! Whether the bridge accepts Lynn's keys, signatures and clients: it is asked for the state of a
//! conversation that does not exist, and by a client for a token.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::ExposeSecret as _;
use shared::config::InboundAuthentication;
use shared::lynn::authentication::KEY_HEADER;
use shared::ports::VendorResponse;
use shared::secret_text;
use shared::standard_webhooks::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use uuid::Uuid;

use super::running::SAY_WHERE;
use super::{Check, Examined, Finding, Web};

/// A contact that does not exist.
const NOBODY: &str = "bridge-doctor-nobody";

/// Asks with each key and each signing secret.
pub async fn check(web: &Web, bridge: Option<&str>, examined: &Examined) -> Vec<Finding> {
    let check = Check::LynnInbound;
    let Some(bridge) = bridge else {
        return vec![check.warn("the address of the bridge is not known", SAY_WHERE)];
    };
    let base = bridge.trim_end_matches('/');
    let url = format!("{base}/lynn/{}/conversations/{NOBODY}", examined.name);
    let mut findings = Vec::new();
    for (number, way) in examined.receive.inbound.iter().enumerate() {
        let answer = match prove(way, web.clock.now().seconds(), b"") {
            Some(headers) => web.ask(Method::GET, &url, headers, "").await,
            None => ask_for_token(web, base, way).await,
        };
        let subject = format!("inboundAuth[{number}] ({})", word(way));
        findings.push(assess(answer.map(|answer| answer.status)).about(subject));
    }
    findings
}

async fn ask_for_token(
    web: &Web,
    base: &str,
    way: &InboundAuthentication,
) -> Result<VendorResponse, String> {
    let mut headers = HeaderMap::new();
    if let InboundAuthentication::OauthClient { client_id, client_secret } = way {
        headers.extend(secret_text::basic(client_id, client_secret).map(|it| (AUTHORIZATION, it)));
    }
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert(CONTENT_TYPE, form);
    let url = format!("{base}/oauth/token");
    web.ask(Method::POST, &url, headers, "grant_type=client_credentials").await
}

/// The headers with which Lynn authenticates a request with this body. `None` for a client, which
/// needs a token first.
pub fn prove(way: &InboundAuthentication, seconds: i64, body: &[u8]) -> Option<HeaderMap> {
    let headers = match way {
        InboundAuthentication::OauthClient { .. } => return None,
        InboundAuthentication::ApiKey { key } => {
            vec![(KEY_HEADER, key.expose_secret().to_owned())]
        }
        InboundAuthentication::Signature { secret } => {
            let id = Uuid::new_v4().to_string();
            let signature = secret.0.sign(&id, seconds, body);
            vec![
                (ID_HEADER, id),
                (TIMESTAMP_HEADER, seconds.to_string()),
                (SIGNATURE_HEADER, signature),
            ]
        }
    };
    let sendable = |(name, value): (&'static str, String)| {
        let mut value = HeaderValue::from_str(&value).ok()?;
        value.set_sensitive(true);
        Some((HeaderName::from_static(name), value))
    };
    Some(headers.into_iter().filter_map(sendable).collect())
}

fn word(way: &InboundAuthentication) -> &'static str {
    match way {
        InboundAuthentication::ApiKey { .. } => "apiKey",
        InboundAuthentication::Signature { .. } => "signature",
        InboundAuthentication::OauthClient { .. } => "oauthClient",
    }
}

fn assess(answer: Result<u16, String>) -> Finding {
    let check = Check::LynnInbound;
    match answer {
        // The contact is unknown; an unknown integration is the finding of another check.
        Ok(200 | 404) => check.ok("the bridge accepts it"),
        // 400: a client that the bridge does not know.
        Ok(400 | 401) => check.fail(
            "the bridge refuses it",
            "make sure that the running bridge has this configuration; a change is read within 5 minutes",
        ),
        Ok(503) => check.fail(
            "the bridge cannot read its configuration or its table",
            "look for `unconfigured` and `unread` in its log",
        ),
        Ok(status) => check.fail(
            format!("answered {status}"),
            "check the proxy or gateway in front of the bridge",
        ),
        Err(why) => check.fail(format!("no answer: {why}"), "see bridge-running"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn a_contact_that_nobody_is_proves_the_key() {
        assert_eq!(assess(Ok(404)).outcome, Outcome::Ok);
        for answer in [Ok(400), Ok(401), Ok(503), Ok(403), Err("no connection".to_owned())] {
            assert_eq!(assess(answer).outcome, Outcome::Fail);
        }
    }
}
