//! The rate limit of a token: a fixed window, reported in the `inin-ratelimit-*` headers of each
//! answer.

use std::time::Duration;

use tokio::time::Instant;

use super::refusal::{Checked, Refusal};
use super::state::State;
use crate::http::Answer;

/// The values of the headers after one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    count: u64,
    allowed: u64,
    reset_seconds: u64,
}

impl Rate {
    pub(super) fn write(self, answer: Answer) -> Answer {
        answer
            .with("inin-ratelimit-count", self.count)
            .with("inin-ratelimit-allowed", self.allowed)
            .with("inin-ratelimit-reset", self.reset_seconds)
    }

    /// Refuses a request over the limit.
    pub(super) fn check(self) -> Checked<()> {
        if self.count > self.allowed {
            Err(Refusal::too_many_requests(self.allowed, self.reset_seconds))
        } else {
            Ok(())
        }
    }
}

pub(super) fn count(
    state: &mut State,
    token: &str,
    allowed: u64,
    window: Duration,
) -> Option<Rate> {
    let token = state.tokens.get_mut(token)?;
    let now = Instant::now();
    if now.duration_since(token.window_started) >= window {
        token.window_started = now;
        token.count = 0;
    }
    token.count += 1;
    let left = window.saturating_sub(now.duration_since(token.window_started));
    // Whole seconds, rounded up: a client that waits this long is admitted.
    let reset_seconds = (left.as_millis().div_ceil(1000) as u64).max(1);
    Some(Rate { count: token.count, allowed, reset_seconds })
}
