//! A request as API Gateway hands it to an endpoint.

use aws::http_request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use shared::endpoint;

use crate::endpoints::Endpoints;

/// The routes of template.yaml, and the default route.
const ROUTES: [&str; 5] = [
    "POST /genesys/{integration}",
    "POST /genesys/{integration}/events",
    "POST /lynn/{integration}",
    "GET /lynn/{integration}/conversations/{contactId}",
    "$default",
];
/// The statuses that an endpoint can answer.
const ANSWERS: [u16; 9] = [200, 202, 400, 401, 404, 405, 413, 415, 503];

/// The JSON of an event. Only the parts that a stranger can write count: path, method, headers,
/// query, body. API Gateway writes the rest, and Lambda's library relies on it.
pub fn gateway_event(input: &[u8]) {
    let Ok(said) = serde_json::from_slice::<Value>(input) else { return };
    let Ok(request) = http_request(event(&said).to_string().as_bytes()) else { return };
    let body = said["body"].as_str().unwrap_or_default();
    assert_eq!(request.body(), body.as_bytes(), "the handler gets what was sent");
    let path = request.uri().path().to_owned();
    if let Some(segments) = endpoint::segments(&path) {
        let again: Vec<String> = segments.iter().map(|part| endpoint::encode(part)).collect();
        let again = endpoint::segments(&again.join("/")).expect("what was encoded is decoded");
        // An empty path and one empty part are equal.
        assert_eq!(again, segments, "a path is read the same again");
    }
    let status = Endpoints::new().ask(request).status().as_u16();
    assert!(ANSWERS.contains(&status), "{path}: {status}");
}

fn event(said: &Value) -> Value {
    let text = |key: &str| said[key].as_str().unwrap_or_default();
    let route = ROUTES.iter().find(|route| **route == text("routeKey")).unwrap_or(&"$default");
    let path = format!("/{}", text("rawPath").trim_start_matches('/'));
    let method = said["requestContext"]["http"]["method"].as_str().unwrap_or("POST");
    let mut headers = texts(&said["headers"]);
    headers.insert("host".to_owned(), json!("api.example.com"));
    headers.insert("x-forwarded-proto".to_owned(), json!("https"));
    let encoded = said["isBase64Encoded"] == true;
    let body = if encoded { STANDARD.encode(text("body")) } else { text("body").to_owned() };
    json!({
        "version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": text("rawQueryString"),
        "headers": headers, "pathParameters": texts(&said["pathParameters"]), "body": body, "isBase64Encoded": encoded,
        "requestContext": {
            "accountId": "123456789012", "apiId": "api", "domainName": "api.example.com", "domainPrefix": "api",
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "x" },
            "requestId": "id", "routeKey": route, "stage": "$default",
            "time": "22/Nov/2026:10:00:00 +0000", "timeEpoch": 1_795_341_600_000_i64,
        },
    })
}

fn texts(fields: &Value) -> Map<String, Value> {
    let fields = fields.as_object().into_iter().flatten();
    let texts = fields.filter(|(_, value)| value.is_string());
    texts.map(|(key, value)| (key.clone(), value.clone())).collect()
}
