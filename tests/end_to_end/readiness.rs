//! `/ready`: a trouble of the bridge makes it unready, a trouble of a vendor does not.

use std::time::Duration;

use reqwest::Method;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::harness::World;

/// The longest time until the bridge notices a change of its configuration.
const NOTICED: Duration = Duration::from_secs(10);

async fn ask(world: &World) -> (u16, Value) {
    let answer = world.request(Method::GET, "/ready").send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

/// Waits until the bridge is unready for this reason alone, with a detail that contains `word`;
/// returns the detail.
async fn unready(world: &World, what: &str, word: &str) -> String {
    let deadline = Instant::now() + NOTICED;
    loop {
        let (code, body) = ask(world).await;
        if code == 503 {
            assert_eq!(body["ready"], false);
            let reasons = body["reasons"].as_array().expect("reasons");
            let whats: Vec<&Value> = reasons.iter().map(|reason| &reason["what"]).collect();
            assert_eq!(whats, [what], "{body}");
            let detail = reasons[0]["detail"].as_str().expect("words");
            if detail.contains(word) {
                return detail.to_owned();
            }
        }
        assert!(Instant::now() < deadline, "{body}");
        sleep(Duration::from_millis(100)).await;
    }
}

async fn ready(world: &World) {
    let deadline = Instant::now() + NOTICED;
    while ask(world).await != (200, json!({ "ready": true })) {
        assert!(Instant::now() < deadline, "{:?}", ask(world).await);
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_configuration_that_has_become_invalid_makes_it_unready_until_it_is_repaired() {
    let world = World::start().await;
    ready(&world).await;
    let before = std::fs::read_to_string(world.config_path()).expect("a file");
    world.edit_config(|config| {
        config["integrations"][0]["lynn"]["webhookUrl"] = json!("ftp://lynn")
    });
    let detail = unready(&world, "configuration", "webhookUrl").await;
    let folder = world.config_path().parent().expect("a folder").display().to_string();
    assert!(!detail.contains(&folder), "{detail}");
    // The valid configuration remains in use.
    world.say("ana", "m-1", "Is anybody there?").await;
    world.accepted("ana", 1).await;
    std::fs::remove_file(world.config_path()).expect("removed");
    unready(&world, "configuration", "cannot be read").await;
    std::fs::write(world.config_path(), before).expect("a file");
    ready(&world).await;
    world.end();
}

#[tokio::test]
async fn a_store_that_takes_no_write_makes_it_unready() {
    let world = World::start().await;
    ready(&world).await;
    let other = Connection::open(world.data_directory().join("bridge.db")).expect("a database");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    unready(&world, "store", "write").await;
    other.execute_batch("ROLLBACK").expect("unlocked");
    ready(&world).await;
    world.end();
}

#[tokio::test]
async fn a_vendor_that_is_down_does_not_make_it_unready() {
    let world = World::start().await;
    world.genesys.set_down(true);
    world.say("ana", "m-1", "Is anybody there?").await;
    world.logged(&[("event.name", "retried")]).await;
    ready(&world).await;
    world.end();
}
