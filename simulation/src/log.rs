//! Reads every log line that the product writes: no line may contain a text, a person or a secret,
//! and none may report a longer wait than its reason allows, even if the clock changes.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::canaries;
use crate::environment::Environment;

/// The longest wait for an integration that does not answer, in milliseconds: twice 30 s, plus a
/// quarter.
const LONGEST_BESIDE_SILENCE: i64 = 75_000;
/// The longest wait for a rate budget, in milliseconds: a minute plus a short wait queue.
const LONGEST_FOR_A_BUDGET: i64 = 150_000;
/// The longest time from a request for a token to the log line of its failure, in milliseconds. It
/// includes slow calls of the table.
const LONGEST_AFTER_A_LOGIN: i64 = 60_000;

/// Checks the log lines of one run.
pub(crate) struct LogReader(pub(crate) Arc<Environment>);

#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string cannot fail.
        let _ = write!(self.0, " {}={value:?}", field.name());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, " {}={value}", field.name());
    }
}

/// The wait that is longer than its reason allows, if this line reports one.
fn waits_for_too_long(line: &str, since_login: i64) -> Option<&'static str> {
    let value = |name: &str| {
        let rest = line.split(name).nth(1)?;
        rest.split(' ').next()?.parse::<i64>().ok()
    };
    let after = value(" after_ms=").unwrap_or_default();
    if line.contains("event.name=held_back") && after > LONGEST_BESIDE_SILENCE {
        return Some("what is held back");
    }
    if line.contains("event.name=delayed") && after > LONGEST_FOR_A_BUDGET {
        return Some("what is delayed");
    }
    let is_login = line.contains("event.name=retried") && line.contains(" error.code=login ");
    (is_login && since_login > LONGEST_AFTER_A_LOGIN).then_some("a login")
}

impl Subscriber for LogReader {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        if let Some(word) = canaries::leaked(&line.0) {
            self.0.broken(|| format!("a log line holds {word}…: {}", line.0));
        }
        if line.0.contains("event.name=panicked") {
            self.0.broken(|| format!("the product panicked: {}", line.0));
        }
        if let Some(kind) = waits_for_too_long(&line.0, self.0.since_login()) {
            self.0.broken(|| format!("{kind} waits for too long: {}", line.0));
        }
        self.0.trace(|| format!("log:{}", line.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
