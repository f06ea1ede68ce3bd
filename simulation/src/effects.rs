//! Everything that the vendors accepted, and the checks each time they accept something.
//!
//! Rules checked here: the owner, the order, the sequence, the times, and that an earlier fault
//! explains every repeat.

use std::sync::{Arc, Mutex};

use delivery::event::DedupKey;
use shared::genesys::lifecycle::LifecycleKind;
use shared::ports::Direction;
use shared::time::Timestamp;

use crate::environment::ProcessId;
use crate::lock;
use crate::run::Simulation;

/// The maximum age of typing in milliseconds: it lives for 5 s; clocks differ, and a call takes
/// time.
const TYPING_LIVES: i64 = 5_000 + 2_000 + 10_000;

/// One thing that a vendor accepted.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    /// Inbound: Genesys accepted it.
    pub(crate) direction: Direction,
    pub(crate) integration: usize,
    pub(crate) contact: String,
    /// `message`, `typing`, `receipt`, or one of Lynn's other types.
    pub(crate) kind: String,
    /// The id in the call.
    pub(crate) id: String,
    /// The time in the call.
    pub(crate) time: String,
    /// The sequence number in a call to Lynn.
    pub(crate) sequence: u64,
    pub(crate) words: Vec<(u32, usize)>,
    /// Of a receipt to Lynn: the message and the status.
    pub(crate) about: String,
    /// Genesys' own id of a message; of an event to Lynn, the conversation that it names.
    pub(crate) own_id: String,
    /// The calling process.
    pub(crate) process: ProcessId,
    pub(crate) at: i64,
    /// Whether the answer reached the caller.
    pub(crate) answered: bool,
    /// The place in the queue of the event behind it, where that can be determined.
    pub(crate) place: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EffectId(usize);

/// All effects, in order.
#[derive(Default)]
pub(crate) struct Effects {
    effects: Mutex<Vec<Effect>>,
    /// Repeats that a vendor recognised.
    recognised: Mutex<Vec<Effect>>,
}

impl Effect {
    fn is_in_conversation_of(&self, other: &Self) -> bool {
        self.direction == other.direction
            && self.integration == other.integration
            && self.contact == other.contact
    }

    fn is_repeat_of(&self, other: &Self) -> bool {
        self.is_in_conversation_of(other) && self.kind == other.kind && self.id == other.id
    }

    /// Whether the bridge may not know that the vendor accepted it.
    pub(crate) fn may_be_forgotten(&self, simulation: &Simulation) -> bool {
        let process = simulation.environment.process(self.process);
        let since = |time: Option<i64>| time.is_some_and(|time| time >= self.at);
        // Typing leaves no record, so if its record returns to the queue, it may be shown again.
        let typing = self.kind == "typing" && since(process.forgotten_at);
        !self.answered
            || process.shared
            || typing
            || since(process.died_at)
            || since(process.disturbed_at)
    }

    fn name(&self) -> String {
        format!("{} {} {}", self.direction.name(), self.kind, self.id)
    }

    /// Whether it is an effect of the event with this identity.
    pub(crate) fn is_of(&self, dedup_key: &DedupKey) -> bool {
        match (self.direction, self.kind.as_str(), dedup_key) {
            (Direction::Inbound, "message", DedupKey::Message(id) | DedupKey::Session(id)) => {
                self.id == *id
                    || self.id.strip_prefix(id.as_str()).is_some_and(|rest| rest.starts_with('.'))
            }
            (Direction::Inbound, "receipt", DedupKey::Receipt(id, status)) => {
                self.id == format!("{id}#{status}")
            }
            (Direction::Outbound, "message", DedupKey::Message(id)) => self.id == *id,
            (Direction::Outbound, "conversation.agentConnected", DedupKey::Message(id)) => {
                self.id == format!("{id}#agentConnected")
            }
            (
                Direction::Outbound,
                kind,
                DedupKey::Lifecycle(conversation, what, at)
                | DedupKey::BridgeLifecycle(conversation, what, at, _),
            ) => {
                let told = match what {
                    LifecycleKind::CustomerEnd => "ended",
                    LifecycleKind::AcdEnd | LifecycleKind::UserStart => "agentConnected",
                    _ => return false,
                };
                let named = self.id.strip_prefix(&format!("{conversation}#{told}#"));
                let time = named.and_then(|time| time.parse::<i64>().ok());
                // A ring tells the time at which its agent has answered.
                let is_rung = *what == LifecycleKind::UserStart;
                kind == format!("conversation.{told}")
                    && time.is_some_and(|time| time == *at || (is_rung && time > *at))
            }
            (Direction::Outbound, "typing", DedupKey::Typing(..)) => self.id == dedup_key.id(),
            (Direction::Outbound, "receipt", DedupKey::Receipt(..)) => {
                self.id == format!("receipt-{}", dedup_key.id())
            }
            _ => false,
        }
    }
}

