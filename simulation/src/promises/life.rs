//! The promises about the life of conversations: Lynn is told of each agent who joins and of each
//! end, once.
//!
//! Rule: when a conversation ends and starts again under another id, or is resumed, later
//! happenings may overtake events; the checks here hold for every order.

use std::collections::BTreeSet;

use conversation::machine::Trigger;
use conversation::{Conversation, Stage};
use delivery::event::{DedupKey, Payload, QueuedEvent};
use futures_util::FutureExt as _;
use shared::genesys::lifecycle::LifecycleKind;
use shared::ids::{ContactId, ConversationKey, IntegrationName};
use shared::ports::{Direction, ItemKey, Store as _};
use shared::time::Timestamp;

use super::End;
use crate::acts;
use crate::canaries::{CONTACTS, INTEGRATIONS};
use crate::effects::Effect;
use crate::lock;
use crate::queue::Sent;
use crate::requests::Endpoint;
use crate::scenario::{AgentAct, Happening};

/// The maximum difference between the clocks of two machines, in milliseconds: twice what is drawn.
const CLOCKS: i64 = 2_000;

/// The maximum duration of a call, in milliseconds.
const CALL: i64 = 12_000;

/// The facts about one contact of one integration.
struct Life<'a> {
    end: &'a End<'a>,
    integration: usize,
    contact: &'static str,
    key: ConversationKey,
    /// Its events, in the order in which they became durable.
    events: Vec<&'a Sent>,
    /// The events that Lynn accepted.
    told: Vec<&'a Effect>,
    /// The number of the latest conversation at Genesys, and the ends of all of them, by the true
    /// time.
    number: u32,
    ends: Vec<i64>,
    /// Whether the latest conversation is open at Genesys.
    is_open: bool,
}

/// Whether the bridge can ask Genesys about a conversation.
fn has_id(state: &Conversation) -> bool {
    state.genesys_conversation.is_some() || state.last_inbound_id.is_some()
}

fn time(effect: &Effect) -> Option<Timestamp> {
    Timestamp::parse(&effect.time)
}

const CONNECTED: &str = "conversation.agentConnected";
const ENDED: &str = "conversation.ended";

impl<'a> End<'a> {
    pub(super) fn lives_are_told(&'a self) {
        for integration in 0..INTEGRATIONS.len() {
            for contact in CONTACTS {
                let life = self.life(integration, contact);
                life.moves_are_told_once();
                life.no_end_is_made_up();
                // With several conversations an event may be about one that has ended.
                if life.number == 1 {
                    life.known_events_have_a_contact();
                    life.answers_are_told();
                    life.ends_are_told();
                    life.agents_who_write_are_told();
                }
            }
        }
    }

