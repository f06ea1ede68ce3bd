//! Makes one call to Genesys and evaluates the answer.

use clients::genesys::Call;
use clients::genesys::client::GenesysClient;
use conversation::{BeforeCall, Conversation, Transition};
use convert::{InboundCall, InboundPart};
use delivery::event::Payload;
use delivery::message_link::MessageLink;
use delivery::route::{Sent, Situation, WrittenLink};
use http::Method;
use serde_json::Value;
use shared::endpoint;
use shared::error::{Class, Failure, chain};
use shared::genesys::inbound::{AcceptedMessage, InboundReceiptStatus};
use shared::genesys::outbound::ReceiptStatus;
use shared::lynn::inbound::{InboundKind, OpenResource};
use shared::time::Timestamp;
use shared::wire::to_json;

use crate::observed::observed;
use crate::part::Part;
use crate::plan;
use crate::priority;
use crate::{availability, reconcile, roster};

/// The number of retries of an unexplained conflict. The conversation may be in creation.
const UNEXPLAINED: usize = 4;
/// The number of retries of a conflict that a forgotten attempt would explain. If that attempt was
/// accepted, the conflict stays.
const DOUBTFUL: usize = 2;

/// Sends one part. When Genesys refuses a call of a deadline for good, the deadline is done:
/// otherwise it would be due again each minute.
pub(crate) async fn part(
    client: &GenesysClient,
    part: &Part,
    situation: &Situation<'_>,
) -> Result<Sent, Failure> {
    match send(client, part, situation).await {
        Err(failure)
            if failure.class == Class::Permanent
                && matches!(situation.event.payload, Payload::Deadline) =>
        {
            let (integration, error) = (situation.event.integration.as_str(), chain(&failure));
            tracing::warn!(
                event.name = "session_end_refused",
                integration,
                error,
                "A session ended by its time limit, and Genesys Cloud refuses the call that onSessionEnded asks for."
            );
            Ok(Sent { transitions: observed(situation), ..Sent::default() })
        }
        done => done,
    }
}

async fn send(
    client: &GenesysClient,
    part: &Part,
    situation: &Situation<'_>,
) -> Result<Sent, Failure> {
    match part {
        Part::Message { part, position, of } => {
            message(client, part, (*position, *of), situation).await
        }
        Part::Other(call) => {
            let (answer, _) = post(client, call, false, situation).await?;
            if is_refused(call, &answer) {
                let summary = "post a receipt: accepted, but its status is Failed";
                return Err(Failure::new(Class::Permanent, "refused", summary));
            }
            let transitions = situation.event.typed().into_iter().collect();
            Ok(Sent { transitions, ..Sent::default() })
        }
        Part::Disconnect(reference) => reconcile::disconnect(client, reference, situation).await,
        Part::Reconcile(reference) => reconcile::reconcile(client, reference, situation).await,
        Part::Roster(reference, question) => {
            Ok(roster::ask(client, reference, question, situation).await)
        }
        Part::Availability(queue) => Ok(availability::ask(client, queue, situation).await),
    }
}

async fn message(
    client: &GenesysClient,
    part: &InboundPart,
    (position, of): (usize, usize),
    situation: &Situation<'_>,
) -> Result<Sent, Failure> {
    let first = is_first(situation.conversation);
    let (call, (accepted, at)) = match post(client, &part.call, first, situation).await {
        Ok(accepted) => (&part.call, accepted),
        Err(failure) => match (&part.fallback, failure.status) {
            // Genesys accepts the answer to a choice only inside a conversation. Send it as plain
            // text, so that the agent can still read it.
            (Some(fallback), Some(400 | 404)) => {
                (fallback, post(client, fallback, first, situation).await?)
            }
            _ => return Err(failure),
        },
    };
    let mut sent = Sent { transitions: observed(situation), ..Sent::default() };
    sent.transitions.push(Transition::GenesysAccepted {
        time: part.time,
        message: Some(at),
        conversation: accepted.conversation_id,
        id: accepted.id.clone(),
        before: BeforeCall::from(situation.conversation),
    });
    if is_notice(situation) {
        sent.transitions.push(Transition::SessionEndTold);
    }
    if first && call.resource() == OpenResource::Message {
        sent.transitions.push(Transition::IdAsked);
    }
    if let (Some(id), Payload::Lynn(event)) = (&accepted.id, &situation.event.payload) {
        let message_link = MessageLink { message: event.given_id(), part: position, parts: of };
        let conversation = situation.event.conversation();
        sent.writes.extend(message_link.write(&conversation, id, situation.now).ok());
        sent.written_link =
            Some(WrittenLink { key: MessageLink::key(&conversation, id.as_str()), message_link });
    }
    Ok(sent)
}

