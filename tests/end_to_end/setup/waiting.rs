//! A slow Genesys Cloud: a person at a terminal sees which part is waited for, and how long.

use std::time::Duration;

use simulators::{Effect, Endpoint, Fault};

use super::Machine;
use crate::command::run;
use crate::terminal::dialogue;

impl Machine {
    /// Calls to these places get their answers late.
    fn is_slow_at(&self, places: &[&'static str]) {
        for place in places {
            let effect = Effect::AcceptThenHang(Duration::from_secs(3));
            self.genesys.script(Fault { endpoint: Endpoint::AdministrationAt(place), effect });
        }
    }
}

#[tokio::test]
async fn a_person_sees_which_part_is_waited_for() {
    let machine = Machine::start().await;
    machine.is_slow_at(&["GET /api/v2/routing/queues", "POST /api/v2/routing/queues"]);
    let arguments = machine.arguments();
    let setup: Vec<&str> = arguments.iter().map(String::as_str).chain(["--yes"]).collect();
    let screen = dialogue(&setup, &machine.environment(), &[]).await.good();
    let (plan, done) = screen.split_once("queue Agents: created").expect("a queue");
    assert!(plan.contains("reading the organisation (1 s)"), "{screen}");
    assert!(plan.contains("setting up the queue (1 s)"), "{screen}");
    assert!(!done.contains("setting up the queue"), "{screen}");

    machine.is_slow_at(&["POST /api/v2/oauth/clients", "DELETE /api/v2/oauth/clients"]);
    let config = machine.config().display().to_string();
    let none = ["--reread-wait", "0", "--retry-wait", "0", "--cache-wait", "0"];
    let rotate = ["setup", "rotate", "--name", super::NAME, "--config", &config, "--yes"];
    let rotate = [&rotate[..], &none].concat();
    let screen = dialogue(&rotate, &machine.environment(), &[]).await.good();
    assert!(screen.contains("making a second OAuth client (1 s)"), "{screen}");
    assert!(screen.contains("deleting the old OAuth client (1 s)"), "{screen}");

    machine.is_slow_at(&["DELETE /api/v2/oauth/clients"]);
    let place = machine.place();
    let remove: Vec<&str> = place.iter().map(String::as_str).chain(["--remove", "--yes"]).collect();
    let screen = dialogue(&remove, &machine.environment(), &[]).await.good();
    assert!(screen.contains("removing the OAuth client (1 s)"), "{screen}");
}

#[tokio::test]
async fn a_rotation_without_the_file_says_so() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let config = folder.path().join("bridge.json").display().to_string();
    let rotate = ["setup", "rotate", "--name", super::NAME, "--config", &config];
    let said = run(&rotate, &[]).await.bad(2);
    assert!(said.contains(&format!("there is no file {config}")), "{said}");
    std::fs::write(&config, r#"{ "integrations": [] }"#).expect("a file");
    let said = run(&rotate, &[]).await.bad(2);
    assert!(said.contains("has no integration support: run bridge setup first"), "{said}");
}
