//! The threading timeline of the organisation against the configured one.

use shared::config::ConversationPer;

use super::{Check, Finding, Observation};

/// Both values are minutes. Where each session is a conversation of its own, the timeline matters
/// within a session only.
pub fn assess(seen: &Observation<u64>, configured: u32, per: ConversationPer) -> Finding {
    let check = Check::GenesysThreading;
    let minutes = match seen {
        Err(unavailable) => return unavailable.finding(check),
        Ok(minutes) => *minutes,
    };
    if minutes == u64::from(configured) {
        let whose = match per {
            ConversationPer::Contact => "",
            ConversationPer::Session => "; each session has a conversation of its own",
        };
        return check.ok(format!("{minutes} minutes, as configured{whose}"));
    }
    check.fail(
        format!(
            "Genesys Cloud has {minutes} minutes, the configuration {configured}: Lynn gets a wrong time until which a conversation can be resumed"
        ),
        format!(
            "set genesys.threadingTimelineMinutes to {minutes}, or the threading timeline of Open Messaging in Admin > Message > Threading Timeline"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::finding::Outcome;
    use super::*;

    #[test]
    fn the_timeline_must_be_the_configured_one_also_within_sessions() {
        for (per, is_said) in [(ConversationPer::Contact, false), (ConversationPer::Session, true)]
        {
            let right = assess(&Ok(60), 60, per);
            assert!(right.outcome == Outcome::Ok, "{right:?}");
            assert_eq!(right.reason.contains("each session"), is_said, "{right:?}");
            assert!(assess(&Ok(60), 61, per).outcome == Outcome::Fail);
        }
    }
}
