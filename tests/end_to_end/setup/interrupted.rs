//! Setup is interrupted at any call and run again: nothing is created twice, nothing is lost.

use std::path::Path;

use futures_util::StreamExt as _;
use simulators::{Effect, ObjectKind};

use super::{LABEL, Machine};
use crate::harness::SOON;
use crate::process::Process;

const EVENTS: [&str; 4] = ["--event-account", "123456789012", "--event-region", "us-east-1"];
const TIMELINE: [&str; 3] = ["--window", "24", "--change-threading-timeline"];

/// How many runs are played in parallel.
const SIDE_BY_SIDE: usize = 6;

fn more() -> Vec<&'static str> {
    [&EVENTS[..], &TIMELINE[..], &["--events-by-workflow"]].concat()
}

/// The number of calls in one undisturbed run, without its login.
async fn calls() -> usize {
    let machine = Machine::start().await;
    machine.setup(&more()).await.good();
    machine.genesys.requests().len() - 1
}

/// Checks that the result equals that of an undisturbed run.
async fn assert_whole(machine: &Machine, number: usize) {
    let counts = machine.counts();
    // The administrator has its own role and OAuth client.
    assert_eq!(counts, [2, 2, 1, 1, 1, 6, 1, 2], "cut off at call {number}");
    let entry = machine.entry();
    let genesys = &entry["genesys"];
    for (kind, count) in
        [(ObjectKind::Credential, 1), (ObjectKind::DataAction, 1), (ObjectKind::Trigger, 5)]
    {
        assert_eq!(machine.genesys.objects(kind).len(), count, "cut off at call {number}");
    }
    assert_eq!(genesys["eventsApiKey"].as_str().map(str::len), Some(64));
    let integration = &machine.genesys.objects(ObjectKind::OpenIntegration)[0];
    assert_eq!(genesys["integrationId"], integration["id"]);
    assert_eq!(
        genesys["webhookSecrets"][0],
        integration["outboundNotificationWebhookSignatureSecretToken"],
        "cut off at call {number}"
    );
    let clients = genesys["oauthClients"].as_array().unwrap();
    assert_eq!(clients.len(), 1);
    let text = |key: &str| clients[0][key].as_str().unwrap();
    let login = reqwest_login(machine, text("clientId"), text("clientSecret")).await;
    assert_eq!(login, 200, "cut off at call {number}");
    assert_eq!(machine.genesys.objects(ObjectKind::Recipient)[0]["flow"]["name"], LABEL);
    let changes = machine.genesys.changes();
    machine.setup(&more()).await.good();
    assert_eq!(machine.genesys.changes(), changes, "cut off at call {number}");
    machine.assert_no_violation();
}

#[expect(clippy::disallowed_methods, reason = "the tests stand outside the bridge")]
async fn reqwest_login(machine: &Machine, id: &str, secret: &str) -> u16 {
    let url = format!("{}/oauth/token", machine.genesys.base_url());
    let request = reqwest::Client::new()
        .post(url)
        .basic_auth(id, Some(secret))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials");
    request.send().await.expect("an answer").status().as_u16()
}

/// Plays every number, some in parallel: the runs mostly wait for delayed work of Genesys Cloud.
async fn at_each_call(play: impl AsyncFn(usize)) {
    let numbers = futures_util::stream::iter(1..=calls().await);
    numbers.for_each_concurrent(SIDE_BY_SIDE, |number| play(number)).await;
}

#[tokio::test]
async fn a_call_whose_answer_is_lost_is_caught_up_with() {
    at_each_call(async |number| {
        let machine = Machine::start().await;
        machine.disturb(number, Effect::AcceptThenDrop);
        // Setup repeats a read; any other lost answer ends the run.
        let first = machine.setup(&more()).await;
        if first.code != Some(0) {
            assert!(first.said.contains("run"), "{first:?}");
            machine.setup(&more()).await.good();
        }
        assert_whole(&machine, number).await;
    })
    .await;
}

#[tokio::test]
async fn a_call_that_is_refused_is_made_by_the_next_run() {
    at_each_call(async |number| {
        let machine = Machine::start().await;
        machine.disturb(number, Effect::Status { code: 400, retry_after: None });
        let first = machine.setup(&more()).await;
        if first.code == Some(0) {
            // A call that names a new object may be refused for a while, so setup has repeated it.
            assert!(is_made_again(&machine, number), "{number}: {first:?}");
        } else {
            assert_eq!(first.code, Some(1), "{number}: {first:?}");
            assert!(first.said.contains("/api/v2/") || first.said.contains("upload"), "{first:?}");
            machine.setup(&more()).await.good();
        }
        assert_whole(&machine, number).await;
    })
    .await;
}

/// Whether the call of this number changes something and was repeated with the same body.
fn is_made_again(machine: &Machine, number: usize) -> bool {
    let requests = machine.genesys.requests();
    let calls = requests.iter().filter(|request| request.path != "/oauth/token");
    let calls: Vec<_> =
        calls.map(|request| (&request.method, &request.path, &request.body)).collect();
    let (refused, later) = (calls[number - 1], &calls[number..]);
    *refused.0 != "GET" && later.first() == Some(&refused)
}

#[tokio::test]
async fn a_run_that_is_killed_after_any_call_is_gone_on_with() {
    at_each_call(async |number| {
        let machine = Machine::start().await;
        machine.disturb(number, Effect::AcceptThenHang(SOON * 4));
        kill_at(&machine, number).await;
        machine.setup(&more()).await.good();
        assert_whole(&machine, number).await;
    })
    .await;
}

async fn kill_at(machine: &Machine, number: usize) {
    let arguments = machine.arguments();
    let more = more();
    let all = arguments.iter().map(String::as_str).chain(["--yes"]).chain(more.iter().copied());
    let all: Vec<&str> = all.collect();
    let log: &Path = &machine.directory.path().join("setup.log");
    let mut process = Process::spawn(&all, log, &machine.environment());
    let arrived = |genesys: &simulators::GenesysSimulator| genesys.requests().len() > number;
    assert!(machine.genesys.wait_until(SOON, arrived).await, "{}", process.log());
    // Genesys completes a call that has arrived, even if the caller is gone.
    process.kill();
}

#[tokio::test]
async fn a_busy_platform_is_waited_for() {
    let machine = Machine::start().await;
    for number in [3, 9] {
        machine.disturb(number, Effect::Status { code: 429, retry_after: Some(1) });
    }
    machine.disturb(1, Effect::Status { code: 503, retry_after: None });
    machine.setup(&more()).await.good();
    assert_whole(&machine, 0).await;
}
