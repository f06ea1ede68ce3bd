//! The state of one OAuth client's budget in one instance: its readings, its pause, its calls in
//! flight.
//!
//! Rules: The instance's own answers outrank what other instances shared. A pause only grows. After
//! a pause, and after a minute in which nothing was left, the first call goes alone: the others
//! wait for its answer.

use std::collections::HashMap;
use std::time::Duration;

use shared::time::SetBack;
use shared::time::Timestamp;

use super::choice::{ClientView, Headroom};
use super::rate_limit_headers::{Level, RateLimitHeaders, WINDOW};
use super::shared_state::{LONGEST_PAUSE, SharedBudget};

/// The largest number of limits that are distinguished; Genesys is known to have two.
const MOST_LIMITS: usize = 4;
/// The shortest window that a limit is assumed to have.
const SHORTEST_WINDOW: Duration = Duration::from_secs(1);
/// The pause after a 429 that names no wait. Each further 429 doubles it.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause after a 429 that names no wait.
const LONGEST_OWN_PAUSE: Duration = Duration::from_secs(60);
/// Calls that are refused together give ends of a pause that differ by little.
const SAME_PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct ClientState {
    readings: Vec<RateLimitHeaders>,
    /// The longest time that a limit took to be renewed: the best estimate of its window.
    window: Duration,
    /// For each name of a call, the limit that its last answer named.
    limits: HashMap<&'static str, u64>,
    /// The client's answers contain nothing about a budget.
    silent: bool,
    pause: Option<Timestamp>,
    /// From this time, one call goes alone until it is answered, because a pause or a minute in
    /// which nothing was left ends then.
    probe_from: Option<Timestamp>,
    /// The number of 429 in a row.
    refusals: u32,
    in_flight: u64,
    /// The worst level that was shared with other instances, and the minute that it is about.
    last_shared: Option<(Timestamp, Level)>,
    clock: SetBack,
}

/// The parts of an answer of Genesys that concern the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BudgetAnswer {
    /// The name of the call.
    pub(super) name: &'static str,
    pub(super) began: Timestamp,
    /// The requests left, if the answer says so.
    pub(super) reading: Option<RateLimitHeaders>,
    pub(super) result: CallResult,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallResult {
    /// 2xx.
    Taken,
    /// 429, with the wait of `Retry-After`.
    Refused(Option<Duration>),
    /// Any other answer.
    Other,
}

/// The changes that an answer made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// Requests left, if that is worth a line in the log.
    pub(super) left: Option<u64>,
    /// The pause that just began or grew.
    pub(super) pause: Option<Duration>,
    /// Whether other instances need the news.
    pub(super) share: bool,
}

impl ClientState {
    /// Counts a call that begins.
    pub(super) fn begin(&mut self) {
        self.in_flight += 1;
    }

