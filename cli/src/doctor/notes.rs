//! Reads the notes of a sender about the last event with a mistake: an id of Lynn's that was
//! used before, a webhook of another channel.

use delivery::foreign::{self, ForeignChannel};
use delivery::reused::{self, Reused};
use serde::de::DeserializeOwned;
use shared::error::chain;
use shared::ids::IntegrationName;
use shared::ports::ItemKey;

use super::{Check, Finding, Observation, Unavailable};
use crate::operator::installation::Installation;

/// Whether Lynn gives each event its own id.
pub async fn lynn_ids(
    installation: &Observation<Installation>,
    integration: &IntegrationName,
) -> Finding {
    assess_ids(last(installation, reused::key(integration)).await)
}

/// Whether the webhooks at an integration's address belong to its own channel.
pub async fn webhook_channel(
    installation: &Observation<Installation>,
    integration: &IntegrationName,
) -> Finding {
    assess_channel(last(installation, foreign::key(integration)).await)
}

async fn last<T: DeserializeOwned>(
    installation: &Observation<Installation>,
    key: ItemKey,
) -> Observation<Option<T>> {
    let installation = installation.as_ref().map_err(|_| Unavailable::after(Check::Database))?;
    let again = "run `bridge doctor` again";
    let found = installation.store().load(&[key]).await;
    let found = found.map_err(|error| Unavailable::new(chain(&error), again))?;
    let Some(item) = found.into_iter().next().flatten() else { return Ok(None) };
    let note = serde_json::from_str(&item.body);
    note.map(Some).map_err(|_| Unavailable::new("another version of the bridge wrote it", again))
}

fn assess_ids(seen: Observation<Option<Reused>>) -> Finding {
    let check = Check::LynnIds;
    match seen {
        Err(unavailable) => unavailable.finding(check),
        Ok(None) => check.ok("no id came for two different events in the last 7 days"),
        Ok(Some(Reused { at, id })) => check.warn(
            format!(
                "the id {id} was used for another event at {}; both events were delivered",
                at.to_text()
            ),
            "give each event its own id in Lynn's flow, or leave `id` out: the same text with a used id is dropped as a repeat",
        ),
    }
}

fn assess_channel(seen: Observation<Option<ForeignChannel>>) -> Finding {
    let check = Check::WebhookChannel;
    match seen {
        Err(unavailable) => unavailable.finding(check),
        Ok(None) => check.ok("no webhook of another channel came in the last 7 days"),
        Ok(Some(ForeignChannel { at, channel })) => check.warn(
            format!(
                "a webhook of the channel {channel} came here at {} and was delivered to this integration's Lynn",
                at.to_text()
            ),
            "compare it with genesys.integrationId, and give each Open Messaging integration its own webhook URL and secret",
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
        assert_eq!(assess_ids(Ok(None)).outcome, Outcome::Ok);
        let at = Timestamp::from_milliseconds(1_795_341_600_000);
        let finding = assess_ids(Ok(Some(Reused { at, id: "m-1".to_owned() })));
        assert_eq!(finding.outcome, Outcome::Warn);
        assert!(finding.reason.starts_with("the id m-1 was used for another event at 2026-11-22T"));
    }

    #[test]
    fn a_webhook_of_another_channel_is_worth_a_look() {
        assert_eq!(assess_channel(Ok(None)).outcome, Outcome::Ok);
        let at = Timestamp::from_milliseconds(1_795_341_600_000);
        let finding = assess_channel(Ok(Some(ForeignChannel { at, channel: "i-9".to_owned() })));
        assert_eq!(finding.outcome, Outcome::Warn);
        assert!(
            finding.reason.starts_with("a webhook of the channel i-9 came here at 2026-11-22T")
        );
    }
}
