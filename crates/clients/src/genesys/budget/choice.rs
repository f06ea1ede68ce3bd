//! Chooses the OAuth client for a call, or says how long the call waits: a pure function of the
//! known state, the time and a random number.
//!
//! Rules: Each client is chosen at random, in proportion to its requests left, so that instances
//! with the same knowledge do not all choose the same client. A call that can be skipped or can
//! wait goes only while enough is left for calls that cannot.

use std::time::Duration;

use shared::retry::random_part;
use shared::time::Timestamp;

use super::super::call::Priority;
use super::rate_limit_headers::{WINDOW, is_below};

/// The largest number of calls in flight to a client without any known state: one batch.
const UNKNOWN: u64 = 10;
/// How long a client that must be probed waits for a call that has to be delivered. After that, any
/// call may probe, because an idle system may have no other calls.
const PROBE_WAITS: Duration = WINDOW;
/// The average wait of a call that waits only for the answers to other calls.
const ANSWER_WAIT: Duration = Duration::from_millis(500);

/// The headroom of one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Headroom {
    pub(super) left: u64,
    pub(super) allowed: u64,
    /// When the whole limit is available again.
    pub(super) until: Timestamp,
    /// Whether the numbers come from Genesys.
    pub(super) known: bool,
}

impl Headroom {
    /// The headroom of a client that has not answered yet, or whose answers contain no limit.
    pub(super) fn unknown(silent: bool, now: Timestamp) -> Self {
        let left = if silent { u64::MAX } else { UNKNOWN };
        Self { left, allowed: left, until: now, known: false }
    }
}

/// The state of one client, as the choice needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClientView {
    pub(super) headroom: Headroom,
    /// Calls without an answer yet.
    pub(super) in_flight: u64,
    /// The end of its pause, if it is paused.
    pub(super) paused_until: Option<Timestamp>,
    /// When its first call after a pause began, until that call is answered.
    pub(super) probing: Option<Timestamp>,
}

/// The decision about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// The client at this position makes the call.
    Go(usize),
    /// The call waits for the answers to calls in flight, and returns at this time.
    AwaitAnswers(Timestamp),
    /// The call waits until a client has enough left again, at the earliest at this time.
    Wait(Timestamp),
    /// The call is skipped.
    Shed,
}

/// Chooses among the clients of an integration.
pub(super) fn choose(
    views: &[ClientView],
    priority: Priority,
    now: Timestamp,
    random: u64,
) -> Choice {
    let most =
        views.iter().filter(|view| view.headroom.known).map(|view| view.headroom.allowed).max();
    // A client without any known state gets the weight of the largest limit.
    let weight = |view: &ClientView| match view.admission(priority, now) {
        Admission::Open if view.headroom.known => u128::from(view.spare()),
        Admission::Open => u128::from(most.unwrap_or(1)),
        _ => 0,
    };
    let total: u128 = views.iter().map(weight).sum();
    if total > 0 {
        let mut place = u128::from(random) % total;
        for (position, view) in views.iter().enumerate() {
            let weight = weight(view);
            if place < weight {
                return Choice::Go(position);
            }
            place -= weight;
        }
    }
    if priority.is_expendable() {
        return Choice::Shed;
    }
    if let Some(position) = alone(views, priority, now, random) {
        return Choice::Go(position);
    }
    let mut opens = None;
    for view in views {
        match view.admission(priority, now) {
            Admission::Open | Admission::Alone | Admission::Busy => {
                return Choice::AwaitAnswers(
                    now + ANSWER_WAIT / 2 + random_part(ANSWER_WAIT, random),
                );
            }
            Admission::Closed(until) => {
                opens = Some(opens.map_or(until, |other: Timestamp| other.min(until)));
            }
        }
    }
    Choice::Wait(opens.unwrap_or(now))
}

/// Returns a client that may try the call although nothing is left.
fn alone(views: &[ClientView], priority: Priority, now: Timestamp, random: u64) -> Option<usize> {
    let is_alone = |view: &ClientView| matches!(view.admission(priority, now), Admission::Alone);
    let positions: Vec<usize> =
        (0..views.len()).filter(|position| views.get(*position).is_some_and(is_alone)).collect();
    let place = usize::try_from(random).unwrap_or_default().checked_rem(positions.len())?;
    positions.get(place).copied()
}

