//! Sends messages and events, and waits for their arrival at the vendors and in the log.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::{GenesysSimulator, LynnSimulator};
use tokio::time::{Instant, sleep};

use super::{Harness, SOON, taken};

/// The maximum time in seconds until a new name is on the list of a function that has just read it.
const NOT_LISTED_YET: usize = 12;

impl Harness {
    /// A customer writes, and the bridge accepts it.
    pub async fn say(&self, contact: &str, id: &str, text: &str) {
        self.with_canaries(|canaries| {
            canaries.add_message(&json!({ "contact": { "id": contact }, "text": text }));
        });
        let mut result = self.lynn.customer_says(contact, id, text).await;
        // The functions look up only few names that are not on their list yet, and other tests have
        // new names too.
        for _ in 0..NOT_LISTED_YET {
            if !self.is_deployed() || result.status != 404 {
                break;
            }
            sleep(Duration::from_secs(1)).await;
            result = self.lynn.customer_says(contact, id, text).await;
        }
        assert_eq!(result.status, 202, "{}", result.body);
    }

    /// Lynn posts an event, and the bridge accepts it.
    pub async fn post(&self, event: Value) {
        self.with_canaries(|canaries| canaries.add_message(&event));
        let result = self.lynn.post(event).await;
        assert_eq!(result.status, 202, "{}", result.body);
    }

    /// An agent writes, and the bridge accepts the webhook. Returns the id of the message.
    pub async fn agent(&self, contact: &str, text: &str) -> String {
        taken(self.genesys.agent_says(contact, text).await)
    }

    /// Waits until Genesys has accepted `count` messages of a contact, and returns them.
    pub async fn accepted(&self, contact: &str, count: usize) -> Vec<Value> {
        let enough = |genesys: &GenesysSimulator| genesys.accepted_messages(contact).len() >= count;
        if !self.genesys.wait_until(SOON, enough).await {
            self.fail(&format!("Genesys accepted {:?}", self.genesys.accepted_messages(contact)));
        }
        let accepted = self.genesys.accepted_messages(contact);
        assert_eq!(accepted.len(), count, "{accepted:?}");
        accepted
    }

    /// Waits until Genesys has `count` receipts, and returns them.
    pub async fn receipts(&self, count: usize) -> Vec<Value> {
        let enough = |genesys: &GenesysSimulator| genesys.receipts().len() >= count;
        if !self.genesys.wait_until(SOON, enough).await {
            self.fail(&format!("Genesys has {:?}", self.genesys.receipts()));
        }
        let receipts = self.genesys.receipts();
        assert_eq!(receipts.len(), count, "{receipts:?}");
        receipts
    }

    /// Waits until Lynn has accepted `count` events of a contact, and returns them.
    pub async fn heard(&self, contact: &str, count: usize) -> Vec<Value> {
        let enough = |lynn: &LynnSimulator| lynn.events_for(contact).len() >= count;
        if !self.lynn.wait_until(SOON, enough).await {
            self.fail(&format!("Lynn accepted {:?}", self.lynn.events_for(contact)));
        }
        let events = self.lynn.events_for(contact);
        assert_eq!(events.len(), count, "{events:?}");
        events
    }

    /// Waits for a log line with these values, and returns it.
    pub async fn logged(&self, values: &[(&str, &str)]) -> Value {
        self.logged_one_of(&[values]).await
    }

    /// Waits for a log line with the values of one of these sets, and returns it.
    pub async fn logged_one_of(&self, sets: &[&[(&str, &str)]]) -> Value {
        let deadline = Instant::now() + SOON;
        loop {
            let has = |line: &Value, values: &[(&str, &str)]| {
                values.iter().all(|(key, value)| line[*key] == **value)
            };
            let fits = |line: &Value| sets.iter().any(|values| has(line, values));
            if let Some(line) = self.lines().into_iter().find(fits) {
                return line;
            }
            if Instant::now() > deadline {
                self.fail(&format!("the log has no line with {sets:?}"));
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// The log lines, without those about integrations of other tests.
    pub fn lines(&self) -> Vec<Value> {
        let own = |line: &Value| {
            let name = line["integration"].as_str();
            name.is_none_or(|name| self.sides.iter().any(|side| side.name == name))
        };
        let log = self.process.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str(line).ok());
        lines.filter(own).collect()
    }

    /// The status of a conversation, from the bridge's API.
    pub async fn conversation(&self, contact: &str) -> Value {
        let result = self.lynn.get_conversation(contact).await;
        assert_eq!(result.status, 200, "{}", result.body);
        result.body
    }
}
