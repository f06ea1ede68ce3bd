//! Redrives a notice that an event failed, if the notice itself was given up.
//!
//! Rule: a notice is sent again only while its statement is true. Once its event is sent again, the
//! notice waits for the result.

use shared::ports::{Direction, ItemKey, PortError};

use super::super::event::{DedupKey, Payload, QueuedEvent};
use super::super::record::{DeliveryState, EventRecord};
use super::{Letter, Redrive, corrupt};

/// Whether the statement of a notice is still true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeValidity {
    /// As far as the bridge knows, the statement is true.
    Holds,
    /// The event is being sent again.
    Open,
    /// The event has arrived.
    Untrue,
}

/// The possible keys of the record of the event that this notice reports as failed. Empty if the
/// event is not such a notice.
pub fn about(event: &QueuedEvent) -> Vec<ItemKey> {
    let (dedup_keys, direction) = match &event.payload {
        // Messages and session events both have Lynn's ids, and the notice does not say which kind
        // its event was.
        Payload::ReceiptToLynn(receipt) => {
            let id = receipt.message.to_string();
            (vec![DedupKey::Message(id.clone()), DedupKey::Session(id)], Direction::Inbound)
        }
        Payload::ReceiptToGenesys(receipt) if !receipt.delivered => {
            (vec![DedupKey::Message(receipt.message.to_string())], Direction::Outbound)
        }
        _ => return Vec::new(),
    };
    let partition = event.conversation().partition();
    let place = |dedup_key: &DedupKey| ItemKey::new(&partition, dedup_key.record(direction));
    dedup_keys.iter().map(place).collect()
}

impl Redrive<'_> {
    /// Judges a notice by the record of its event. `has_letter`: whether that event is still a dead
    /// letter.
    ///
    /// # Errors
    /// The store did not answer, or the stored data cannot be read.
    pub async fn notice_validity(
        &self,
        about: &[ItemKey],
        has_letter: bool,
    ) -> Result<NoticeValidity, PortError> {
        let mut states = Vec::new();
        for item in self.store.load(about).await?.into_iter().flatten() {
            let record: EventRecord = serde_json::from_str(&item.body)
                .map_err(corrupt("read what became of an event"))?;
            states.push(record.state);
        }
        Ok(validity(&states, has_letter))
    }

    /// Removes a letter without sending its event.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn discard(&self, letter: &Letter) -> Result<(), PortError> {
        self.store.write(&letter.removal()).await
    }
}

fn validity(states: &[DeliveryState], has_letter: bool) -> NoticeValidity {
    match states {
        states if states.contains(&DeliveryState::Done) => NoticeValidity::Untrue,
        states if states.contains(&DeliveryState::Trying) => NoticeValidity::Open,
        // The event was given up and is in its queue again.
        [_, ..] if !has_letter => NoticeValidity::Open,
        _ => NoticeValidity::Holds,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn places(dedup_key: Value, payload: Value) -> Vec<String> {
        let event = json!({ "integration": "support", "contact": "ana", "identity": dedup_key,
                            "accepted_at": 1, "trace": "t", "payload": payload });
        about(&serde_json::from_value(event).unwrap()).into_iter().map(|key| key.sort).collect()
    }

    #[test]
    fn a_notice_names_its_event() {
        let receipt = |id: &str| json!({ "receipt": [id, "failed"] });
        let to_lynn = json!({ "kind": "receiptToLynn",
                              "data": { "message": "m-1", "code": "c", "reason": "r" } });
        assert_eq!(places(receipt("lynn/m-1"), to_lynn), ["msg#in#m-1", "session#in#m-1"]);
        let to_genesys = |delivered: bool| {
            json!({ "kind": "receiptToGenesys",
                    "data": { "message": "g-1", "delivered": delivered, "code": "c", "reason": "r" } })
        };
        assert_eq!(places(receipt("g-1"), to_genesys(false)), ["msg#out#g-1"]);
        assert!(places(receipt("g-1"), to_genesys(true)).is_empty());
        let message = json!({ "kind": "genesys", "data": "{}" });
        assert!(places(json!({ "message": "g-1" }), message).is_empty());
    }

    #[test]
    fn it_holds_only_while_its_event_is_given_up() {
        assert_eq!(validity(&[DeliveryState::Dead], true), NoticeValidity::Holds);
        assert_eq!(validity(&[DeliveryState::Dead], false), NoticeValidity::Open);
        assert_eq!(validity(&[DeliveryState::Trying], true), NoticeValidity::Open);
        assert_eq!(validity(&[DeliveryState::Done], true), NoticeValidity::Untrue);
        // There is no record of the event.
        assert_eq!(validity(&[], false), NoticeValidity::Holds);
    }
}