impl Effects {
    pub(crate) fn all(&self) -> Vec<Effect> {
        lock(&self.effects).clone()
    }

    /// Marks an effect whose answer reached the caller.
    pub(crate) fn answered(&self, effect: EffectId) {
        if let Some(effect) = lock(&self.effects).get_mut(effect.0) {
            effect.answered = true;
        }
    }

    /// Stores the id that Genesys gave to an effect.
    pub(crate) fn named(&self, effect: EffectId, own_id: &str) {
        if let Some(effect) = lock(&self.effects).get_mut(effect.0) {
            effect.own_id = own_id.to_owned();
        }
    }

    /// A vendor recognised a repeat: it must equal the first.
    pub(crate) fn recognised(&self, simulation: &Arc<Simulation>, effect: &Effect) {
        simulation.environment.trace(|| format!("{} is recognised", effect.name()));
        let effects = lock(&self.effects);
        if let Some(first) = effects.iter().find(|first| effect.is_repeat_of(first)) {
            check_same(simulation, first, effect);
        }
        check_sequence(simulation, &self.with_recognised(&effects), effect);
        lock(&self.recognised).push(effect.clone());
    }

    /// All effects that carried a sequence number, accepted or only recognised.
    fn with_recognised(&self, effects: &[Effect]) -> Vec<Effect> {
        effects.iter().chain(lock(&self.recognised).iter()).cloned().collect()
    }

    /// All effects that a vendor ever saw, recognised repeats included.
    pub(crate) fn seen(&self) -> Vec<Effect> {
        self.with_recognised(&lock(&self.effects))
    }

    /// A vendor accepts an effect.
    pub(crate) fn take(&self, simulation: &Arc<Simulation>, mut effect: Effect) -> EffectId {
        // An end that was reported too early may be reported again, in the place of the event that
        // says so.
        let has_place = !effect.kind.starts_with("conversation.");
        effect.place = simulation.place_of(&effect).filter(|_| has_place);
        simulation.environment.trace(|| {
            format!("{} is taken, time {} sequence {}", effect.name(), effect.time, effect.sequence)
        });
        let mut effects = lock(&self.effects);
        check_owner(simulation, &effect);
        let repeats: Vec<&Effect> =
            effects.iter().filter(|first| effect.is_repeat_of(first)).collect();
        let is_typing = effect.kind == "typing";
        if let (Some(first), Some(last)) = (repeats.first(), repeats.last()) {
            if !is_typing {
                check_same(simulation, first, &effect);
            }
            // Typing at Genesys carries no id.
            let anonymous = is_typing && effect.direction == Direction::Inbound;
            if !anonymous
                && !last.may_be_forgotten(simulation)
                && !simulation.environment.process(effect.process).shared
            {
                simulation.environment.broken(|| {
                    format!(
                        "{} is taken again, and nothing went wrong after the first time",
                        effect.name()
                    )
                });
            }
        } else {
            check_order(simulation, &effects, &effect);
            check_words(simulation, &effects, &effect);
        }
        check_sequence(simulation, &self.with_recognised(&effects), &effect);
        check_typing(simulation, &effect);
        check_time(simulation, &effects, &effect);
        effects.push(effect);
        EffectId(effects.len() - 1)
    }
}

/// All canaries in an effect belong to the conversation that shows them.
fn check_owner(simulation: &Arc<Simulation>, effect: &Effect) {
    // An engine of Open Messaging also gets what names no customer.
    if effect.contact.is_empty() && !simulation.numbers(effect.integration) {
        return;
    }
    for (number, _) in &effect.words {
        let Some((integration, contact)) = simulation.owner(*number) else { continue };
        if (integration, contact) != (effect.integration, effect.contact.as_str()) {
            simulation.environment.broken(|| {
                format!("{} shows action {number}, which is of another conversation", effect.name())
            });
        }
    }
    let named = crate::genesys::of_conversation_id(&effect.own_id);
    if let Some((integration, contact, _)) = named
        && (integration, contact.as_str()) != (effect.integration, effect.contact.as_str())
    {
        simulation.environment.broken(|| format!("{} names a foreign conversation", effect.name()));
    }
}

