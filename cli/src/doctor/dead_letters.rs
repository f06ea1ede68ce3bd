//! Events that were given up.

use std::time::Duration;

use shared::ids::IntegrationName;

use super::{Check, Finding, Observation, Unavailable};
use crate::failure;
use crate::operator::dead_letters;
use crate::operator::installation::Installation;

/// Dead letters of the last day count as new.
const NEW: Duration = Duration::from_hours(24);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// All that are kept, for 90 days.
    pub all: usize,
    pub new: usize,
    pub last_code: String,
}

pub async fn check(
    installation: &Observation<Installation>,
    integration: &IntegrationName,
    now: shared::time::Timestamp,
) -> Finding {
    assess(count(installation, integration, now).await)
}

async fn count(
    installation: &Observation<Installation>,
    integration: &IntegrationName,
    now: shared::time::Timestamp,
) -> Observation<Counted> {
    let installation = installation.as_ref().map_err(|_| Unavailable::after(Check::Database))?;
    let letters =
        dead_letters::summaries(installation, integration.clone()).await.map_err(|error| {
            Unavailable::new(failure::words(&error), "run `bridge dead-letters list`")
        })?;
    let mut counted = Counted { all: letters.len(), ..Counted::default() };
    for letter in letters {
        counted.new += usize::from(now.elapsed_since(letter.at) < NEW);
        counted.last_code = letter.code;
    }
    Ok(counted)
}

fn assess(seen: Observation<Counted>) -> Finding {
    let check = Check::DeadLetters;
    let action = "see `bridge dead-letters list`; after the repair, `bridge dead-letters redrive`";
    match seen {
        Err(unavailable) => unavailable.finding(check),
        Ok(Counted { all: 0, .. }) => check.ok("none"),
        Ok(Counted { all, new: 0, last_code }) => check
            .warn(format!("{all} kept, 0 in the last day, the last one for {last_code}"), action),
        Ok(Counted { all, new, last_code }) => check.fail(
            format!("{new} in the last day, {all} kept, the last one for {last_code}"),
            action,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn a_new_letter_is_trouble_an_old_one_a_reminder() {
        let of = |all, new| assess(Ok(Counted { all, new, last_code: "409".to_owned() }));
        assert_eq!(of(0, 0).outcome, Outcome::Ok);
        assert_eq!(of(3, 0).outcome, Outcome::Warn);
        assert_eq!(of(3, 1).outcome, Outcome::Fail);
        assert_eq!(of(3, 1).reason, "1 in the last day, 3 kept, the last one for 409");
    }
}
