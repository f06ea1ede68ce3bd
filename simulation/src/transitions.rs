//! Determines the rows of the state machine that a run used, from the conversations as they are
//! written.
//!
//! Rule: the product does not count; a row is visible only in what it changes.

use conversation::Conversation;
use conversation::machine::{Stage, TABLE, Trigger};
use delivery::record::{DeliveryState, EventRecord};
use shared::ids::ConversationKey;
use shared::ports::{Change, Direction, Item, ItemKey, Store, Write};
use shared::time::Timestamp;

use crate::environment::Environment;
use crate::lock;
use crate::operator;

/// Rows that keep the stage and tell Lynn nothing, but are still visible.
const QUIET: [(Stage, Trigger); 3] = [
    (Stage::Open, Trigger::Message),
    (Stage::WithAgent, Trigger::Message),
    (Stage::Ended, Trigger::WindowOver),
];

/// A recorded change of which Lynn must be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) conversation: ConversationKey,
    pub(crate) trigger: Trigger,
    pub(crate) at: Timestamp,
}

/// The names of the rows that must be exercised.
pub(crate) fn wanted() -> Vec<String> {
    // Lynn gets these events only if it asks for them, and the simulated one does not.
    let is_asked_for = |trigger| matches!(trigger, Trigger::Queued | Trigger::AgentGone);
    let usual = TABLE.iter().filter(|row| !is_asked_for(row.trigger));
    let moves = usual.filter(|row| row.from != row.to || row.event.is_some());
    let moves = moves.map(|row| name(row.from, row.trigger));
    moves.chain(QUIET.map(|(from, trigger)| name(from, trigger))).collect()
}

fn name(from: Stage, trigger: Trigger) -> String {
    format!("transition {from:?} {trigger:?}")
}

/// The states of the conversations before they are written.
pub(crate) async fn states(store: &dyn Store, writes: &[Write]) -> Vec<(ItemKey, Option<Item>)> {
    let keys = writes.iter().map(|write| &write.key).filter(|key| key.sort == ItemKey::STATE);
    let keys: Vec<ItemKey> = keys.cloned().collect();
    let items = store.load(&keys).await.unwrap_or_default();
    keys.into_iter().zip(items).collect()
}

pub(crate) fn count(
    environment: &Environment,
    before: &[(ItemKey, Option<Item>)],
    writes: &[Write],
) {
    for (key, item) in before {
        let before = item.as_ref().and_then(|item| read(&item.body)).unwrap_or_default();
        let after =
            writes.iter().find(|write| write.key == *key).and_then(|write| match &write.change {
                Change::Put { body, .. } | Change::Rewrite { body } => read(body),
                Change::Delete => None,
            });
        let conversation = ConversationKey::of_partition(&key.partition);
        let (Some(after), Some(conversation)) = (after, conversation) else { continue };
        let goes_on = before.stage() == Stage::Ended && after.stage() != Stage::Ended;
        if goes_on && before.last_inbound_message != after.last_inbound_message {
            environment.reopened(conversation.clone());
        }
        for trigger in triggers(&before, &after) {
            lock(&environment.coverage).count(name(before.stage(), trigger));
            let at = match trigger {
                Trigger::AgentAnswered => after.agents.answered_at,
                Trigger::End => after.ended_at,
                _ => None,
            };
            if let Some(at) = at {
                let conversation = conversation.clone();
                environment.moved(Move { conversation, trigger, at });
            }
        }
    }
}

/// Counts the outcomes of redriven events.
pub(crate) fn count_redriven(environment: &Environment, writes: &[Write]) {
    for write in writes.iter().filter(|write| write.key.partition.starts_with("conv#")) {
        let Change::Put { body, .. } = &write.change else { continue };
        let mut parts = write.key.sort.split('#').skip(1);
        let direction = match parts.next() {
            Some("in") => Direction::Inbound,
            Some("out") => Direction::Outbound,
            _ => continue,
        };
        let record = serde_json::from_str::<EventRecord>(body).unwrap_or_default();
        match record.state {
            _ if record.redrive == 0 => {}
            DeliveryState::Done => lock(&environment.coverage).count(operator::arrives(direction)),
            DeliveryState::Dead => {
                lock(&environment.coverage).count(operator::fails_again(direction))
            }
            DeliveryState::Trying => {}
        }
    }
}

fn read(body: &str) -> Option<Conversation> {
    serde_json::from_str(body).ok()
}

fn triggers(before: &Conversation, after: &Conversation) -> Vec<Trigger> {
    let (from, to) = (before.stage(), after.stage());
    let ended = before.ended_at != after.ended_at;
    let answered = before.agents.answered_at != after.agents.answered_at;
    let message = before.last_inbound_message != after.last_inbound_message
        || before.last_outbound_message != after.last_outbound_message;
    let rows = [
        (Trigger::AgentAnswered, answered && to == Stage::WithAgent),
        (Trigger::End, ended && to == Stage::Ended),
        (Trigger::AgentLeft, from == Stage::WithAgent && to == Stage::Open && !ended),
        (Trigger::Message, message && !answered && matches!(to, Stage::Open | Stage::WithAgent)),
        (
            Trigger::WindowOver,
            from == Stage::Ended
                && to == from
                && before.resumable_until.is_some()
                && after.resumable_until.is_none(),
        ),
    ];
    rows.into_iter().filter(|(_, happened)| *happened).map(|(trigger, _)| trigger).collect()
}
