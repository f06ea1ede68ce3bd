//! Whether Lynn gives each event its own id.

use delivery::reused::{self, Reused};
use shared::error::chain;
use shared::ids::IntegrationName;

use super::check::Check;
use super::finding::Finding;
use super::unavailable::{Observation, Unavailable};
use crate::operator::installation::Installation;

/// Reads the note that a sender leaves when an id is used for another event.
pub async fn check(
    installation: &Result<Installation, Unavailable>,
    integration: &IntegrationName,
) -> Finding {
    assess(last(installation, integration).await)
}

async fn last(
    installation: &Result<Installation, Unavailable>,
    integration: &IntegrationName,
) -> Observation<Option<Reused>> {
    let installation = installation.as_ref().map_err(|_| Unavailable::after(Check::Database))?;
    let again = "run `bridge doctor` again";
    let found = installation.store().load(&[reused::key(integration)]).await;
    let found = found.map_err(|error| Unavailable::new(chain(&error), again))?;
    let Some(item) = found.into_iter().next().flatten() else { return Ok(None) };
    let note = serde_json::from_str(&item.body);
    note.map(Some).map_err(|_| Unavailable::new("another version of the bridge wrote it", again))
}

fn assess(seen: Observation<Option<Reused>>) -> Finding {
    let check = Check::LynnIds;
    match seen {
        Err(unavailable) => unavailable.finding(check),
        Ok(None) => Finding::ok(check, "no id came for two different events in the last 7 days"),
        Ok(Some(Reused { at, id })) => Finding::warn(
            check,
            format!(
                "the id {id} was used for another event at {}; both events were delivered",
                at.to_text()
            ),
            "give each event its own id in Lynn's flow, or leave `id` out: the same text with a used id is dropped as a repeat",
        ),
    }
}

#[cfg(test)]
mod tests {
    use shared::time::Timestamp;

    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn an_id_that_came_for_two_events_is_worth_a_look() {
        assert_eq!(assess(Ok(None)).outcome, Outcome::Ok);
        let at = Timestamp::from_milliseconds(1_795_341_600_000);
        let finding = assess(Ok(Some(Reused { at, id: "m-1".to_owned() })));
        assert_eq!(finding.outcome, Outcome::Warn);
        assert!(finding.reason.starts_with("the id m-1 was used for another event at 2026-11-22T"));
    }
}
