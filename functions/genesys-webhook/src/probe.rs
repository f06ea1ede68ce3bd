//! The probe of `bridge doctor`: a signed body of a form that no vendor sends, by which the operator learns that this address
//! is the bridge's and that its signature is taken.
//!
//! Rules: it is answered from itself alone, so it has no effect: nothing is enqueued, nobody is called. Whoever repeats a probe
//! learns nothing new. It is looked for only after the signature was verified, so that a stranger learns nothing at all.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::json;
use shared::ids::IntegrationName;
use shared::problem;
use shared::time::Timestamp;

/// The `type` of a probe. Genesys Cloud has `Text`, `Structured`, `Receipt` and `Event`.
const TYPE: &str = "BridgeProbe";
/// A longer body is none, in bytes: most webhooks are not even looked at.
const LONGEST: usize = 256;

/// A probe as it is posted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    r#type: String,
    /// Comes back in the answer, so that it is known whose answer it is.
    id: String,
    /// When it was made; only tells one body from the next.
    #[serde(rename = "time")]
    _time: String,
}

impl Probe {
    /// The probe that a verified body is, if it is one.
    pub fn of(body: &[u8]) -> Option<Self> {
        if body.len() > LONGEST {
            return None;
        }
        serde_json::from_slice::<Self>(body).ok().filter(|probe| probe.r#type == TYPE)
    }

    /// What is answered: that it is the bridge, for whom, and by which clock.
    pub fn answer(&self, integration: &IntegrationName, now: Timestamp) -> Response<Bytes> {
        tracing::info!(
            event.name = "probed",
            integration = integration.as_str(),
            "An operator has looked whether this endpoint answers."
        );
        problem::answer(
            StatusCode::OK,
            &json!({ "probe": self.id, "integration": integration, "time": now.to_text() }),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_vendor_sends_is_a_probe() {
        let probe = br#"{"type":"BridgeProbe","id":"p-1","time":"2026-11-22T10:00:00.000Z"}"#;
        assert_eq!(Probe::of(probe).unwrap().id, "p-1");
        let long = format!(r#"{{"type":"BridgeProbe","id":"{}","time":""}}"#, "p".repeat(LONGEST));
        for body in [
            r#"{"type":"Text","id":"p-1","time":""}"#,
            r#"{"type":"BridgeProbe","id":"p-1"}"#,
            r#"{"type":"BridgeProbe","id":"p-1","time":"","channel":{}}"#,
            r#"["BridgeProbe"]"#,
            "",
            &long,
        ] {
            assert!(Probe::of(body.as_bytes()).is_none(), "{body}");
        }
    }
}
