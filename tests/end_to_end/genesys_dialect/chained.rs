//! Two bridges in a row: what one takes for Genesys Cloud is the other, in the dialect `genesys`.

use serde_json::json;
use simulators::{GenesysSimulator, LynnOptions, LynnSimulator};

use super::{CLIENT, CLIENT_SECRET, INTEGRATION, log_in};
use crate::harness::{Harness, SOON, Setup, each};

const BETWEEN: &str = "the-secret-between-the-bridges";

/// Lynn, the bridge at Lynn, the bridge at Genesys Cloud, Genesys Cloud.
struct Chain {
    at_lynn: Harness,
    at_genesys: Harness,
}

impl Chain {
    async fn start() -> Self {
        let at_genesys = Setup::new()
            .genesys(|options| options.automatic_receipts = true)
            .lynn(|options| *options = LynnOptions::default())
            .config(|integration| {
                let lynn = &mut integration["lynn"];
                lynn["dialect"] = json!("genesys");
                lynn["hubSecret"] = json!(BETWEEN);
                lynn["signingSecret"] = json!(null);
                lynn["inboundAuth"] =
                    json!([{ "type": "oauthClient", "clientId": CLIENT, "clientSecret": CLIENT_SECRET }]);
            });
        let at_genesys = at_genesys.start().await;
        let (address, client) = (at_genesys.address.clone(), at_genesys.client_id(CLIENT));
        log_in(&at_genesys, CLIENT, CLIENT_SECRET).await;
        let at_lynn = Setup::new().config(move |integration| {
            integration["genesys"]["apiBaseUrl"] = json!(address);
            integration["genesys"]["loginBaseUrl"] = json!(address);
            integration["genesys"]["integrationId"] = json!(INTEGRATION);
            integration["genesys"]["oauthClients"] =
                json!([{ "clientId": client, "clientSecret": CLIENT_SECRET }]);
            integration["genesys"]["webhookSecrets"] = json!([BETWEEN]);
        });
        let at_lynn = at_lynn.start().await;
        let webhook = format!("{}/genesys/{}", at_lynn.address, at_lynn.name());
        at_genesys.edit_config(|config| {
            config["integrations"][0]["lynn"]["webhookUrl"] = json!(webhook);
        });
        Self { at_lynn, at_genesys }
    }

    fn lynn(&self) -> &LynnSimulator {
        &self.at_lynn.lynn
    }

    fn genesys(&self) -> &GenesysSimulator {
        &self.at_genesys.genesys
    }

    async fn heard(&self, kind: &str, count: usize) -> Vec<serde_json::Value> {
        let enough = |lynn: &LynnSimulator| lynn.events_of_type("ana", kind).len() >= count;
        if !self.lynn().wait_until(SOON, enough).await {
            println!("The log of the bridge at Lynn:\n{}", self.at_lynn.process.log());
            self.at_genesys.fail(&format!("{kind}: {:?}", self.lynn().events_for("ana")));
        }
        self.lynn().events_of_type("ana", kind)
    }
}

#[tokio::test]
async fn a_whole_conversation_passes_through_both() {
    let chain = Chain::start().await;
    chain.at_lynn.say("ana", "m-1", "I need an agent").await;
    chain.at_lynn.say("ana", "m-2", &"word ".repeat(900)).await;
    let accepted = chain.at_genesys.accepted("ana", 4).await;
    assert_eq!(accepted[0]["text"], "I need an agent");
    assert_eq!(accepted[0]["channel"]["messageId"], "m-1");
    // The receipts find their way back to Lynn's own ids, through both.
    let receipts = chain.heard("receipt", 2).await;
    assert_eq!(each(&receipts, "/status"), ["published", "published"]);
    let mut ids = each(&receipts, "/messageId");
    ids.sort_by_key(ToString::to_string);
    assert_eq!(ids, ["m-1", "m-2"]);

    assert!(chain.genesys().agent_types("ana", 3_000).await.delivered);
    let id = chain.at_genesys.agent("ana", "How can I help?").await;
    let message = chain.heard("message", 1).await.remove(0);
    assert_eq!((&message["id"], &message["text"]), (&json!(id), &json!("How can I help?")));
    assert_eq!((&message["author"], &message["sequence"]), (&json!("agent"), &json!(4)));
    assert_eq!(message["conversationId"], json!(chain.genesys().conversation_id("ana")));

    // Choices, and the answer to them.
    let offered = chain
        .genesys()
        .bot_sends_quick_replies("ana", "Sure?", &[("Yes", "yes"), ("No", "no")])
        .await;
    assert!(offered.delivered);
    let choices = chain.heard("message", 2).await.remove(1);
    assert_eq!(choices["quickReplies"][0]["payload"], "yes");
    let reply = json!({
        "type": "message", "id": "m-3", "contact": { "id": "ana" },
        "reply": { "to": choices["id"], "kind": "quickReply", "text": "Yes", "payload": "yes" },
    });
    chain.at_lynn.post(reply).await;
    let answer = chain.at_genesys.accepted("ana", 5).await.remove(4);
    assert_eq!(
        answer["buttonResponse"],
        json!({ "type": "QuickReply", "text": "Yes", "payload": "yes" })
    );
    assert_eq!(answer["originatingMessageId"], *offered.id);

    // Lynn's receipt for the agent's message.
    let receipt = json!({
        "type": "receipt", "id": "r-1", "contact": { "id": "ana" }, "messageId": id, "status": "read",
    });
    chain.at_lynn.post(receipt).await;
    let receipts = chain.at_genesys.receipts(1).await;
    assert_eq!((&receipts[0]["id"], &receipts[0]["status"]), (&json!(id), &json!("Delivered")));

    // The customer types, and a message that Lynn refuses fails for the agent.
    chain.at_lynn.post(json!({ "type": "typing", "id": "t-1", "contact": { "id": "ana" } })).await;
    let typed = |genesys: &GenesysSimulator| genesys.typing_events().len() == 1;
    assert!(chain.genesys().wait_until(SOON, typed).await);
    chain.lynn().refuse_with("ana", 400);
    let refused = chain.at_genesys.agent("ana", "Are you there?").await;
    let receipts = chain.at_genesys.receipts(2).await;
    assert_eq!((&receipts[1]["id"], &receipts[1]["status"]), (&json!(refused), &json!("Failed")));
    chain.at_lynn.end();
    chain.at_genesys.end();
}

#[tokio::test]
async fn what_one_link_misses_comes_when_it_is_back() {
    let mut chain = Chain::start().await;
    chain.at_lynn.say("ana", "m-1", "one").await;
    chain.at_genesys.accepted("ana", 1).await;
    chain.heard("receipt", 1).await;
    chain.lynn().set_down(true);
    chain.at_genesys.agent("ana", "first").await;
    chain.at_lynn.logged(&[("event.name", "retried")]).await;
    chain.at_lynn.process.kill();
    chain.at_genesys.agent("ana", "second").await;
    chain.at_genesys.logged(&[("event.name", "retried")]).await;
    chain.at_genesys.process.kill();
    chain.at_lynn.restart().await;
    let webhook = format!("{}/genesys/{}", chain.at_lynn.address, chain.at_lynn.name());
    chain.at_genesys.edit_config(|config| {
        config["integrations"][0]["lynn"]["webhookUrl"] = json!(webhook);
    });
    chain.at_genesys.restart().await;
    chain.lynn().set_down(false);
    let messages = chain.heard("message", 2).await;
    assert_eq!(each(&messages, "/text"), ["first", "second"]);
    assert_eq!(chain.lynn().duplicates(), 0);
    chain.at_lynn.end();
    chain.at_genesys.end();
}
