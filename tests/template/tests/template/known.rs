//! The functions, and how a check ends.

use shared::aws::needs::Needs;

/// Every function by its name in the template, and what it says that it needs.
pub const FUNCTIONS: [(&str, Needs); 4] = [
    ("GenesysSender", genesys_sender::NEEDS),
    ("GenesysWebhook", genesys_webhook::NEEDS),
    ("LynnInbound", lynn_inbound::NEEDS),
    ("LynnSender", lynn_sender::NEEDS),
];

/// Fails with all that is wrong.
pub fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "{findings:#?}");
}

/// Fails unless something that is wrong is said in these words.
pub fn assert_found(findings: &[String], words: &str) {
    assert!(
        findings.iter().any(|finding| finding.contains(words)),
        "no {words:?} in {findings:#?}"
    );
}
