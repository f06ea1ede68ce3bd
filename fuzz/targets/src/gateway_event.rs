//! An event of API Gateway, as Lambda hands it to an endpoint.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use shared::aws::http_request;
use shared::endpoint;

use crate::door::Door;

/// What an endpoint can answer.
const ANSWERS: [u16; 10] = [200, 202, 400, 401, 404, 405, 413, 415, 503, 301];

/// The event's JSON. A stranger writes what is in it; that a body is encoded as the event says is API Gateway's own doing, on which
/// Lambda's library relies.
pub fn gateway_event(input: &[u8]) {
    if !is_encoded_as_it_says(input) {
        return;
    }
    let Ok(request) = http_request(input) else { return };
    let path = request.uri().path().to_owned();
    if let Some(segments) = endpoint::segments(&path) {
        let again: Vec<String> = segments.iter().map(|part| endpoint::encode(part)).collect();
        let again = endpoint::segments(&again.join("/")).expect("what was encoded is decoded");
        assert_eq!(again, segments, "a path is read the same again");
    }
    let status = Door::new().ask(request).status().as_u16();
    assert!(ANSWERS.contains(&status), "{path}: {status}");
}

fn is_encoded_as_it_says(input: &[u8]) -> bool {
    let Ok(event) = serde_json::from_slice::<Value>(input) else { return false };
    let encoded = event["isBase64Encoded"] == true;
    !encoded || event["body"].as_str().is_none_or(|body| STANDARD.decode(body).is_ok())
}
