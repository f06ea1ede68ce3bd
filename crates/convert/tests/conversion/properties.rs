//! Property tests: no input makes a parser or the conversion panic.

use convert::{TextOptions, parts};
use proptest::prelude::*;
use serde_json::{Map, Value};
use shared::genesys::outbound::OutboundNotification;
use shared::lynn::inbound::{InboundEvent, InboundKind};
use shared::time::Timestamp;

use crate::fixtures::all;
use crate::{from_genesys, from_lynn};

/// Keys of both contracts, so that generated objects reach the parsers' fields.
const KEYS: &[&str] = &[
    "type",
    "id",
    "time",
    "contact",
    "session",
    "text",
    "attachments",
    "reply",
    "attributes",
    "history",
    "author",
    "url",
    "mime",
    "mediaType",
    "to",
    "from",
    "kind",
    "payload",
    "messageId",
    "status",
    "reason",
    "reasons",
    "code",
    "message",
    "channel",
    "content",
    "contentType",
    "events",
    "eventType",
    "typing",
    "duration",
    "attachment",
    "quickReply",
    "quickReplyV2",
    "card",
    "carousel",
    "cards",
    "actions",
    "datePicker",
    "availableTimes",
    "dateTime",
    "template",
    "header",
    "body",
    "parameters",
    "name",
    "title",
    "idType",
    "isFinalReceipt",
    "filename",
    "caption",
];

const WORDS: &[&str] = &[
    "",
    " ",
    "message",
    "receipt",
    "typing",
    "session.ended",
    "Text",
    "Structured",
    "Receipt",
    "Event",
    "Card",
    "Carousel",
    "QuickReply",
    "DatePicker",
    "Notification",
    "Attachment",
    "Typing",
    "Failed",
    "https://example.com/a.png",
    "2026-11-22T10:00:00Z",
    "{{1}}",
    "<b>x</b>",
    "bot",
    "quickReply",
    "delivered",
    "-1",
    "1e400",
    "😀",
];

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(WORDS).prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(KEYS), inner), 0..8).prop_map(|entries| {
                let object: Map<String, Value> =
                    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
                Value::Object(object)
            }),
        ]
    })
}

/// A fixture in which one value is replaced.
fn mutated(folder: &'static str) -> impl Strategy<Value = Value> {
    let values: Vec<Value> =
        all(folder).iter().filter_map(|(_, bytes)| serde_json::from_slice(bytes).ok()).collect();
    (prop::sample::select(values), any::<prop::sample::Index>(), json()).prop_map(
        |(mut value, index, replacement)| {
            let count = places(&value);
            let mut left = index.index(count);
            replace(&mut value, &mut left, &replacement);
            value
        },
    )
}

fn places(value: &Value) -> usize {
    1 + match value {
        Value::Array(elements) => elements.iter().map(places).sum(),
        Value::Object(object) => object.values().map(places).sum(),
        _ => 0,
    }
}

/// Replaces the value at index `left`, in depth-first order. Returns `false` if the index is beyond
/// this value; `left` is then reduced.
fn replace(value: &mut Value, left: &mut usize, replacement: &Value) -> bool {
    if *left == 0 {
        *value = replacement.clone();
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(elements) => {
            elements.iter_mut().any(|inner| replace(inner, left, replacement))
        }
        Value::Object(object) => object.values_mut().any(|inner| replace(inner, left, replacement)),
        _ => false,
    }
}

fn try_everything(bytes: &[u8]) {
    if let Ok(notification) = OutboundNotification::parse(bytes) {
        from_genesys::converted(&notification);
    }
    match InboundEvent::parse(bytes) {
        Err(errors) => assert!(!errors.is_empty()),
        Ok(event) => {
            from_lynn::converted(&event);
            let queued = serde_json::to_vec(&event).unwrap();
            assert_eq!(serde_json::from_slice::<InboundEvent>(&queued).unwrap(), event);
            if let InboundKind::Message(message) = &event.kind {
                for max_length in [0, 1, 7, 2000] {
                    let options = TextOptions { strip_html: true, max_length };
                    let latest = Timestamp::from_milliseconds(i64::MAX);
                    assert!(!parts(&event, message, &options, latest).is_empty());
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn arbitrary_json(value in json()) {
        try_everything(value.to_string().as_bytes());
    }

    #[test]
    fn mutated_notifications(value in mutated("genesys/outbound")) {
        try_everything(value.to_string().as_bytes());
    }

    #[test]
    fn mutated_events(value in mutated("lynn/inbound")) {
        try_everything(value.to_string().as_bytes());
    }

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        try_everything(&bytes);
    }
}
