//! Scripted faults, seen by a client.

use std::time::{Duration, Instant};

use serde_json::json;
use simulators::{Effect, Endpoint, Fault};

use crate::support::{Genesys, SOON, message};

fn fault(endpoint: Endpoint, effect: Effect) -> Fault {
    Fault { endpoint, effect }
}

#[tokio::test]
async fn faults_are_met_in_order_by_the_calls_they_cover() {
    let genesys = Genesys::start().await;
    let status = |code, retry_after| Effect::Status { code, retry_after };
    genesys.simulator.script(fault(Endpoint::Receipt, status(500, None)));
    genesys.simulator.script(fault(Endpoint::Message, status(503, Some(7))));
    genesys.simulator.script(fault(Endpoint::Any, status(403, None)));
    let answer =
        genesys.request("message", &message("x", "m-1", 1)).send().await.expect("an answer");
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (503, &"7".parse().expect("a value"))
    );
    assert!(answer.headers().contains_key("inin-ratelimit-count"));
    let (status, body) = genesys.post("message", &message("x", "m-1", 1)).await;
    assert_eq!((status, &body["code"]), (403, &json!("missing.permissions")));
    genesys.say("x", "m-1", 1).await;
    let (status, body) = genesys.post("receipt", &json!({})).await;
    assert_eq!((status, &body["code"]), (500, &json!("internal.server.error")));
    assert_eq!(genesys.simulator.violations(), Vec::<String>::new());
    assert_eq!(genesys.simulator.accepted_messages("x").len(), 1);
}

#[tokio::test]
async fn a_dropped_connection_is_an_error_at_the_client() {
    let genesys = Genesys::start().await;
    genesys.simulator.script(fault(Endpoint::Message, Effect::DropConnectionBefore));
    let error =
        genesys.request("message", &message("x", "m-1", 1)).send().await.expect_err("no answer");
    assert!(!error.is_timeout() && error.status().is_none(), "{error:?}");
    assert_eq!(genesys.simulator.accepted_count(), 0);

    genesys.simulator.script(fault(Endpoint::Message, Effect::AcceptThenDrop));
    assert!(genesys.request("message", &message("x", "m-1", 1)).send().await.is_err());
    assert_eq!(genesys.simulator.accepted_count(), 1);

    genesys.say("x", "m-1", 1).await;
    assert_eq!(genesys.simulator.accepted_count(), 1);
    assert_eq!(genesys.simulator.duplicates().len(), 1);
    let statuses: Vec<_> =
        genesys.simulator.requests().iter().skip(1).map(|request| request.status).collect();
    assert_eq!(statuses, [None, None, Some(200)]);
}

#[tokio::test]
async fn a_late_answer_comes_after_the_work_is_done() {
    let genesys = Genesys::start().await;
    genesys
        .simulator
        .script(fault(Endpoint::Message, Effect::AcceptThenHang(Duration::from_secs(60))));
    let request =
        genesys.request("message", &message("x", "m-1", 1)).timeout(Duration::from_millis(300));
    assert!(request.send().await.expect_err("no answer in time").is_timeout());
    assert_eq!(genesys.simulator.accepted_count(), 1);
}

#[tokio::test]
async fn a_delayed_call_is_done_even_when_the_client_has_hung_up() {
    let genesys = Genesys::start().await;
    genesys.simulator.script(fault(Endpoint::Message, Effect::Delay(Duration::from_millis(300))));
    let request =
        genesys.request("message", &message("x", "m-1", 1)).timeout(Duration::from_millis(100));
    assert!(request.send().await.expect_err("no answer in time").is_timeout());
    assert_eq!(genesys.simulator.accepted_count(), 0);
    assert!(genesys.simulator.wait_until(SOON, |genesys| genesys.accepted_count() == 1).await);
}

#[tokio::test]
async fn an_answer_may_come_without_the_message_id() {
    let genesys = Genesys::start().await;
    genesys.simulator.script(fault(Endpoint::Message, Effect::WithoutMessageId));
    let answer =
        genesys.request("message", &message("x", "m-1", 1)).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.bytes().await.expect("a body").len(), 0);
    assert_eq!(genesys.simulator.accepted_count(), 1);
}

#[tokio::test]
async fn while_down_every_call_is_answered_503() {
    let genesys = Genesys::start().await;
    genesys.simulator.set_down(true);
    let (status, body) = genesys.post("message", &message("x", "m-1", 1)).await;
    assert_eq!((status, &body["code"]), (503, &json!("service.unavailable")));
    genesys.simulator.set_down(false);
    genesys.say("x", "m-1", 1).await;
}

#[tokio::test]
async fn waiting_ends_at_the_change_or_at_the_timeout() {
    let genesys = Genesys::start().await;
    let began = Instant::now();
    let waiting = genesys.simulator.wait_until(SOON, |genesys| genesys.accepted_count() == 1);
    let (held, _) = tokio::join!(waiting, genesys.say("x", "m-1", 1));
    assert!(held && began.elapsed() < SOON);
    assert!(!genesys.simulator.wait_until(Duration::from_millis(50), |_| false).await);
}

#[tokio::test]
async fn the_port_closes_with_the_last_handle() {
    let genesys = Genesys::start().await;
    let url = format!("{}/api/v2/tokens/me", genesys.simulator.base_url());
    let clone = genesys.simulator.clone();
    drop(genesys.simulator);
    assert!(genesys.client.get(&url).send().await.is_ok());
    drop(clone);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(genesys.client.get(&url).send().await.is_err());
}