/// True for the bridge's own message about the end of a session.
fn is_notice(situation: &Situation<'_>) -> bool {
    match &situation.event.payload {
        Payload::Lynn(event) => matches!(event.kind, InboundKind::SessionEnded { .. }),
        Payload::Deadline => true,
        _ => false,
    }
}

/// Genesys may accept a receipt and still answer that it failed. Its answer to a receipt that
/// reports a failure has the same status, which means nothing there.
fn is_refused(call: &InboundCall, answer: &AcceptedMessage) -> bool {
    let reports_delivery = match call {
        InboundCall::Receipt(receipt) => receipt.status == InboundReceiptStatus::Delivered,
        InboundCall::Relayed(call) if call.resource == OpenResource::Receipt => {
            call.body.get("status").and_then(Value::as_str) != Some("Failed")
        }
        _ => false,
    };
    reports_delivery && answer.status == Some(ReceiptStatus::Failed)
}

/// Whether to ask Genesys for the conversation's id: at the first message of an idle or ended
/// conversation, and once in an open conversation without a known id. Such a conversation was
/// opened by an agent, or by the click on a choice, which cannot ask for the id.
fn is_first(conversation: &Conversation) -> bool {
    let unknown = conversation.genesys_conversation.is_none() && !conversation.id_asked;
    !conversation.is_open() || unknown
}

/// Returns Genesys' answer and the time of the call.
async fn post(
    client: &GenesysClient,
    call: &InboundCall,
    first: bool,
    situation: &Situation<'_>,
) -> Result<(AcceptedMessage, Timestamp), Failure> {
    let config = situation.config;
    let resource = call.resource();
    let name = match resource {
        OpenResource::Message => "post a message",
        OpenResource::StructuredResponse => "post a structured response",
        OpenResource::Event => "post an event",
        OpenResource::Receipt => "post a receipt",
    };
    let query = match resource {
        OpenResource::Message if first => "?prefetchConversationId=true",
        _ => "",
    };
    let body = to_json(call)?;
    let integration = endpoint::encode(config.genesys.integration_id.as_str());
    let path = format!(
        "/api/v2/conversations/messages/{integration}/inbound/open/{}{query}",
        resource.path()
    );
    let priority = priority::of(call, situation);
    let since = situation.event.accepted_at;
    let until = match (resource, &situation.event.payload) {
        (OpenResource::Event, Payload::Lynn(event)) => Some(plan::typing_until(situation, event)),
        _ => None,
    };
    let mut call = Call { method: Method::POST, path, name, body, priority, since, until };
    let mut answer = client.call(config, &call).await;
    if let Some(priority) = priority::after(&mut answer, priority, situation) {
        call.priority = priority;
        answer = client.call(config, &call).await;
    }
    match answer {
        Ok(answer) => Ok((AcceptedMessage::parse(&answer.body), answer.at)),
        Err(failure) if failure.status == Some(409) => {
            Ok((conflict(failure, situation)?, situation.now))
        }
        Err(failure) => Err(failure),
    }
}

/// Genesys does not document the meaning of 409. After an attempt without an answer, 409 proves
/// that the attempt was accepted. Otherwise it is retried a few times. An event that was handed out
/// more often than it failed was perhaps sent just before a process died, or perhaps only waited
/// behind another event; only a lasting conflict proves that it was sent. An unexplained lasting
/// conflict is given up.
fn conflict(mut failure: Failure, situation: &Situation<'_>) -> Result<AcceptedMessage, Failure> {
    let part = situation.record.next_part();
    let conflicts = situation
        .record
        .history
        .iter()
        .rev()
        .take_while(|attempt| attempt.status == failure.status && attempt.part == part)
        .count();
    // Events without a record are retried under the same id until they are accepted.
    let is_unrecorded = !situation.event.dedup_key.is_recorded();
    if is_unrecorded
        || situation.record.next_is_uncertain()
        || (situation.uncertain && conflicts >= DOUBTFUL)
    {
        return Ok(AcceptedMessage::default());
    }
    if conflicts >= UNEXPLAINED {
        failure.class = Class::Permanent;
    }
    Err(failure)
}
