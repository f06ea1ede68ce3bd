//! A signed body that Genesys Cloud never sends, posted to the address to which Genesys Cloud
//! posts. The bridge answers it without any call (`functions/genesys-webhook/src/probe.rs`).

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::SecretString;
use serde_json::{Value, json};
use shared::genesys::signature;
use shared::ids::IntegrationName;
use shared::ports::VendorResponse;
use uuid::Uuid;

use super::running::SAY_WHERE;
use super::{Check, Finding, Web};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probed {
    /// Nothing was sent, because the address is not known.
    Nowhere,
    /// There was no answer.
    Silent(String),
    /// The receiver answered with this status and does not know probes.
    Answered(u16),
    /// The bridge answered for this integration.
    Bridge(String),
}

/// Posts a probe that is signed with this secret.
pub async fn probe(web: &Web, url: Option<&str>, secret: &SecretString) -> Probed {
    let Some(url) = url else { return Probed::Nowhere };
    let id = Uuid::new_v4().to_string();
    let time = web.clock.now().to_text();
    let body = json!({ "type": "BridgeProbe", "id": id, "time": time }).to_string();
    let mut headers =
        HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    if let Ok(signed) = HeaderValue::from_str(&signature::sign(secret, body.as_bytes())) {
        headers.insert(HeaderName::from_static(signature::HEADER), signed);
    }
    match web.ask(Method::POST, url, headers, body).await {
        Ok(answer) => read(&id, &answer),
        Err(why) => Probed::Silent(why),
    }
}

/// An answer is the bridge's if it names this probe.
fn read(id: &str, answer: &VendorResponse) -> Probed {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match body["integration"].as_str() {
        Some(integration) if answer.status == 200 && body["probe"] == id => {
            Probed::Bridge(integration.to_owned())
        }
        _ => Probed::Answered(answer.status),
    }
}

impl Probed {
    pub fn is_ours(&self, name: &IntegrationName) -> bool {
        matches!(self, Self::Bridge(integration) if integration == name.as_str())
    }

    /// The finding about the address.
    pub fn assess(&self, name: &IntegrationName, url: &str) -> Finding {
        let check = Check::WebhookProbe;
        match self {
            Self::Nowhere => {
                check.warn("the address of the webhook is not known", SAY_WHERE)
            }
            Self::Bridge(_) if self.is_ours(name) => {
                check.ok(format!("{url} answers a signed probe"))
            }
            Self::Bridge(other) => check.fail(
                format!("{url} answers for the integration {other}"),
                "correct the webhook URL: it ends with the integration's own name",
            ),
            Self::Silent(why) if why.contains("certificate") => check.fail(
                format!("{url} has a certificate that is not trusted: {why}"),
                "renew the certificate and its whole chain up to a public authority; Genesys Cloud refuses it, too",
            ),
            Self::Silent(why) => check.fail(
                format!("{url} does not answer: {why}"),
                "start the bridge, or check its proxy, firewall and DNS",
            ),
            Self::Answered(status) => {
                let (reason, action) = explain(*status);
                let reason = format!("{url} answered {status}: {reason}");
                // A bridge of a version before the probe takes it for a webhook that cannot be
                // read.
                match status {
                    200..=299 => check.warn(reason, action),
                    _ => check.fail(reason, action),
                }
            }
        }
    }
}

fn explain(status: u16) -> (&'static str, &'static str) {
    match status {
        200..=299 => (
            "it is not a bridge, or a bridge that is older than this program",
            "update the bridge; then run this again",
        ),
        401 => (
            "it does not know the secret",
            "compare genesys.webhookSecrets of the running bridge with this configuration; a change is read within 5 minutes",
        ),
        404 => (
            "it does not know the integration",
            "make sure that the running bridge has this configuration, and that the URL is right",
        ),
        301..=308 => (
            "it redirects, which Genesys Cloud does not follow",
            "give Genesys Cloud the final URL",
        ),
        502..=504 => (
            "its proxy does not reach the bridge, or the bridge does not reach its configuration or queue",
            "start the bridge; look for `unconfigured` and `refused` in its log",
        ),
        _ => ("it is not the bridge's answer", "check the proxy or gateway in front of the bridge"),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn only_the_answer_to_this_very_probe_is_the_bridges() {
        let answer = |status, body: &'static str| VendorResponse {
            status,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        };
        let ours = r#"{"probe":"p-1","integration":"support"}"#;
        assert_eq!(read("p-1", &answer(200, ours)), Probed::Bridge("support".to_owned()));
        assert_eq!(read("p-2", &answer(200, ours)), Probed::Answered(200));
        assert_eq!(read("p-1", &answer(200, "ok")), Probed::Answered(200));
        assert_eq!(read("p-1", &answer(401, ours)), Probed::Answered(401));
    }

    #[test]
    fn each_answer_says_what_to_do() {
        let name = IntegrationName::new("support");
        let assess = |probed: Probed| probed.assess(&name, "https://b/genesys/support");
        assert_eq!(assess(Probed::Bridge("support".to_owned())).outcome, Outcome::Ok);
        assert_eq!(assess(Probed::Bridge("sales".to_owned())).outcome, Outcome::Fail);
        assert_eq!(assess(Probed::Nowhere).outcome, Outcome::Warn);
        assert_eq!(assess(Probed::Answered(200)).outcome, Outcome::Warn);
        for probed in [401, 404, 301, 503, 418].map(Probed::Answered) {
            assert_eq!(assess(probed).outcome, Outcome::Fail);
        }
        let expired = Probed::Silent("no connection: invalid peer certificate: Expired".to_owned());
        assert!(assess(expired).action.unwrap().starts_with("renew the certificate"));
    }
}
