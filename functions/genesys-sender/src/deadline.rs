//! What a conversation does when a time that it waited for has come; pure.
//!
//! Rule: whoever says that a deadline has come may be late or wrong. The conversation itself says what is due now.

use conversation::{Due, Transition};
use delivery::route::{Plan, Situation};

use crate::departure::customer_left;
use crate::part::{Part, Whereabouts, settle};

/// Decides.
pub fn plan(situation: &Situation<'_>) -> Plan<Part> {
    // By the time of the waking, not of this attempt: what has fallen due since may come from a message behind it in the queue, half
    // of which is sent, and has a waking of its own.
    let woken_at = situation.event.accepted_at;
    match situation.conversation.due_now(woken_at, &situation.schedule) {
        None => settle(Vec::new(), "nothing is due any more"),
        Some(Due::WindowOver) => {
            let over = vec![Transition::WindowOver { at: situation.now }];
            settle(over, "the window is over")
        }
        Some(Due::SessionTimeout) => session_timeout(situation),
        Some(Due::Look) => look(situation),
    }
}

/// The same as when Lynn says that the session ended.
fn session_timeout(situation: &Situation<'_>) -> Plan<Part> {
    let conversation = situation.conversation;
    let contact = situation.event.conversation().contact;
    let until = conversation.session.until.unwrap_or(situation.now);
    // The same at every attempt, the time too, so that Genesys can recognise a repeat.
    let id = format!("session-timeout-{}", until.milliseconds());
    let address = (&contact, conversation.contact.id_type);
    let time = conversation.next_inbound_time(Some(until), until);
    customer_left(situation, address, id, time).unwrap_or_else(|| {
        let over = Transition::SessionEnded { after: conversation.session.last_word() };
        settle(vec![over], "the session ended by its time limit")
    })
}

fn look(situation: &Situation<'_>) -> Plan<Part> {
    match Whereabouts::of(situation.conversation) {
        // Not repeated: there is another look in its time.
        Some(whereabouts) => {
            let parts = vec![Part::Look(whereabouts)];
            Plan::Send { parts, first_time: None, repeat: false }
        }
        None => {
            let looked = vec![Transition::Looked {
                at: situation.now,
                in_vain: false,
                end: situation.conversation.ended_at,
            }];
            settle(looked, "Genesys has told no id by which to ask about the conversation")
        }
    }
}
