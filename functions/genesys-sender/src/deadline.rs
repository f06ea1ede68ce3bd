//! Plans what to do when a deadline of a conversation has come. Pure.
//!
//! Rule: the event that reports a deadline may be late or wrong. The conversation itself says what
//! is due now.

use conversation::{Due, Transition};
use delivery::route::{Plan, Situation};

use crate::departure::customer_left;
use crate::part::{ConversationRef, Part, complete};

pub(crate) fn plan(situation: &Situation<'_>) -> Plan<Part> {
    // Use the time of the wake-up, not of this attempt. A deadline that has come since may belong
    // to a message behind this event in the queue that is only half sent; that deadline has its own
    // wake-up.
    let woken_at = situation.event.accepted_at;
    match situation.conversation.due_now(woken_at, &situation.schedule) {
        None => complete(Vec::new(), "nothing is due any more"),
        Some(Due::WindowOver) => {
            let over = vec![Transition::WindowOver { at: situation.now }];
            complete(over, "the window is over")
        }
        Some(Due::SessionTimeout) => session_timeout(situation),
        Some(Due::Reconcile) => reconcile(situation),
    }
}

/// Handles a session timeout like a session end reported by Lynn.
fn session_timeout(situation: &Situation<'_>) -> Plan<Part> {
    let conversation = situation.conversation;
    let contact = situation.event.conversation().contact;
    let until = conversation.session.until.unwrap_or(situation.now);
    // Id and time are the same at every attempt, so that Genesys can recognise a repeat.
    let id = format!("session-timeout-{}", until.milliseconds());
    let address = (&contact, conversation.external_id_type());
    let time = conversation.next_inbound_time(Some(until), until);
    customer_left(situation, address, id, time).unwrap_or_else(|| {
        let over = Transition::SessionEnded { after: conversation.session.last_word() };
        complete(vec![over], "the session ended by its time limit")
    })
}

fn reconcile(situation: &Situation<'_>) -> Plan<Part> {
    match ConversationRef::of(situation.conversation) {
        // No repeat: the next status question is already scheduled.
        Some(reference) => {
            let parts = vec![Part::Reconcile(reference)];
            Plan::Send { parts, first_time: None, repeat: false }
        }
        None => {
            let reconciled = vec![Transition::Reconciled {
                at: situation.now,
                inconclusive: false,
                end: situation.conversation.ended_at,
            }];
            complete(reconciled, "Genesys has told no id by which to ask about the conversation")
        }
    }
}
