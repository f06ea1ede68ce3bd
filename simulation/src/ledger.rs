//! What the vendors took, and what is checked each time they take something.
//!
//! Rules checked here: whose it is, the order, the sequence, the times, and that a repeat is explained by what went wrong before.

use std::sync::{Arc, Mutex};

use delivery::event::Identity;
use shared::genesys::lifecycle::LifecycleKind;
use shared::ports::Direction;
use shared::time::Timestamp;

use crate::lock;
use crate::run::Simulation;
use crate::world::ProcessId;

/// Typing lives for 5 s; so much later it may be seen: clocks differ, and a call takes its time.
const TYPING_LIVES: i64 = 5_000 + 2_000 + 10_000;

/// Something that a vendor took.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    /// Inbound: Genesys took it.
    pub(crate) direction: Direction,
    pub(crate) integration: usize,
    pub(crate) contact: String,
    /// `message`, `typing`, `receipt`, or Lynn's other types.
    pub(crate) kind: String,
    /// The id that it carries.
    pub(crate) id: String,
    /// The time that it carries.
    pub(crate) time: String,
    /// The number that it carries, to Lynn.
    pub(crate) sequence: u64,
    /// The planted words in it.
    pub(crate) words: Vec<(u32, usize)>,
    /// Of a receipt to Lynn: the message and the status.
    pub(crate) about: String,
    /// Genesys' own id of a message; of an event to Lynn, the conversation that it names.
    pub(crate) own_id: String,
    /// Who called.
    pub(crate) process: ProcessId,
    /// When.
    pub(crate) at: i64,
    /// Whether the caller was told.
    pub(crate) answered: bool,
    /// The place in its queue of what it comes from, where that can be told.
    pub(crate) place: Option<u64>,
}

/// The place of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EffectId(usize);

/// All effects, in order.
#[derive(Default)]
pub(crate) struct Ledger {
    effects: Mutex<Vec<Effect>>,
    /// What came again, and was known.
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

    /// Whether the bridge may not know that it was taken.
    pub(crate) fn may_be_forgotten(&self, simulation: &Simulation) -> bool {
        let process = simulation.world.process(self.process);
        let since = |time: Option<i64>| time.is_some_and(|time| time >= self.at);
        // Typing leaves no record, so that whatever hands it out again may show it again.
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

    /// Whether it is what an event of this identity amounts to.
    pub(crate) fn is_of(&self, identity: &Identity) -> bool {
        match (self.direction, self.kind.as_str(), identity) {
            (Direction::Inbound, "message", Identity::Message(id) | Identity::Session(id)) => {
                self.id == *id
                    || self.id.strip_prefix(id.as_str()).is_some_and(|rest| rest.starts_with('.'))
            }
            (Direction::Inbound, "receipt", Identity::Receipt(id, status)) => {
                self.id == format!("{id}#{status}")
            }
            (Direction::Outbound, "message", Identity::Message(id)) => self.id == *id,
            (Direction::Outbound, "conversation.agentConnected", Identity::Message(id)) => {
                self.id == format!("{id}#agentConnected")
            }
            (
                Direction::Outbound,
                kind,
                Identity::Lifecycle(conversation, what, at)
                | Identity::Seen(conversation, what, at, _),
            ) => {
                let told = match what {
                    LifecycleKind::CustomerEnd => "ended",
                    LifecycleKind::AcdEnd | LifecycleKind::UserStart => "agentConnected",
                    _ => return false,
                };
                kind == format!("conversation.{told}")
                    && self.id == format!("{conversation}#{told}#{at}")
            }
            (Direction::Outbound, "typing", Identity::Typing(..)) => self.id == identity.id(),
            (Direction::Outbound, "receipt", Identity::Receipt(..)) => {
                self.id == format!("receipt-{}", identity.id())
            }
            _ => false,
        }
    }
}

impl Ledger {
    /// All effects so far.
    pub(crate) fn effects(&self) -> Vec<Effect> {
        lock(&self.effects).clone()
    }

    /// The caller of an effect was told.
    pub(crate) fn answered(&self, effect: EffectId) {
        if let Some(effect) = lock(&self.effects).get_mut(effect.0) {
            effect.answered = true;
        }
    }

    /// Genesys gave it this id.
    pub(crate) fn named(&self, effect: EffectId, own_id: &str) {
        if let Some(effect) = lock(&self.effects).get_mut(effect.0) {
            effect.own_id = own_id.to_owned();
        }
    }

    /// A vendor knew it already: it must be the same.
    pub(crate) fn recognised(&self, simulation: &Arc<Simulation>, effect: &Effect) {
        simulation.world.note(|| format!("{} is recognised", effect.name()));
        let effects = lock(&self.effects);
        if let Some(first) = effects.iter().find(|first| effect.is_repeat_of(first)) {
            check_same(simulation, first, effect);
        }
        check_sequence(simulation, &self.with_recognised(&effects), effect);
        lock(&self.recognised).push(effect.clone());
    }