/// No canary is shown a second time under another id.
fn check_words(simulation: &Arc<Simulation>, effects: &[Effect], effect: &Effect) {
    let earlier = effects.iter().filter(|other| effect.is_in_conversation_of(other));
    let shows = |other: &&Effect| other.words.iter().any(|word| effect.words.contains(word));
    if let Some(other) = earlier.filter(|other| other.kind == effect.kind).find(shows) {
        simulation
            .environment
            .broken(|| format!("{} shows what {} showed", effect.name(), other.name()));
    }
}

fn check_same(simulation: &Arc<Simulation>, first: &Effect, again: &Effect) {
    if again.kind == "receipt" && again.direction == Direction::Inbound {
        return;
    }
    if first.time != again.time {
        simulation.environment.broken(|| {
            format!(
                "{} comes again with another time: {} and {}",
                again.name(),
                first.time,
                again.time
            )
        });
    }
    // If the bridge gave up an event, the next event used its sequence number.
    let sent = simulation.sent_for(again);
    // Several events may tell the same change of a conversation.
    let is_given_up = sent.is_some_and(|sent| simulation.was_perhaps_done(&sent))
        || (again.kind.starts_with("conversation.") && simulation.teller_was_given_up(again));
    let differs = first.sequence != again.sequence && simulation.numbers(again.integration);
    if differs && !is_given_up {
        simulation.environment.broken(|| {
            format!(
                "{} comes again with another number: {} and {}",
                again.name(),
                first.sequence,
                again.sequence
            )
        });
    }
}

/// The vendor accepts events in the order in which the bridge accepted them.
fn check_order(simulation: &Arc<Simulation>, effects: &[Effect], effect: &Effect) {
    let Some(place) = effect.place else { return };
    let earlier = effects.iter().filter(|other| effect.is_in_conversation_of(other));
    let overtaken = earlier.filter_map(|other| Some((other.place?, other)));
    if let Some((_, other)) = overtaken.rev().find(|(other, _)| *other > place) {
        simulation.environment.broken(|| {
            format!("{} was accepted before {} and is taken after it", effect.name(), other.name())
        });
    }
}

/// Lynn's sequence numbers rise by one; a number repeats only where the bridge cannot know that
/// Lynn accepted it.
fn check_sequence(simulation: &Arc<Simulation>, effects: &[Effect], effect: &Effect) {
    if effect.direction != Direction::Outbound || !simulation.numbers(effect.integration) {
        return;
    }
    let before = || effects.iter().filter(|other| effect.is_in_conversation_of(other));
    let last = before().map(|other| other.sequence).max().unwrap_or_default();
    let same = before().filter(|other| other.sequence == effect.sequence).collect::<Vec<_>>();
    let is_next = effect.sequence == last + 1;
    let repeats = same.iter().any(|other| effect.is_repeat_of(other));
    let reuses =
        effect.sequence == last && same.iter().all(|other| other.may_be_forgotten(simulation));
    if !(is_next || repeats || reuses) {
        simulation.environment.broken(|| {
            format!("{} has the number {}, and the last was {last}", effect.name(), effect.sequence)
        });
    }
}

fn check_typing(simulation: &Arc<Simulation>, effect: &Effect) {
    if effect.kind != "typing" {
        return;
    }
    // Genesys' clock may differ and its webhook may be late: towards Lynn the age counts from the
    // acceptance.
    let accepted =
        simulation.accepted_at(effect).filter(|_| effect.direction == Direction::Outbound);
    let Some(time) = accepted.or_else(|| Timestamp::parse(&effect.time)) else { return };
    let age = effect.at - time.milliseconds();
    if age > TYPING_LIVES {
        simulation.environment.broken(|| format!("{} is taken after {age} ms", effect.name()));
    }
}

/// The times of messages to Genesys rise.
fn check_time(simulation: &Arc<Simulation>, effects: &[Effect], effect: &Effect) {
    if effect.direction != Direction::Inbound || effect.kind != "message" {
        return;
    }
    if effects.iter().any(|other| effect.is_repeat_of(other)) {
        return;
    }
    let earlier = effects.iter().filter(|other| {
        effect.is_in_conversation_of(other)
            && other.kind == "message"
            && !other.may_be_forgotten(simulation)
    });
    // A message that Genesys may have accepted before keeps its time, so that Genesys can recognise
    // it.
    let sent = simulation.sent_for(effect);
    if sent.is_some_and(|sent| simulation.was_perhaps_done(&sent)) {
        return;
    }
    if let Some(other) = earlier.rev().find(|other| other.time >= effect.time) {
        simulation.environment.broken(|| {
            format!(
                "{} has the time {}, and {} had {}",
                effect.name(),
                effect.time,
                other.name(),
                other.time
            )
        });
    }
}
