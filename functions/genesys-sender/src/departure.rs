//! Plans the calls to Genesys after the customer has left. Pure.

use convert::InboundPart;
use delivery::route::{Plan, Situation};
use shared::config::OnSessionEnded;
use shared::contact::IdType;
use shared::error::{Class, Failure};
use shared::ids::ContactId;
use shared::time::Timestamp;

use crate::part::{ConversationRef, Part};

/// The agent reads this text when the customer has left.
const NOTICE: &str = "The customer has left the conversation.";

/// Plans the end of a customer's session at Genesys by the configured policy. `None` means no call.
/// `time` is the time of a notice.
pub(crate) fn customer_left(
    situation: &Situation<'_>,
    contact: (&ContactId, IdType),
    id: String,
    time: Timestamp,
) -> Option<Plan<Part>> {
    if !situation.conversation.is_open() {
        return None;
    }
    match situation.config.lynn.on_session_ended {
        OnSessionEnded::Keep => None,
        OnSessionEnded::Notice => {
            let notice = convert::notice(contact, id, NOTICE, time);
            Some(send_message(vec![notice], time))
        }
        OnSessionEnded::Disconnect => {
            let parts = vec![Part::Disconnect(ConversationRef::of(situation.conversation)?)];
            Some(Plan::Send { parts, first_time: None, repeat: true })
        }
    }
}

pub(crate) fn send_message(parts: Vec<InboundPart>, first_time: Timestamp) -> Plan<Part> {
    let of = parts.len();
    if of == 0 {
        return Plan::Reject(Failure::new(
            Class::Permanent,
            "empty",
            "deliver a message: nothing is left of it",
        ));
    }
    let numbered = |(position, part)| Part::Message { part: Box::new(part), position, of };
    let parts = parts.into_iter().enumerate().map(numbered).collect();
    Plan::Send { parts, first_time: Some(first_time), repeat: true }
}
