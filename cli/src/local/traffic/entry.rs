//! One thing that happened, as the page shows it.

use http::HeaderMap;
use serde::Serialize;
use serde_json::{Map, Value};
use shared::config::MASK;
use shared::ports::Direction;

/// The most of a body that is kept, in bytes: what is longer is no message of a conversation.
const KEPT_OF_A_BODY: usize = 128 * 1024;

/// The headers of which a real side's value is kept.
const OPEN: [&str; 16] = [
    "accept",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "host",
    "origin",
    "retry-after",
    "server",
    "transfer-encoding",
    "user-agent",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
    "x-hub-signature-256",
    "connection",
];

/// Steps of one event on its way have the same `trace`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Entry {
    /// The bridge received a request.
    Request {
        trace: String,
        from: Side,
        method: String,
        path: String,
        #[serde(flatten)]
        content: Content,
        contact: Option<String>,
    },
    /// The bridge has verified and read a request, and stored its event in a queue.
    Queued {
        trace: String,
        direction: Direction,
        contact: Option<String>,
        /// The kind of the event, and its id.
        event: String,
        event_id: String,
        /// When it was verified and read, in milliseconds since 1970.
        verified_at: i64,
    },
    /// The bridge calls a vendor.
    Call {
        /// `None` for a call that belongs to no event, such as a login for several.
        trace: Option<String>,
        /// Counted when the entry is added.
        attempt: Option<u32>,
        to: Side,
        method: String,
        url: String,
        #[serde(flatten)]
        content: Content,
        contact: Option<String>,
    },
    /// The answer to a request or to a call.
    Answer {
        /// The entry that is answered.
        of: u64,
        trace: Option<String>,
        /// `None` without an answer.
        status: Option<u16>,
        #[serde(flatten)]
        content: Content,
        /// Why there is no answer.
        error: Option<String>,
        took_ms: u64,
    },
    /// An event beside which a template stands: it made the next request to Lynn of it, or it made
    /// it of a request to the bridge.
    Templated {
        /// The request to the bridge.
        of: Option<u64>,
        trace: Option<String>,
        json: String,
    },
    /// A line of the bridge's log.
    Line {
        name: String,
        trace: Option<String>,
        contact: Option<String>,
        fields: Map<String, Value>,
    },
    /// Something that people or this program did.
    Note { what: &'static str, contact: Option<String>, words: String },
}

/// A vendor, as the sender or the receiver of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Lynn,
    Genesys,
    /// Neither: a request to another path, such as `/health`.
    Other,
}

/// The headers and the body of a request or of an answer.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Content {
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// Whether the body was longer.
    pub cut: bool,
}

impl Content {
    pub fn of(headers: &HeaderMap, body: &[u8]) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let kept = body.get(..KEPT_OF_A_BODY).unwrap_or(body);
        let cut = kept.len() < body.len();
        Self { headers, body: String::from_utf8_lossy(kept).into_owned(), cut }
    }

    /// Only headers stay readable that are known to hold no credential.
    pub fn without_credentials(mut self) -> Self {
        let is_open = |name: &str| OPEN.contains(&name) || name.starts_with("inin-");
        for (name, value) in &mut self.headers {
            if !is_open(name) {
                MASK.clone_into(value);
            }
        }
        self
    }

    pub fn without_body(mut self) -> Self {
        MASK.clone_into(&mut self.body);
        self
    }
}

/// The customer that a body of either vendor is about.
pub fn contact_of(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let end = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
    let channel =
        if body["direction"] == "Outbound" { "/channel/to/id" } else { "/channel/from/id" };
    ["/contact/id", channel, "/contactId"].into_iter().find_map(end).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::CONTENT_TYPE;

    use super::*;

    #[test]
    fn a_body_names_its_customer_whichever_vendor_wrote_it() {
        for (body, expected) in [
            (r#"{"type":"message","contact":{"id":"ana"}}"#, Some("ana")),
            (
                r#"{"direction":"Outbound","channel":{"to":{"id":"ana"},"from":{"id":"x"}}}"#,
                Some("ana"),
            ),
            (r#"{"channel":{"from":{"id":"ana"},"to":{"id":"x"}}}"#, Some("ana")),
            (r#"{"contactId":"ana","message":{}}"#, Some("ana")),
            (r#"{"contact":{"id":7}}"#, None),
            ("grant_type=client_credentials", None),
            ("", None),
        ] {
            assert_eq!(contact_of(body.as_bytes()).as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn a_header_that_is_not_known_to_be_open_is_masked() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("authorization", "Bearer t"),
            ("x-of-a-tenant", "k"),
            ("content-type", "application/json"),
            ("inin-ratelimit-count", "7"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let content = Content::of(&headers, b"b").without_credentials();
        let values: Vec<&str> = content.headers.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, [MASK, MASK, "application/json", "7"]);
        assert_eq!(content.body, "b");
        assert_eq!(content.without_body().body, MASK);
    }

    #[test]
    fn content_is_kept_as_it_came() {
        let mut headers = HeaderMap::new();
        headers.append(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.append("x-two", HeaderValue::from_static("1"));
        headers.append("x-two", HeaderValue::from_static("2"));
        let content = Content::of(&headers, b"{ \"a\": 1 }\n");
        assert_eq!(content.body, "{ \"a\": 1 }\n");
        assert_eq!(content.headers.len(), 3);
        assert!(!content.cut);
        let long = Content::of(&headers, &vec![b'x'; KEPT_OF_A_BODY + 1]);
        assert!(long.cut && long.body.len() == KEPT_OF_A_BODY);
    }
}
