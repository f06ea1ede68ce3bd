//! Parses the three forms of an event: an EventBridge event, the notification inside it, or only
//! the fields of its body, as a workflow's data action may send them.

use std::time::Duration;

use serde_json::{Map, Value};

use super::disconnect::DisconnectType;
use super::kind::LifecycleKind;
use super::{AHEAD, LifecycleEvent, NotLifecycle, Source};
use crate::genesys::object::{self, flag, instant, is_to_the_second};
use crate::genesys::surrogates;
use crate::genesys::times::EARLIEST;
use crate::ids::{ContactId, GenesysConversationId};
use crate::time::Timestamp;

/// The keys that may contain the topic.
const TOPICS: [&str; 5] = ["topicName", "detail-type", "topic", "eventName", "eventType"];
/// The keys of the time in an envelope, the more exact first.
const ENVELOPE_TIMES: [&str; 2] = ["timestamp", "time"];
/// The keys that identify a presence of a participant, the most reliable first.
const LEGS: [&str; 3] = ["participantId", "sessionId", "userId"];
/// The keys that name the user: of an agent's event, and of the end of a wait.
const USERS: [&str; 2] = ["userId", "answeredUserId"];
/// The last millisecond of a second.
const LAST_MILLISECOND: Duration = Duration::from_millis(999);
const ADDRESSES: [&str; 2] = ["addressFrom", "addressTo"];
/// The outcomes of a wait in a queue (`acdOutcome`), and whether an agent answered. `UNKNOWN` says
/// nothing.
const OUTCOMES: [(&str, bool); 3] = [("ANSWERED", true), ("ABANDON", false), ("FLOW_OUT", false)];

pub(super) fn read(bytes: &[u8], received_at: Timestamp) -> Result<LifecycleEvent, NotLifecycle> {
    let whole = whole(bytes)?;
    // Go from the outside inwards; a missing layer is replaced by the layer around it.
    let detail = inside(&whole, "detail").unwrap_or(&whole);
    let body = inside(detail, "eventBody").unwrap_or(detail);
    let layers = [detail, &whole];
    let topic = first(&layers, &TOPICS).ok_or(NotLifecycle::Topic)?;
    let kind = LifecycleKind::of_topic(&topic).ok_or(NotLifecycle::Topic)?;
    if !is_open_messaging(body) {
        return Err(NotLifecycle::Medium);
    }
    let conversation = text(body, "conversationId").or_else(|| conversation_of(&topic));
    let addresses: Vec<ContactId> =
        ADDRESSES.iter().filter_map(|key| text(body, key)).map(ContactId::new).collect();
    if conversation.is_none() && addresses.is_empty() {
        return Err(NotLifecycle::Conversation);
    }
    let (at, written_at) = time(body, &layers, received_at);
    Ok(LifecycleEvent {
        conversation: conversation.map(GenesysConversationId::new),
        kind,
        at,
        written_at,
        answered: answered(body),
        disconnect: text(body, "disconnectType").map(DisconnectType::new),
        leg: LEGS.iter().find_map(|key| text(body, key)),
        user: USERS.iter().find_map(|key| text(body, key)),
        queue: text(body, "queueId"),
        confirmed: flag(body, "confirmed") || flag(&whole, "confirmed"),
        addresses,
        presumed: false,
        source: Source::Genesys,
    })
}

/// Parses the bytes as an object, with the leniency of webhooks: if a program joined the text, an
/// invalid character costs only itself. A list with one object counts as that object.
fn whole(bytes: &[u8]) -> Result<Map<String, Value>, NotLifecycle> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let read = serde_json::from_str(text).or_else(|error| {
        let repaired = surrogates::repaired(text.as_bytes()).ok_or(error)?;
        serde_json::from_slice(&repaired)
    });
    let value = read.map_err(|error: serde_json::Error| NotLifecycle::Unreadable {
        line: error.line(),
        column: error.column(),
    })?;
    match value {
        Value::Object(whole) => Ok(whole),
        Value::Array(elements) => match <[Value; 1]>::try_from(elements) {
            Ok([Value::Object(whole)]) => Ok(whole),
            _ => Err(NotLifecycle::Unreadable { line: 1, column: 0 }),
        },
        _ => Err(NotLifecycle::Unreadable { line: 1, column: 0 }),
    }
}