/// Whether a client can take a call.
enum Admission {
    Open,
    /// Genesys' count says that nothing is left. Only a 429 holds a message back, so the bridge
    /// tries one message at a time and learns from its answer.
    Alone,
    /// The client may take the call once calls in flight are answered.
    Busy,
    Closed(Timestamp),
}

impl ClientView {
    fn spare(&self) -> u64 {
        self.headroom.left.saturating_sub(self.in_flight)
    }

    /// Whether the call may probe the client. A call that can be skipped may probe only after
    /// `PROBE_WAITS`, because a call that must be delivered may still come.
    fn may_probe(&self, priority: Priority, since: Timestamp, now: Timestamp) -> bool {
        self.in_flight == 0
            && (!priority.is_expendable() || now.elapsed_since(since) >= PROBE_WAITS)
    }

    fn admission(&self, priority: Priority, now: Timestamp) -> Admission {
        let is_enough =
            |left: u64| left > 0 && !is_below(left, self.headroom.allowed, priority.floor());
        match self.paused_until.filter(|until| *until > now) {
            Some(until) => Admission::Closed(until),
            None if self.headroom.left == 0 && priority == Priority::Message => {
                match self.in_flight {
                    0 => Admission::Alone,
                    _ => Admission::Busy,
                }
            }
            None if !is_enough(self.headroom.left) => Admission::Closed(self.headroom.until),
            None if self.probing.is_some_and(|since| !self.may_probe(priority, since, now)) => {
                Admission::Busy
            }
            None if !is_enough(self.spare()) => Admission::Busy,
            None => Admission::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_000_000;

    fn now() -> Timestamp {
        Timestamp::from_milliseconds(NOW)
    }

    fn later(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(NOW + milliseconds)
    }

    fn known(left: u64, allowed: u64) -> ClientView {
        let until = now() + Duration::from_secs(30);
        let headroom = Headroom { left, allowed, until, known: true };
        ClientView { headroom, in_flight: 0, paused_until: None, probing: None }
    }

    fn any_view() -> impl Strategy<Value = ClientView> {
        let headroom = (0u64..400, 1u64..400, 1i64..60_000, any::<bool>(), any::<bool>());
        let headroom =
            headroom.prop_map(|(left, allowed, wait, is_known, silent)| match is_known {
                true => {
                    Headroom { left: left.min(allowed), allowed, until: later(wait), known: true }
                }
                false => Headroom::unknown(silent, now()),
            });
        let pause = proptest::option::of((-60_000i64..900_000).prop_map(later));
        let probing = proptest::option::of((-120_000i64..=0).prop_map(later));
        (headroom, 0u64..20, pause, probing).prop_map(
            |(headroom, in_flight, paused_until, probing)| ClientView {
                headroom,
                in_flight,
                paused_until,
                probing,
            },
        )
    }

    fn any_priority() -> impl Strategy<Value = Priority> {
        prop_oneof![
            Just(Priority::Message),
            Just(Priority::DueReceipt),
            Just(Priority::Receipt),
            Just(Priority::Reconcile),
            Just(Priority::Typing)
        ]
    }

    #[test]
    fn little_left_is_kept_for_what_matters_more() {
        use Priority::{Message, Receipt, Reconcile, Typing};
        for (left, going) in [(60, 4), (59, 2), (30, 2), (29, 1), (1, 1), (0, 1)] {
            let goes = |priority| choose(&[known(left, 300)], priority, now(), 0) == Choice::Go(0);
            let count = [Message, Receipt, Reconcile, Typing]
                .map(goes)
                .iter()
                .filter(|goes| **goes)
                .count();
            assert_eq!(count, going, "{left} left");
        }
        let next_minute = now() + Duration::from_secs(30);
        assert_eq!(choose(&[known(29, 300)], Receipt, now(), 0), Choice::Wait(next_minute));
        assert_eq!(choose(&[known(0, 300)], Receipt, now(), 0), Choice::Wait(next_minute));
        assert_eq!(choose(&[known(59, 300)], Typing, now(), 0), Choice::Shed);
    }

    #[test]
    fn clients_are_chosen_by_what_they_have_left_and_never_all_the_same() {
        let views = [known(10, 300), known(290, 300), known(0, 300)];
        let mut chosen = [0; 3];
        for random in 0..300 {
            match choose(&views, Priority::Message, now(), random) {
                Choice::Go(position) => chosen[position] += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(chosen, [10, 290, 0]);
    }

    #[test]
    fn the_first_call_after_a_pause_is_alone() {
        let mut view = ClientView { probing: Some(now()), ..known(300, 300) };
        assert_eq!(choose(&[view], Priority::Message, now(), 0), Choice::Go(0));
        // A status question probes only if no other call has probed for a minute.
        assert_eq!(choose(&[view], Priority::Reconcile, later(59_999), 0), Choice::Shed);
        assert_eq!(choose(&[view], Priority::Reconcile, later(60_000), 0), Choice::Go(0));
        view.in_flight = 1;
        assert!(matches!(choose(&[view], Priority::Message, now(), 0), Choice::AwaitAnswers(_)));
        assert_eq!(choose(&[view], Priority::Reconcile, later(60_000), 0), Choice::Shed);
    }

    #[test]
    fn a_message_is_tried_alone_when_nothing_is_left() {
        let mut empty = known(0, 300);
        assert_eq!(choose(&[empty], Priority::Message, now(), 7), Choice::Go(0));
        assert_eq!(choose(&[empty, known(1, 300)], Priority::Message, now(), 7), Choice::Go(1));
        empty.in_flight = 1;
        assert!(matches!(choose(&[empty], Priority::Message, now(), 7), Choice::AwaitAnswers(_)));
        assert_eq!(choose(&[empty, known(0, 300)], Priority::Message, now(), 7), Choice::Go(1));
    }

    proptest! {
        #[test]
        fn no_call_goes_where_it_would_be_refused(
            views in proptest::collection::vec(any_view(), 1..5), priority in any_priority(), random: u64,
        ) {
            if let Choice::Go(position) = choose(&views, priority, now(), random) {
                let view = views[position];
                prop_assert!(view.paused_until.is_none_or(|until| until <= now()));
                let alone = priority == Priority::Message && view.in_flight == 0;
                prop_assert!(view.spare() > 0 || alone);
                prop_assert!(view.probing.is_none() || view.in_flight == 0);
            }
        }

        #[test]
        fn a_message_goes_whenever_a_client_is_free_and_is_never_left_out(
            views in proptest::collection::vec(any_view(), 1..5), random: u64,
        ) {
            let free = |view: &ClientView| view.paused_until.is_none_or(|until| until <= now())
                && view.spare() > 0 && view.probing.is_none();
            let choice = choose(&views, Priority::Message, now(), random);
            prop_assert!(choice != Choice::Shed);
            prop_assert!(!views.iter().any(free) || matches!(choice, Choice::Go(_)), "{choice:?}");
        }

        #[test]
        fn what_matters_less_never_goes_where_what_matters_more_waits(
            views in proptest::collection::vec(any_view(), 1..5), random: u64,
        ) {
            let order = [Priority::Typing, Priority::Receipt, Priority::Message];
            let goes = order.map(|priority| matches!(choose(&views, priority, now(), random), Choice::Go(_)));
            prop_assert!(goes.windows(2).all(|pair| !pair[0] || pair[1]), "{goes:?}");
        }

        #[test]
        fn a_wait_ends_when_a_client_opens(
            views in proptest::collection::vec(any_view(), 1..5), priority in any_priority(), random: u64,
        ) {
            match choose(&views, priority, now(), random) {
                Choice::Wait(until) => {
                    prop_assert!(until > now());
                    prop_assert!(until.since(now()) <= 900_000);
                }
                Choice::AwaitAnswers(until) => prop_assert!((1..1000).contains(&until.since(now()))),
                Choice::Go(_) | Choice::Shed => {}
            }
        }
    }
}
