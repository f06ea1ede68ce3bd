//! Which agents are present. Their events (ring, answer, leave) arrive in any order.
//!
//! Rule: the result depends on the events and their times, not on the order of arrival.

use serde::{Deserialize, Serialize};
use shared::time::Timestamp;

/// The most presences (legs) kept; the oldest is removed first.
const LEGS_KEPT: usize = 8;

/// One presence of an agent, from the first ring until the agent leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Leg {
    id: Option<String>,
    rang_at: Option<Timestamp>,
    /// The latest time at which an event that names this agent proved their presence.
    #[serde(skip_serializing_if = "Option::is_none")]
    came_at: Option<Timestamp>,
    left_at: Option<Timestamp>,
}

impl Leg {
    fn time(&self) -> Option<Timestamp> {
        self.rang_at.max(self.left_at)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Agents {
    /// The time of the latest answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// The time of the latest answer that did not name the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    unnamed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    legs: Vec<Leg>,
}

impl Agents {
    pub(super) fn rang(&mut self, id: Option<&str>, at: Timestamp) {
        let leg = self.leg(id);
        leg.rang_at = Some(leg.rang_at.map_or(at, |known| known.min(at)));
        self.forget_the_oldest();
    }

    /// Records that an agent left, whether or not they ever answered.
    pub(super) fn left(&mut self, id: Option<&str>, at: Timestamp) {
        let leg = self.leg(id);
        leg.left_at = leg.left_at.max(Some(at));
        self.forget_the_oldest();
    }

    /// Records an answer. The id, if given, names the agent.
    pub(super) fn answered(&mut self, id: Option<&str>, at: Timestamp) {
        self.answered_at = self.answered_at.max(Some(at));
        if id.is_none() {
            self.unnamed_at = self.unnamed_at.max(Some(at));
            return;
        }
        let leg = self.leg(id);
        leg.rang_at = Some(leg.rang_at.map_or(at, |known| known.min(at)));
        leg.came_at = leg.came_at.max(Some(at));
        self.forget_the_oldest();
    }

    /// Genesys shows that an agent who rang is connected since `since`. That agent stays present when
    /// another one leaves. Lynn is told of them by the event of their answer, which still comes.
    pub(super) fn shown(&mut self, id: &str, since: Timestamp) {
        let rang = |leg: &&mut Leg| leg.id.as_deref() == Some(id) && leg.rang_at.is_some();
        if let Some(leg) = self.legs.iter_mut().find(rang) {
            leg.came_at = leg.came_at.max(Some(since));
        }
    }

    /// Whether an agent is present after the end at `ended_at`.
    ///
    /// An agent who answered under their own id is present until they leave. After an answer
    /// without an id, an agent is present if no agent who may have answered has left since, or if
    /// another agent who may have answered has not left.
    pub(super) fn present(&self, ended_at: Option<Timestamp>) -> bool {
        let since = |at: Option<Timestamp>| at.filter(|at| ended_at.is_none_or(|end| *at > end));
        let is_there = |leg: &Leg| {
            since(leg.came_at).is_some_and(|came| leg.left_at.is_none_or(|left| left < came))
        };
        if self.legs.iter().any(is_there) {
            return true;
        }
        let Some(answered) = since(self.last_unnamed()) else { return false };
        // An agent rung after the answer, or before the end, did not give this answer.
        let may_be = |rang: Timestamp| rang <= answered && since(Some(rang)).is_some();
        let mut candidates = self.legs.iter().filter(|leg| leg.rang_at.is_none_or(may_be));
        let has_left = |leg: &&Leg| leg.left_at.is_some_and(|left| left >= answered);
        let anybody_left = candidates.clone().any(|leg| has_left(&leg));
        let anybody_stays = candidates.any(|leg| leg.rang_at.is_some() && leg.left_at.is_none());
        !anybody_left || anybody_stays
    }

    /// Whether an agent rang by `at`, after the last answer and the last end, and is not known to
    /// have left by then. The agent's message at `at` then counts as their answer.
    pub fn is_rung(&self, at: Timestamp, ended_at: Option<Timestamp>) -> bool {
        self.ringing(ended_at).any(|leg| {
            leg.rang_at.is_some_and(|rang| rang <= at) && leg.left_at.is_none_or(|left| left > at)
        })
    }

    /// Whether the presence that ends at `at` is that of an agent who had answered, and whose going
    /// is not known yet. An agent without a ring counts if no other agent may have given the
    /// answer.
    pub fn ends_connection(
        &self,
        id: Option<&str>,
        at: Timestamp,
        ended_at: Option<Timestamp>,
    ) -> bool {
        let since =
            |time: Option<Timestamp>| time.filter(|time| ended_at.is_none_or(|e| *time > e));
        if ended_at.is_some_and(|end| at <= end) {
            return false;
        }
        let answered = since(self.last_unnamed()).filter(|answered| *answered <= at);
        let leg = self.legs.iter().find(|leg| leg.id.is_some() && leg.id.as_deref() == id);
        let Some(leg) = leg else {
            let may_have_answered = |leg: &Leg| {
                leg.rang_at.is_some_and(|rang| Some(rang) <= answered) && leg.left_at.is_none()
            };
            return answered.is_some_and(|answered| {
                !self.legs.iter().any(|leg| may_have_answered(leg) || leg.left_at >= Some(answered))
            });
        };
        let came = since(leg.came_at).max(answered.filter(|answered| {
            leg.rang_at.is_none_or(|rang| rang <= *answered && since(Some(rang)).is_some())
        }));
        came.is_some_and(|came| came <= at && leg.left_at.is_none_or(|left| left < came))
    }

    /// Whether an agent rings since `since`, or answered without an event, who is not among those
    /// that are `known` by the id of their presence.
    pub(super) fn may_have_joined(
        &self,
        since: Timestamp,
        ended_at: Option<Timestamp>,
        known: impl Fn(&str) -> bool,
    ) -> bool {
        self.ringing(ended_at).any(|leg| {
            leg.left_at.is_none()
                && leg.rang_at >= Some(since)
                && !leg.id.as_deref().is_some_and(&known)
        })
    }

    /// Whether any event told of an agent.
    pub(super) fn were_reported(&self) -> bool {
        self.answered_at.is_some() || !self.legs.is_empty()
    }

    /// The id of the only agent who rang by `at`, as in [`Agents::is_rung`].
    pub fn only_rung(&self, at: Timestamp, ended_at: Option<Timestamp>) -> Option<&str> {
        let mut rung = self.ringing(ended_at).filter(|leg| {
            leg.rang_at.is_some_and(|rang| rang <= at) && leg.left_at.is_none_or(|left| left > at)
        });
        rung.next().filter(|_| rung.next().is_none())?.id.as_deref()
    }

    pub fn knows_ring(&self, id: Option<&str>, at: Timestamp) -> bool {
        self.legs.iter().any(|leg| leg.id.as_deref() == id && leg.rang_at == Some(at))
    }

    /// The earliest ring of an agent who has neither answered nor left.
    pub(super) fn unanswered_since(&self, ended_at: Option<Timestamp>) -> Option<Timestamp> {
        self.ringing(ended_at)
            .filter(|leg| leg.left_at.is_none())
            .filter_map(|leg| leg.rang_at)
            .min()
    }

    fn ringing(&self, ended_at: Option<Timestamp>) -> impl Iterator<Item = &Leg> {
        let since = self.answered_at.max(ended_at);
        self.legs.iter().filter(move |leg| leg.rang_at.is_some_and(|rang| Some(rang) > since))
    }

    fn leg(&mut self, id: Option<&str>) -> &mut Leg {
        let known = self.legs.iter().position(|leg| leg.id.is_some() && leg.id.as_deref() == id);
        let place = known.unwrap_or_else(|| {
            let id = id.map(str::to_owned);
            self.legs.push(Leg { id, rang_at: None, came_at: None, left_at: None });
            self.legs.len() - 1
        });
        // `place` was found or added above.
        &mut self.legs[place]
    }

    /// States stored before agents had ids contain only the time of the last answer.
    fn last_unnamed(&self) -> Option<Timestamp> {
        let of_before =
            || self.answered_at.filter(|_| self.legs.iter().all(|leg| leg.came_at.is_none()));
        self.unnamed_at.or_else(of_before)
    }

    fn forget_the_oldest(&mut self) {
        self.legs.sort_by(|one, other| (one.time(), &one.id).cmp(&(other.time(), &other.id)));
        // A repeated event without an id creates an equal leg.
        self.legs.dedup();
        while self.legs.len() > LEGS_KEPT {
            // Remove agents who rang without answering first, then agents who left; keep agents who
            // may be present longest.
            let in_vain = |leg: &Leg| {
                leg.left_at.is_some() && leg.came_at.is_none() && leg.rang_at > self.answered_at
            };
            let place = self.legs.iter().position(in_vain);
            let place = place.or_else(|| self.legs.iter().position(|leg| leg.left_at.is_some()));
            self.legs.remove(place.unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(milliseconds)
    }

    #[derive(Clone, Debug)]
    enum Happening {
        Rang(&'static str, i64),
        Left(&'static str, i64),
        Answered(i64),
        Came(&'static str, i64),
    }
    use Happening::{Answered, Came, Left, Rang};

    fn agents(happenings: &[Happening]) -> Agents {
        let mut agents = Agents::default();
        for happening in happenings {
            match happening {
                Rang(id, time) => agents.rang(Some(id), at(*time)),
                Left(id, time) => agents.left(Some(id), at(*time)),
                Answered(time) => agents.answered(None, at(*time)),
                Came(id, time) => agents.answered(Some(id), at(*time)),
            }
        }
        agents
    }

    fn present(happenings: &[Happening]) -> bool {
        agents(happenings).present(None)
    }

    #[test]
    fn ringing_is_not_being_there() {
        assert!(!present(&[Rang("ada", 10)]));
        assert!(!present(&[Rang("ada", 10), Left("ada", 20)]));
        assert!(present(&[Rang("ada", 10), Left("ada", 20), Rang("bob", 21), Answered(25)]));
        assert!(!agents(&[Answered(25)]).present(Some(at(25))));
    }

    #[test]
    fn a_transfer_is_a_going_and_a_coming() {
        let to_a_queue = [Rang("ada", 10), Answered(12), Left("ada", 50)];
        assert!(!present(&to_a_queue));
        let rung = [&to_a_queue[..], &[Rang("bob", 60)]].concat();
        assert!(!present(&rung));
        assert!(present(&[&rung[..], &[Answered(65)]].concat()));
        // In a consultation the first agent leaves after the second one answers.
        assert!(present(&[
            Rang("ada", 10),
            Answered(12),
            Rang("bob", 40),
            Answered(45),
            Left("ada", 50)
        ]));
        // Another agent rings and does not answer.
        assert!(present(&[Rang("ada", 10), Answered(12), Rang("eva", 60), Left("eva", 70)]));
    }

    #[test]
    fn somebody_is_there_until_the_last_one_leaves() {
        let both = [Came("ada", 10), Came("bob", 20)];
        assert!(present(&both));
        for (first, second) in [("ada", "bob"), ("bob", "ada")] {
            let one = [&both[..], &[Left(first, 30)]].concat();
            assert!(present(&one), "{first} has left");
            assert!(!present(&[&one[..], &[Left(second, 40)]].concat()));
        }
        // `acd.end` reported the first agent's answer as well, without an id.
        let counted = [Came("ada", 10), Answered(12), Came("bob", 20), Left("ada", 30)];
        assert!(present(&counted));
        assert!(!present(&[&counted[..], &[Left("bob", 40)]].concat()));
        // An agent who only rings is not present; an agent who returns is.
        assert!(!present(&[Rang("eva", 5), Came("ada", 10), Left("ada", 30)]));
        assert!(present(&[Came("ada", 10), Left("ada", 30), Came("ada", 40)]));
        assert!(!agents(&both).present(Some(at(20))));
        // An end removes every agent who was present before it, with or without a leave event.
        let again = [&both[..], &[Rang("eva", 40), Answered(45), Left("eva", 50)]].concat();
        assert!(!agents(&again).present(Some(at(30))));
        assert!(agents(&again[..4]).present(Some(at(30))));
    }

    #[test]
    fn who_is_there_is_not_forgotten_over_those_who_were_rung_in_vain() {
        let mut happenings = vec![Came("ada", 1)];
        let names: Vec<&'static str> = vec!["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        for (time, name) in (10..).zip(names) {
            happenings.extend([Rang(name, time), Left(name, time)]);
        }
        assert!(present(&happenings));
        assert!(!present(&[&happenings[..], &[Left("ada", 50)]].concat()));
    }

    #[test]
    fn only_who_had_answered_is_disconnected() {
        let ends = |happenings: &[Happening], agent: &str, time: i64| {
            agents(happenings).ends_connection(Some(agent), at(time), None)
        };
        let served = [Rang("ada", 10), Answered(12)];
        assert!(ends(&served, "ada", 50));
        assert!(!ends(&[Rang("ada", 10)], "ada", 20));
        assert!(!ends(&[Rang("eva", 5), Left("eva", 8), Rang("ada", 10), Answered(12)], "eva", 8));
        // Eva is rung in vain while Ada is there.
        assert!(!ends(&[&served[..], &[Rang("eva", 20)]].concat(), "eva", 30));
        // The ring is not known.
        assert!(ends(&[Answered(12)], "ada", 50));
        assert!(!ends(&served, "bob", 50));
        assert!(ends(&[Came("ada", 10), Came("bob", 20)], "ada", 30));
        assert!(!agents(&served).ends_connection(Some("ada"), at(50), Some(at(50))));
        assert!(!agents(&served).ends_connection(Some("ada"), at(50), Some(at(20))));
    }

    #[test]
    fn a_state_of_before_names_were_known_is_read() {
        let text = r#"{"answeredAt":12,"legs":[{"id":"ada","rangAt":10,"leftAt":null}]}"#;
        let agents: Agents = serde_json::from_str(text).unwrap();
        assert!(agents.present(None));
    }

    #[test]
    fn who_was_rung_is_who_writes() {
        let rung = agents(&[Rang("ada", 10)]);
        assert!(rung.is_rung(at(12), None) && !rung.is_rung(at(9), None));
        assert_eq!(rung.only_rung(at(12), None), Some("ada"));
        assert_eq!(agents(&[Rang("ada", 10), Rang("bob", 11)]).only_rung(at(12), None), None);
        assert!(!rung.is_rung(at(12), Some(at(11))));
        assert_eq!(rung.unanswered_since(None), Some(at(10)));
        assert!(!agents(&[Rang("ada", 10), Left("ada", 11)]).is_rung(at(12), None));
        assert!(!agents(&[Rang("ada", 10), Answered(11)]).is_rung(at(12), None));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut agents = Agents::default();
        for time in 0..100 {
            agents.rang(Some(&time.to_string()), at(time));
            agents.left(None, at(5));
        }
        assert_eq!(agents.legs.len(), LEGS_KEPT);
    }

    fn happening() -> impl Strategy<Value = Happening> {
        let agent = || prop::sample::select(vec!["ada", "bob", "eva"]);
        prop_oneof![
            (agent(), 0i64..30).prop_map(|(agent, time)| Rang(agent, time)),
            (agent(), 0i64..30).prop_map(|(agent, time)| Left(agent, time)),
            (0i64..30).prop_map(Answered),
            (agent(), 0i64..30).prop_map(|(agent, time)| Came(agent, time)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Lynn is told once that an agent left, and only of one who was there.
        #[test]
        fn a_connection_ends_once(
            events in prop::collection::vec(happening(), 0..8),
            agent in prop::sample::select(vec!["ada", "bob", "eva"]),
            time in 0i64..40,
        ) {
            let mut agents = agents(&events);
            let ends = agents.ends_connection(Some(agent), at(time), None);
            let answered = |event: &Happening| matches!(event, Answered(_) | Came(..));
            prop_assert!(!ends || events.iter().any(answered));
            agents.left(Some(agent), at(time));
            prop_assert!(!agents.ends_connection(Some(agent), at(time), None));
            prop_assert!(!agents.ends_connection(Some(agent), at(time), Some(at(time))));
        }

        #[test]
        fn the_order_and_the_number_of_the_events_do_not_matter(
            (events, shuffled) in prop::collection::vec(happening(), 0..8)
                .prop_flat_map(|events| {
                    let doubled = [events.clone(), events.clone()].concat();
                    (Just(events), Just(doubled).prop_shuffle())
                }),
        ) {
            prop_assert_eq!(agents(&events), agents(&shuffled));
        }
    }
}
