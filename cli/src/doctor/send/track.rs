//! Follows the test message by the bridge's own records.

use std::sync::Arc;
use std::time::Duration;

use delivery::record::{DeliveryState, EventRecord};
use serde_json::Value;
use shared::error::chain;
use shared::genesys::inbound::ReceiptReasonCode;
use shared::ids::{ContactId, ConversationKey, IntegrationName};
use shared::ports::{Clock, Item, ItemKey};
use shared::retry::{Limit, Pauses};

use crate::failure;
use crate::operator::dead_letters::{Summary, summaries};
use crate::operator::installation::Installation;

/// How long a hop may take, in seconds.
pub const PATIENCE_SECONDS: u64 = 60;
/// How often the records are read.
const POLL_PAUSE: Duration = Duration::from_millis(100);
/// The test has a handful of items.
const PAGE: usize = 100;
/// The beginning of the sort keys of message records.
const INBOUND: &str = "msg#in#";
const OUTBOUND: &str = "msg#out#";

/// How far a message got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    Done,
    /// It was given up, because the other side has no session with the contact.
    NoSession,
    /// It was given up, with the reason.
    Dead(String),
    /// It has not arrived; with the last failure, if there was one.
    Waiting(Option<String>),
    Unread(String),
}

/// The records of the test's contact.
pub struct Track<'a> {
    installation: &'a Installation,
    key: ConversationKey,
}

impl<'a> Track<'a> {
    pub fn new(
        installation: &'a Installation,
        integration: &IntegrationName,
        external_id: ContactId,
    ) -> Self {
        Self { installation, key: ConversationKey::new(integration.clone(), external_id) }
    }

    /// Waits until the message to Genesys Cloud has arrived or is given up.
    pub async fn inbound(&self, clock: &Arc<dyn Clock>) -> Progress {
        self.settled(clock, INBOUND).await
    }

    /// The same for the reply to Lynn.
    pub async fn outbound(&self, clock: &Arc<dyn Clock>) -> Progress {
        self.settled(clock, OUTBOUND).await
    }

    /// The conversation's id at Genesys Cloud, once it is known.
    pub async fn conversation(&self) -> Option<String> {
        let items = self.items().await.ok()?;
        let state = items.iter().find(|(key, _)| key.sort == ItemKey::STATE)?;
        let state: Value = serde_json::from_str(&state.1.body).ok()?;
        state["genesysConversation"].as_str().map(str::to_owned)
    }

    async fn settled(&self, clock: &Arc<dyn Clock>, prefix: &str) -> Progress {
        let patience = Limit::Time(Duration::from_secs(PATIENCE_SECONDS));
        let mut pauses = Pauses::new(&**clock, POLL_PAUSE..=POLL_PAUSE, patience);
        loop {
            let progress = match self.items().await {
                Ok(items) => match read(&items, prefix) {
                    Progress::Dead(_) => self.given_up().await,
                    other => other,
                },
                Err(why) => Progress::Unread(why),
            };
            if !matches!(progress, Progress::Waiting(_)) || !pauses.pause().await {
                return progress;
            }
        }
    }

    /// Why it was given up, from its dead letter.
    async fn given_up(&self) -> Progress {
        // The sender's code for an event that it gives up because Lynn has no live session.
        let no_session = ReceiptReasonCode::InvalidDestination.as_str();
        let letters = summaries(self.installation, self.key.integration.clone()).await;
        let fingerprint = Some(self.key.contact.fingerprint());
        let own = letters.map(|letters| {
            let own = |letter: &Summary| letter.fingerprint == fingerprint;
            letters.into_iter().rfind(own)
        });
        match own {
            Ok(Some(letter)) if letter.code == no_session => Progress::NoSession,
            Ok(Some(letter)) => Progress::Dead(letter.reason),
            Ok(None) => Progress::Dead("its dead letter is gone".to_owned()),
            Err(error) => Progress::Unread(failure::words(&error)),
        }
    }

    async fn items(&self) -> Result<Vec<(ItemKey, Item)>, String> {
        let partition = self.key.partition();
        self.installation.partition(&partition, PAGE).await.map_err(|error| chain(error.as_ref()))
    }
}

/// How far the only message of this direction got.
fn read(items: &[(ItemKey, Item)], prefix: &str) -> Progress {
    let item = items.iter().find(|(key, _)| key.sort.starts_with(prefix));
    let record = item.and_then(|(_, item)| serde_json::from_str::<EventRecord>(&item.body).ok());
    let Some(record) = record else { return Progress::Waiting(None) };
    let why = record.history.last().map(|attempt| attempt.summary.clone());
    match record.state {
        DeliveryState::Done => Progress::Done,
        DeliveryState::Trying => Progress::Waiting(why),
        DeliveryState::Dead => Progress::Dead(why.unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn items(record: Value) -> Vec<(ItemKey, Item)> {
        let item = Item { body: record.to_string(), version: 1 };
        vec![(ItemKey::new("conv#support#x", "msg#out#g-1"), item)]
    }

    #[test]
    fn the_record_tells_how_far_it_got() {
        let attempt = json!([{ "at": 1, "class": "retry", "summary": "post to Lynn" }]);
        let of = |record| read(&items(record), OUTBOUND);
        assert_eq!(of(json!({ "state": "done" })), Progress::Done);
        assert_eq!(of(json!({ "state": "trying" })), Progress::Waiting(None));
        assert_eq!(
            of(json!({ "state": "trying", "history": attempt })),
            Progress::Waiting(Some("post to Lynn".to_owned()))
        );
        assert_eq!(of(json!({ "state": "dead" })), Progress::Dead(String::new()));
        assert_eq!(read(&items(json!({ "state": "done" })), INBOUND), Progress::Waiting(None));
    }
}
