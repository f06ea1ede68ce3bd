//! The forms in which an event comes: an EventBridge event, the notification inside it, or the fields of its body alone, as a
//! workflow's data action may send them.

use serde_json::{Map, Value};

use super::disconnect::DisconnectType;
use super::kind::LifecycleKind;
use super::{AHEAD_MILLISECONDS, EARLIEST_MILLISECONDS, LifecycleEvent, NotLifecycle, Source};
use crate::genesys::object::{flag, instant, text};
use crate::ids::{ContactId, GenesysConversationId};
use crate::time::Timestamp;

/// Where the topic stands.
const TOPICS: [&str; 5] = ["topicName", "detail-type", "topic", "eventName", "eventType"];
/// Where an envelope says the time of its event, the more exact first.
const ENVELOPE_TIMES: [&str; 2] = ["timestamp", "time"];
/// What tells one presence of a participant from another, the surest first.
const LEGS: [&str; 3] = ["participantId", "sessionId", "userId"];
const ADDRESSES: [&str; 2] = ["addressFrom", "addressTo"];

pub(super) fn read(bytes: &[u8], received_at: Timestamp) -> Result<LifecycleEvent, NotLifecycle> {
    let Ok(Value::Object(whole)) = serde_json::from_slice(bytes) else {
        return Err(NotLifecycle::Unreadable);
    };
    // From the outside inwards; where there is no layer, the one around it stands in.
    let detail = inside(&whole, "detail").unwrap_or(&whole);
    let body = inside(detail, "eventBody").unwrap_or(detail);
    let layers = [detail, &whole];
    let topic = first(&layers, &TOPICS).ok_or(NotLifecycle::Topic)?;
    let kind = LifecycleKind::of_topic(&topic).ok_or(NotLifecycle::Topic)?;
    if !is_open_messaging(body) {
        return Err(NotLifecycle::Medium);
    }
    Ok(LifecycleEvent {
        conversation: text(body, "conversationId")
            .or_else(|| conversation_of(&topic))
            .map(GenesysConversationId::new)
            .ok_or(NotLifecycle::Conversation)?,
        kind,
        at: time(body, &layers, received_at)?,
        disconnect: text(body, "disconnectType").map(DisconnectType::new),
        leg: LEGS.iter().find_map(|key| text(body, key)),
        confirmed: flag(body, "confirmed") || flag(&whole, "confirmed"),
        addresses: ADDRESSES.iter().filter_map(|key| text(body, key)).map(ContactId::new).collect(),
        source: Source::Genesys,
    })
}

fn inside<'a>(around: &'a Map<String, Value>, key: &str) -> Option<&'a Map<String, Value>> {
    around.get(key)?.as_object()
}

fn first(layers: &[&Map<String, Value>], keys: &[&str]) -> Option<String> {
    let mut places = keys.iter().flat_map(|key| layers.iter().map(move |layer| (layer, key)));
    places.find_map(|(layer, key)| text(layer, key))
}

/// An event that does not say what it is about is looked up; one that says something else need not be.
fn is_open_messaging(body: &Map<String, Value>) -> bool {
    let says =
        |key: &str, word: &str| text(body, key).is_none_or(|said| said.eq_ignore_ascii_case(word));
    says("mediaType", "MESSAGE") && says("messageType", "OPEN")
}

/// The topic of a notification holds the id; the name of a topic holds `{id}`.
fn conversation_of(topic: &str) -> Option<String> {
    let (_, rest) = topic.split_once(".conversation.")?;
    let (id, _) = rest.split_once('.')?;
    (!id.is_empty() && id != "{id}").then(|| id.to_owned())
}

fn time(
    body: &Map<String, Value>,
    layers: &[&Map<String, Value>],
    received_at: Timestamp,
) -> Result<Timestamp, NotLifecycle> {
    // A time that is there and is none is no reason to take another one.
    let at = if text(body, "eventTime").is_some() {
        instant(body, "eventTime").ok_or(NotLifecycle::Time)?
    } else {
        let mut places =
            ENVELOPE_TIMES.iter().flat_map(|key| layers.iter().map(move |layer| (layer, key)));
        places.find_map(|(layer, key)| instant(layer, key)).unwrap_or(received_at)
    };
    let possible =
        at.milliseconds() >= EARLIEST_MILLISECONDS && at.since(received_at) <= AHEAD_MILLISECONDS;
    possible.then_some(at).ok_or(NotLifecycle::Time)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
            conversation: GenesysConversationId::new("c-1"),
            kind: LifecycleKind::CustomerEnd,
            at: Timestamp::from_milliseconds(NOW - 1000),
            disconnect: Some(DisconnectType::new("PEER")),
            leg: Some("p-1".to_owned()),
            confirmed: false,
            addresses: vec![ContactId::new("5215512345678"), ContactId::new("integration-1")],
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
        assert_eq!(event.conversation.as_str(), "c-9");
        assert_eq!(event.at.milliseconds(), NOW);
        let mut event = bridged();
        event["detail"]["eventBody"].as_object_mut().unwrap().remove("eventTime");
        let at = parse(&event).unwrap().at;
        assert_eq!(at.to_text(), "2026-11-22T10:00:00.500Z");
        // A data action writes texts, and empty ones for what its workflow does not know.
        let event = json!({ "topicName": "user.start", "conversationId": "c-1", "eventTime": (NOW - 5).to_string(),
                            "participantId": "", "disconnectType": "", "confirmed": "true" });
        let event = parse(&event).unwrap();
        assert_eq!((event.at.milliseconds(), event.leg, event.confirmed), (NOW - 5, None, true));
    }

    #[test]
    fn what_is_none_of_ours_says_why() {
        let mut cases = vec![
            (json!([]), NotLifecycle::Unreadable),
            (json!("customer.end"), NotLifecycle::Unreadable),
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
            ("eventTime", json!(NOW + AHEAD_MILLISECONDS + 1), NotLifecycle::Time),
            ("eventTime", json!(i64::MAX), NotLifecycle::Time),
            ("eventTime", json!(-5), NotLifecycle::Time),
            ("eventTime", json!(0), NotLifecycle::Time),
            ("eventTime", json!(NOW / 1000), NotLifecycle::Time),
            ("eventTime", json!("tomorrow"), NotLifecycle::Time),
        ] {
            cases.push((changed(key, value), problem));
        }
        for (event, problem) in cases {
            assert_eq!(parse(&event), Err(problem), "{event}");
        }
        assert_eq!(
            LifecycleEvent::parse(b"{", Timestamp::from_milliseconds(NOW)),
            Err(NotLifecycle::Unreadable)
        );
    }
}
