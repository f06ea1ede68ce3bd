//! A request from a vendor to an endpoint: the network may lose it, and the process may die during
//! it.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::{Either, select};
use shared::ids::TraceId;
use tokio::sync::oneshot;

use crate::callers::{Post, needs_token, request, token_request};
use crate::run::Simulation;
use crate::scenario::FaultKind;

/// How long a caller waits for an answer, in milliseconds.
const PATIENCE: i64 = 10_000;

/// The endpoint that a vendor calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Lynn,
    Webhook,
    Events,
}

/// Sends the request once, and returns the status of the answer, if one arrived.
pub(crate) async fn send(
    simulation: &Arc<Simulation>,
    post: &Post,
    fault_kind: Option<FaultKind>,
) -> Option<u16> {
    let environment = &simulation.environment;
    environment.moment().await;
    if fault_kind == Some(FaultKind::FailsBefore) {
        return None;
    }
    if fault_kind == Some(FaultKind::SlowBefore) {
        environment.sleep(6_000).await;
    }
    let token = if needs_token(simulation, post) {
        match log_in(simulation, post).await? {
            Ok(token) => Some(token),
            Err(status) => return Some(status),
        }
    } else {
        None
    };
    let request = request(simulation, post, token.as_deref())?;
    let (answer, answered) = oneshot::channel();
    let endpoint = post.endpoint;
    let Some((process, receivers)) = simulation.receivers(endpoint) else {
        environment.moment().await;
        return None;
    };
    environment.trace(|| format!("{endpoint:?} gets {} at process {}", post.id, process.0));
    environment.spawn(Some(process), async move {
        let response = match endpoint {
            Endpoint::Lynn => receivers.lynn.handle(request).await,
            Endpoint::Webhook | Endpoint::Events => receivers.genesys.handle(request).await,
        };
        // The caller may have stopped waiting; ignore it.
        let _ = answer.send(response.status().as_u16());
    });
    let status = within(simulation, answered).await;
    environment.moment().await;
    environment.trace(|| format!("{endpoint:?} answers {} {status:?}", post.id));
    if fault_kind == Some(FaultKind::FailsAfter) { None } else { status }
}

/// Logs an engine of Open Messaging in: its token, or the status of the refusal.
async fn log_in(simulation: &Arc<Simulation>, post: &Post) -> Option<Result<String, u16>> {
    let request = token_request(simulation, post.integration)?;
    let (answer, answered) = oneshot::channel();
    let (process, receivers) = simulation.receivers(post.endpoint)?;
    simulation.environment.spawn(Some(process), async move {
        // The caller may have stopped waiting; ignore it.
        let _ = answer.send(receivers.lynn.handle(request).await);
    });
    let response = within(simulation, answered).await?;
    let (id, status) = (&post.id, response.status().as_u16());
    simulation.environment.trace(|| format!("the token call for {id} is answered {status}"));
    if status != 200 {
        return Some(Err(status));
    }
    let body: serde_json::Value = serde_json::from_slice(response.body()).ok()?;
    Some(Ok(crate::genesys::text(&body, "/access_token").to_owned()))
}

async fn within<T>(simulation: &Arc<Simulation>, answered: oneshot::Receiver<T>) -> Option<T> {
    let patience = Box::pin(simulation.environment.sleep(PATIENCE));
    match select(answered, patience).await {
        Either::Left((answer, _)) => answer.ok(),
        Either::Right(_) => None,
    }
}

/// Hands an event of the bus to its function; `true` when the function took it.
pub(crate) async fn hand_over(simulation: &Arc<Simulation>, event: &Bytes, trace: TraceId) -> bool {
    let (answer, answered) = oneshot::channel();
    let Some((process, receivers)) = simulation.receivers(Endpoint::Events) else { return false };
    let event = event.clone();
    simulation.environment.spawn(Some(process), async move {
        let taken = receivers.events.handle(&event, trace).await;
        let _ = answer.send(taken.is_ok());
    });
    within(simulation, answered).await.unwrap_or_default()
}

/// Runs the scheduler for the conversations whose deadline has passed.
pub(crate) async fn wake(simulation: &Arc<Simulation>) {
    let (answer, answered) = oneshot::channel();
    let Some((process, receivers)) = simulation.receivers(Endpoint::Events) else { return };
    simulation.environment.spawn(Some(process), async move {
        receivers.scheduler.run_and_log().await;
        let _ = answer.send(());
    });
    within(simulation, answered).await;
}
