//! The events of the measurements, and the configuration that accepts them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

pub const LYNN_PATH: &str = "/lynn";
/// The conversation to which the fake Genesys adds every message.
pub const CONVERSATION: &str = "0c1d331e-7c1b-4a52-8a0e-0f6a9d2c1b11";

const INTEGRATION: &str = "8d1c6b1e-6d0f-4b7a-9a0e-3f6f5f0c2b11";
const WEBHOOK_SECRET: &str = "a-webhook-secret-of-32-characters";
const LYNN_KEY: &str = "a-key-of-lynn-of-32-characters-00";
/// The size of the body of a webhook and of a Lynn request: 1 KB.
const BODY_BYTES: usize = 1024;

/// The document that verifies callers.
pub fn receive_configuration() -> Value {
    json!({
        "name": "support",
        "genesys": { "integrationId": INTEGRATION, "webhookSecrets": [WEBHOOK_SECRET] },
        "lynn": { "inboundAuth": [{ "type": "apiKey", "key": LYNN_KEY }] },
    })
}

/// The document for calls to the vendors. Both vendors are at the address `vendors`.
pub fn send_configuration(vendors: &str) -> Value {
    let vendors = format!("http://{vendors}");
    json!({
        "name": "support",
        "genesys": {
            "domain": "mypurecloud.com", "integrationId": INTEGRATION, "apiBaseUrl": vendors, "loginBaseUrl": vendors,
            "oauthClients": [{ "clientId": "client", "clientSecret": "secret" }],
            // The question who an agent is costs once for each agent, not for each message.
            "agentNames": "hidden",
        },
        "lynn": { "webhookUrl": format!("{vendors}{LYNN_PATH}") },
    })
}

/// A signed webhook with an agent's message.
pub fn webhook(contact: &str, id: &str) -> Value {
    signed(&padded(notification(contact, id, "Text"), |body| &mut body["text"]))
}

/// A signed webhook with a receipt for a message of the customer.
pub fn webhook_receipt(contact: &str, message: &str, status: &str) -> Value {
    let mut body = notification(contact, message, "Receipt");
    body["status"] = json!(status);
    body["isFinalReceipt"] = json!(status == "Delivered");
    body["direction"] = json!("Outbound");
    signed(&body.to_string())
}

fn notification(contact: &str, id: &str, kind: &str) -> Value {
    json!({
        "id": id, "type": kind, "direction": "Outbound", "originatingEntity": "Human",
        "conversationId": CONVERSATION,
        "channel": {
            "id": INTEGRATION, "platform": "Open", "type": "Private", "messageId": id,
            "to": { "id": contact, "idType": "Opaque" },
            "from": { "id": INTEGRATION, "idType": "Opaque", "nickname": "support" },
            "time": "2026-11-22T10:00:00.000Z",
        },
        "text": "",
    })
}

/// A contact of the running conversations.
pub fn contact(number: u32) -> String {
    format!("52155123456{number:02}")
}

/// A message of Lynn from any contact.
pub fn lynn_message_of(contact: &str, id: &str) -> Value {
    let body = json!({
        "type": "message", "id": id,
        "contact": { "id": contact, "idType": "opaque", "nickname": "Ana", "firstName": "Ana", "lastName": "Ruiz" },
        "session": { "id": "3f0c331e", "channel": "whatsapp" },
        "text": "",
        "attributes": { "topic": "billing" },
    });
    let body = padded(body, |body| &mut body["text"]);
    let headers = json!({ "content-type": "application/json", "x-api-key": LYNN_KEY });
    gateway("lynn", headers, &body)
}

/// An SQS batch with one queue entry.
pub fn batch(entry: &str) -> Value {
    json!({ "Records": [{
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": entry,
        "attributes": {
            "ApproximateReceiveCount": "1", "SentTimestamp": "1763805600000", "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "MessageGroupId": "conversation", "MessageDeduplicationId": "1", "SequenceNumber": "18849496460467696128",
            "ApproximateFirstReceiveTimestamp": "1763805600001",
        },
        "messageAttributes": {}, "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3", "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:queue.fifo", "awsRegion": "us-east-1",
    }] })
}

/// A request for `/health`. It shows the cost of Lambda's own loop.
pub fn health() -> Value {
    let mut event = gateway("genesys", json!({}), "");
    event["rawPath"] = json!("/health");
    event["routeKey"] = json!("ANY /health");
    event["requestContext"]["routeKey"] = json!("ANY /health");
    event["requestContext"]["http"]["method"] = json!("GET");
    event["requestContext"]["http"]["path"] = json!("/health");
    event["pathParameters"] = Value::Null;
    event
}

fn signed(body: &str) -> Value {
    // HMAC accepts a key of any length.
    let signature = Hmac::<Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes())
        .map(|mac| STANDARD.encode(mac.chain_update(body).finalize().into_bytes()))
        .unwrap_or_default();
    let headers = json!({
        "content-type": "application/json", "x-hub-signature-256": format!("sha256={signature}"),
    });
    gateway("genesys", headers, body)
}

fn padded(mut body: Value, text: impl Fn(&mut Value) -> &mut Value) -> String {
    let missing = BODY_BYTES.saturating_sub(body.to_string().len());
    *text(&mut body) = json!("Good morning, how can I help? ".repeat(40)[..missing]);
    body.to_string()
}

/// A request as API Gateway's HTTP API sends it, in payload format 2.0.
fn gateway(vendor: &str, mut headers: Value, body: &str) -> Value {
    let (path, route) = (format!("/{vendor}/support"), format!("POST /{vendor}/{{integration}}"));
    for (name, value) in [
        ("accept", "*/*"),
        ("host", "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"),
        ("user-agent", "caller/1.0"),
        ("x-amzn-trace-id", "Root=1-6921a7c0-0123456789abcdef01234567"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
    ] {
        headers[name] = json!(value);
    }
    headers["content-length"] = json!(body.len().to_string());
    json!({
        "version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": "", "headers": headers,
        "requestContext": {
            "accountId": "123456789012", "apiId": "a1b2c3d4e5",
            "domainName": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com", "domainPrefix": "a1b2c3d4e5",
            "http": { "method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "caller/1.0" },
            "requestId": "JKJaXmPLvHcESHA=", "routeKey": route, "stage": "$default",
            "time": "22/Nov/2026:10:00:00 +0000", "timeEpoch": 1_795_341_600_000_i64,
        },
        "pathParameters": { "integration": "support" }, "body": body, "isBase64Encoded": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_the_size_that_is_said() {
        for event in [webhook("5", "1"), lynn_message_of("5", "1")] {
            assert_eq!(event["body"].as_str().unwrap().len(), BODY_BYTES);
        }
    }
}
