//! How many questions about agents one process may let Genesys be asked.
//!
//! Rule: while questions are answered, there is no limit. Where Genesys tells nothing of use, many
//! questions would cost calls of the rate budget and make each event wait for nothing.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use shared::ids::IntegrationName;
use shared::lock::lock;
use shared::time::Timestamp;

/// The most questions in a row that may get no answer.
const MOST: u32 = 100;
/// After that, one question in this time may find out whether Genesys answers again.
const EVERY: Duration = Duration::from_secs(1);

/// The questions that each integration has left, in memory.
#[derive(Debug, Default)]
pub struct Questions(Mutex<HashMap<IntegrationName, Left>>);

#[derive(Debug)]
struct Left {
    questions: u32,
    /// Until when the questions are counted that time has given back.
    counted: Timestamp,
}

impl Questions {
    /// Whether one more question may be asked now; counts it.
    pub(crate) fn take(&self, integration: &IntegrationName, now: Timestamp) -> bool {
        let mut all = lock(&self.0);
        let Some(left) = all.get_mut(integration) else {
            all.insert(integration.clone(), Left { questions: MOST - 1, counted: now });
            return true;
        };
        left.counted = left.counted.min(now);
        let passed = now.elapsed_since(left.counted).as_secs() / EVERY.as_secs();
        if passed > 0 {
            let more = u32::try_from(passed).unwrap_or(MOST);
            *left = Left { questions: left.questions.saturating_add(more).min(MOST), counted: now };
        }
        let may_ask = left.questions > 0;
        left.questions = left.questions.saturating_sub(1);
        may_ask
    }

    /// Genesys told what was asked, so that the count begins again.
    pub(crate) fn answered(&self, integration: &IntegrationName) {
        lock(&self.0).remove(integration);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(milliseconds)
    }

    fn taken(questions: &Questions, integration: &str, now: Timestamp) -> usize {
        let integration = IntegrationName::new(integration);
        (0..1000).take_while(|_| questions.take(&integration, now)).count()
    }

    #[test]
    fn questions_in_vain_become_rare_and_return_with_time() {
        let questions = Questions::default();
        assert_eq!(taken(&questions, "one", at(0)), 100);
        assert_eq!(taken(&questions, "two", at(0)), 100, "each integration has its own");
        let times = [at(999), at(1000), at(1500), at(4000)];
        assert_eq!(times.map(|now| taken(&questions, "one", now)), [0, 1, 0, 3]);
        assert_eq!(taken(&questions, "one", at(4_000_000)), 100);
    }

    #[test]
    fn an_answer_ends_the_limit() {
        let questions = Questions::default();
        taken(&questions, "one", at(0));
        questions.answered(&IntegrationName::new("one"));
        assert_eq!(taken(&questions, "one", at(0)), 100);
    }

    #[test]
    fn time_goes_on_after_the_clock_was_set_back() {
        let questions = Questions::default();
        assert_eq!(taken(&questions, "one", at(10_000)), 100);
        assert_eq!(taken(&questions, "one", at(0)), 0);
        assert_eq!(taken(&questions, "one", at(1_000)), 1);
    }
}
