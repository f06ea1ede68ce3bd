//! Records the acts of the page as a scenario.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, anyhow};
use shared::lock::lock;

use super::acts::Act;
use super::scenario::{Scenario, Step};
use crate::failure;

pub struct Recording {
    path: PathBuf,
    scenario: Mutex<Scenario>,
}

impl Recording {
    /// Begins a recording for a new file, which is made by the first [`Recording::write`].
    pub fn begin(path: &Path) -> anyhow::Result<Self> {
        if path.exists() {
            return Err(failure::misconfigured(anyhow!(
                "--record {}: this file exists; give another name",
                path.display()
            )));
        }
        let scenario = Scenario { title: "A recording".to_owned(), steps: Vec::new() };
        Ok(Self { path: path.to_owned(), scenario: Mutex::new(scenario) })
    }

    /// Adds an act; the file is complete after each.
    pub fn add(&self, words: &str, act: &Act) -> anyhow::Result<()> {
        let step = Step { words: words.to_owned(), act: act.clone(), arrives: None };
        lock(&self.scenario).steps.push(step);
        self.write()
    }

    /// Writes what was recorded so far.
    pub fn write(&self) -> anyhow::Result<()> {
        let operation = || format!("write the recording to {}", self.path.display());
        let text = serde_json::to_string_pretty(&*lock(&self.scenario)).with_context(operation)?;
        // With a real side, the words of real people stand in it.
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(&self.path);
        let mut file = file.with_context(operation)?;
        writeln!(file, "{text}").with_context(operation)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_recording_is_a_scenario() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recording.json");
        let recording = Recording::begin(&path).unwrap();
        let act =
            json!({ "by": "customer", "do": { "contact": "ana", "act": "says", "text": "Hi" } });
        let act: Act = serde_json::from_value(act).unwrap();
        recording.add("Ana says Hi", &act).unwrap();
        let read = Scenario::read(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(read.steps[0].words, "Ana says Hi");
        assert!(Recording::begin(&path).is_err());
    }
}
