//! The notice that an event failed, where it was given up itself.
//!
//! Rule: it is sent again only while what it says is true. Once its event is sent again, the notice waits for what becomes of that.

use shared::ports::{Direction, ItemKey, PortError};

use super::super::event::{Identity, Payload, QueuedEvent};
use super::super::record::{Record, State};
use super::{Letter, Redrive, corrupt};

/// What a notice is worth by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As far as is known, what it says is true.
    Holds,
    /// Its event is on its way once more.
    Open,
    /// Its event has arrived.
    Untrue,
}

/// Where the record of the event may lie that this one says has failed; nowhere for what says nothing of the kind.
pub fn about(event: &QueuedEvent) -> Vec<ItemKey> {
    let (identities, direction) = match &event.payload {
        // Both have ids of Lynn's, and the notice does not say of which kind its event was.
        Payload::ReceiptToLynn(receipt) => {
            let id = receipt.message.to_string();
            (vec![Identity::Message(id.clone()), Identity::Session(id)], Direction::Inbound)
        }
        Payload::ReceiptToGenesys(receipt) if !receipt.delivered => {
            (vec![Identity::Message(receipt.message.to_string())], Direction::Outbound)
        }
        _ => return Vec::new(),
    };
    let partition = event.conversation().partition();
    let place = |identity: &Identity| ItemKey::new(&partition, identity.record(direction));
    identities.iter().map(place).collect()
}

impl Redrive<'_> {
    /// How a notice stands by the record of its event. `has_letter`: whether that event is a dead letter still.
    ///
    /// # Errors
    /// The store did not answer, or what is stored cannot be read.
    pub async fn standing(
        &self,
        about: &[ItemKey],
        has_letter: bool,
    ) -> Result<Standing, PortError> {
        let mut states = Vec::new();
        for item in self.store.load(about).await?.into_iter().flatten() {
            let record: Record = serde_json::from_str(&item.body)
                .map_err(corrupt("read what became of an event"))?;
            states.push(record.state);
        }
        Ok(judge(&states, has_letter))
    }

    /// Takes a letter away without sending its event.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn discard(&self, letter: &Letter) -> Result<(), PortError> {
        self.store.write(&letter.removal()).await
    }
}

fn judge(states: &[State], has_letter: bool) -> Standing {
    match states {
        states if states.contains(&State::Done) => Standing::Untrue,
        states if states.contains(&State::Trying) => Standing::Open,
        // Given up, and in its queue again.
        [_, ..] if !has_letter => Standing::Open,
        _ => Standing::Holds,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn places(identity: Value, payload: Value) -> Vec<String> {
        let event = json!({ "integration": "support", "contact": "ana", "identity": identity,
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
        assert_eq!(judge(&[State::Dead], true), Standing::Holds);
        assert_eq!(judge(&[State::Dead], false), Standing::Open);
        assert_eq!(judge(&[State::Trying], true), Standing::Open);
        assert_eq!(judge(&[State::Done], true), Standing::Untrue);
        // Nothing is known of it.
        assert_eq!(judge(&[], false), Standing::Holds);
    }
}
