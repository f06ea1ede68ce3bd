//! Calls about a conversation as a whole: how it stands, and its end.
//!
//! Rule: what is learned here goes the same way as Genesys' own events, through the outbound queue, so that Lynn is told of it in
//! its turn and once.

use clients::genesys::budget::Urgency;
use clients::genesys::client::{Answered, Call, GenesysClient};
use conversation::{Occurrence, Standing, Transition, machine::Trigger};
use delivery::event::{Identity, Payload, QueuedEvent};
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
use crate::part::Whereabouts;

/// The customer has left, so the conversation ends.
pub async fn disconnect(
    client: &GenesysClient,
    whereabouts: &Whereabouts,
    situation: &Situation<'_>,
) -> Result<Sent, Failure> {
    let mut sent = Sent { transitions: observed(situation), ..Sent::default() };
    let Some(conversation) = find(client, whereabouts, Urgency::Message, situation).await? else {
        // Nothing was ended, so whoever asked for it is told.
        let summary = "disconnect a conversation: Genesys does not know it";
        let told = "Genesys Cloud does not know the conversation, so that it could not be ended.";
        return Err(Failure::new(Class::Permanent, "not.found", summary)
            .telling(told)
            .answered(404));
    };
    let body = r#"{"state":"disconnected"}"#.to_owned();
    let name = "disconnect a conversation";
    let urgency = (Urgency::Message, situation.event.accepted_at);
    let call = call(Method::PATCH, name, &conversation, body, urgency);
    // One that is not there is gone already. A login may have taken long before the call, and what happened meanwhile was before
    // the end.
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

/// Asks how a conversation stands, and tells what has been missed.
pub async fn look(
    client: &GenesysClient,
    whereabouts: &Whereabouts,
    situation: &Situation<'_>,
) -> Result<Sent, Failure> {
    let mut sent = Sent::default();
    sent.unanswered = match missed(client, whereabouts, situation).await {
        Ok(event) => {
            let seen =
                event.map(|event| LifecycleEvent { source: Source::Look(situation.now), ..event });
            sent.follow_ups = seen.map(|event| follow_up(situation, event)).into_iter().collect();
            false
        }
        Err(failure) => {
            not_told(situation, &failure);
            failure.class != Class::Permanent
        }
    };
    // Told or not, the next look comes in its time: what stayed due would stand in the way of what falls due after it.
    let end = situation.conversation.ended_at;
    let in_vain = sent.unanswered;
    sent.transitions.push(Transition::Looked { at: situation.now, in_vain, end });
    Ok(sent)
}

fn not_told(situation: &Situation<'_>, failure: &Failure) {
    let (integration, error) = (situation.event.integration.as_str(), chain(failure));
    if failure.class == Class::LeftOut {
        log::shed(Direction::Inbound, situation.event);
    } else if failure.class == Class::Permanent {
        tracing::warn!(
            event.name = "look_refused",
            integration,
            error,
            "Genesys does not tell how a conversation stands; has the OAuth client conversation:message:view?"
        );
    } else {
        tracing::info!(event.name = "look_failed", integration, error, "It is asked again later.");
    }
}

async fn missed(
    client: &GenesysClient,
    whereabouts: &Whereabouts,
    situation: &Situation<'_>,
) -> Result<Option<LifecycleEvent>, Failure> {
    let Some(id) = find(client, whereabouts, Urgency::Look, situation).await? else {
        return Ok(None);
    };
    let name = "ask about a conversation";
    let urgency = (Urgency::Look, situation.event.accepted_at);
    let call = call(Method::GET, name, &id, String::new(), urgency);
    let answer = gone_or(client.call(situation.config, &call).await)?;
    let asked_at = answer.as_ref().map_or(situation.now, |answer| answer.at);
    let view = match answer {
        Some(answer) => ConversationView::parse(&answer.body),
        None => {
            ConversationView { ended: Some(End { at: None, disconnect: None }), agent_since: None }
        }
    };
    let conversation = situation.conversation;
    if let Some(end) = view.ended {
        let at = fitting(situation, &id, Trigger::End, (end.at, asked_at));
        return Ok(Some(event(id, LifecycleKind::CustomerEnd, at, end.disconnect)));
    }
    let Some(since) = view.agent_since.filter(|_| !conversation.agent_connected) else {
        return Ok(None);
    };
    let at = fitting(situation, &id, Trigger::AgentAnswered, (since.0, asked_at));
    let answered = event(id, LifecycleKind::UserStart, at, None);
    Ok(Some(LifecycleEvent { confirmed: true, ..answered }))
}

/// The time that Genesys gives, unless it would make the news look old: what is seen now is true now, whatever the clocks say.
fn fitting(
    situation: &Situation<'_>,
    conversation: &GenesysConversationId,
    what: Trigger,
    (at, asked_at): (Option<Timestamp>, Timestamp),
) -> Timestamp {
    let is_news = |at: &Timestamp| {
        let occurrence = Occurrence { conversation: Some(conversation), what, at: *at };
        situation.conversation.standing(&occurrence) == Standing::News
    };
    at.filter(is_news).unwrap_or(asked_at)
}

/// The conversation's id; asked for by a message in it where need be. `None`: Genesys does not know either.
async fn find(
    client: &GenesysClient,
    whereabouts: &Whereabouts,
    urgency: Urgency,
    situation: &Situation<'_>,
) -> Result<Option<GenesysConversationId>, Failure> {
    let message = match whereabouts {
        Whereabouts::Conversation(id) => return Ok(Some(id.clone())),
        Whereabouts::Message(message) => message,
    };
    let path =
        format!("/api/v2/conversations/messages/{}/details", endpoint::encode(message.as_str()));
    let name = "ask whose a message is";
    let since = situation.event.accepted_at;
    let call =
        Call { method: Method::GET, path, name, body: String::new(), urgency, since, until: None };
    let answer = gone_or(client.call(situation.config, &call).await)?;
    Ok(answer.and_then(|answer| ConversationView::conversation_of_message(&answer.body)))
}

fn call(
    method: Method,
    name: &'static str,
    conversation: &GenesysConversationId,
    body: String,
    (urgency, since): (Urgency, Timestamp),
) -> Call {
    let path =
        format!("/api/v2/conversations/messages/{}", endpoint::encode(conversation.as_str()));
    Call { method, path, name, body, urgency, since, until: None }
}

/// An answer; `None` for what is not there.
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
        confirmed: false,
        addresses: Vec::new(),
        presumed: false,
        source: Source::Genesys,
    }
}

fn follow_up(situation: &Situation<'_>, event: LifecycleEvent) -> QueuedEvent {
    let identity = Identity::from(&event);
    situation.event.follow_up(identity, Payload::Lifecycle(event), situation.now)
}
