//! Asks Genesys how many agents the queue has, and stores the answer for the endpoint.
//!
//! Rule: Genesys is asked at most once in 15 s for all callers. An answer without a permission is
//! an answer: its numbers are not known. Without an answer the former one stays.

use std::time::Duration;

use clients::genesys::client::{Answered, GenesysClient};
use clients::genesys::{Call, Priority};
use delivery::log;
use delivery::route::{Plan, Sent, Situation};
use http::Method;
use shared::availability::{Availability, FRESH, StoredAvailability};
use shared::endpoint;
use shared::error::{Class, Failure, chain};
use shared::genesys::queue::{QueueObservations, estimated_wait, observations_query};
use shared::ports::{Direction, Write};
use shared::wire::to_json;

use crate::part::{Part, complete};

/// How long an answer is kept.
const KEPT: Duration = Duration::from_hours(24);

pub(crate) fn plan(situation: &Situation<'_>) -> Plan<Part> {
    let Some(queue) = &situation.config.genesys.queue_id else {
        return complete(Vec::new(), "the integration names no queue");
    };
    if stored(situation, queue).is_asked(situation.now) {
        return complete(Vec::new(), "Genesys was asked a moment ago");
    }
    if situation.now.elapsed_since(situation.event.accepted_at) > FRESH {
        return complete(Vec::new(), "the callers have gone on without the answer");
    }
    Plan::Send { parts: vec![Part::Availability(queue.clone())], first_time: None, repeat: false }
}

/// The answer that is stored.
fn stored(situation: &Situation<'_>, queue: &str) -> StoredAvailability {
    let item = situation.items.get(&StoredAvailability::key(&situation.event.integration));
    StoredAvailability::read(item.map(|item| item.body.as_str()), queue)
}

pub(crate) async fn ask(client: &GenesysClient, queue: &str, situation: &Situation<'_>) -> Sent {
    let mut stored = stored(situation, queue);
    let mut sent = Sent::default();
    match answer(client, queue, situation, stored.answer.as_ref()).await {
        Ok(answer) => stored.answer = Some(answer),
        Err(failure) => {
            sent.unanswered = true;
            let (integration, error) = (situation.event.integration.as_str(), chain(&failure));
            if failure.class == Class::Shed {
                log::shed(Direction::Inbound, situation.event);
            } else {
                tracing::info!(
                    event.name = "availability_failed",
                    integration,
                    error,
                    "Genesys Cloud did not say how many agents a queue has; the former answer stays in use."
                );
            }
        }
    }
    stored.asked_at = Some(situation.now);
    let key = StoredAvailability::key(&situation.event.integration);
    let expires_at = Some(situation.now + KEPT);
    sent.writes.extend(to_json(&stored).ok().map(|body| Write::anyway(key, body, expires_at)));
    sent
}

async fn answer(
    client: &GenesysClient,
    queue: &str,
    situation: &Situation<'_>,
    former: Option<&Availability>,
) -> Result<Availability, Failure> {
    let path = "/api/v2/analytics/queues/observations/query".to_owned();
    let name = "ask for the observations of a queue";
    let body = observations_query(queue).to_string();
    let query = call(Method::POST, path, name, body, situation);
    let observed = or_refused(client.call(situation.config, &query).await, situation, former)?;
    let observations = observed.map(|answer| QueueObservations::parse(&answer.body));
    let observations = observations.unwrap_or_default();
    let encoded = endpoint::encode(queue);
    let path = format!("/api/v2/routing/queues/{encoded}/mediatypes/message/estimatedwaittime");
    let name = "ask for the estimated wait in a queue";
    let call = call(Method::GET, path, name, String::new(), situation);
    let estimated = or_refused(client.call(situation.config, &call).await, situation, former);
    let estimated_wait_seconds = match estimated {
        Ok(answer) => answer.and_then(|answer| estimated_wait(&answer.body)),
        // The observations are an answer already.
        Err(_) => None,
    };
    Ok(Availability {
        agents: observations.agents,
        waiting: observations.waiting,
        estimated_wait_seconds,
        as_of: situation.now,
    })
}

/// `None` if Genesys refuses the answer for good: the numbers are then not known. That is logged
/// when it is news.
fn or_refused(
    answer: Result<Answered, Failure>,
    situation: &Situation<'_>,
    former: Option<&Availability>,
) -> Result<Option<Answered>, Failure> {
    let failure = match answer {
        Ok(answer) => return Ok(Some(answer)),
        Err(failure) if failure.class != Class::Permanent => return Err(failure),
        Err(failure) => failure,
    };
    let was_known = former
        .is_none_or(|former| former.agents.is_some() && former.estimated_wait_seconds.is_some());
    if was_known {
        tracing::warn!(
            event.name = "availability_refused",
            integration = situation.event.integration.as_str(),
            error = chain(&failure),
            "Genesys Cloud refuses some answers about a queue; does the OAuth client have analytics:queueObservation:view and routing:queue:view, and is genesys.queueId right?"
        );
    }
    Ok(None)
}

fn call(
    method: Method,
    path: String,
    name: &'static str,
    body: String,
    situation: &Situation<'_>,
) -> Call {
    let (priority, since) = (Priority::Reconcile, situation.event.accepted_at);
    Call { method, path, name, body, priority, since, until: None }
}
