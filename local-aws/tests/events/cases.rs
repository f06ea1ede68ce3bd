//! Makes every event of `events/invoke` with the bridge's own code.
//!
//! The events do not depend on the time or on chance, so they are the same each time.

#![expect(clippy::panic, reason = "a sample that cannot be read is a mistake in this repository")]

#[path = "bus.rs"]
mod bus;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use delivery::event::{DedupKey, Payload, QueuedEvent, Raw};
use secrecy::SecretString;
use serde_json::{Value, json};
use shared::genesys::signature;
use shared::ids::{ContactId, IntegrationName, TraceId};
use shared::lynn::inbound::InboundEvent;
use shared::ports::Direction;
use shared::time::Timestamp;

/// The integration of `events/bridge.json`.
const INTEGRATION: &str = "support";
/// The time of all events: 2026-11-22T10:00:00Z.
const MOMENT: i64 = 1_795_341_600_000;
/// The acceptance time of queued events: 2100-01-01T00:00:00Z, so that they never expire.
const ACCEPTED: i64 = 4_102_444_800_000;

pub struct Case {
    /// Its file below `events/invoke`. The folder is the function's package.
    pub file: &'static str,
    /// The input of the function.
    pub event: Value,
}

pub fn all() -> Vec<Case> {
    let case = |file, event| Case { file, event };
    vec![
        case(
            "genesys-webhook/signed-webhook.json",
            webhook(&sample("genesys-webhook/text.json"), signed),
        ),
        case(
            "genesys-webhook/wrong-signature.json",
            webhook(&sample("genesys-webhook/text.json"), wrong),
        ),
        case(
            "genesys-webhook/base64-body.json",
            base64(webhook(&sample("genesys-webhook/text.json"), signed)),
        ),
        case("lynn-inbound/message.json", lynn(&sample("lynn-inbound/message.json"), &lynn_key())),
        case(
            "lynn-inbound/bad-key.json",
            lynn(&sample("lynn-inbound/message.json"), "another-key"),
        ),
        case(
            "lynn-inbound/invalid-message.json",
            lynn("{\"type\": \"message\", \"id\": \"sample-1\"}", &lynn_key()),
        ),
        case("lynn-inbound/conversation.json", conversation()),
        case("genesys-sender/batch-with-poisoned-record.json", inbound_batch()),
        case("lynn-sender/batch-with-poisoned-record.json", outbound_batch()),
        case("genesys-events/customer-ended.json", bus::customer_ended()),
        case("genesys-events/agent-answered.json", bus::agent_answered()),
        case("genesys-events/a-call.json", bus::a_call()),
        case("conversation-scheduler/scheduled.json", bus::scheduled()),
    ]
}

pub fn text(event: &Value) -> String {
    format!("{event:#}\n")
}

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// One of the bodies for `bridge send`.
fn sample(file: &str) -> String {
    read(file)
}

fn configured(pointer: &str) -> String {
    let configuration: Value = serde_json::from_str(&read("bridge.json")).unwrap_or_default();
    let value = configuration.pointer(&format!("/integrations/0{pointer}"));
    value.and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer}")).to_owned()
}

fn lynn_key() -> String {
    configured("/lynn/inboundAuth/0/key")
}

fn signed(body: &str) -> String {
    let secret = SecretString::from(configured("/genesys/webhookSecrets/0"));
    signature::sign(&secret, body.as_bytes())
}

/// The signature of a sender that does not know the secret.
fn wrong(body: &str) -> String {
    signature::sign(&SecretString::from("another-webhook-secret".to_owned()), body.as_bytes())
}

fn webhook(body: &str, signature: fn(&str) -> String) -> Value {
    let headers = json!({ "content-type": "application/json", signature::HEADER: signature(body) });
    request("POST /genesys/{integration}", &format!("/genesys/{INTEGRATION}"), &headers, Some(body))
}

fn lynn(body: &str, key: &str) -> Value {
    let headers = json!({ "content-type": "application/json", "x-api-key": key });
    request("POST /lynn/{integration}", &format!("/lynn/{INTEGRATION}"), &headers, Some(body))
}

fn conversation() -> Value {
    let path = format!("/lynn/{INTEGRATION}/conversations/nobody");
    let headers = json!({ "x-api-key": lynn_key() });
    let route = "GET /lynn/{integration}/conversations/{contactId}";
    let mut event = request(route, &path, &headers, None);
    event["pathParameters"]["contactId"] = json!("nobody");
    event
}

