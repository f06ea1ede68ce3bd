//! The calls about a whole conversation: the status question and the disconnect.
//!
//! Rule: the news found here goes through the outbound queue, like Genesys' own events, so that
//! Lynn gets it in order and once.

use std::time::Duration;

use clients::genesys::client::{Answered, GenesysClient};
use clients::genesys::{Call, Priority};
use conversation::{Conversation, Occurrence, Relevance, Transition, machine::Trigger};
use delivery::event::{DedupKey, Payload, QueuedEvent};
use delivery::log;
use delivery::route::{Sent, Situation};
use http::Method;
use shared::endpoint;
use shared::error::{Class, Failure, chain};
use shared::genesys::conversation::{ConversationView, End};
use shared::genesys::lifecycle::{DisconnectType, LifecycleEvent, LifecycleKind, Source};
use shared::ids::GenesysConversationId;
use shared::ports::Direction;
use shared::time::Timestamp;

use crate::observed::observed;
use crate::part::ConversationRef;
use crate::roster_news;

/// The most that the clocks of two machines are expected to differ.
const CLOCKS_APART: Duration = Duration::from_secs(2);

/// Ends the conversation because the customer has left.
pub(crate) async fn disconnect(
    client: &GenesysClient,
    reference: &ConversationRef,
    situation: &Situation<'_>,
) -> Result<Sent, Failure> {
    let mut sent = Sent { transitions: observed(situation), ..Sent::default() };
    let Some(conversation) =
        conversation_id(client, reference, Priority::Message, situation).await?
    else {
        // No conversation was ended, so the failure is reported to the sender of the event.
        let summary = "disconnect a conversation: Genesys does not know it";
        let told = "Genesys Cloud does not know the conversation, so that it could not be ended.";
        return Err(Failure::new(Class::Permanent, "not.found", summary)
            .with_user_reason(told)
            .answered(404));
    };
    let body = r#"{"state":"disconnected"}"#.to_owned();
    let name = "disconnect a conversation";
    let priority = (Priority::Message, situation.event.accepted_at);
    let call = call(Method::PATCH, name, &conversation, body, priority);
    // A conversation that Genesys does not find has already ended. Take the time of the call: a
    // login may take long before it, and what happened meanwhile was before the end.
    let answer = gone_or(client.call(situation.config, &call).await)?;
    let at = answer.map_or(situation.now, |answer| answer.at);
    sent.transitions.push(Transition::Ended {
        conversation: Some(conversation.clone()),
        at,
        resumable_until: situation.config.resumable_until(at),
    });
    let left = Some(DisconnectType::new("CLIENT"));
    let mut event = event(conversation, LifecycleKind::CustomerEnd, at, left);
    event.source = Source::Disconnect;
    sent.follow_ups.push(follow_up(situation, event));
    Ok(sent)
}

/// Asks Genesys for the state of a conversation and queues the event that the bridge missed.
pub(crate) async fn reconcile(
    client: &GenesysClient,
    reference: &ConversationRef,
    situation: &Situation<'_>,
) -> Result<Sent, Failure> {
    let mut sent = Sent::default();
    let missed = missed(client, reference, situation, &mut sent.transitions).await;
    sent.unanswered = match missed {
        Ok(Missed::Nothing) => false,
        Ok(Missed::Event(event)) => {
            let seen = LifecycleEvent { source: Source::Reconcile(situation.now), ..event };
            sent.follow_ups.push(follow_up(situation, seen));
            false
        }
        Ok(Missed::KnownEnd(at)) => {
            let resumable_until = situation.config.resumable_until(at);
            sent.transitions.push(Transition::EndConfirmed { at, resumable_until });
            false
        }
        Err(failure) => {
            not_told(situation, &failure);
            failure.class != Class::Permanent
        }
    };
    // Always schedule the next status question; otherwise this deadline blocks later ones.
    let end = situation.conversation.ended_at;
    let inconclusive = sent.unanswered;
    sent.transitions.push(Transition::Reconciled { at: situation.now, inconclusive, end });
    Ok(sent)
}

fn not_told(situation: &Situation<'_>, failure: &Failure) {
    let (integration, error) = (situation.event.integration.as_str(), chain(failure));
    if failure.class == Class::Shed {
        log::shed(Direction::Inbound, situation.event);
    } else if failure.class == Class::Permanent {
        tracing::warn!(
            event.name = "look_refused",
            integration,
            error,
            "Genesys Cloud refuses status questions; does the OAuth client have conversation:message:view?"
        );
    } else {
        tracing::info!(
            event.name = "look_failed",
            integration,
            error,
            "The status question got no answer; the bridge asks again later."
        );
    }
}

/// The content of the answer to a status question.
enum Missed {
    Nothing,
    Event(LifecycleEvent),
    /// It confirms the end of this time, of which Lynn was told.
    KnownEnd(Timestamp),
}

