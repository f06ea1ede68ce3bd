//! `GET /lynn/{integration}/availability`: whether an agent is there.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use simulators::{Effect, Endpoint};
use tokio::time::{Instant, sleep};

use crate::harness::{Harness, KEY, Setup, fault, status};

const PATH: &str = "/lynn/support/availability";
/// An older answer is renewed.
const FRESH: Duration = Duration::from_secs(15);
const OBSERVATIONS: Endpoint =
    Endpoint::AdministrationAt("POST /api/v2/analytics/queues/observations/query");
const ESTIMATE: Endpoint = Endpoint::AdministrationAt("GET /api/v2/routing/queues/");

/// A bridge that knows the queue of the simulated organisation.
async fn started() -> Harness {
    Setup::new().with_queue().start().await
}

async fn ask(harness: &Harness) -> Response {
    let request = harness.request(Method::GET, PATH).header("x-api-key", KEY);
    request.send().await.expect("an answer")
}

async fn answer(harness: &Harness) -> Value {
    let answer = ask(harness).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.expect("JSON")
}

/// The numbers of an answer.
fn numbers(answer: &Value) -> Value {
    let keys = ["open", "agentsAvailable", "waiting", "estimatedWaitSeconds", "stale"];
    keys.map(|key| answer[key].clone()).into_iter().collect()
}

fn observed(harness: &Harness) -> usize {
    let calls = harness.genesys.requests();
    calls.iter().filter(|call| call.path.ends_with("/observations/query")).count()
}

#[tokio::test]
async fn genesys_is_asked_once_for_all_callers_and_again_when_the_answer_is_old() {
    let harness = started().await;
    harness.genesys.set_queue_members(4, 3);
    harness.genesys.set_estimated_wait(Some(45));
    for contact in ["ana", "eva"] {
        harness.opened(contact).await;
        harness.genesys.queue_waits(contact);
    }
    let began = Instant::now();
    let asked = futures_util::future::join_all((0..8).map(|_| answer(&harness))).await;
    for answer in &asked {
        assert_eq!(numbers(answer), json!([true, 3, 2, 45, false]), "{answer}");
    }
    assert_eq!(observed(&harness), 1);
    harness.genesys.set_queue_members(4, 0);
    assert_eq!(answer(&harness).await, asked[0]);
    sleep((began + FRESH + Duration::from_secs(1)).saturating_duration_since(Instant::now())).await;
    assert_eq!(numbers(&answer(&harness).await), json!([false, 0, 2, 45, false]));
    assert_eq!(observed(&harness), 2);
    harness.end();
}

#[tokio::test]
async fn an_old_answer_is_stale_when_genesys_is_slow_and_stays_when_it_fails() {
    let harness = started().await;
    let first = answer(&harness).await;
    assert_eq!(numbers(&first), json!([true, 1, 0, null, false]));
    sleep(FRESH + Duration::from_millis(500)).await;
    harness.genesys.script(fault(OBSERVATIONS, Effect::Delay(Duration::from_secs(8))));
    let began = Instant::now();
    let stale = answer(&harness).await;
    let waited = began.elapsed();
    assert!(waited >= Duration::from_secs(2) && waited < Duration::from_secs(6), "{waited:?}");
    assert_eq!((&stale["asOf"], &stale["stale"]), (&first["asOf"], &json!(true)));
    // The answer is stored when it comes.
    let deadline = Instant::now() + Duration::from_secs(20);
    while answer(&harness).await["asOf"] == first["asOf"] {
        assert!(Instant::now() < deadline, "the answer never came");
        sleep(Duration::from_millis(200)).await;
    }
    harness.end();
}

#[tokio::test]
async fn without_an_answer_the_caller_asks_again() {
    let harness = started().await;
    harness.genesys.set_down(true);
    let none = ask(&harness).await;
    assert_eq!(none.status(), 503);
    assert!(none.headers().contains_key("retry-after"));
    // Genesys is not asked by each caller while it does not answer.
    assert_eq!(ask(&harness).await.status(), 503);
    assert!(observed(&harness) <= 1);
    harness.end();
}

#[tokio::test]
async fn what_a_permission_is_missing_for_is_not_known() {
    let harness = started().await;
    harness.genesys.set_estimated_wait(Some(45));
    harness.genesys.script(fault(OBSERVATIONS, status(403)));
    assert_eq!(numbers(&answer(&harness).await), json!([null, null, null, 45, false]));
    harness.logged(&[("event.name", "availability_refused")]).await;
    harness.end();

    let harness = started().await;
    harness.genesys.script(fault(ESTIMATE, Effect::Forbidden));
    assert_eq!(numbers(&answer(&harness).await), json!([true, 1, 0, null, false]));
    harness.end();
}

#[tokio::test]
async fn it_is_for_callers_of_an_integration_with_a_queue() {
    let harness = Harness::start().await;
    let answer = ask(&harness).await;
    assert_eq!(answer.status(), 404);
    let problem: Value = answer.json().await.expect("JSON");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("genesys.queueId")));
    // Another instance of the function may not know the integration yet.
    harness.until_listed().await;
    let stranger = harness.request(Method::GET, PATH).send().await.expect("an answer");
    assert_eq!(stranger.status(), 401);
    let post = harness.request(Method::POST, PATH).header("x-api-key", KEY);
    assert_eq!(post.send().await.expect("an answer").status(), 405);
    assert_eq!(observed(&harness), 0);
    harness.end();
}