    /// What carried a number, taken or only recognised.
    fn with_recognised(&self, effects: &[Effect]) -> Vec<Effect> {
        effects.iter().chain(lock(&self.recognised).iter()).cloned().collect()
    }

    /// All that a vendor ever saw, also what it knew already.
    pub(crate) fn seen(&self) -> Vec<Effect> {
        self.with_recognised(&lock(&self.effects))
    }

    /// A vendor takes it.
    pub(crate) fn take(&self, simulation: &Arc<Simulation>, mut effect: Effect) -> EffectId {
        // An end that was told too early may be told again, in the place of what says so.
        let has_place = !effect.kind.starts_with("conversation.");
        effect.place = simulation.place_of(&effect).filter(|_| has_place);
        simulation.world.note(|| {
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
                && !simulation.world.process(effect.process).shared
            {
                simulation.world.broken(|| {
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

/// Everything in it belongs to the conversation that it is shown in.
fn check_owner(simulation: &Arc<Simulation>, effect: &Effect) {
    for (number, _) in &effect.words {
        let Some((integration, contact)) = simulation.owner(*number) else { continue };
        if (integration, contact) != (effect.integration, effect.contact.as_str()) {
            simulation.world.broken(|| {
                format!("{} shows action {number}, which is of another conversation", effect.name())
            });
        }
    }
    let named = crate::genesys::of_conversation_id(&effect.own_id);
    if let Some((integration, contact, _)) = named
        && (integration, contact.as_str()) != (effect.integration, effect.contact.as_str())
    {
        simulation.world.broken(|| format!("{} names a foreign conversation", effect.name()));
    }
}

/// Nothing is shown a second time under another id.
fn check_words(simulation: &Arc<Simulation>, effects: &[Effect], effect: &Effect) {
    let earlier = effects.iter().filter(|other| effect.is_in_conversation_of(other));
    let shows = |other: &&Effect| other.words.iter().any(|word| effect.words.contains(word));
    if let Some(other) = earlier.filter(|other| other.kind == effect.kind).find(shows) {
        simulation.world.broken(|| format!("{} shows what {} showed", effect.name(), other.name()));
    }
}

fn check_same(simulation: &Arc<Simulation>, first: &Effect, again: &Effect) {
    if again.kind == "receipt" && again.direction == Direction::Inbound {
        return;
    }
    if first.time != again.time {
        simulation.world.broken(|| {
            format!(
                "{} comes again with another time: {} and {}",
                again.name(),
                first.time,
                again.time
            )
        });
    }
    // The number of what was given up went to what came after it.
    let sent = simulation.sent_for(again);
    let is_given_up = sent.is_some_and(|sent| simulation.was_perhaps_done(&sent));
    if first.sequence != again.sequence && !is_given_up {
        simulation.world.broken(|| {
            format!(
                "{} comes again with another number: {} and {}",
                again.name(),
                first.sequence,
                again.sequence
            )
        });
    }
}

/// What was accepted first is taken first.
fn check_order(simulation: &Arc<Simulation>, effects: &[Effect], effect: &Effect) {
    let Some(place) = effect.place else { return };
    let earlier = effects.iter().filter(|other| effect.is_in_conversation_of(other));
    let overtaken = earlier.filter_map(|other| Some((other.place?, other)));
    if let Some((_, other)) = overtaken.rev().find(|(other, _)| *other > place) {
        simulation.world.broken(|| {
            format!("{} was accepted before {} and is taken after it", effect.name(), other.name())
        });
    }
}

/// Lynn's numbers rise by one; a number comes again only where the bridge cannot know that it was taken.
fn check_sequence(simulation: &Arc<Simulation>, effects: &[Effect], effect: &Effect) {
    if effect.direction != Direction::Outbound {
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
        simulation.world.broken(|| {
            format!("{} has the number {}, and the last was {last}", effect.name(), effect.sequence)
        });
    }
}

fn check_typing(simulation: &Arc<Simulation>, effect: &Effect) {
    if effect.kind != "typing" {
        return;
    }
    // Genesys' clock may differ and its webhook may come late: to Lynn the age counts from the acceptance.
    let accepted =
        simulation.accepted_at(effect).filter(|_| effect.direction == Direction::Outbound);
    let Some(time) = accepted.or_else(|| Timestamp::parse(&effect.time)) else { return };
    let age = effect.at - time.milliseconds();
    if age > TYPING_LIVES {
        simulation.world.broken(|| format!("{} is taken after {age} ms", effect.name()));
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
    // What may have been taken before keeps its time, by which it can be known again.
    let sent = simulation.sent_for(effect);
    if sent.is_some_and(|sent| simulation.was_perhaps_done(&sent)) {
        return;
    }
    if let Some(other) = earlier.rev().find(|other| other.time >= effect.time) {
        simulation.world.broken(|| {
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
