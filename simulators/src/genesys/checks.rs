//! Checks that need earlier messages: repeats, a wrong order, a needless request for the
//! conversation's id.

use serde_json::Value;

use super::channel::Channel;
use super::refusal::{Checked, Refusal};
use super::state::{OnRepeat, State};

/// Returns the first answer if this message was accepted before.
pub(super) fn find_repeat(
    state: &mut State,
    channel: &Channel<'_>,
    body: &Value,
) -> Checked<Option<Value>> {
    let on_repeat = state.on_repeat;
    let Some(message_id) = channel.message_id else {
        state.violations.push(format!("A message of {} has no channel.messageId", channel.contact));
        return Ok(None);
    };
    let Some(first) = state.contact(channel.contact).by_message_id.get(message_id).cloned() else {
        return Ok(None);
    };
    if first.body != *body {
        state
            .violations
            .push(format!("channel.messageId {message_id} was sent again with another body"));
    }
    if on_repeat == OnRepeat::AcceptAgain {
        return Ok(None);
    }
    state.duplicates.push(body.clone());
    if on_repeat == OnRepeat::Conflict { Err(Refusal::conflict()) } else { Ok(Some(first.answer)) }
}

/// Genesys shows messages as it gets them, so times that do not rise show a conversation in the
/// wrong order.
pub(super) fn check_order(state: &mut State, channel: &Channel<'_>) {
    let last = state.contact(channel.contact).last_time;
    if last.is_some_and(|last| channel.time <= last) && state.on_repeat != OnRepeat::AcceptAgain {
        state.violations.push(format!(
            "channel.time of message {} of {} is not later than the one before",
            channel.message_id.unwrap_or("without id"),
            channel.contact
        ));
    }
}

/// Asking for the id of a conversation costs time, so it is wrong if the id is known. A repeat may
/// not know the id.
pub(super) fn check_prefetch(state: &mut State, channel: &Channel<'_>) {
    let is_known = state
        .conversation_of(channel.contact)
        .is_some_and(|known| known.is_open() && known.is_id_known);
    let is_repeat = channel
        .message_id
        .is_some_and(|id| state.contact(channel.contact).by_message_id.contains_key(id));
    if is_known && !is_repeat {
        state.violations.push(format!(
            "Message {} of {} asks for the id of a conversation that was given before",
            channel.message_id.unwrap_or("without id"),
            channel.contact
        ));
    }
}
