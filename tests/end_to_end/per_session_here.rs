//! Conversations of sessions in a data directory: the operator's commands, and a bridge whose
//! configuration changes.

use serde_json::json;
use simulators::{Endpoint, GenesysSimulator};

use crate::command::run;
use crate::harness::{Harness, SOON, Setup, each, fault, status, taken};
use crate::per_session::{ANA, ana, event, per_session, say, whose};

async fn on(harness: &Harness, arguments: &[&str]) -> crate::command::Ended {
    let data = harness.data_directory().display().to_string();
    run(&[arguments, &["--data", &data]].concat(), &[]).await
}

#[tokio::test]
async fn an_operator_finds_contacts_and_sessions_and_redrives_into_the_same_one() {
    let harness = per_session(Setup::new()).start().await;
    say(&harness, "m-1", Some("s-1")).await;
    harness.accepted(&format!("{ANA}~s-1"), 1).await;
    harness.genesys.script(fault(Endpoint::Message, status(400)));
    say(&harness, "m-2", None).await;
    harness.logged(&[("event.name", "failed"), ("event.id", "m-2")]).await;
    harness.heard(ANA, 1).await;
    say(&harness, "m-3", Some("s-2")).await;
    harness.accepted(&format!("{ANA}~s-2"), 1).await;
    let listed = on(&harness, &["conversations", "--json", "--show-contacts"]).await.json();
    let listed = listed.as_array().expect("a list");
    assert_eq!(each(listed, "/contact"), [ANA, ANA]);
    assert_eq!(each(listed, "/session/id"), ["s-2", "s-1"]);
    let hidden = on(&harness, &["conversations"]).await.good();
    assert!(!hidden.contains("5512345678"), "{hidden}");
    for (asked, session, events) in
        [(ANA, "s-2", json!(["m-3"])), ("5215512345678~s-1", "s-1", json!(["m-1", "m-2"]))]
    {
        let show = ["conversations", "show", asked, "--json", "--show-contacts"];
        let shown = on(&harness, &show).await.json();
        assert_eq!((&shown["contact"], &shown["session"]["id"]), (&json!(ANA), &json!(session)));
        let mut inbound = shown["events"].as_array().expect("a list").clone();
        inbound.retain(|event| event["direction"] == "inbound");
        assert_eq!(json!(each(&inbound, "/id")), events);
    }
    let redrive = ["dead-letters", "redrive", "--all", "--contact", ANA];
    on(&harness, &redrive).await.good();
    let accepted = harness.accepted(&format!("{ANA}~s-1"), 2).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1", "m-2"]);
    harness.end();
}

#[tokio::test]
async fn a_conversation_of_a_contact_goes_on_until_a_session_begins_its_own() {
    let setup = Setup::new().lynn(|options| options.conversation_per_session = true);
    let mut harness = setup.start().await;
    say(&harness, "m-1", Some("s-1")).await;
    harness.accepted(ANA, 1).await;
    harness.process.terminate();
    assert!(harness.process.ended().await.success());
    harness.edit_config(|config| {
        config["integrations"][0]["genesys"]["conversationPer"] = json!("session");
    });
    harness.restart().await;
    harness.agent(ANA, "Good morning").await;
    let heard = harness.heard(ANA, 1).await.remove(0);
    assert_eq!((&heard["contact"]["id"], &heard["session"]["id"]), (&json!(ANA), &json!("s-1")));
    say(&harness, "m-2", None).await;
    harness.accepted(ANA, 2).await;
    say(&harness, "m-3", Some("s-2")).await;
    let customer = format!("{ANA}~s-2");
    harness.accepted(&customer, 1).await;
    harness.agent(&customer, "Good morning again").await;
    assert_eq!(harness.heard(ANA, 2).await[1]["session"]["id"], "s-2");
    // The operator goes back: what comes from Genesys Cloud still finds its contact.
    harness.process.terminate();
    assert!(harness.process.ended().await.success());
    harness.edit_config(|config| {
        config["integrations"][0]["genesys"]["conversationPer"] = json!("contact");
    });
    harness.restart().await;
    harness.agent(&customer, "Are you there?").await;
    let heard = harness.heard(ANA, 3).await.remove(2);
    assert_eq!((&heard["contact"]["id"], &heard["session"]["id"]), (&json!(ANA), &json!("s-2")));
    harness.post(event("message", "m-4", Some("s-2"), json!({ "text": "Yes" }))).await;
    harness.accepted(ANA, 3).await;
    harness.end();
}

#[tokio::test]
async fn typing_belongs_to_its_session() {
    let harness = per_session(Setup::new()).start().await;
    let customers = ["s-1", "s-2"].map(|session| format!("{ANA}~{session}"));
    for (session, customer) in ["s-1", "s-2"].into_iter().zip(&customers) {
        say(&harness, session, Some(session)).await;
        harness.accepted(customer, 1).await;
        harness.logged(&[("event.name", "delivered"), ("event.id", session)]).await;
    }
    harness.post(event("typing", "t-1", Some("s-1"), json!({}))).await;
    harness.post(event("typing", "t-2", None, json!({}))).await;
    let both = |genesys: &GenesysSimulator| genesys.typing_events().len() == 2;
    assert!(harness.genesys.wait_until(SOON, both).await, "{}", harness.process.log());
    assert_eq!(each(&harness.genesys.typing_events(), "/channel/from/id"), customers);
    taken(harness.genesys.agent_types(&customers[0], 5000).await);
    assert_eq!(whose(&harness.heard(ANA, 1).await[0]), ana("s-1"));
    harness.end();
}
