//! Makes time pass for a conversation by making its stored state older, since a test cannot wait
//! for hours.

use std::sync::Arc;
use std::time::Duration;

use clients::SystemClock;
use delivery::index;
use serde_json::{Value, json};
use shared::ids::{ContactId, ConversationKey, GenesysConversationId, IntegrationName};
use shared::ports::{Change, Expected, ItemKey, PortError, Store as _, Write};
use shared::time::Timestamp;
use sqlite::Visitor;

use super::Harness;

/// How often a write may lose against the bridge's own.
const RACES: usize = 20;
/// Longer than any test, in milliseconds.
const KEPT: Duration = Duration::from_hours(24);

impl Harness {
    /// Moves the customer's last activity back by this many minutes.
    pub async fn ages(&self, contact: &str, minutes: i64) {
        let integration = IntegrationName::new(self.name());
        let key = ConversationKey::new(integration, ContactId::new(contact));
        let key = ItemKey::state(&key);
        match &self.stack {
            Some(_) => self.ages_in_the_table(&key, minutes).await,
            None => self.ages_in_the_file(&key, minutes).await,
        }
    }

    async fn ages_in_the_file(&self, key: &ItemKey, minutes: i64) {
        let store =
            Visitor::open(&self.data_directory(), Arc::new(SystemClock)).expect("a database");
        for _ in 0..RACES {
            let item = store.load(std::slice::from_ref(key)).await.expect("read").remove(0);
            let item = item.expect("a conversation");
            let (state, due) = older(&item.body, minutes);
            let id = state["genesysConversation"].as_str().expect("a conversation's id");
            let change = Change::Put {
                body: state.to_string(),
                expires_at: Some(due + KEPT),
                index: Some(index::of_conversation(&GenesysConversationId::new(id))),
                due: Some(due),
            };
            let expected = Expected::Version(item.version);
            match store.write(&[Write { key: key.clone(), expected, change }]).await {
                Ok(()) => return,
                Err(PortError::Conflict { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        panic!("the bridge writes the conversation without end");
    }

    async fn ages_in_the_table(&self, key: &ItemKey, minutes: i64) {
        let table = self.stack().output("TableName");
        let key = json!({ "pk": { "S": key.partition }, "sk": { "S": key.sort } });
        let question = json!({ "TableName": table, "Key": key, "ConsistentRead": true });
        let found = self.stack().ask("DynamoDB_20120810.GetItem", &question).await;
        let (state, due) = older(found["Item"]["body"]["S"].as_str().expect("a state"), minutes);
        let update = json!({
            "TableName": table, "Key": key,
            "UpdateExpression": "SET body = :body, due_at = :due ADD version :one",
            "ExpressionAttributeValues": {
                ":body": { "S": state.to_string() }, ":due": { "N": due.milliseconds().to_string() },
                ":one": { "N": "1" },
            },
        });
        self.stack().ask("DynamoDB_20120810.UpdateItem", &update).await;
    }
}

/// The state with its times moved back, and the time of its next check, which has passed.
fn older(body: &str, minutes: i64) -> (Value, Timestamp) {
    let mut state: Value = serde_json::from_str(body).expect("a state");
    for path in ["/lastActivity", "/session/until"] {
        let time = state.pointer(path).and_then(Value::as_i64).expect("a time");
        *state.pointer_mut(path).expect("a place") = json!(time - minutes * 60_000);
    }
    let due = state["lastActivity"].as_i64().map(Timestamp::from_milliseconds).expect("a time");
    state["due"] = json!(due);
    (state, due)
}
