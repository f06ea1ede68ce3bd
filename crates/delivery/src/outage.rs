//! A pause for an integration whose other side does not answer. Its conversations wait without a
//! call, and one conversation at a time probes whether the outage is over. So the outage of one
//! tenant takes neither the time of all senders nor the turn of other tenants.
//!
//! Rules: One conversation without an answer says nothing about the others, so a pause needs
//! several in a row. Any answer ends the pause. A waiting event is not tried and keeps its
//! position; its own time limit continues to run. Each process uses only its own observations.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use shared::error::{Class, Failure};
use shared::ids::IntegrationName;
use shared::lock::lock;
use shared::ports::VendorError;
use shared::retry::random_part;
use shared::time::Timestamp;

use super::route::Sent;

/// The code of the failure of an event that waits for the end of a pause.
pub(super) const SILENT: &str = "silent";

/// The number of conversations in a row without an answer that begins a pause.
const CONVERSATIONS: usize = 3;
/// The length of the first pause. Each failed probe doubles it.
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(30);
/// A probe that has not ended after this time will not end: its process was stopped, or the event
/// was given up for another reason.
const PROBE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long other conversations wait while one conversation probes.
const BESIDE_A_PROBE: Duration = Duration::from_secs(2);
/// The largest number of conversations that are remembered by name. In a longer outage it does not
/// matter which other conversations it affects.
const REMEMBERED: usize = 64;

/// The state of the other side that the result of a call shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CallSignal {
    /// The other side works, whatever it answered.
    Answered,
    /// No connection, no answer, or 5xx.
    Silent,
    /// The other side was not called.
    NotAsked,
}

impl CallSignal {
    fn of(result: &Result<Sent, Failure>) -> Self {
        match result {
            Ok(sent) if sent.unanswered || sent.settled.is_some() => Self::NotAsked,
            Ok(_) => Self::Answered,
            // A failure of the media relay says nothing about the other side.
            Err(failure) if !failure.attempted || failure.relay.is_some() => Self::NotAsked,
            Err(failure) => match (failure.status, failure.class) {
                (Some(status), _) if status < 500 => Self::Answered,
                (Some(_), Class::Retry | Class::Uncertain) => Self::Silent,
                _ if failure.source.as_ref().is_some_and(|it| it.is::<VendorError>()) => {
                    Self::Silent
                }
                _ => Self::NotAsked,
            },
        }
    }
}

/// The pauses of all integrations in one direction.
#[derive(Debug, Default)]
pub struct Outages {
    of: Mutex<BTreeMap<IntegrationName, Outage>>,
}

impl Outages {
    /// Returns why a conversation must not call now, or `None` if it may. During a pause, a
    /// conversation that may call is recorded as the probe.
    pub(super) fn throttled(
        &self,
        integration: &IntegrationName,
        conversation: &str,
        now: Timestamp,
        random: impl FnOnce() -> u64,
    ) -> Option<Failure> {
        let wait = self.locked().get_mut(integration)?.wait(conversation, now)?;
        // Random jitter: conversations that wait together must not return together.
        let wait = wait + random_part(wait / 4, random());
        let summary = "wait, because the other side does not answer this integration";
        Some(Failure::new(Class::Throttled, SILENT, summary).after(Some(wait)).not_attempted())
    }

