//! The scene that every fixture was made of: who said what before the upgrade, and what must come
//! of it after the upgrade.

use serde_json::Value;
use simulators::{Endpoint, LynnFault, LynnSimulator};

use super::fixture::Manifest;
use crate::harness::{Harness, SOON, Setup, each, fault, status};

/// The contact whose conversation goes on, with an agent, and whose messages wait on both ways.
pub const ANA: &str = "ana";
/// A contact whose message Genesys refused for good.
pub const BEN: &str = "ben";
/// A contact whose first messages wait: no conversation is known yet.
pub const CEM: &str = "cem";
/// A contact to whom Lynn refused an agent's message for good.
pub const EVA: &str = "eva";

/// A repeat must be the same: other words under a known id are another message.
const GREETING: &str = "Hello";
const QUESTION: &str = "Are you still there?";

/// The set-up before and after the upgrade. `name` is the integration's exact name.
pub fn setup(name: &'static str, with_events: bool) -> Setup {
    let setup = Setup::exactly(name).lynn(|options| options.post_attempts = 1);
    setup.config(move |config| {
        if !with_events && let Some(genesys) = config["genesys"].as_object_mut() {
            genesys.remove("eventsApiKey");
        }
    })
}

/// Plays the part before the upgrade. At its end both vendors are down, and messages wait.
pub async fn before(harness: &Harness, with_events: bool) -> Manifest {
    harness.say(ANA, "m-1", GREETING).await;
    harness.accepted(ANA, 1).await;
    if with_events {
        for event in harness.genesys.agent_answers(ANA, "agent-1") {
            harness.genesys.post_event(&event).await;
        }
        let is_told = |lynn: &LynnSimulator| {
            !lynn.events_of_type(ANA, "conversation.agentConnected").is_empty()
        };
        assert!(harness.lynn.wait_until(SOON, is_told).await, "{}", harness.process.log());
    }
    let said = harness.genesys.agent_says(ANA, "How can I help?").await;
    assert!(said.delivered, "{said:?}");
    delivered(harness, "outbound", &said.id).await;

    harness.genesys.script(fault(Endpoint::Message, status(400)));
    harness.say(BEN, "m-10", "Is this refused?").await;
    harness.logged(&[("event.name", "failed"), ("event.id", "m-10")]).await;

    harness.say(EVA, "m-20", "Good morning").await;
    harness.accepted(EVA, 1).await;
    harness.lynn.script(LynnFault::Status { code: 400, retry_after: None });
    let refused = harness.agent(EVA, "Good morning, Eva").await;
    harness.logged(&[("event.name", "failed"), ("event.id", &refused)]).await;
    // The notices of both failures have arrived, one at each side.
    harness.receipts(1).await;
    harness.heard(BEN, 1).await;

    harness.genesys.set_down(true);
    harness.lynn.set_down(true);
    for (contact, id) in [(ANA, "m-2"), (ANA, "m-3"), (CEM, "m-30"), (CEM, "m-31")] {
        harness.say(contact, id, QUESTION).await;
    }
    let first = harness.agent(ANA, "One moment").await;
    let second = harness.agent(ANA, "I have found it").await;
    for id in ["m-2", &first] {
        harness.logged(&[("event.name", "retried"), ("event.id", id)]).await;
    }
    Manifest {
        waiting_for_lynn: vec![first, second],
        refused_by_lynn: refused,
        told: [ANA, BEN, EVA]
            .map(|contact| (contact.to_owned(), harness.lynn.events_for(contact).len() as u64))
            .into(),
        webhook: String::from_utf8(said.body).expect("JSON"),
        with_events,
        ..Manifest::default()
    }
}

async fn delivered(harness: &Harness, direction: &str, id: &str) {
    let line = [("event.name", "delivered"), ("direction", direction), ("event.id", id)];
    harness.logged(&line).await;
}

/// Checks that what waited arrives once and in order, and that repeats are recognised.
pub async fn after(harness: &Harness, manifest: &Manifest) {
    for (contact, waited) in [(ANA, ["m-2", "m-3"]), (CEM, ["m-30", "m-31"])] {
        let accepted = harness.accepted(contact, 2).await;
        assert_eq!(each(&accepted, "/channel/messageId"), waited, "{contact}");
    }
    let told = harness.heard(ANA, 2).await;
    assert_eq!(each(&told, "/id"), manifest.waiting_for_lynn.as_slice());
    // The numbers of the conversation continue where the earlier version stopped.
    let next = manifest.told[ANA] + 1;
    assert_eq!(each(&told, "/sequence"), [next, next + 1]);

    // Repeats: of a delivered message, of a delivered webhook, of what was waiting a moment ago.
    for (id, text) in [("m-1", GREETING), ("m-2", QUESTION)] {
        harness.say(ANA, id, text).await;
    }
    let again = harness.genesys.deliver_raw(manifest.webhook.clone().into_bytes()).await;
    assert!(again.delivered, "{again:?}");
    harness.say(ANA, "m-4", "The last one").await;
    let accepted = harness.accepted(ANA, 3).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-2", "m-3", "m-4"]);
    let reply = harness.agent(ANA, "Good bye").await;
    let told = harness.heard(ANA, 3).await;
    assert_eq!(told[2]["id"], Value::from(reply));
    assert!(harness.genesys.duplicates().is_empty(), "{:?}", harness.genesys.duplicates());
    assert_eq!(harness.lynn.duplicates(), 0);
    if manifest.with_events {
        assert_eq!(harness.conversation(ANA).await["agentConnected"], true);
    }
}

/// Checks that the dead letters arrive once they are redriven.
pub async fn redriven(harness: &Harness, manifest: &Manifest) {
    let accepted = harness.accepted(BEN, 1).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-10"]);
    let told = harness.heard(EVA, 1).await;
    assert_eq!(told[0]["id"], Value::from(manifest.refused_by_lynn.as_str()));
}

/// Ends a test: the contract is kept. The simulated vendors are new, so Lynn wonders at the first
/// number of each conversation that it has not seen before, and Genesys knows none of the earlier
/// conversations that the bridge asks for.
pub fn end(harness: Harness) {
    let is_new = |violation: &String| {
        violation.ends_with(", expected 1")
            || (violation.starts_with("GET /api/v2/conversations/messages/")
                && violation.contains(": 404 not.found"))
    };
    let violations = [harness.genesys.violations(), harness.lynn.violations()].concat();
    let others: Vec<String> = violations.into_iter().filter(|it| !is_new(it)).collect();
    assert!(others.is_empty(), "{others:#?}\n{}", harness.process.log());
}
