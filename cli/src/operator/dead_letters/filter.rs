//! Selects dead letters by contact, reason, direction and time.
//!
//! Rule: all given conditions must be met; without conditions every dead letter is selected.

use std::str::FromStr;
use std::time::Duration;

use delivery::redrive::Letter;
use shared::external_id;
use shared::ids::ContactId;
use shared::ports::Direction;
use shared::time::Timestamp;

use crate::duration;

#[derive(Debug, Default, clap::Args)]
pub struct Filter {
    /// Only of this contact: its id, or its fingerprint as in the log; with
    /// genesys.conversationPer session, a fingerprint is of one session.
    #[arg(long, global = true)]
    pub contact: Option<String>,
    /// Only with this code, or with this text in the reason.
    #[arg(long, global = true)]
    pub reason: Option<String>,
    /// Only one direction: `inbound` is to Genesys Cloud, `outbound` to Lynn.
    #[arg(long, global = true, value_parser = direction)]
    pub direction: Option<Direction>,
    /// Only those given up since then: a time such as 2026-11-25T03:00:00Z, or an age such as 30m,
    /// 2h or 3d.
    #[arg(long, global = true)]
    pub since: Option<Since>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    At(Timestamp),
    Ago(Duration),
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = || Timestamp::parse(text).map(Self::At);
        duration::parse(text).map(Self::Ago).or_else(at).ok_or_else(|| {
            "a time such as 2026-11-25T03:00:00Z, or how long ago, such as 30m, 2h or 3d".to_owned()
        })
    }
}

impl Since {
    pub fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(ago) => now - ago,
        }
    }
}

pub fn direction(text: &str) -> Result<Direction, String> {
    let known = [Direction::Inbound, Direction::Outbound];
    let found = known.into_iter().find(|direction| direction.name() == text);
    found.ok_or_else(|| "inbound or outbound".to_owned())
}

impl Filter {
    /// Whether a letter about this customer is selected; an event that cannot be read has no
    /// contact.
    pub fn admits(&self, letter: &Letter, external_id: Option<&ContactId>, now: Timestamp) -> bool {
        let content = &letter.content;
        self.direction.is_none_or(|direction| direction == content.direction)
            && self.since.is_none_or(|since| content.at >= since.moment(now))
            && self
                .reason
                .as_deref()
                .is_none_or(|reason| content.code == reason || content.summary.contains(reason))
            && self.contact.as_deref().is_none_or(|contact| {
                letter.subject.as_ref().is_some_and(|subject| subject.fingerprint == contact)
                    || external_id.is_some_and(|id| is_of(id, contact))
            })
    }
}

/// Whether the id by which Genesys Cloud knows a customer is this contact's own, or made of it and
/// a session.
fn is_of(external_id: &ContactId, contact: &str) -> bool {
    let of_session = external_id::customer(external_id).contact;
    external_id.as_str() == contact || of_session.as_str() == contact
}

#[cfg(test)]
mod tests {
    use delivery::dead_letter::DeadLetter;
    use delivery::event::QueuedEvent;
    use serde_json::json;
    use shared::error::{Class, Failure};
    use shared::ids::IntegrationName;
    use shared::ports::ItemKey;

    use super::*;

    const NOW: i64 = 1_900_000_000_000;

    fn admitted(change: impl FnOnce(&mut Filter)) -> bool {
        let event: QueuedEvent =
            serde_json::from_value(json!({ "integration": "support", "contact": "521",
            "identity": { "message": "m-1" }, "accepted_at": 1, "trace": "t",
            "payload": { "kind": "genesys", "data": "{}" } }))
            .unwrap();
        let failure = Failure::new(Class::Permanent, "bad.request", "post a message (400)");
        let at = Timestamp::from_milliseconds(NOW);
        let content = DeadLetter::new(Direction::Inbound, at, &failure, "");
        let key = ItemKey::new("dead#support", "t#d");
        let letter = Letter::new(IntegrationName::new("support"), key, content, Some(&event));
        let mut filter = Filter::default();
        change(&mut filter);
        filter.admits(&letter, event.contact.as_ref(), at + Duration::from_hours(1))
    }

    #[test]
    fn what_is_given_is_met_altogether() {
        assert!(admitted(|_| {}));
        assert!(admitted(|filter| filter.contact = Some("521".to_owned())));
        assert!(!admitted(|filter| filter.contact = Some("52".to_owned())));
        assert!(admitted(|filter| filter.reason = Some("bad.request".to_owned())));
        assert!(admitted(|filter| filter.reason = Some("400".to_owned())));
        assert!(!admitted(|filter| filter.reason = Some("expired".to_owned())));
        assert!(admitted(|filter| filter.direction = Some(Direction::Inbound)));
        assert!(!admitted(|filter| filter.direction = Some(Direction::Outbound)));
        assert!(admitted(|filter| filter.since = "1h".parse().ok()));
        assert!(!admitted(|filter| filter.since = "59m".parse().ok()));
        assert!(!admitted(|filter| {
            filter.since = "1d".parse().ok();
            filter.reason = Some("expired".to_owned());
        }));
    }

    #[test]
    fn a_contact_is_found_in_each_of_its_sessions() {
        let is_of = |id: &str, contact: &str| is_of(&ContactId::new(id), contact);
        assert!(is_of("521~s-1", "521") && is_of("521~s-1", "521~s-1") && is_of("a~b~c", "a~b~c"));
        assert!(!is_of("521~s-1", "s-1") && !is_of("521~s-1", "52"));
    }

    #[test]
    fn a_moment_is_a_time_or_so_long_ago() {
        assert_eq!("90s".parse(), Ok(Since::Ago(Duration::from_secs(90))));
        assert_eq!("3d".parse(), Ok(Since::Ago(Duration::from_secs(3 * 86_400))));
        let at = Timestamp::parse("2026-11-25T03:00:00Z").unwrap();
        assert_eq!("2026-11-25T03:00:00Z".parse(), Ok(Since::At(at)));
        for wrong in ["", "d", "-1h", "1.5h", "yesterday", "99999999999999999999d"] {
            assert!(wrong.parse::<Since>().is_err(), "{wrong}");
        }
    }
}
