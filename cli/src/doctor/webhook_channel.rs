//! Whether the webhooks at an integration's address belong to its own channel.

use delivery::foreign::{self, ForeignChannel};
use shared::error::chain;
use shared::ids::IntegrationName;

use super::check::Check;
use super::finding::Finding;
use super::unavailable::{Observation, Unavailable};
use crate::operator::installation::Installation;

/// Reads the note that a sender leaves when a webhook names another channel.
pub async fn check(
    installation: &Result<Installation, Unavailable>,
    integration: &IntegrationName,
) -> Finding {
    assess(last(installation, integration).await)
}

async fn last(
    installation: &Result<Installation, Unavailable>,
    integration: &IntegrationName,
) -> Observation<Option<ForeignChannel>> {
    let installation = installation.as_ref().map_err(|_| Unavailable::after(Check::Database))?;
    let again = "run `bridge doctor` again";
    let found = installation.store().load(&[foreign::key(integration)]).await;
    let found = found.map_err(|error| Unavailable::new(chain(&error), again))?;
    let Some(item) = found.into_iter().next().flatten() else { return Ok(None) };
    let note = serde_json::from_str(&item.body);
    note.map(Some).map_err(|_| Unavailable::new("another version of the bridge wrote it", again))
}

fn assess(seen: Observation<Option<ForeignChannel>>) -> Finding {
    let check = Check::WebhookChannel;
    match seen {
        Err(unavailable) => unavailable.finding(check),
        Ok(None) => Finding::ok(check, "no webhook of another channel came in the last 7 days"),
        Ok(Some(ForeignChannel { at, channel })) => Finding::warn(
            check,
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
    fn a_webhook_of_another_channel_is_worth_a_look() {
        assert_eq!(assess(Ok(None)).outcome, Outcome::Ok);
        let at = Timestamp::from_milliseconds(1_795_341_600_000);
        let finding = assess(Ok(Some(ForeignChannel { at, channel: "i-9".to_owned() })));
        assert_eq!(finding.outcome, Outcome::Warn);
        assert!(
            finding.reason.starts_with("a webhook of the channel i-9 came here at 2026-11-22T")
        );
    }
}