    fn life(&'a self, integration: usize, contact: &'static str) -> Life<'a> {
        let name = IntegrationName::new(INTEGRATIONS[integration % INTEGRATIONS.len()]);
        let key = ConversationKey::new(name, ContactId::new(contact));
        let known = lock(&self.simulation.genesys.state);
        let known = known.conversations.get(&(integration, contact.to_owned()));
        Life {
            end: self,
            integration,
            contact,
            events: self
                .sent
                .iter()
                .filter(|sent| {
                    sent.event.conversation() == key
                        && matches!(sent.event.dedup_key, DedupKey::Lifecycle(..))
                        && !self.is_still_to_be_found(&sent.event)
                })
                .collect(),
            told: self
                .effects
                .iter()
                .filter(|effect| {
                    effect.direction == Direction::Outbound
                        && effect.integration == integration
                        && effect.contact == contact
                })
                .collect(),
            key,
            number: known.map_or(0, |known| known.number),
            ends: known.map_or(Vec::new(), |known| known.ends.clone()),
            is_open: known.is_some_and(|known| known.open),
        }
    }

    /// The stored state of a conversation.
    fn state(&self, key: &ConversationKey) -> Option<Conversation> {
        let items = self.simulation.store.load(&[ItemKey::state(key)]).now_or_never();
        let item = items.and_then(Result::ok).and_then(|items| items.into_iter().next().flatten());
        serde_json::from_str(&item?.body).ok()
    }

    /// A conversation that has ended at Genesys has also ended at the bridge, even if the event was
    /// lost; and Lynn was told.
    pub(super) fn ends_are_noticed(&self) {
        let known = lock(&self.simulation.genesys.state).conversations.clone();
        for ((integration, contact), conversation) in known {
            let name = IntegrationName::new(INTEGRATIONS[integration % INTEGRATIONS.len()]);
            let key = ConversationKey::new(name, ContactId::new(contact.clone()));
            let Some(state) = self.state(&key) else { continue };
            // Without any id the bridge cannot ask Genesys.
            if !conversation.open && state.is_open() && has_id(&state) {
                self.broken(|| format!("the end of {key:?} was never noticed"));
            }
            let told = self.effects.iter().any(|effect| {
                effect.kind == "conversation.ended"
                    && effect.integration == integration
                    && effect.contact == contact
            });
            let is_end = |event: &QueuedEvent| {
                matches!(event.payload, Payload::Lifecycle(_)) && event.conversation() == key
            };
            if state.stage() == Stage::Ended && !told && !self.is_dead(Direction::Outbound, is_end)
            {
                self.broken(|| format!("Lynn was not told of the end of {key:?}"));
            }
        }
    }
}