    /// Counts a call that ended, with or without an answer.
    pub(super) fn end(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// The input for the choice between clients.
    pub(super) fn view(&mut self, name: &str, now: Timestamp) -> ClientView {
        self.keep_time(now);
        ClientView {
            headroom: self.headroom(name, now),
            in_flight: self.in_flight,
            paused_until: self.pause.filter(|until| *until > now),
            probing: self.probe_from.filter(|from| now >= *from),
        }
    }

    /// The requests left of the limit with the least left; `None` without any answer.
    pub(super) fn least_left(&self, now: Timestamp) -> Option<u64> {
        let of = |reading: &RateLimitHeaders| {
            if reading.is_over(now) { reading.allowed } else { reading.left }
        };
        self.readings.iter().map(of).min()
    }

    fn headroom(&self, name: &str, now: Timestamp) -> Headroom {
        let own = self.limits.get(name);
        let of_limit =
            |reading: &&RateLimitHeaders| own.is_none_or(|limit| *limit == reading.allowed);
        // A call without a known limit is assumed to belong to the limit with the most left. A
        // wrong guess costs one 429.
        let share =
            |headroom: &Headroom| headroom.left.saturating_mul(1000) / headroom.allowed.max(1);
        let headrooms = self.readings.iter().filter(of_limit).map(|reading| {
            let left = if reading.is_over(now) { reading.allowed } else { reading.left };
            Headroom { left, allowed: reading.allowed, until: reading.until.max(now), known: true }
        });
        headrooms.max_by_key(share).unwrap_or(Headroom::unknown(self.silent, now))
    }

    /// Takes in an answer.
    pub(super) fn observe(&mut self, answer: &BudgetAnswer, now: Timestamp) -> News {
        self.keep_time(now);
        let mut news = News::default();
        match answer.reading {
            Some(reading) => {
                self.limits.insert(answer.name, reading.allowed);
                self.window = self.window.max(reading.until.elapsed_since(now));
                let before = self.update_limit(reading);
                news.left = reading.is_news(before.as_ref()).then_some(reading.left);
            }
            None => self.silent |= answer.result == CallResult::Taken,
        }
        match answer.result {
            CallResult::Refused(asked) => news.pause = self.refuse(answer.began, asked, now),
            _ if self.probe_from.is_none_or(|from| answer.began >= from) => {
                self.probe_from = None;
                self.refusals = 0;
            }
            _ => {}
        }
        if let Some(empty) = answer.reading.filter(|reading| reading.left == 0) {
            self.probe_from = self.probe_from.max(Some(empty.until));
        }
        news.share = news.pause.is_some() || self.mark_shared(answer.reading);
        news
    }

    fn refuse(
        &mut self,
        began: Timestamp,
        asked: Option<Duration>,
        now: Timestamp,
    ) -> Option<Duration> {
        let doubled = SHORTEST_PAUSE.saturating_mul(1 << self.refusals.min(10));
        let pause = asked.unwrap_or(doubled.min(LONGEST_OWN_PAUSE));
        let pause = pause.clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        // Calls that were in flight together are refused together, so they count as one refusal.
        if self.pause.is_none_or(|until| began >= until) {
            self.refusals = self.refusals.saturating_add(1);
        }
        self.pause_until(now + pause, now).then_some(pause)
    }

    /// If the clock was set back, each awaited time stays as far away as it was.
    fn keep_time(&mut self, now: Timestamp) {
        let back = self.clock.observe(now);
        if back.is_zero() {
            return;
        }
        let times = self.readings.iter_mut().map(|reading| &mut reading.until);
        let told = self.last_shared.as_mut().map(|(minute, _)| minute);
        for time in times.chain(&mut self.pause).chain(&mut self.probe_from).chain(told) {
            *time = *time - back;
        }
    }

    /// Takes in what another instance shared.
    pub(super) fn learn(&mut self, shared: &SharedBudget, now: Timestamp) {
        self.keep_time(now);
        if let Some(until) = shared.paused_until(now) {
            self.pause_until(until, now);
        }
        for told in shared.readings(now) {
            // The instance that wrote it has told all others.
            self.mark_shared(Some(told));
            let own = self.readings.iter_mut().find(|own| own.allowed == told.allowed);
            match own.filter(|own| !own.is_over(now)) {
                Some(own) if own.is_same_minute(&told) => own.left = own.left.min(told.left),
                Some(_) => {}
                None => {
                    self.update_limit(told);
                }
            }
        }
    }

    /// Returns what to share with other instances.
    pub(super) fn to_share(&self, client: &str, now: Timestamp) -> SharedBudget {
        let living = self.readings.iter().filter(|reading| !reading.is_over(now));
        SharedBudget::new(client, self.pause, living, now)
    }

    /// The requests per minute that the limits allow, as far as is known. Genesys counts by the
    /// minute. If its answers always name a shorter window, the number is scaled from that window.
    pub(super) fn per_minute(&self) -> Option<u64> {
        let allowed = self.readings.iter().map(|reading| reading.allowed).max()?;
        let window = match self.window {
            Duration::ZERO => WINDOW,
            window => window.clamp(SHORTEST_WINDOW, WINDOW),
        };
        let allowed = u128::from(allowed) * WINDOW.as_millis() / window.as_millis();
        Some(u64::try_from(allowed).unwrap_or(u64::MAX))
    }

    /// Records a reading. Answers may overtake each other; within a minute, only the lowest number
    /// counts.
    fn update_limit(&mut self, reading: RateLimitHeaders) -> Option<RateLimitHeaders> {
        let position = self.readings.iter().position(|own| own.allowed == reading.allowed);
        let Some(position) = position else {
            self.readings.push(reading);
            let surplus = self.readings.len().saturating_sub(MOST_LIMITS);
            self.readings.drain(..surplus);
            return None;
        };
        let own = self.readings.get_mut(position)?;
        let before = *own;
        let left =
            if own.is_same_minute(&reading) { own.left.min(reading.left) } else { reading.left };
        *own = RateLimitHeaders { left, ..reading };
        Some(before)
    }

    /// Extends the pause; the latest end wins. Returns `true` if the end moved by more than
    /// `SAME_PAUSE`.
    fn pause_until(&mut self, until: Timestamp, now: Timestamp) -> bool {
        let running = self.pause.filter(|own| *own > now);
        let grows = running.is_none_or(|own| until.elapsed_since(own) > SAME_PAUSE);
        self.pause = self.pause.max(Some(until));
        self.probe_from = self.probe_from.max(Some(until));
        grows
    }

    /// Whether to share a reading: once for each step down in a minute.
    fn mark_shared(&mut self, reading: Option<RateLimitHeaders>) -> bool {
        let Some(reading) = reading.filter(|reading| reading.level() >= Level::Scarce) else {
            return false;
        };
        let told = self.last_shared.filter(|(minute, _)| {
            reading.is_same_minute(&RateLimitHeaders { until: *minute, ..reading })
        });
        let worse = told.is_none_or(|(_, level)| reading.level() > level);
        if worse {
            self.last_shared = Some((reading.until, reading.level()));
        }
        worse
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::time::whole_milliseconds;

    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(1_000_000_000 + milliseconds)
    }

    fn reading(left: u64, allowed: u64, until: i64) -> Option<RateLimitHeaders> {
        Some(RateLimitHeaders { allowed, left, until: at(until) })
    }

    fn taken(name: &'static str, began: i64, reading: Option<RateLimitHeaders>) -> BudgetAnswer {
        BudgetAnswer { name, began: at(began), reading, result: CallResult::Taken }
    }

    fn refused(began: i64, asked: Option<u64>) -> BudgetAnswer {
        let asked = asked.map(Duration::from_secs);
        BudgetAnswer {
            name: "a",
            began: at(began),
            reading: None,
            result: CallResult::Refused(asked),
        }
    }

    fn left(client_state: &mut ClientState, name: &str, now: i64) -> u64 {
        client_state.view(name, at(now)).headroom.left
    }

    #[test]
    fn limits_are_told_apart_by_what_they_allow() {
        let mut client_state = ClientState::default();
        client_state.observe(&taken("post", 0, reading(290, 300, 50_000)), at(1));
        client_state.observe(&taken("get", 0, reading(3, 180, 50_000)), at(1));
        assert_eq!(
            (left(&mut client_state, "post", 2), left(&mut client_state, "get", 2)),
            (290, 3)
        );
        assert_eq!(left(&mut client_state, "patch", 2), 290, "never called");
        assert_eq!(left(&mut client_state, "get", 50_000), 180, "another minute");
    }

    #[test]
    fn a_limit_is_taken_to_be_by_the_longest_window_that_was_seen() {
        let mut client_state = ClientState::default();
        assert_eq!(client_state.per_minute(), None);
        for (until, per_minute) in [(1_500, 400), (2_000, 300), (1_000, 300), (61_000, 10)] {
            client_state.observe(&taken("a", 0, reading(5, 10, until)), at(0));
            assert_eq!(client_state.per_minute(), Some(per_minute), "{until}");
        }
    }

    #[test]
    fn an_answer_that_was_overtaken_gives_nothing_back() {
        let mut client_state = ClientState::default();
        client_state.observe(&taken("a", 0, reading(5, 300, 30_000)), at(1));
        client_state.observe(&taken("a", 0, reading(9, 300, 30_900)), at(2));
        assert_eq!(left(&mut client_state, "a", 3), 5);
    }

    #[test]
    fn a_client_that_says_nothing_of_a_budget_is_not_held_back() {
        let mut client_state = ClientState::default();
        assert_eq!(left(&mut client_state, "a", 0), 10);
        client_state
            .observe(&BudgetAnswer { result: CallResult::Other, ..taken("a", 0, None) }, at(1));
        assert_eq!(left(&mut client_state, "a", 1), 10);
        client_state.observe(&taken("a", 0, None), at(1));
        assert_eq!(left(&mut client_state, "a", 1), u64::MAX);
    }

    #[test]
    fn after_a_pause_one_call_is_alone_until_it_is_answered() {
        let mut client_state = ClientState::default();
        let news = client_state.observe(&refused(0, Some(30)), at(100));
        assert_eq!(news, News { left: None, pause: Some(Duration::from_secs(30)), share: true });
        // The call began before the refusal, so its answer says nothing about the time after the
        // pause.
        client_state.observe(&taken("a", 0, None), at(200));
        assert!(client_state.view("a", at(29_000)).paused_until.is_some());
        let after = client_state.view("a", at(30_100));
        assert!(after.paused_until.is_none() && after.probing.is_some());
        client_state.observe(&taken("a", 30_100, None), at(30_200));
        assert_eq!(client_state.view("a", at(30_300)).probing, None);
    }

    #[test]
    fn a_refusal_that_asks_for_nothing_pauses_longer_each_time() {
        let (mut client_state, mut now, mut pauses) = (ClientState::default(), 0, Vec::new());
        for _ in 0..8 {
            let pause = client_state.observe(&refused(now, None), at(now)).pause.unwrap();
            now += whole_milliseconds(pause);
            pauses.push(pause.as_secs());
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        client_state.observe(&taken("a", now, None), at(now));
        assert_eq!(client_state.observe(&refused(now, None), at(now)).pause, Some(SHORTEST_PAUSE));
    }

    #[test]
    fn calls_that_are_refused_together_are_news_once() {
        let mut client_state = ClientState::default();
        let news: Vec<News> =
            (0..10).map(|now| client_state.observe(&refused(0, Some(30)), at(now * 50))).collect();
        assert!(news[0].share && news[1..].iter().all(|news| *news == News::default()));
    }

    #[test]
    fn others_are_told_once_of_each_step_down() {
        let mut client_state = ClientState::default();
        let told: Vec<u64> = (0..=300)
            .rev()
            .filter(|left| {
                client_state.observe(&taken("a", 0, reading(*left, 300, 30_000)), at(1)).share
            })
            .collect();
        assert_eq!(told, [29, 0]);
    }

    #[test]
    fn what_others_tell_never_outranks_an_own_answer_of_another_minute() {
        let mut client_state = ClientState::default();
        let told = |left, until| {
            let reading = RateLimitHeaders { allowed: 300, left, until: at(until) };
            SharedBudget::new("client", None, [reading].iter(), at(0))
        };
        client_state.learn(&told(7, 20_000), at(0));
        assert_eq!(left(&mut client_state, "a", 1), 7);
        client_state.observe(&taken("a", 1, reading(200, 300, 40_000)), at(2));
        client_state.learn(&told(0, 20_000), at(3));
        assert_eq!(left(&mut client_state, "a", 4), 200);
        client_state.learn(&told(100, 41_000), at(5));
        assert_eq!(left(&mut client_state, "a", 6), 100);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_pause_longer() {
        let mut client_state = ClientState::default();
        client_state.observe(&refused(7_200_000, Some(30)), at(7_200_000));
        client_state.observe(&taken("a", 7_200_000, reading(0, 300, 7_260_000)), at(7_200_000));
        let view = client_state.view("a", at(5_000));
        assert_eq!(view.paused_until, Some(at(35_000)));
        assert_eq!(client_state.view("a", at(35_000)).paused_until, None);
        assert_eq!(left(&mut client_state, "a", 65_000), 300);
        // A call that begins after the pause counts as after it, and the next refusal is a first
        // one.
        client_state.observe(&taken("a", 66_000, None), at(66_000));
        assert_eq!(client_state.view("a", at(66_000)).probing, None);
        let again = client_state.observe(&refused(66_000, None), at(66_000));
        assert_eq!(again.pause, Some(SHORTEST_PAUSE));
    }

    proptest! {
        #[test]
        fn the_latest_end_of_a_pause_wins(pauses in proptest::collection::vec(1u64..2000, 1..10)) {
            let mut client_state = ClientState::default();
            for seconds in &pauses {
                client_state.observe(&refused(0, Some(*seconds)), at(0));
            }
            let longest = pauses.iter().max().unwrap().min(&900) * 1000;
            let until = client_state.view("a", at(0)).paused_until.unwrap();
            prop_assert_eq!(until, at(i64::try_from(longest).unwrap()));
        }

        #[test]
        fn no_answers_make_a_client_useless_for_long(
            answers in proptest::collection::vec((0u64..9, 1u64..9, 0i64..60_000, 0u8..3, 0u64..2000), 0..30),
        ) {
            let mut client_state = ClientState::default();
            for (left, allowed, until, result, asked) in answers {
                let result = match result {
                    0 => CallResult::Taken,
                    1 => CallResult::Other,
                    _ => CallResult::Refused(Some(Duration::from_secs(asked))),
                };
                let reading = reading(left.min(allowed), allowed, until);
                client_state.observe(&BudgetAnswer { name: "a", began: at(0), reading, result }, at(0));
            }
            let view = client_state.view("a", at(900_001));
            prop_assert!(view.paused_until.is_none() && view.headroom.left > 0);
        }
    }
}