async fn missed(
    client: &GenesysClient,
    reference: &ConversationRef,
    situation: &Situation<'_>,
    learned: &mut Vec<Transition>,
) -> Result<Missed, Failure> {
    let Some(id) = conversation_id(client, reference, Priority::Reconcile, situation).await? else {
        return Ok(Missed::Nothing);
    };
    let name = "ask about a conversation";
    let priority = (Priority::Reconcile, situation.event.accepted_at);
    let call = call(Method::GET, name, &id, String::new(), priority);
    let answer = gone_or(client.call(situation.config, &call).await)?;
    let asked_at = answer.as_ref().map_or(situation.now, |answer| answer.at);
    let view = match answer {
        Some(answer) => ConversationView::parse(&answer.body),
        None => {
            let end = End { at: None, disconnect: None };
            ConversationView { ended: Some(end), ..ConversationView::default() }
        }
    };
    let news = roster_news::of(&view, None, situation);
    if !news.agents.is_empty() {
        let asked_at = situation.now;
        learned.push(Transition::RosterAnswered { asked_at, news: Some(news) });
    }
    let conversation = situation.conversation;
    if let Some(end) = view.ended {
        if let Some(known) = confirmed(conversation, &id, end.at) {
            return Ok(Missed::KnownEnd(known));
        }
        let at = fitting(situation, &id, Trigger::End, (end.at, asked_at));
        return Ok(Missed::Event(event(id, LifecycleKind::CustomerEnd, at, end.disconnect)));
    }
    let Some(since) = view.agent_since.filter(|_| !conversation.has_agent()) else {
        return Ok(Missed::Nothing);
    };
    let at = fitting(situation, &id, Trigger::AgentAnswered, (since.0, asked_at));
    let answered = event(id, LifecycleKind::UserStart, at, None);
    Ok(Missed::Event(LifecycleEvent { confirmed: true, ..answered }))
}

/// How Genesys shows the conversation. `None`: Genesys does not know it.
pub(crate) async fn view(
    client: &GenesysClient,
    reference: &ConversationRef,
    situation: &Situation<'_>,
) -> Result<Option<ConversationView>, Failure> {
    let Some(id) = conversation_id(client, reference, Priority::Reconcile, situation).await? else {
        return Ok(None);
    };
    let name = "ask who the agents of a conversation are";
    let priority = (Priority::Reconcile, situation.event.accepted_at);
    let call = call(Method::GET, name, &id, String::new(), priority);
    let answer = gone_or(client.call(situation.config, &call).await)?;
    Ok(answer.map(|answer| ConversationView::parse(&answer.body)))
}

/// The known end, if Genesys names the same one and Lynn was told of it. The clocks of two machines
/// may differ, so that a message of before the end, from either side, seems to come after it.
fn confirmed(
    conversation: &Conversation,
    id: &GenesysConversationId,
    at: Option<Timestamp>,
) -> Option<Timestamp> {
    let (known, told) = (conversation.ended_at?, conversation.end_told?);
    let is_same = |end: Timestamp| end.apart_from(told) <= CLOCKS_APART;
    let is_same = is_same(known) && is_same(at?);
    let is_its = conversation.genesys_conversation.as_ref().is_none_or(|own| own == id);
    (is_same && is_its).then_some(known)
}

/// The time that Genesys gives, unless that time would make the event look old. The event is true
/// now, even if the clocks differ.
fn fitting(
    situation: &Situation<'_>,
    conversation: &GenesysConversationId,
    what: Trigger,
    (at, asked_at): (Option<Timestamp>, Timestamp),
) -> Timestamp {
    let is_news = |at: &Timestamp| {
        let occurrence = Occurrence { conversation: Some(conversation), what, at: *at };
        situation.conversation.relevance(&occurrence) == Relevance::News
    };
    at.filter(is_news).unwrap_or(asked_at)
}

/// The conversation's id. If it is not known, asks Genesys by a message in the conversation.
/// `None`: Genesys does not know it either.
async fn conversation_id(
    client: &GenesysClient,
    reference: &ConversationRef,
    priority: Priority,
    situation: &Situation<'_>,
) -> Result<Option<GenesysConversationId>, Failure> {
    let message = match reference {
        ConversationRef::Conversation(id) => return Ok(Some(id.clone())),
        ConversationRef::Message(message) => message,
    };
    let path =
        format!("/api/v2/conversations/messages/{}/details", endpoint::encode(message.as_str()));
    let name = "ask whose a message is";
    let since = situation.event.accepted_at;
    let call =
        Call { method: Method::GET, path, name, body: String::new(), priority, since, until: None };
    let answer = gone_or(client.call(situation.config, &call).await)?;
    Ok(answer.and_then(|answer| ConversationView::conversation_of_message(&answer.body)))
}

fn call(
    method: Method,
    name: &'static str,
    conversation: &GenesysConversationId,
    body: String,
    (priority, since): (Priority, Timestamp),
) -> Call {
    let path =
        format!("/api/v2/conversations/messages/{}", endpoint::encode(conversation.as_str()));
    Call { method, path, name, body, priority, since, until: None }
}

/// The answer; `None` for 404.
fn gone_or(answer: Result<Answered, Failure>) -> Result<Option<Answered>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if failure.status == Some(404) => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn event(
    conversation: GenesysConversationId,
    kind: LifecycleKind,
    at: Timestamp,
    disconnect: Option<DisconnectType>,
) -> LifecycleEvent {
    LifecycleEvent {
        conversation: Some(conversation),
        kind,
        at,
        written_at: None,
        answered: None,
        disconnect,
        leg: None,
        user: None,
        queue: None,
        confirmed: false,
        addresses: Vec::new(),
        presumed: false,
        source: Source::Genesys,
    }
}

fn follow_up(situation: &Situation<'_>, event: LifecycleEvent) -> QueuedEvent {
    let dedup_key = DedupKey::from(&event);
    situation.event.follow_up(dedup_key, Payload::Lifecycle(event), situation.now)
}
