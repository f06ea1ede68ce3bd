//! The threading timeline of the organisation against the configured one.

use super::super::blind::Seen;
use super::super::check::Check;
use super::super::finding::Finding;

/// Both values are minutes.
pub fn judge(seen: &Seen<u64>, configured: u32) -> Finding {
    let check = Check::GenesysThreading;
    let minutes = match seen {
        Err(blind) => return blind.finding(check),
        Ok(minutes) => *minutes,
    };
    if minutes == u64::from(configured) {
        return Finding::ok(check, format!("{minutes} minutes, as configured"));
    }
    Finding::fail(
        check,
        format!(
            "Genesys Cloud has {minutes} minutes, the configuration {configured}: Lynn gets a wrong time until which a conversation can be resumed"
        ),
        format!(
            "set genesys.threadingTimelineMinutes to {minutes}, or the threading timeline of Open Messaging in Admin > Message > Threading Timeline"
        ),
    )
}