    /// Records the result of a call.
    pub(super) fn observe(
        &self,
        integration: &IntegrationName,
        conversation: &str,
        now: Timestamp,
        result: &Result<Sent, Failure>,
    ) {
        let mut all = self.locked();
        match CallSignal::of(result) {
            CallSignal::Answered => drop(all.remove(integration)),
            CallSignal::Silent => {
                all.entry(integration.clone()).or_default().silent(conversation, now);
            }
            CallSignal::NotAsked => {
                if let Some(outage) = all.get_mut(integration) {
                    outage.not_asked();
                }
            }
        }
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<IntegrationName, Outage>> {
        lock(&self.of)
    }
}

/// The observations of one integration since its last answer.
#[derive(Debug, Default)]
struct Outage {
    /// Conversations that got no answer.
    conversations: BTreeSet<String>,
    pause: Option<Pause>,
}

#[derive(Debug)]
struct Pause {
    began: Timestamp,
    /// The time from `began` until a conversation may probe.
    length: Duration,
    /// When the current probe began, if a conversation is probing.
    probe: Option<Timestamp>,
}

impl Outage {
    /// Returns how long a conversation must wait, or `None` if it may call.
    fn wait(&mut self, conversation: &str, now: Timestamp) -> Option<Duration> {
        let pause = self.pause.as_mut()?;
        // Conversations that already got no answer wait twice as long, so that others probe first.
        // If the cause is one message that never gets an answer, its own probes would keep the
        // others waiting.
        let is_known = self.conversations.contains(conversation);
        let length = if is_known { pause.length * 2 } else { pause.length };
        if let Some(wait) = left(pause.began, length, now) {
            return Some(wait);
        }
        if pause.probe.is_some_and(|began| left(began, PROBE_TIMEOUT, now).is_some()) {
            return Some(BESIDE_A_PROBE);
        }
        pause.probe = Some(now);
        None
    }

    fn silent(&mut self, conversation: &str, now: Timestamp) {
        if self.conversations.len() < REMEMBERED {
            self.conversations.insert(conversation.to_owned());
        }
        let length = match &self.pause {
            None if self.conversations.len() < CONVERSATIONS => return,
            None => FIRST,
            // A call that began before the pause is no new evidence.
            Some(pause) if left(pause.began, pause.length, now).is_some() => return,
            Some(pause) => (pause.length * 2).min(LONGEST),
        };
        self.pause = Some(Pause { began: now, length, probe: None });
    }

