//! Answers the probe of `bridge doctor`: a signed body in a form that no vendor sends. The answer
//! shows the operator that this address belongs to the bridge and that the bridge accepts the
//! signature.
//!
//! Rules: the answer depends only on the probe, so a probe has no effect: nothing is enqueued and
//! no call is made. A repeated probe reveals nothing new. Only a body with a verified signature is
//! checked for a probe, so that a stranger learns nothing at all.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::json;
use shared::ids::IntegrationName;
use shared::problem;
use shared::time::Timestamp;

/// The `type` of a probe. Genesys Cloud has `Text`, `Structured`, `Receipt` and `Event`.
const TYPE: &str = "BridgeProbe";
/// A longer body is not a probe, in bytes. The limit spares most webhooks the parsing.
const LONGEST: usize = 256;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Probe {
    r#type: String,
    /// Returned in the answer, so that the operator can match it to the probe.
    id: String,
    /// The time of the probe. It only makes each body different.
    #[serde(rename = "time")]
    _time: String,
}

impl Probe {
    /// Reads a probe from a verified body. `None` for any other body.
    pub(crate) fn of(body: &[u8]) -> Option<Self> {
        if body.len() > LONGEST {
            return None;
        }
        serde_json::from_slice::<Self>(body).ok().filter(|probe| probe.r#type == TYPE)
    }

    /// The answer names the integration and the bridge's time.
    pub(crate) fn answer(&self, integration: &IntegrationName, now: Timestamp) -> Response<Bytes> {
        tracing::info!(
            event.name = "probed",
            integration = integration.as_str(),
            "An operator checked whether this endpoint answers."
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
