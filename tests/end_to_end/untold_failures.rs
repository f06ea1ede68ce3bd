//! A failure whose notice failed too: the operator's view, and the notices after both are redriven.

use serde_json::Value;
use simulators::{Endpoint, LynnFault};

use crate::command::{Ended, run};
use crate::harness::{Harness, SOON, each, fault, status};

async fn dead_letters(harness: &Harness, arguments: &[&str]) -> Ended {
    let data = harness.data_directory().display().to_string();
    run(&[&["dead-letters"], arguments, &["--data", &data]].concat(), &[]).await
}

async fn listed(harness: &Harness) -> Vec<Value> {
    let listed = dead_letters(harness, &["list", "--json"]).await.json();
    listed["deadLetters"].as_array().expect("a list").clone()
}

/// Waits until the dead letters have these directions.
async fn buried(harness: &Harness, directions: &[&str]) -> Vec<Value> {
    let deadline = tokio::time::Instant::now() + SOON;
    loop {
        let letters = listed(harness).await;
        if each(&letters, "/direction") == directions {
            return letters;
        }
        assert!(tokio::time::Instant::now() < deadline, "{letters:?}\n{}", harness.process.log());
    }
}

/// Genesys Cloud refuses a message, and Lynn refuses the notice about it.
async fn with_untold_failure() -> (Harness, Vec<Value>) {
    let harness = Harness::start().await;
    harness.genesys.script(fault(Endpoint::Message, status(400)));
    harness.lynn.script(LynnFault::Status { code: 400, retry_after: None });
    harness.say("ana", "m-1", "Hello").await;
    let letters = buried(&harness, &["inbound", "outbound"]).await;
    (harness, letters)
}

fn told(harness: &Harness) -> usize {
    harness.lynn.events_of_type("ana", "receipt").len()
}

#[tokio::test]
async fn the_list_says_of_a_letter_what_show_says() {
    let (harness, letters) = with_untold_failure().await;
    assert_eq!(each(&letters, "/telling"), ["givenUp", "nobody"]);
    let id = letters[0]["id"].as_str().expect("an id");
    let shown = dead_letters(&harness, &["show", id, "--json"]).await.json();
    assert_eq!(shown, letters[0]);
    let table = dead_letters(&harness, &["list"]).await.good();
    let line = table.lines().find(|line| line.starts_with(id)).expect("a line");
    assert!(line.contains("  given up  ") && !line.contains("  yes  "), "{line}");
    harness.end();
}

#[tokio::test]
async fn of_what_is_delivered_after_all_no_failure_is_told() {
    let (harness, letters) = with_untold_failure().await;
    let ids = each(&letters, "/id");
    for more in [&["--dry-run"][..], &[]] {
        let done = dead_letters(&harness, &[&["redrive", "--all", "--json"], more].concat()).await;
        let done = done.json();
        assert_eq!((&done["sent"][0], &done["waiting"][0]), (&ids[0], &ids[1]), "{done}");
    }
    harness.accepted("ana", 1).await;
    harness.logged(&[("event.name", "delivered"), ("event.id", "m-1")]).await;
    assert_eq!(each(&listed(&harness).await, "/direction"), ["outbound"]);
    let done = dead_letters(&harness, &["redrive", "--all"]).await.good();
    assert!(done.contains("an event that has arrived since"), "{done}");
    assert!(listed(&harness).await.is_empty());
    // The queue delivers a later event after any notice, so no notice can follow it.
    harness.agent("ana", "Good morning").await;
    harness.heard("ana", 1).await;
    assert_eq!(told(&harness), 0);
    harness.end();
}

#[tokio::test]
async fn of_what_fails_again_the_failure_is_told_when_that_is_asked_for() {
    let (harness, _) = with_untold_failure().await;
    harness.genesys.script(fault(Endpoint::Message, status(400)));
    dead_letters(&harness, &["redrive", "--all"]).await.good();
    let letters = buried(&harness, &["outbound", "inbound"]).await;
    assert_eq!((&letters[1]["event"]["redrive"], told(&harness)), (&Value::from(1), 0));
    let done =
        dead_letters(&harness, &["redrive", "--all", "--direction", "outbound"]).await.good();
    assert!(done.contains("queued to be sent again"), "{done}");
    let receipt =
        |lynn: &simulators::LynnSimulator| !lynn.events_of_type("ana", "receipt").is_empty();
    assert!(harness.lynn.wait_until(SOON, receipt).await, "{}", harness.process.log());
    let letters = buried(&harness, &["inbound"]).await;
    assert_eq!(each(&letters, "/event/id"), ["m-1"]);
    harness.end();
}

#[tokio::test]
async fn nothing_to_send_again_is_said() {
    let harness = Harness::start().await;
    let ended = dead_letters(&harness, &["redrive", "--all"]).await;
    assert!(ended.said.contains("nothing is sent again"), "{ended:?}");
    assert_eq!(ended.good(), "");
    harness.end();
}
