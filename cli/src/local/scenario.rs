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
    /// What is done, in words.
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
const LIBRARY: [&str; 0] = [];

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
    }
}