impl Life<'_> {
    fn broken(&self, what: impl FnOnce() -> String) {
        self.end.broken(|| format!("{}, in {:?}", what(), self.key));
    }

    /// The ids under which Lynn was told of a happening at this time.
    fn ids(&self, kind: &str, at: Timestamp) -> BTreeSet<&str> {
        let own = self.told.iter().filter(|told| told.kind == kind && time(told) == Some(at));
        own.map(|told| told.id.as_str()).collect()
    }

    /// Whether an event was given up or redriven: then Lynn is not told, or only after later
    /// happenings.
    fn was_given_up(&self, is_it: impl Fn(&QueuedEvent) -> bool) -> bool {
        let redriven = |sent: &&Sent| sent.event.redrive > 0 && is_it(&sent.event);
        self.events.iter().copied().any(|sent| redriven(&sent))
            || self.end.is_dead(Direction::Outbound, |event| {
                event.conversation() == self.key && is_it(event)
            })
    }

    fn of_kind(&self, kind: LifecycleKind) -> impl Iterator<Item = (&Sent, Timestamp)> {
        self.events.iter().filter_map(move |sent| match &sent.event.payload {
            Payload::Lifecycle(event) if event.kind == kind => Some((*sent, event.at)),
            _ => None,
        })
    }

    /// For each recorded move of a conversation, Lynn was told under exactly one id.
    fn moves_are_told_once(&self) {
        let (moves, signs) = (self.end.simulation.environment.moves(), self.signs_of_life());
        for moved in moves.iter().filter(|moved| moved.conversation == self.key) {
            let kind = if moved.trigger == Trigger::End { ENDED } else { CONNECTED };
            let ids = self.ids(kind, moved.at);
            if ids.len() > 1 {
                self.broken(|| format!("Lynn was told {ids:?} of the same {:?}", moved.trigger));
            }
            let is_life = |event: &QueuedEvent| matches!(event.payload, Payload::Lifecycle(_));
            // Lynn is not told of an end that was overtaken before the bridge could tell it.
            let end = moved.at.milliseconds() - CLOCKS;
            let overtaken = moved.trigger == Trigger::End && signs.iter().any(|sign| *sign > end);
            if ids.is_empty() && !overtaken && !self.was_given_up(is_life) {
                self.broken(|| {
                    format!("Lynn was not told of {:?} at {}", moved.trigger, moved.at.to_text())
                });
            }
        }
    }

    /// Lynn is told of at most as many ends as there were.
    fn no_end_is_made_up(&self) {
        if self.is_learned_late() {
            return;
        }
        let ended =
            self.told.iter().filter(|told| told.kind == ENDED).filter_map(|told| time(told));
        let times: BTreeSet<i64> = ended.map(Timestamp::milliseconds).collect();
        // An end has two times when the bridge asked for it and Genesys reports it: one before the
        // call and one in it, each by its own clock.
        let mut told = 0;
        let mut last = None;
        for time in &times {
            told += usize::from(last.is_none_or(|last| time - last > CLOCKS + CALL));
            last = Some(*time);
        }
        if told > self.ends.len() {
            self.broken(|| {
                format!("Lynn was told of ends at {times:?}, and they were at {:?}", self.ends)
            });
        }
    }

    /// Whether a message was accepted before an end and became known only after it: it then seems
    /// to resume the conversation.
    fn is_learned_late(&self) -> bool {
        let own: Vec<&Effect> = self
            .end
            .effects
            .iter()
            .filter(|effect| {
                effect.direction == Direction::Inbound
                    && effect.integration == self.integration
                    && effect.contact == self.contact
                    && effect.kind == "message"
            })
            .collect();
        let unclear = own.iter().any(|effect| effect.may_be_forgotten(self.end.simulation));
        let environment = &self.end.simulation.environment;
        let late = environment.reopenings().into_iter().filter(|(key, _)| *key == self.key).any(
            |(_, noted)| {
                let taken = own.iter().map(|effect| effect.at).filter(|at| *at <= noted).max();
                self.ends.iter().any(|end| taken < Some(*end) && *end < noted)
            },
        );
        // The same holds for an agent's message that was given up before the end and redriven after
        // it.
        let redriven = self.end.sent.iter().any(|sent| {
            let event = &sent.event;
            event.redrive > 0
                && event.conversation() == self.key
                && matches!(event.payload, Payload::Genesys(_))
        });
        unclear || late || redriven
    }

    /// An event that was accepted while the bridge knew its conversation was assigned to it.
    fn known_events_have_a_contact(&self) {
        let conversation =
            crate::genesys::conversation_id(self.integration, self.contact, self.number);
        for post in self.end.posts.iter().filter(|post| {
            post.endpoint == Endpoint::Events
                && post.accepted
                && post.known
                && post.id.split('#').next() == Some(conversation.as_str())
        }) {
            let is_it = |event: &QueuedEvent| event.dedup_key.id() == post.id;
            if !self.events.iter().any(|sent| is_it(&sent.event))
                && !self.end.is_dead(Direction::Outbound, is_it)
            {
                self.broken(|| format!("{} was accepted and found to be nobody's", post.id));
            }
        }
    }

    /// Lynn was told of each accepted answer of an agent, unless the answer came after Lynn was
    /// told of something later, or an event that would have told of it or of a later one (an answer
    /// or a ring) was given up.
    fn answers_are_told(&self) {
        let may_tell = |event: &QueuedEvent| {
            let Payload::Lifecycle(event) = &event.payload else { return false };
            matches!(event.kind, LifecycleKind::AcdEnd | LifecycleKind::UserStart)
        };
        for (_, at) in self.of_kind(LifecycleKind::AcdEnd) {
            let later = |told: &&&Effect| {
                matches!(told.kind.as_str(), CONNECTED | ENDED) && time(told) > Some(at)
            };
            let ended = self.of_kind(LifecycleKind::CustomerEnd).any(|(_, end)| end >= at);
            if self.ids(CONNECTED, at).is_empty()
                && !self.told.iter().any(|told| later(&told))
                && !ended
                && !self.was_given_up(may_tell)
            {
                self.broken(|| {
                    format!("Lynn was not told that an agent answered at {}", at.to_text())
                });
            }
        }
    }

    /// Lynn was told of each accepted end, unless the end may be overtaken, or the conversation had
    /// ended before and nothing resumed it.
    fn ends_are_told(&self) {
        // A conversation that never started cannot end; and without any id the bridge cannot ask
        // Genesys.
        let state = self.end.state(&self.key).filter(|state| state.stage() != Stage::Idle);
        if !state.as_ref().is_some_and(has_id) {
            return;
        }
        let signs = self.signs_of_life();
        // The event that resumed the conversation since its last end may never have been accepted.
        let is_open = self.is_open && state.is_some_and(|state| state.is_open());
        let last = self.ends.last().map(|last| last - CLOCKS);
        for (sent, at) in self.of_kind(LifecycleKind::CustomerEnd) {
            let end = at.milliseconds();
            let is_overtaken =
                signs.iter().any(|sign| *sign > end - CLOCKS) || is_open && last <= Some(end);
            let told = self.told.iter().filter(|told| told.kind == ENDED);
            let is_over = told.filter_map(|told| time(told)).any(|other| {
                let other = other.milliseconds() + CLOCKS;
                !signs.iter().any(|sign| (other..end - CLOCKS).contains(sign))
            });
            // Several events may report one end; the first of them may have been given up.
            let is_end = |event: &QueuedEvent| {
                let Payload::Lifecycle(event) = &event.payload else { return false };
                event.kind == LifecycleKind::CustomerEnd
            };
            if !is_over && !is_overtaken && !self.was_given_up(is_end) {
                let dedup_key = sent.event.dedup_key.id();
                self.broken(|| format!("Lynn was not told of the end {dedup_key}"));
            }
        }
    }

    /// When a customer or an agent wrote or an agent joined, by any clock.
    fn signs_of_life(&self) -> Vec<i64> {
        let own = |effect: &&Effect| {
            effect.integration == self.integration
                && effect.contact == self.contact
                && effect.kind == "message"
        };
        let wrote = self.end.effects.iter().filter(own).flat_map(|effect| {
            [effect.at, time(effect).map_or(effect.at, Timestamp::milliseconds)]
        });
        let said = self.end.simulation.scenario.actions.iter().filter(|action| {
            action.integration == self.integration
                && CONTACTS[action.contact % CONTACTS.len()] == self.contact
                && matches!(action.what, Happening::Agent(word) if acts::is_shown(word))
                // A webhook that comes again tells of what was said before, and one that was never
                // accepted tells nothing.
                && self.end.posts.iter().any(|post| {
                    post.accepted && post.id == acts::genesys_id(action.number)
                })
        });
        let said = said.map(|action| crate::environment::BEGINNING + action.at);
        let came = self.of_kind(LifecycleKind::AcdEnd).map(|(_, at)| at.milliseconds());
        wrote.chain(said).chain(came).collect()
    }

    /// If an agent was rung and wrote, and Lynn accepted the message, Lynn was told of the agent;
    /// checked where nothing ended and no agent left.
    fn agents_who_write_are_told(&self) {
        let left = self.of_kind(LifecycleKind::UserEnd).next().is_some()
            || self.of_kind(LifecycleKind::CustomerEnd).next().is_some();
        let rang = self.of_kind(LifecycleKind::UserStart).map(|(_, at)| at).min();
        let Some(rang) = rang.filter(|_| !left) else { return };
        let human = |effect: &&&Effect| {
            let actions = &self.end.simulation.scenario.actions;
            effect.kind == "message"
                && actions.iter().any(|action| {
                    acts::genesys_id(action.number) == effect.id
                        && !matches!(action.what, Happening::Agent(AgentAct::BotText))
                })
        };
        let writes = self.told.iter().filter(human).any(|told| time(told) >= Some(rang));
        let is_told = self.told.iter().any(|told| told.kind == CONNECTED);
        if writes && !is_told && !self.was_given_up(|_| true) {
            self.broken(|| "Lynn was not told of the agent who writes".to_owned());
        }
    }
}
