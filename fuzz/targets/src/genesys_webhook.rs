//! A webhook from Genesys through the endpoint, the parser and the conversion to Lynn's event.

use delivery::event::Payload;
use serde_json::Value;
use shared::contact::IdType;
use shared::genesys::outbound::OutboundNotification;
use shared::ids::{ContactId, GenesysIntegrationId, IntegrationName, LynnEventId};
use shared::lynn::outbound::{
    Envelope, OutboundBody, OutboundContact, OutboundEvent, OutboundSession,
};
use shared::ports::Direction;
use shared::time::Timestamp;

use crate::canary::{hides, with_canary};
use crate::endpoints::Endpoints;

/// Lynn's event may be larger than the webhook by this factor: every text is also in the fallback
/// text.
const GROWTH: usize = 16;
/// The size of the event's other fields, in bytes.
const FRAME: usize = 4096;

/// The body of an authentic webhook.
pub fn genesys_webhook(input: &[u8]) {
    let endpoints = Endpoints::new();
    assert_eq!(endpoints.webhook(input).status(), 200, "an authentic webhook is never refused");
    assert_eq!(endpoints.webhook(input).status(), 200);
    let queued = endpoints.queued(Direction::Outbound);
    let [event] = queued.as_slice() else {
        panic!("it is queued once, not {} times", queued.len())
    };
    let Payload::Genesys(raw) = &event.payload else { panic!("another payload") };
    assert_eq!(raw.0, String::from_utf8_lossy(input), "it travels as it came");
    if let Ok(notification) = OutboundNotification::parse(raw.0.as_bytes()) {
        let event = convert(&notification);
        let size = event.to_string().len();
        assert!(size <= input.len() * GROWTH + FRAME, "{size} bytes of {}", input.len());
        if let Some(text) = notification.text.as_deref() {
            let said = event["text"].as_str().unwrap_or_default();
            assert!(said.contains(text), "the text is said");
        }
        let _ = convert::typing_duration(&notification);
        let _ = convert::outbound_receipt(&notification, LynnEventId::new("m-1"));
        let _ = notification.contact(&GenesysIntegrationId::new("integration-1"));
    }
    if let Some(notification) =
        with_canary(input).and_then(|marked| OutboundNotification::parse(&marked).ok())
    {
        hides(&notification);
        hides(&convert::message(&notification));
    }
}

fn convert(notification: &OutboundNotification) -> Value {
    let envelope = Envelope {
        id: "d7d5".to_owned(),
        time: notification.channel.time.unwrap_or(Timestamp::from_milliseconds(0)),
        sequence: 1,
        integration: IntegrationName::new("support"),
        conversation_id: notification.conversation_id.clone(),
        contact: OutboundContact { id: ContactId::new("ana"), id_type: IdType::default() },
        session: OutboundSession::default(),
    };
    let message = convert::message(notification);
    let body = OutboundBody::Message(Box::new(message));
    serde_json::to_value(OutboundEvent::new(envelope, body)).expect("an event is JSON")
}
