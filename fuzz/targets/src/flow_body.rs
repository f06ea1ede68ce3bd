//! An event as a flow joins it: what strict JSON says is read the same, in whatever way it is
//! written, and a form says what the JSON of the same fields says.

mod form;
mod spelling;

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use serde_json::Value;
use shared::ids::LynnEventId;
use shared::lynn::inbound::{Arrival, InboundEvent, InboundKind, Read, Refused, trimmed_id};
use shared::ports::Direction;

use crate::endpoints::{Endpoints, KEY};

const FORM: &str = "application/x-www-form-urlencoded";
/// Content types that change nothing for a JSON object in UTF-8.
const TYPES: [&str; 6] = [
    "application/json",
    "application/json; charset=iso-8859-1",
    "text/plain",
    "application/octet-stream",
    "nonsense",
    FORM,
];
/// An error that names a place in the text.
const NOT_JSON: &str = "is not valid JSON";

/// The event, the omitted fields, and whether characters were replaced.
type Outcome = Result<(InboundEvent, Vec<String>, bool), Refused>;

/// The body of an authentic request, of any content type.
pub fn flow_body(input: &[u8]) {
    for content_type in TYPES.into_iter().map(Some).chain([None]) {
        assert_same("it is read twice", &read(input, content_type), &read(input, content_type));
    }
    packed(input);
    if let Ok(text) = std::str::from_utf8(input)
        && let Ok(value) = serde_json::from_str::<Value>(text)
    {
        spelled(text, &value);
        as_a_form(&value);
    }
}

fn read(body: &[u8], content_type: Option<&'static str>) -> Outcome {
    let mut headers = HeaderMap::new();
    if let Some(content_type) = content_type {
        headers.insert("content-type", HeaderValue::from_static(content_type));
    }
    let new_id = || LynnEventId::new("new");
    let read = InboundEvent::read(body, &Arrival::of(&headers), new_id);
    read.map(|Read { event, left_out, replaced }| (event, left_out, replaced))
}

/// Whether the only error is a place in the text, which another spelling moves.
fn is_not_json(outcome: &Outcome) -> bool {
    let Err(Refused::Invalid(errors)) = outcome else { return false };
    errors.iter().any(|error| error.message.starts_with(NOT_JSON))
}

/// Panics when two outcomes differ. It shows no event: `Debug` hides a person's words.
fn assert_same(what: &str, one: &Outcome, other: &Outcome) {
    let is_same = one == other || (is_not_json(one) && is_not_json(other));
    assert!(is_same, "{what}, with another outcome:\n{one:#?}\n{other:#?}");
}

/// Strict JSON is read as a strict parser reads it, also when it is written as a flow writes it.
fn spelled(text: &str, value: &Value) {
    let plain = read(text.as_bytes(), None);
    if let Ok((event, ..)) = &plain {
        says(value, event);
    }
    let escaped = spelling::escaped(text);
    assert_same("with escapes only", &plain, &read(escaped.as_bytes(), None));
    let joined = spelling::joined(text);
    assert_same("as a flow joins it", &plain, &read(joined.as_bytes(), None));
    if value.is_object() {
        for content_type in TYPES {
            // A body that is too deep is not JSON to the reader, so its type decides.
            if !is_not_json(&plain) {
                assert_same(content_type, &plain, &read(text.as_bytes(), Some(content_type)));
            }
        }
    }
}

/// The texts of the event are those that a strict parser reads.
fn says(value: &Value, event: &InboundEvent) {
    if let Some(id) = value["id"].as_str() {
        assert_eq!(event.id.as_str(), trimmed_id(id));
    }
    if let Some(id) = value["contact"]["id"].as_str() {
        assert_eq!(event.contact.id.as_str(), trimmed_id(id));
    }
    if let (Some(known), Some(said)) =
        (&event.contact.nickname, value["contact"]["nickname"].as_str())
    {
        assert!(known == said, "another name");
    }
    let InboundKind::Message(message) = &event.kind else { return };
    let is_alone = value.get("attachments").is_none();
    if let Some(text) = value["text"].as_str().filter(|text| is_alone && !text.trim().is_empty()) {
        assert!(message.text.as_deref() == Some(text), "another text");
    }
    for (name, value) in value["attributes"].as_object().into_iter().flatten() {
        if let Some(text) = value.as_str().filter(|_| !name.trim().is_empty()) {
            assert!(message.attributes.get(name).is_some_and(|it| it == text), "another attribute");
        }
    }
}

/// A form is read as the JSON of the same fields.
fn as_a_form(value: &Value) {
    let fields = form::expressible(value);
    let json = read(fields.to_string().as_bytes(), None);
    let form = read(form::written(&fields).as_bytes(), Some(FORM));
    match (json, form) {
        (Ok((event, mut left_out, replaced)), Ok((same, mut same_left_out, same_replaced))) => {
            assert!(event == same, "the form says another event: {event:#?}\n{same:#?}");
            left_out.sort();
            same_left_out.sort();
            assert_eq!((left_out, replaced), (same_left_out, same_replaced));
        }
        (Err(Refused::Invalid(json)), Err(Refused::Invalid(form))) => {
            let sorted = |errors: Vec<shared::problem::FieldError>| {
                let texts = errors.into_iter().map(|error| (error.field, error.message));
                texts.collect::<std::collections::BTreeSet<_>>()
            };
            assert_eq!(sorted(json), sorted(form));
        }
        (json, form) => panic!("one is refused:\n{json:#?}\n{form:#?}\n{fields:#}"),
    }
}

/// A body packed with gzip has the effect of the same body unpacked.
fn packed(input: &[u8]) {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(input).expect("memory");
    let packed = encoder.finish().expect("memory");
    let (plain, queued) = sent(input.to_vec(), None);
    let (answer, queued_packed) = sent(packed, Some("gzip"));
    assert_eq!(answer.status(), plain.status());
    assert_eq!(queued_packed, queued);
    if answer.status() != StatusCode::ACCEPTED {
        assert_eq!(answer.body(), plain.body());
    }
}

/// Sends a body, and returns the answer and the number of queued events.
fn sent(body: Vec<u8>, encoding: Option<&'static str>) -> (Response<Bytes>, usize) {
    let endpoints = Endpoints::new();
    let mut request = Request::post("/lynn/support").header("x-api-key", KEY);
    if let Some(encoding) = encoding {
        request = request.header("content-encoding", encoding);
    }
    let answer = endpoints.ask(request.body(Bytes::from(body)).expect("a request"));
    (answer, endpoints.queued(Direction::Inbound).len())
}
