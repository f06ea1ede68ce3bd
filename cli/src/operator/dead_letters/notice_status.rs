//! Whether the side that an event came from knows that it was given up.

use anyhow::Context;
use delivery::record::{DeliveryState, EventRecord};
use shared::ports::{Item, ItemKey};

use super::super::installation::Installation;
use super::letters::Letter;

/// The state of the notice about a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeStatus {
    /// No notice is sent: there is no receiver, or nothing to report.
    NotSent,
    Arrived,
    /// It waits in its queue.
    OnItsWay,
    /// It was given up, too.
    GivenUp,
    /// The letter is of an older version, or so old that the notice's record has expired.
    Unknown,
}

impl NoticeStatus {
    /// The state of each letter's notice.
    pub async fn of(installation: &Installation, letters: &[&Letter]) -> anyhow::Result<Vec<Self>> {
        let keys: Vec<ItemKey> =
            letters.iter().filter_map(|letter| letter.notice.clone()).collect();
        let mut items = installation.store().load(&keys).await?.into_iter();
        let notice_status = |letter: &&Letter| match &letter.notice {
            Some(_) => Self::by(items.next().flatten()),
            None if letter.kept.content.user_reason.is_some() => Ok(Self::Unknown),
            None => Ok(Self::NotSent),
        };
        letters.iter().map(notice_status).collect()
    }

    /// The state by the notice's record.
    fn by(item: Option<Item>) -> anyhow::Result<Self> {
        let Some(item) = item else { return Ok(Self::OnItsWay) };
        let record: EventRecord =
            serde_json::from_str(&item.body).context("read the record of the notice")?;
        Ok(match record.state {
            DeliveryState::Done => Self::Arrived,
            DeliveryState::Dead => Self::GivenUp,
            DeliveryState::Trying => Self::OnItsWay,
        })
    }

    /// For a script, and for a column of the list.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NotSent => ("nobody", "no notice"),
            Self::Arrived => ("arrived", "yes"),
            Self::OnItsWay => ("onItsWay", "on its way"),
            Self::GivenUp => ("givenUp", "given up"),
            Self::Unknown => ("unknown", "not known"),
        }
    }

    /// Sentences for a line of `show`; `notice` is the notice's text.
    pub fn sentences(self, notice: Option<&str>) -> String {
        let notice = match notice {
            Some(words) => format!("The notice \"{words}\""),
            None => "The notice".to_owned(),
        };
        match self {
            Self::NotSent => "No notice is sent for this event.".to_owned(),
            Self::Arrived => format!("{notice} has arrived."),
            Self::OnItsWay => format!("{notice} is on its way."),
            Self::GivenUp => {
                format!("{notice} could not be delivered. It is a dead letter of its own.")
            }
            Self::Unknown => format!("{notice} was sent. Its record is no longer kept."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_that_failed_too_is_told_in_two_sentences() {
        assert_eq!(
            NoticeStatus::GivenUp.sentences(Some("Lynn answered 403.")),
            "The notice \"Lynn answered 403.\" could not be delivered. It is a dead letter of its own."
        );
        assert_eq!(NoticeStatus::Arrived.sentences(None), "The notice has arrived.");
    }
}
