//! Puts the relay in front of a sender; everything else of the sender stays the same.
//!
//! Rule: with `media.mode: pass` the relay does nothing. Only this module checks the mode.

use async_trait::async_trait;
use conversation::{Conversation, Transition};
use delivery::event::{Payload, QueuedEvent};
use delivery::items::Items;
use delivery::message_link::MessageLink;
use delivery::route::{Plan, Route, Sent, Situation};
use shared::config::MediaMode;
use shared::error::Failure;
use shared::file_failure;
use shared::ports::{Direction, Item, ItemKey};
use shared::time::Timestamp;

use super::attachment_ref::{CarriesFiles, FileOutcome};
use super::relay::Relay;

/// Methods that the sender behind the relay answers.
macro_rules! forwarded {
    ($(fn $method:ident(&self $(, $argument:ident: $kind:ty)*) -> $answer:ty;)*) => {$(
        fn $method(&self $(, $argument: $kind)*) -> $answer {
            self.route.$method($($argument),*)
        }
    )*};
}

/// A sender with the relay in front of it.
pub struct Relaying<R> {
    pub route: R,
    pub relay: Relay,
}

#[async_trait]
impl<R: Route> Route for Relaying<R>
where
    R::Part: CarriesFiles,
{
    type Part = R::Part;

    forwarded! {
        fn direction(&self) -> Direction;
        fn keys(&self, event: &QueuedEvent) -> Vec<ItemKey>;
        fn further_keys(&self, event: &QueuedEvent, items: &Items) -> Vec<ItemKey>;
        fn searches(&self, event: &QueuedEvent) -> Vec<String>;
        fn plan(&self, situation: &Situation<'_>) -> Plan<Self::Part>;
        fn continues(&self, situation: &Situation<'_>) -> Option<bool>;
        fn part_name(&self, part: &Self::Part) -> Option<String>;
        fn on_late_link(
            &self, event: &QueuedEvent, link: &MessageLink, found: &Item, now: Timestamp
        ) -> Vec<QueuedEvent>;
        fn effects_if_undelivered(
            &self, event: &QueuedEvent, conversation: &Conversation
        ) -> Vec<Transition>;
        fn notice(
            &self, event: &QueuedEvent, failure: &Failure, now: Timestamp
        ) -> Option<QueuedEvent>;
    }

    /// Makes the copies first and then sends the part with their links. If the process dies in
    /// between, the copies remain and the repeat finds them.
    async fn send(&self, part: &Self::Part, situation: &Situation<'_>) -> Result<Sent, Failure> {
        if situation.config.media.mode == MediaMode::Pass {
            return self.route.send(part, situation).await;
        }
        let files = part.files(situation.config);
        if files.is_empty() {
            return self.route.send(part, situation).await;
        }
        let relayed = self.relay.relay_files(self.direction(), files, situation).await;
        let outcomes = relayed.map_err(|mut failure| {
            // The other side was not called.
            failure.relay.get_or_insert_default();
            failure
        })?;
        let mut sent = self.route.send(&part.with(&outcomes), situation).await?;
        if sent.again {
            return Ok(sent);
        }
        let passed =
            outcomes.iter().filter(|(_, outcome)| !matches!(outcome, FileOutcome::Refused(_)));
        sent.passed_files = passed.map(|(file, _)| file.place.clone()).collect();
        // If files have names, the engine reports them after the whole message is sent.
        let refused = outcomes.iter().find_map(|(file, outcome)| match outcome {
            FileOutcome::Refused(refusal) if file.name.is_none() => Some(*refusal),
            _ => None,
        });
        if let Some(refusal) = refused {
            // The sender's receipt about the whole message would not be true for all of it.
            let says_so =
                |event: &QueuedEvent| matches!(event.payload, Payload::ReceiptToGenesys(_));
            sent.follow_ups.retain(|event| !says_so(event));
            let failure = file_failure::of(refusal, part.has_rest(&outcomes));
            sent.follow_ups.extend(self.route.notice(situation.event, &failure, situation.now));
        }
        Ok(sent)
    }
}