/// The same request as API Gateway sends a body whose type is not text.
fn base64(mut event: Value) -> Value {
    let body = event["body"].as_str().unwrap_or_default();
    event["body"] = json!(STANDARD.encode(body));
    event["isBase64Encoded"] = json!(true);
    event["headers"]["content-type"] = json!("application/octet-stream");
    event
}

/// A request as an HTTP API of API Gateway sends it, payload format 2.0.
fn request(route: &str, path: &str, headers: &Value, body: Option<&str>) -> Value {
    let host = "api.example.com";
    let mut headers = headers.clone();
    headers["host"] = json!(host);
    headers["x-forwarded-for"] = json!("192.0.2.1");
    headers["x-forwarded-proto"] = json!("https");
    let mut event = json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "pathParameters": { "integration": INTEGRATION },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": host,
            "domainPrefix": "api",
            "http": {
                "method": route.split(' ').next(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "sample",
            },
            "requestId": "sample-request",
            "routeKey": route,
            "stage": "$default",
            "time": "22/Nov/2026:10:00:00 +0000",
            "timeEpoch": MOMENT,
        },
        "isBase64Encoded": false,
    });
    if let Some(body) = body {
        event["body"] = json!(body);
    }
    event
}

/// A batch of a readable message, a record that is not JSON, and a message of another customer.
fn inbound_batch() -> Value {
    let event = |contact: &str| {
        let mut body: Value =
            serde_json::from_str(&sample("lynn-inbound/message.json")).unwrap_or_default();
        body["contact"]["id"] = json!(contact);
        let inbound = InboundEvent::parse(body.to_string().as_bytes());
        let inbound = inbound.unwrap_or_else(|errors| panic!("{errors:?}"));
        queued(contact, "sample-1", Payload::Lynn(Box::new(inbound)))
    };
    batch(
        "bridge-InboundQueue.fifo",
        Direction::Inbound,
        &event("first-contact"),
        &event("second-contact"),
    )
}

/// The same batch towards Lynn.
fn outbound_batch() -> Value {
    let event = |contact: &str| {
        let mut body: Value =
            serde_json::from_str(&sample("genesys-webhook/text.json")).unwrap_or_default();
        body["channel"]["to"]["id"] = json!(contact);
        queued(contact, "sample-text", Payload::Genesys(Raw(body.to_string())))
    };
    batch(
        "bridge-OutboundQueue.fifo",
        Direction::Outbound,
        &event("first-contact"),
        &event("second-contact"),
    )
}

fn queued(contact: &str, id: &str, payload: Payload) -> QueuedEvent {
    QueuedEvent::accepted(
        IntegrationName::new(INTEGRATION),
        Some(ContactId::new(contact)),
        DedupKey::Message(id.to_owned()),
        payload,
        TraceId::new("sample-trace"),
        Timestamp::from_milliseconds(ACCEPTED),
    )
}

fn batch(queue: &str, direction: Direction, first: &QueuedEvent, last: &QueuedEvent) -> Value {
    let entry = |event: &QueuedEvent| {
        let message = event.to_message(direction).unwrap_or_else(|error| panic!("{error}"));
        (message.body, message.group, message.deduplication)
    };
    let poison = ("poison".to_owned(), "poison".to_owned(), "poison".to_owned());
    let records = [entry(first), poison, entry(last)];
    let record = |(place, (body, group, deduplication)): (usize, (String, String, String))| {
        json!({
            "messageId": format!("00000000-0000-0000-0000-{:012}", place + 1),
            "receiptHandle": format!("sample-receipt-{}", place + 1),
            "body": body,
            "attributes": {
                "ApproximateReceiveCount": "1",
                "ApproximateFirstReceiveTimestamp": (MOMENT + 1000).to_string(),
                "SentTimestamp": MOMENT.to_string(),
                "SenderId": "AROAEXAMPLE:bridge",
                "SequenceNumber": format!("{:020}", place + 1),
                "MessageGroupId": group,
                "MessageDeduplicationId": deduplication,
            },
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:us-east-1:123456789012:{queue}"),
            "awsRegion": "us-east-1",
        })
    };
    json!({ "Records": records.into_iter().enumerate().map(record).collect::<Vec<_>>() })
}