/// A text that is not blank and not a variable that was never filled in.
fn text(body: &Map<String, Value>, key: &str) -> Option<String> {
    let text = object::text(body, key)?;
    let text = text.trim();
    let is_between = |begin, end| text.starts_with(begin) && text.ends_with(end);
    let is_unfilled =
        is_between("${", "}") || is_between("{{", "}}") || ["null", "undefined"].contains(&text);
    (!text.is_empty() && !is_unfilled).then(|| text.to_owned())
}

/// Whether an agent answered, if the end of a wait says so: by its outcome, otherwise by the id of
/// the user who answered.
fn answered(body: &Map<String, Value>) -> Option<bool> {
    let outcome = text(body, "acdOutcome");
    let known = outcome.and_then(|word| {
        OUTCOMES.iter().find(|(known, _)| word.eq_ignore_ascii_case(known)).map(|(_, is)| *is)
    });
    known.or_else(|| text(body, "answeredUserId").map(|_| true))
}

fn inside<'a>(around: &'a Map<String, Value>, key: &str) -> Option<&'a Map<String, Value>> {
    around.get(key)?.as_object()
}

fn first(layers: &[&Map<String, Value>], keys: &[&str]) -> Option<String> {
    let mut places = keys.iter().flat_map(|key| layers.iter().map(move |layer| (layer, key)));
    places.find_map(|(layer, key)| text(layer, key))
}

/// An event without these fields may be about Open Messaging and is looked up; one with other
/// values is ignored.
fn is_open_messaging(body: &Map<String, Value>) -> bool {
    let says = |key: &str, word: &str| {
        let is = |said: String| [word, "UNKNOWN"].iter().any(|is| said.eq_ignore_ascii_case(is));
        text(body, key).is_none_or(is)
    };
    says("mediaType", "MESSAGE") && says("messageType", "OPEN")
}

/// A notification's topic contains the id; the name of a topic contains `{id}`.
fn conversation_of(topic: &str) -> Option<String> {
    let (_, rest) = topic.split_once(".conversation.")?;
    let (id, _) = rest.split_once('.')?;
    (!id.is_empty() && id != "{id}").then(|| id.to_owned())
}