    /// The probe made no call, so another conversation may probe.
    fn not_asked(&mut self) {
        if let Some(pause) = &mut self.pause {
            pause.probe = None;
        }
    }
}

/// Returns the rest of a time span, or `None` if it is over. If the clock was set back to before
/// `began`, the span counts as over.
fn left(began: Timestamp, length: Duration, now: Timestamp) -> Option<Duration> {
    let gone = Duration::from_millis(u64::try_from(now.since(began)).ok()?);
    length.checked_sub(gone).filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn start() -> Timestamp {
        Timestamp::from_milliseconds(1_795_341_600_000)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(start().milliseconds() + seconds * 1000)
    }

    fn seconds(wait: Option<Duration>) -> Option<u64> {
        wait.map(|wait| wait.as_secs())
    }

    fn paused() -> Outage {
        let mut outage = Outage::default();
        for conversation in ["a", "b", "c"] {
            assert_eq!(outage.wait(conversation, start()), None);
            outage.silent(conversation, start());
        }
        outage
    }

    #[test]
    fn one_conversation_in_trouble_holds_nobody_back() {
        let mut outage = Outage::default();
        for second in 0..100 {
            outage.silent("a", at(second));
            outage.silent("b", at(second));
            assert_eq!(outage.wait("c", at(second)), None);
        }
    }

    #[test]
    fn three_that_get_no_answer_make_the_others_wait_and_one_look() {
        let mut outage = paused();
        assert_eq!(seconds(outage.wait("d", start())), Some(2));
        // Conversations that already got no answer wait longer.
        assert_eq!(seconds(outage.wait("a", start())), Some(4));
        assert_eq!(outage.wait("d", at(2)), None);
        assert_eq!(seconds(outage.wait("e", at(2))), Some(2));
        outage.silent("d", at(10));
        assert_eq!(seconds(outage.wait("e", at(10))), Some(4));
        let mut now = 10;
        for pause in [4, 8, 16, 30, 30] {
            now += pause;
            assert_eq!(seconds(outage.wait("e", at(now - 1))), Some(1));
            assert_eq!(outage.wait("x", at(now)), None, "{pause}");
            outage.silent(&format!("x-{now}"), at(now));
        }
    }

    #[test]
    fn a_call_from_before_the_pause_makes_it_no_longer() {
        let mut outage = paused();
        for number in 0..10 {
            outage.silent(&format!("late-{number}"), at(1));
        }
        assert_eq!(outage.wait("d", at(2)), None);
    }

    #[test]
    fn a_look_that_never_ends_is_followed_by_another() {
        let mut outage = paused();
        assert_eq!(outage.wait("d", at(2)), None);
        assert_eq!(seconds(outage.wait("e", at(31))), Some(2));
        assert_eq!(outage.wait("e", at(32)), None);
        outage.not_asked();
        assert_eq!(outage.wait("f", at(32)), None);
    }

    #[test]
    fn a_clock_that_is_set_back_ends_a_pause_and_a_look() {
        let mut outage = paused();
        assert_eq!(outage.wait("d", at(-7200)), None, "a pause");
        assert_eq!(seconds(outage.wait("e", at(-7200))), Some(2));
        assert_eq!(outage.wait("e", at(-9000)), None, "a look");
        outage.silent("e", at(-9000));
        assert_eq!(seconds(outage.wait("f", at(-9000))), Some(4));
    }

    #[test]
    fn an_answer_of_any_kind_ends_it_and_what_asked_nobody_says_nothing() {
        let answered = |status| Failure::new(Class::Permanent, "code", "call").answered(status);
        let lost = || Failure::new(Class::Retry, "unreachable", "call");
        let lost = || lost().caused_by(VendorError::NotSent("refused".into()));
        let signal = |failure: Failure| CallSignal::of(&Err(failure));
        assert_eq!(CallSignal::of(&Ok(Sent::default())), CallSignal::Answered);
        let unanswered = Sent { unanswered: true, ..Sent::default() };
        assert_eq!(CallSignal::of(&Ok(unanswered)), CallSignal::NotAsked);
        assert_eq!([400, 401, 404, 429].map(|it| signal(answered(it))), [CallSignal::Answered; 4]);
        let down = Failure::new(Class::Uncertain, "502", "call").answered(502);
        assert_eq!([signal(down), signal(lost())], [CallSignal::Silent; 2]);
        let mut file = lost();
        file.relay.get_or_insert_default();
        let held = Failure::new(Class::Throttled, "waits", "call").not_attempted();
        let refused = Failure::login("log in");
        assert_eq!([signal(file), signal(held), signal(refused)], [CallSignal::NotAsked; 3]);

        let (outages, support) = (Outages::default(), IntegrationName::new("support"));
        for conversation in ["a", "b", "c"] {
            outages.observe(&support, conversation, start(), &Err(lost()));
        }
        let other = IntegrationName::new("other");
        assert!(outages.throttled(&other, "d", start(), || 7).is_none());
        let held = outages.throttled(&support, "d", start(), || 7).unwrap();
        assert!(held.class == Class::Throttled && !held.attempted);
        outages.observe(&support, "a", start(), &Err(answered(400)));
        assert!(outages.throttled(&support, "d", start(), || 7).is_none());
    }

    proptest! {
        /// In every case, a conversation waits at most twice the longest pause, and at most one
        /// conversation probes at a time.
        #[test]
        fn somebody_always_looks_again(steps in prop::collection::vec((0u8..8, 0u64..40, any::<bool>()), 1..80)) {
            let (mut outage, mut now) = (paused(), start());
            for (who, seconds, ends) in steps {
                now = now + Duration::from_secs(seconds);
                let who = who.to_string();
                match outage.wait(&who, now) {
                    Some(wait) => prop_assert!(wait <= LONGEST * 2),
                    None => {
                        prop_assert!(outage.wait("another", now).is_some());
                        if ends { outage.silent(&who, now); }
                    }
                }
            }
            let late = now + Duration::from_secs(90);
            prop_assert_eq!(outage.wait("fresh", late), None);
        }
    }
}
