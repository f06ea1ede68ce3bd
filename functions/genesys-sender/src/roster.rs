//! Asks Genesys who the agents of a conversation are, and in which queue the customer waits.
//!
//! Rule: the event that asks waits at most two seconds, so a question is asked once. Every result,
//! also none, is stored with the conversation.

use std::time::Duration;

use clients::genesys::client::GenesysClient;
use conversation::Transition;
use delivery::event::RosterQuestion;
use delivery::log;
use delivery::route::{Plan, Sent, Situation};
use shared::error::{Class, chain};
use shared::ports::Direction;

use crate::part::{ConversationRef, Part, complete};
use crate::{reconcile, roster_news};

/// An answer to an older question is of no use.
const USEFUL: Duration = Duration::from_secs(10);

pub(crate) fn plan(situation: &Situation<'_>, question: &RosterQuestion) -> Plan<Part> {
    let named = question.conversation.clone().map(ConversationRef::Conversation);
    let reference = named.or_else(|| ConversationRef::of(situation.conversation));
    let age = situation.now.elapsed_since(question.asked_at);
    match reference.filter(|_| age <= USEFUL) {
        Some(reference) => {
            let parts = vec![Part::Roster(reference, question.clone())];
            Plan::Send { parts, first_time: None, repeat: false }
        }
        None => complete(vec![unanswered(question)], "the event has gone on without the answer"),
    }
}

/// The change by a question that stays without an answer.
pub(crate) fn unanswered(question: &RosterQuestion) -> Transition {
    Transition::RosterAnswered { asked_at: question.asked_at, news: None }
}

pub(crate) async fn ask(
    client: &GenesysClient,
    reference: &ConversationRef,
    question: &RosterQuestion,
    situation: &Situation<'_>,
) -> Sent {
    match reconcile::view(client, reference, situation).await {
        Ok(view) => {
            let view = view.unwrap_or_default();
            let news = Some(roster_news::of(&view, question.message.as_ref(), situation));
            let answered = Transition::RosterAnswered { asked_at: question.asked_at, news };
            Sent { transitions: vec![answered], ..Sent::default() }
        }
        Err(failure) => {
            let (integration, error) = (situation.event.integration.as_str(), chain(&failure));
            match failure.class {
                Class::Shed => log::shed(Direction::Inbound, situation.event),
                Class::Permanent => tracing::warn!(
                    event.name = "names_refused",
                    integration,
                    error,
                    "Genesys Cloud refuses to say who the agents of a conversation are; does the OAuth client have conversation:message:view?"
                ),
                _ => tracing::info!(
                    event.name = "names_failed",
                    integration,
                    error,
                    "Genesys Cloud did not say who the agents of a conversation are; the events go without names."
                ),
            }
            let unanswered_call = failure.class != Class::Permanent;
            let transitions = vec![unanswered(question)];
            Sent { transitions, unanswered: unanswered_call, ..Sent::default() }
        }
    }
}