/// The event's time, otherwise its envelope's, otherwise the time of receipt: the first one that is
/// readable and plausible. A time in whole seconds is moved to the latest possible millisecond;
/// otherwise the event would seem older than a customer's message of the same second. The time as
/// written is then returned too.
fn time(
    body: &Map<String, Value>,
    layers: &[&Map<String, Value>],
    received_at: Timestamp,
) -> (Timestamp, Option<Timestamp>) {
    let is_possible = |at: &Timestamp| *at >= EARLIEST && at.elapsed_since(received_at) <= AHEAD;
    let places =
        ENVELOPE_TIMES.iter().flat_map(|key| layers.iter().map(move |layer| (*layer, *key)));
    let mut times = [(body, "eventTime")].into_iter().chain(places);
    let found = times.find_map(|(layer, key)| {
        let at = instant(layer, key).filter(is_possible)?;
        Some((at, is_to_the_second(layer, key)))
    });
    match found {
        Some((at, true)) => {
            let latest = (at + LAST_MILLISECOND).min(received_at).max(at);
            (latest, (latest != at).then_some(at))
        }
        Some((at, false)) => (at, None),
        None => (received_at, None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ids::GenesysIntegrationId;

    const NOW: i64 = 1_795_341_600_000;

    fn parse(event: &Value) -> Result<LifecycleEvent, NotLifecycle> {
        LifecycleEvent::parse(event.to_string().as_bytes(), Timestamp::from_milliseconds(NOW))
    }

    fn body() -> Value {
        json!({
            "eventTime": NOW - 1000, "conversationId": "c-1", "participantId": "p-1", "sessionId": "s-1",
            "disconnectType": "PEER", "mediaType": "MESSAGE", "messageType": "OPEN", "direction": "INBOUND",
            "addressFrom": "5215512345678", "addressTo": "integration-1", "provider": "PureCloud Messaging",
        })
    }

    fn bridged() -> Value {
        json!({
            "version": "0", "id": "e-1", "detail-type": "v2.detail.events.conversation.{id}.customer.end",
            "source": "aws.partner/genesys.com/cloud/o-1/lynn", "account": "123456789012",
            "time": "2026-11-22T10:00:00Z", "region": "us-east-1", "resources": [],
            "detail": { "topicName": "v2.detail.events.conversation.c-1.customer.end", "version": "2",
                        "timestamp": "2026-11-22T10:00:00.500Z", "eventBody": body(),
                        "metadata": { "CorrelationId": "x" } },
        })
    }

    #[test]
    fn the_same_event_is_read_from_every_form() {
        let expected = LifecycleEvent {
            conversation: Some(GenesysConversationId::new("c-1")),
            kind: LifecycleKind::CustomerEnd,
            at: Timestamp::from_milliseconds(NOW - 1000),
            written_at: None,
            answered: None,
            disconnect: Some(DisconnectType::new("PEER")),
            leg: Some("p-1".to_owned()),
            user: None,
            queue: None,
            confirmed: false,
            addresses: vec![ContactId::new("5215512345678"), ContactId::new("integration-1")],
            presumed: false,
            source: Source::Genesys,
        };
        assert_eq!(parse(&bridged()).as_ref(), Ok(&expected));
        let notification = json!({ "topicName": "v2.detail.events.conversation.{id}.customer.end", "eventBody": body() });
        assert_eq!(parse(&notification).as_ref(), Ok(&expected));
        let mut flat = body();
        flat["topicName"] = json!("customer.end");
        assert_eq!(parse(&flat).as_ref(), Ok(&expected));
        let text = serde_json::to_string(&expected).unwrap();
        assert_eq!(serde_json::from_str::<LifecycleEvent>(&text).unwrap(), expected);
    }

    #[test]
    fn what_is_missing_is_found_elsewhere_or_not_needed() {
        let topic = "v2.detail.events.conversation.c-9.user.start";
        let event = parse(&json!({ "topicName": topic, "eventBody": {} })).unwrap();
        assert_eq!(event.conversation.unwrap().as_str(), "c-9");
        assert_eq!(event.at.milliseconds(), NOW);
        let mut event = bridged();
        event["detail"]["eventBody"].as_object_mut().unwrap().remove("eventTime");
        let at = parse(&event).unwrap().at;
        assert_eq!(at.to_text(), "2026-11-22T10:00:00.500Z");
        // A data action writes texts, and empty ones for values that its workflow does not know.
        let event = json!({ "topicName": "user.start", "conversationId": "c-1", "eventTime": (NOW - 5).to_string(),
                            "participantId": "", "disconnectType": "", "confirmed": "true" });
        let event = parse(&event).unwrap();
        assert_eq!((event.at.milliseconds(), event.leg, event.confirmed), (NOW - 5, None, true));
    }

    #[test]
    fn what_is_none_of_ours_says_why() {
        let mut cases = vec![
            (json!([]), NotLifecycle::Unreadable { line: 1, column: 0 }),
            (json!([{}, {}]), NotLifecycle::Unreadable { line: 1, column: 0 }),
            (json!("customer.end"), NotLifecycle::Unreadable { line: 1, column: 0 }),
            (json!({}), NotLifecycle::Topic),
            (
                json!({ "topicName": "v2.detail.events.conversation.{id}.wrapup", "eventBody": body() }),
                NotLifecycle::Topic,
            ),
            (json!({ "topicName": "customer.end", "eventBody": {} }), NotLifecycle::Conversation),
            (json!({ "topicName": 5, "eventBody": body() }), NotLifecycle::Topic),
        ];
        let changed = |key: &str, value: Value| {
            let mut event = bridged();
            event["detail"]["eventBody"][key] = value;
            event
        };
        for (key, value, problem) in [
            ("mediaType", json!("VOICE"), NotLifecycle::Medium),
            ("messageType", json!("WHATSAPP"), NotLifecycle::Medium),
        ] {
            cases.push((changed(key, value), problem));
        }
        for (event, problem) in cases {
            assert_eq!(parse(&event), Err(problem), "{event}");
        }
        assert_eq!(
            LifecycleEvent::parse(b"{\n\"a\": ,", Timestamp::from_milliseconds(NOW)),
            Err(NotLifecycle::Unreadable { line: 2, column: 6 })
        );
    }

    /// An invalid character, even in a field that is not parsed, must not cost the event.
    #[test]
    fn an_odd_character_costs_itself_only() {
        let event = |odd: &[u8]| {
            let before =
                br#"{"topicName":"user.start","conversationId":"c-1","confirmed":true,"more":""#;
            let bytes = [&before[..], odd, b"\"}"].concat();
            LifecycleEvent::parse(&bytes, Timestamp::from_milliseconds(NOW))
        };
        let expected = event(b"").unwrap();
        assert!(expected.confirmed);
        let odd: [&[u8]; 8] = [
            br"An\ud83d",
            b"Ventas\tNorte",
            b"a\r\nb\0",
            b"Atenci\xf3n",
            b"\xf0\x9f",
            br"C:\dir",
            "ñ 😀".as_bytes(),
            br"\ud83d\ude00 \ude00",
        ];
        for odd in odd {
            assert_eq!(event(odd).as_ref(), Ok(&expected), "{odd:?}");
        }
        let plain = br#"{"topicName":"user.start","conversationId":"c-1","confirmed":true}"#;
        for (before, after) in [("\u{feff}", ""), ("[", "]"), (" \n[ ", " ] ")] {
            let bytes = [before.as_bytes(), plain, after.as_bytes()].concat();
            let read = LifecycleEvent::parse(&bytes, Timestamp::from_milliseconds(NOW));
            assert_eq!(read.as_ref(), Ok(&expected), "{before}");
        }
        let form = b"topicName=user.start&conversationId=c-1";
        let read = LifecycleEvent::parse(form, Timestamp::from_milliseconds(NOW));
        assert!(matches!(read, Err(NotLifecycle::Unreadable { line: 1, .. })));
    }

    /// An event is valid even if its time is not.
    #[test]
    fn a_time_that_is_none_is_the_time_it_came() {
        let at = |event: &Value| parse(event).unwrap().at.milliseconds();
        let flat = |time: Value| {
            let mut event = body();
            event["topicName"] = json!("customer.end");
            event["eventTime"] = time;
            at(&event)
        };
        for none in [
            json!("yesterday"),
            json!("${input.eventTime}"),
            json!("{{eventTime}}"),
            json!(""),
            json!(0),
            json!(-5),
            json!(i64::MAX),
            json!(NOW + 5 * 60_000 + 1),
            json!([NOW]),
            json!(true),
        ] {
            assert_eq!(flat(none.clone()), NOW, "{none}");
        }
        // A time in whole seconds: use the latest possible time, and recognise the event by the
        // time as written.
        let written = Timestamp::from_milliseconds(NOW - 1000);
        for seconds in [
            json!(NOW / 1000 - 1),
            json!((NOW / 1000 - 1).to_string()),
            json!(written.to_text().replace(".000", "")),
        ] {
            let mut event = body();
            event["topicName"] = json!("customer.end");
            event["eventTime"] = seconds;
            let event = parse(&event).unwrap();
            assert_eq!((event.at.milliseconds(), event.written_at), (NOW - 1, Some(written)));
            event_is_known_again(&event);
        }
        assert_eq!(flat(json!(NOW / 1000)), NOW);
        assert_eq!(flat(json!((NOW - 1000).to_string())), NOW - 1000);
        // An envelope gives the time of sending.
        let mut event = bridged();
        event["detail"]["eventBody"]["eventTime"] = json!("yesterday");
        event["detail"]["timestamp"] = json!(NOW - 500);
        assert_eq!(at(&event), NOW - 500);
    }

    fn event_is_known_again(event: &LifecycleEvent) {
        let later = LifecycleEvent { at: event.at - Duration::from_millis(5), ..event.clone() };
        // The delivery compares these fields for repeats: see `DedupKey`.
        let written = |event: &LifecycleEvent| event.written_at.unwrap_or(event.at);
        assert_eq!((event.key(), written(event)), (later.key(), written(&later)));
    }

    #[test]
    fn what_nobody_has_filled_in_is_not_there() {
        let unfilled = json!({ "topicName": "acd.end", "conversationId": "c-1", "eventTime": "${input.eventTime}",
            "participantId": "${input.participantId}", "disconnectType": "{{disconnectType}}", "addressFrom": "null",
            "addressTo": " ", "acdOutcome": "${input.acdOutcome}", "answeredUserId": "undefined" });
        let event = parse(&unfilled).unwrap();
        assert_eq!((event.leg.as_deref(), event.disconnect.as_ref()), (None, None));
        assert_eq!((event.answered, event.addresses.len()), (None, 0));
        let mut nothing = unfilled;
        nothing["conversationId"] = json!("${input.conversationId}");
        assert_eq!(parse(&nothing), Err(NotLifecycle::Conversation));
        nothing["addressFrom"] = json!("ana");
        assert_eq!(parse(&nothing).unwrap().conversation, None);
    }

    #[test]
    fn the_outcome_of_a_wait_decides_whether_an_agent_answered() {
        for (outcome, user, disconnect, answered) in [
            ("ANSWERED", "", "TRANSFER", true),
            ("answered", "u-1", "CLIENT", true),
            ("FLOW_OUT", "", "TRANSFER", false),
            ("ABANDON", "", "TRANSFER", false),
            ("ABANDON", "u-1", "TRANSFER", false),
            ("", "u-1", "CLIENT", true),
            ("UNKNOWN", "u-1", "CLIENT", true),
            ("UNKNOWN", "", "TRANSFER", true),
            ("A_NEW_ONE", "", "CLIENT", false),
            ("", "", "TRANSFER", true),
            ("", "", "TAKEOVER", false),
            ("", "", "CONSULT_TRANSFER", false),
            ("", "", "", false),
        ] {
            let event = json!({ "topicName": "acd.end", "conversationId": "c-1", "acdOutcome": outcome,
                                "answeredUserId": user, "disconnectType": disconnect });
            assert_eq!(parse(&event).unwrap().is_answer(), answered, "{event}");
            let mut end = event;
            end["topicName"] = json!("user.end");
            assert!(!parse(&end).unwrap().is_answer(), "{end}");
        }
    }

    #[test]
    fn the_customer_is_the_address_that_is_not_the_integration() {
        let customer = |from: &str, to: &str| {
            let event = json!({ "topicName": "acd.end", "addressFrom": from, "addressTo": to });
            let event = parse(&event).unwrap();
            event.customer(&GenesysIntegrationId::new("i-1")).map(|id| id.as_str().to_owned())
        };
        for (from, to) in [("ana", "i-1"), ("i-1", "ana"), ("ana", ""), ("ana", "ana")] {
            assert_eq!(customer(from, to).as_deref(), Some("ana"), "{from} {to}");
        }
        assert_eq!(customer("ana", "bob"), None);
        assert_eq!(customer("i-1", "i-1"), None);
    }
}
