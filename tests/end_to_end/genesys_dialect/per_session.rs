//! Each session has a conversation of its own. Open Messaging names no session, so Lynn tells of it
//! on the bridge's own route.

use serde_json::json;

use super::{Engine, dialect, said, webhooks};
use crate::per_session::per_session;

#[tokio::test]
async fn in_the_dialect_the_session_that_began_last_counts() {
    let harness = per_session(dialect()).start().await;
    let engine = Engine::of(&harness).await;
    for session in ["s-1", "s-2"] {
        let began = json!({
            "type": "session.started", "id": session, "session": { "id": session },
            "contact": { "id": "ana" },
        });
        harness.post(began).await;
        harness.logged(&[("event.name", "settled"), ("event.id", session)]).await;
        let answer = engine.say(&format!("m-{session}"), "Hello").await;
        assert_eq!(answer["channel"]["from"]["id"], "ana");
        let customer = format!("ana~{session}");
        harness.accepted(&customer, 1).await;
        harness.agent(&customer, "Good morning").await;
    }
    let heard = webhooks(&harness, 2).await;
    for webhook in &heard {
        assert_eq!(webhook.body["channel"]["to"], json!({ "id": "ana", "idType": "Opaque" }));
        assert_eq!(webhook.body["text"], "Good morning");
    }
    let asking = "message?prefetchConversationId=true";
    let message = said("m-3", "Hello again");
    let id = harness.genesys.conversation_id("ana~s-2").expect("a conversation");
    assert_eq!(engine.post(asking, &message).await["conversationId"], json!(id));
    harness.accepted("ana~s-2", 2).await;
    harness.end();
}
