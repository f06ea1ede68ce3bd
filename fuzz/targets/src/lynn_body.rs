//! An event from Lynn, as JSON and as a form, through the endpoint, the parser and the conversion
//! to Genesys' requests.

use std::collections::HashSet;

use convert::{self, InboundPart, TextOptions, split};
use delivery::event::Payload;
use http::{HeaderMap, HeaderValue};
use serde_json::Value;
use shared::ids::LynnEventId;
use shared::lynn::inbound::{Arrival, InboundEvent, InboundKind, Read, Refused};
use shared::ports::Direction;
use shared::problem::FieldError;
use shared::time::Timestamp;

use crate::canary::{hides, with_canary};
use crate::endpoints::Endpoints;

/// A refusal names the errors, but its size is limited, in bytes.
const LONGEST_REFUSAL: usize = 64 * 1024;

/// The body of an authentic request.
pub fn lynn_body(input: &[u8]) {
    let endpoints = Endpoints::new();
    let answer = endpoints.lynn(input);
    let new_id = || LynnEventId::new("new");
    let parsed = InboundEvent::read(input, &Arrival::default(), new_id);
    assert_eq!(answer.status(), if parsed.is_ok() { 202 } else { 400 });
    assert!(answer.body().len() <= LONGEST_REFUSAL, "{} bytes", answer.body().len());
    let said: Value = serde_json::from_slice(answer.body()).expect("the answer is JSON");
    let queued = endpoints.queued(Direction::Inbound);
    match parsed {
        Err(refused) => {
            let Refused::Invalid(errors) = refused else { panic!("no type was said") };
            assert!(!errors.is_empty() && queued.is_empty());
            assert_eq!(said["status"], 400);
            assert!(serde_json::from_slice::<Value>(input).is_err() || is_named(&errors));
        }
        Ok(Read { mut event, .. }) => {
            let [queued] = queued.as_slice() else { panic!("it is queued once") };
            let Payload::Lynn(travelled) = &queued.payload else { panic!("another payload") };
            assert_eq!(said["id"], travelled.id.as_str());
            if event.id == new_id() {
                // Each event without an id gets a new one.
                event.id = travelled.id.clone();
            }
            assert_eq!(**travelled, event, "it arrives as it was read");
            convert(&event);
        }
    }
    form(input);
    if let Some(event) = with_canary(input).and_then(|marked| InboundEvent::parse(&marked).ok()) {
        hides(&event);
    }
}

/// JSON that a common parser accepts is refused only for repeated keys and for its depth, never as
/// invalid.
fn is_named(errors: &[FieldError]) -> bool {
    errors.iter().all(|error| !error.message.starts_with("is not valid JSON"))
}

/// Reads the same bytes as a form.
fn form(input: &[u8]) {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
    let new_id = || LynnEventId::new("new");
    if let Ok(Read { event, .. }) = InboundEvent::read(input, &Arrival::of(&headers), new_id) {
        convert(&event);
    }
}

fn convert(event: &InboundEvent) {
    let time = Timestamp::from_milliseconds(1_795_341_600_000);
    let _ = serde_json::to_value(convert::typing(event, time)).expect("JSON");
    let InboundKind::Message(message) = &event.kind else { return };
    for options in [
        TextOptions { strip_html: true, max_length: 2000 },
        TextOptions { strip_html: false, max_length: 7 },
    ] {
        let parts = convert::parts(event, message, &options, time);
        let ids: HashSet<&str> = parts.iter().map(|part| part.message_id.as_str()).collect();
        assert_eq!(ids.len(), parts.len(), "every part has an id of its own");
        assert!(parts.is_sorted_by(|one, next| one.time < next.time), "times rise");
        parts.iter().for_each(|part| check(part, &options));
    }
}

fn check(part: &InboundPart, options: &TextOptions) {
    let call = serde_json::to_value(&part.call).expect("a call is JSON");
    let attachment = &call["content"][0]["attachment"];
    for text in [&call["text"], &attachment["text"]].into_iter().filter_map(Value::as_str) {
        // A part over the limit is a single character that cannot be split.
        assert!(
            split::length(text) <= options.max_length || text.chars().count() == 1,
            "a part has {} code units",
            split::length(text)
        );
    }
    if let Some(name) = attachment["filename"].as_str() {
        assert!(
            !name.contains(['/', '\\']) && !name.contains(char::is_control),
            "a name does harm"
        );
    }
    if let Some(url) = attachment["url"].as_str() {
        assert!(url.bytes().all(|byte| byte.is_ascii_graphic()), "a URL is not valid");
    }
}
