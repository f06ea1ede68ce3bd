//! One whole conversation: the bot hands over, an agent helps, the conversation ends, and the bot
//! takes over again.

use serde_json::{Value, json};

use crate::harness::{Setup, each, taken};
use crate::people::{CONNECTED, ENDED};

#[tokio::test]
async fn from_the_bot_to_an_agent_and_back() {
    let setup = Setup::new().genesys(|options| {
        options.automatic_receipts = true;
        // Genesys' workflows post the events by themselves.
        options.deliver_events = true;
    });
    let harness = setup.start().await;
    let (ana, session) = ("5215512345678", json!({ "id": "3f0c", "channel": "whatsapp" }));
    let contact =
        json!({ "id": ana, "idType": "phone", "nickname": "Ana", "lynnContactId": "L-1" });
    let message = |id: &str, text: &str| json!({ "type": "message", "id": id, "contact": contact, "session": session, "text": text });
    // The bot hands over its transcript.
    let mut first = message("m-1", "I need an agent");
    first["history"] = json!([
        { "author": "bot", "text": "How can I help?" },
        { "author": "customer", "text": "My bill is wrong" },
    ]);
    first["attributes"] = json!({ "topic": "billing" });
    harness.post(first).await;
    let accepted = harness.accepted(ana, 2).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1.history", "m-1"]);
    assert_eq!(harness.heard(ana, 1).await[0]["status"], "published");
    let id = harness.genesys.conversation_id(ana).expect("a conversation");

    // At first no agent is there; then an agent answers, and the bot is silent.
    harness.genesys.queue_waits(ana);
    harness.genesys.agent_rings(ana, "ada");
    assert_eq!(harness.stands(ana, json!({ "status": "open" })).await["agentConnected"], false);
    harness.genesys.agent_answers(ana, "ada");
    assert_eq!(harness.heard(ana, 2).await[1]["type"], CONNECTED);
    harness.stands(ana, json!({ "agentConnected": true, "conversationId": id })).await;

    taken(harness.genesys.agent_types(ana, 1000).await);
    harness.heard(ana, 3).await;
    let said = harness.agent(ana, "Good morning, Ana. Shall I correct it?").await;
    harness.heard(ana, 4).await;
    let read = json!({ "type": "receipt", "id": "r-1", "contact": contact, "messageId": said,
                       "status": "read" });
    harness.post(read).await;
    assert_eq!(harness.receipts(1).await[0]["status"], "Delivered");
    harness.post(message("m-2", "Yes, please")).await;
    harness.accepted(ana, 3).await;
    harness.heard(ana, 5).await;

    // The agent ends the conversation. Inside the window the customer can return; until then the
    // bot serves the customer.
    harness.genesys.agent_ends(ana, "ada");
    let end = harness.heard(ana, 6).await.remove(5);
    assert_eq!((&end["type"], &end["reason"]), (&json!(ENDED), &json!("agent")));
    let ended = harness.stands(ana, json!({ "status": "ended", "sequence": 6 })).await;
    assert_eq!((&ended["agentConnected"], &ended["conversationId"]), (&json!(false), &json!(id)));
    assert_eq!(ended["resumableUntil"], end["resumableUntil"]);
    harness.post(message("m-3", "One more thing")).await;
    harness.accepted(ana, 4).await;
    harness.heard(ana, 7).await;
    assert_eq!(
        harness.stands(ana, json!({ "status": "open" })).await["resumableUntil"],
        Value::Null
    );
    harness.genesys.queue_waits(ana);
    harness.genesys.agent_answers(ana, "ada");
    assert_eq!(harness.heard(ana, 8).await[7]["type"], CONNECTED);

    let expected =
        ["receipt", CONNECTED, "typing", "message", "receipt", ENDED, "receipt", CONNECTED];
    assert_eq!(harness.types(ana), expected);
    assert_eq!(harness.genesys.conversation_id(ana), Some(id));
    assert_eq!(harness.lynn.duplicates(), 0);
    assert!(harness.genesys.event_deliveries().iter().all(|delivery| delivery.delivered));
    harness.end();
}
