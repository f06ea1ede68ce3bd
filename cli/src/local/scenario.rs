//! Scenarios: acts in order, each with what it shows. The library, and recordings.

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::acts::Act;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub title: String,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The act in words.
    pub words: String,
    pub act: Act,
    /// A text that a vendor has accepted when the step is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrives: Option<String>,
}

impl Scenario {
    pub fn read(text: &str) -> anyhow::Result<Self> {
        serde_json::from_str(text).context("read a scenario")
    }
}

/// The files of the library, which the page shows in this order.
const LIBRARY: [&str; 14] = [
    include_str!("scenarios/01-conversation.json"),
    include_str!("scenarios/02-genesys-503.json"),
    include_str!("scenarios/03-rate-limit.json"),
    include_str!("scenarios/04-token-revoked.json"),
    include_str!("scenarios/05-answer-lost.json"),
    include_str!("scenarios/06-lynn-down.json"),
    include_str!("scenarios/07-dead-letter.json"),
    include_str!("scenarios/08-webhook-twice.json"),
    include_str!("scenarios/09-kill.json"),
    include_str!("scenarios/10-two-customers.json"),
    include_str!("scenarios/11-transfer.json"),
    include_str!("scenarios/12-past-the-window.json"),
    include_str!("scenarios/13-session-over.json"),
    include_str!("scenarios/14-bot-first.json"),
];

pub fn library() -> anyhow::Result<Vec<Scenario>> {
    LIBRARY.into_iter().map(Scenario::read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_can_be_read() {
        let library = library().unwrap();
        assert!(library.iter().all(|scenario| !scenario.steps.is_empty()));
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/local/scenarios");
        assert_eq!(library.len(), std::fs::read_dir(folder).unwrap().count(), "a file is missing");
    }
}
