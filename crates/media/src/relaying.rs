//! A sender whose files go through the relay: the same sender otherwise.
//!
//! Rule: with `media.mode: pass` it does nothing at all; this is the one place that asks.

use async_trait::async_trait;
use conversation::Transition;
use delivery::event::{Payload, QueuedEvent};
use delivery::peer::Peer;
use delivery::route::{Plan, Route, Sent, Situation};
use shared::config::MediaMode;
use shared::error::Failure;
use shared::file_failure;
use shared::ports::{Direction, Item, ItemKey};
use shared::time::Timestamp;

use super::enclosed::{CarriesFiles, Fate};
use super::relay::Relay;

/// A sender and the relay before it.
pub struct Relaying<R> {
    /// The sender.
    pub route: R,
    /// The relay.
    pub relay: Relay,
}

#[async_trait]
impl<R: Route> Route for Relaying<R>
where
    R::Part: CarriesFiles,
{
    type Part = R::Part;

    fn direction(&self) -> Direction {
        self.route.direction()
    }

    fn keys(&self, event: &QueuedEvent) -> Vec<ItemKey> {
        self.route.keys(event)
    }

    fn further_keys(&self, event: &QueuedEvent, items: &[Option<Item>]) -> Vec<ItemKey> {
        self.route.further_keys(event, items)
    }

    fn searches(&self, event: &QueuedEvent) -> Vec<String> {
        self.route.searches(event)
    }

    fn plan(&self, situation: &Situation<'_>) -> Plan<Self::Part> {
        self.route.plan(situation)
    }

    fn continues(&self, situation: &Situation<'_>) -> Option<bool> {
        self.route.continues(situation)
    }

    fn part_name(&self, part: &Self::Part) -> Option<String> {
        self.route.part_name(part)
    }

    /// The copies first, then the part with their links. A death in between leaves the copies, which the repeat finds.
    async fn send(&self, part: &Self::Part, situation: &Situation<'_>) -> Result<Sent, Failure> {
        if situation.config.media.mode == MediaMode::Pass {
            return self.route.send(part, situation).await;
        }
        let files = part.files(situation.config);
        if files.is_empty() {
            return self.route.send(part, situation).await;
        }
        let settled = self.relay.settle(self.direction(), files, situation).await;
        let fates = settled.map_err(|mut failure| {
            // The other side was not asked.
            failure.relay.get_or_insert_default();
            failure
        })?;
        let mut sent = self.route.send(&part.with(&fates), situation).await?;
        let passed = fates.iter().filter(|(_, fate)| !matches!(fate, Fate::Refused(_)));
        sent.passed_files = passed.map(|(file, _)| file.place.clone()).collect();
        // Where files have names, the engine tells of them when all of the message is sent.
        let refused = fates.iter().find_map(|(file, fate)| match fate {
            Fate::Refused(refusal) if file.name.is_none() => Some(*refusal),
            _ => None,
        });
        if let Some(refusal) = refused {
            // What the sender would say of the message as a whole is not true of all of it.
            let says_so =
                |event: &QueuedEvent| matches!(event.payload, Payload::ReceiptToGenesys(_));
            sent.follow_ups.retain(|event| !says_so(event));
            let failure = file_failure::of(refusal, part.has_rest(&fates));
            sent.follow_ups.extend(self.route.notice(situation.event, &failure, situation.now));
        }
        Ok(sent)
    }

    fn catch_up(
        &self,
        event: &QueuedEvent,
        peer: &Peer,
        found: &Item,
        now: Timestamp,
    ) -> Vec<QueuedEvent> {
        self.route.catch_up(event, peer, found, now)
    }

    fn remains(&self, event: &QueuedEvent) -> Vec<Transition> {
        self.route.remains(event)
    }

    fn notice(
        &self,
        event: &QueuedEvent,
        failure: &Failure,
        now: Timestamp,
    ) -> Option<QueuedEvent> {
        self.route.notice(event, failure, now)
    }
}
