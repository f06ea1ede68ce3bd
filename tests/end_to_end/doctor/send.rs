//! `bridge doctor --send`: a marked message through the whole chain and back.

use serde_json::{Value, json};
use simulators::{Endpoint, LynnFault, ObjectKind};

use super::Installation;
use crate::harness::{Setup, fault, status};
use crate::per_session::per_session;

/// The hops, as id and outcome.
fn hops(findings: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let findings = findings.as_array().expect("a list").iter();
    findings
        .map(|finding| (text(&finding["id"]), text(&finding["outcome"])))
        .filter(|(id, _)| id.starts_with("send-"))
        .collect()
}

fn outcomes(output: &str) -> Vec<String> {
    let findings = serde_json::from_str(output).expect("JSON");
    hops(&findings).into_iter().map(|(_, outcome)| outcome).collect()
}

#[tokio::test]
async fn a_message_goes_there_and_back_and_the_conversation_is_closed() {
    let installation = Installation::new(Setup::new()).await;
    let findings = installation.examine(&["--send", "--yes", "--json"]).await.json();
    let ids = ["send-accepted", "send-at-genesys", "send-reply", "send-at-lynn", "send-closed"];
    let expected: Vec<_> = ids.iter().map(|id| ((*id).to_owned(), "ok".to_owned())).collect();
    assert_eq!(hops(&findings), expected);
    let timed = |finding: &&Value| finding["milliseconds"].is_u64();
    assert_eq!(findings.as_array().expect("a list").iter().filter(timed).count(), 5);
    // A single contact that cannot be mistaken for a customer.
    let requests = installation.harness.genesys.requests();
    let sent = requests.iter().find(|request| {
        request.path.ends_with("/inbound/open/message") && !request.body["text"].is_null()
    });
    let sent = sent.expect("a message");
    let contact = sent.body["channel"]["from"]["id"].as_str().expect("a contact");
    assert!(contact.starts_with("bridge-doctor-"), "{contact}");
    assert!(!installation.harness.genesys.is_conversation_open(contact));
    let messages = installation.harness.lynn.messages_for(contact);
    assert_eq!(messages.len(), 1);
    assert!(messages[0]["text"].as_str().is_some_and(|text| text.contains("bridge doctor")));
    // The command needs a confirmation, and no person is present to give it.
    let said = installation.examine(&["--send"]).await.bad(2);
    assert!(said.contains("--yes"), "{said}");
}

#[tokio::test]
async fn the_hop_that_breaks_is_named_and_the_conversation_closed_all_the_same() {
    let installation = Installation::new(Setup::new()).await;
    let send = async || installation.examine(&["--send", "--yes", "--json"]).await;
    let genesys = &installation.harness.genesys;
    // An administrator reads the permissions, so no trial call of the doctor meets the fault.
    genesys.script(fault(Endpoint::Message, status(400)));
    let ended = send().await;
    assert_eq!(outcomes(&ended.output), ["ok", "fail", "warn", "warn", "warn"], "{ended:?}");
    genesys.script(fault(Endpoint::Agentless, status(500)));
    let ended = send().await;
    assert_eq!(outcomes(&ended.output), ["ok", "ok", "fail", "warn", "ok"], "{ended:?}");
    // Lynn's two probes come first, with and without authentication; only the first meets a fault.
    installation.harness.lynn.script(LynnFault::Status { code: 200, retry_after: None });
    installation.harness.lynn.script(LynnFault::Status { code: 422, retry_after: None });
    let ended = send().await;
    assert_eq!(outcomes(&ended.output), ["ok", "ok", "ok", "fail", "ok"], "{ended:?}");
    genesys.change_objects(ObjectKind::Role, |role| {
        let policies = role["permissionPolicies"].as_array_mut().expect("a list");
        policies.retain(|policy| policy["actionSet"] != json!(["disconnect"]));
    });
    let ended = send().await;
    assert_eq!(outcomes(&ended.output), ["ok", "ok", "ok", "ok", "warn"], "{ended:?}");
}

#[tokio::test]
async fn a_lynn_without_such_a_session_was_reached() {
    let strict = |config: &mut Value| config["lynn"]["quietSession"] = json!("fail");
    let installation = Installation::new(Setup::new().config(strict)).await;
    installation.harness.lynn.script(LynnFault::Status { code: 200, retry_after: None });
    installation.harness.lynn.script(LynnFault::Status { code: 404, retry_after: None });
    let ended = installation.examine(&["--send", "--yes", "--json"]).await;
    assert_eq!(outcomes(&ended.output), ["ok", "ok", "ok", "warn", "ok"], "{ended:?}");
}

/// The contact's session is a conversation of its own.
#[tokio::test]
async fn the_message_of_a_session_goes_there_and_back() {
    let installation = Installation::new(per_session(Setup::new())).await;
    let ended = installation.examine(&["--send", "--yes", "--json"]).await;
    assert_eq!(outcomes(&ended.output), ["ok"; 5], "{ended:?}");
    let receivers = installation.harness.genesys.requests();
    let agentless = receivers.iter().find(|request| request.path.ends_with("/agentless"));
    let to = agentless.expect("a reply").body["toAddress"].clone();
    let (contact, session) = to.as_str().and_then(|to| to.split_once('~')).expect("a session");
    assert_eq!(contact, session);
    assert!(ended.output.contains("each session has a conversation of its own"), "{ended:?}");
}

#[tokio::test]
async fn each_hop_is_shown_with_its_time() {
    let installation = Installation::new(Setup::new()).await;
    let output = installation.examine(&["--send", "--yes"]).await.good();
    let lines = output.lines().filter(|line| line.contains("  send-"));
    // The values that differ with each run: the contact, the conversation, the milliseconds.
    let named = |word: &str| match word {
        word if word.starts_with("bridge-doctor-") => "CONTACT".to_owned(),
        word if word.starts_with('(') => "(TIME".to_owned(),
        word if word.len() == 36 => "CONVERSATION".to_owned(),
        word => word.to_owned(),
    };
    let lines: Vec<String> =
        lines.map(|line| line.split(' ').map(named).collect::<Vec<_>>().join(" ")).collect();
    insta::assert_snapshot!(lines.join("\n"));
}
