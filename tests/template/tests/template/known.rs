//! The functions, the parameters that create all of them, and the ends of a check.

use aws::requirements::Requirements;

/// An event source of Genesys Cloud: without one, the function for its events does not exist.
pub const SOURCE: &str =
    "aws.partner/genesys.com/cloud/00000000-0000-0000-0000-000000000000/bridge";
/// The parameter that names the event source.
pub const EVENT_SOURCE: (&str, &str) = ("GenesysEventSource", SOURCE);

/// The parameter that makes the stack keep copies of files.
pub const MEDIA_RELAY: (&str, &str) = ("MediaRelay", "yes");

/// The parameter that gives each function an alarm when Lambda does not start it.
pub const THROTTLE_ALARMS: (&str, &str) = ("ThrottleAlarms", "yes");

/// Every function by its name in the template, with its declared needs.
pub const FUNCTIONS: [(&str, Requirements); 6] = [
    ("ConversationScheduler", conversation_scheduler::REQUIREMENTS),
    ("GenesysEvents", genesys_events::REQUIREMENTS),
    ("GenesysSender", genesys_sender::REQUIREMENTS),
    ("GenesysWebhook", genesys_webhook::REQUIREMENTS),
    ("LynnInbound", lynn_inbound::REQUIREMENTS),
    ("LynnSender", lynn_sender::REQUIREMENTS),
];

/// Fails and shows all findings.
pub fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "{findings:#?}");
}

/// Fails unless a finding contains these words.
pub fn assert_found(findings: &[String], words: &str) {
    assert!(
        findings.iter().any(|finding| finding.contains(words)),
        "no {words:?} in {findings:#?}"
    );
}
