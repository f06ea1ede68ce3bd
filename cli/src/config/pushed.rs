//! Which versions a configuration file was pushed as: tells a file that is older than what is
//! stored from one that was edited since.
//!
//! Rule: beside `bridge.json` lies `bridge.pushed.json`, without any secret. With it, no clock of
//! AWS is compared with one of this machine; without it, the file's time decides.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use shared::time::Timestamp;

use super::secrets_manager::Stored;
use crate::output;

/// What is known of a file.
pub struct Pushed {
    path: PathBuf,
    /// When the file was changed last, in milliseconds since 1970.
    modified: Option<i64>,
    record: Record,
}

#[derive(Default, Serialize, Deserialize)]
struct Record {
    /// By the ARN of the secret.
    #[serde(default)]
    stored: BTreeMap<String, Version>,
}

/// How a secret was left.
#[derive(Serialize, Deserialize)]
struct Version {
    version: String,
    /// When the file had been changed last, in milliseconds since 1970.
    modified: i64,
}

impl Pushed {
    /// Reads what is known of a configuration file.
    pub fn of(file: &Path) -> Self {
        let mut path = file.with_extension("").into_os_string();
        path.push(".pushed.json");
        let path = PathBuf::from(path);
        let record = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok());
        let modified = std::fs::metadata(file).and_then(|file| file.modified()).ok();
        Self { path, modified: modified.and_then(milliseconds), record: record.unwrap_or_default() }
    }

    /// Why the file is older than what is stored, if it is.
    pub fn is_older(&self, stored: &Stored) -> Option<String> {
        let Some(modified) = self.modified else {
            return Some("the time of the file cannot be read".to_owned());
        };
        let text = |at: i64| Timestamp::from_milliseconds(at).to_text();
        match self.record.stored.get(&stored.secret) {
            Some(known) if known.version != stored.version => Some(format!(
                "it was stored from elsewhere at {}, after this file was pushed",
                text(stored.made)
            )),
            Some(known) if modified < known.modified => Some(format!(
                "this file is of {}, the one that was pushed of {}",
                text(modified),
                text(known.modified)
            )),
            None if modified < stored.made => Some(format!(
                "this file is of {}, what is stored of {}",
                text(modified),
                text(stored.made)
            )),
            _ => None,
        }
    }

    /// Notes what is stored now as this file's.
    pub fn note(&mut self, stored: &Stored) {
        if let Some(modified) = self.modified {
            let version = Version { version: stored.version.clone(), modified };
            self.record.stored.insert(stored.secret.clone(), version);
        }
    }

    /// Writes it down. Where that is not possible, the file's time decides the next time.
    pub fn write(&self) {
        let text = serde_json::to_string_pretty(&self.record).unwrap_or_default();
        if let Err(error) = std::fs::write(&self.path, format!("{text}\n")) {
            output::note(format_args!(
                "warning: {} cannot be written ({error}): the next push goes by the time of the file",
                self.path.display()
            ));
        }
    }
}

fn milliseconds(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn stored(version: &str, made: i64) -> Stored {
        let value = SecretString::from("");
        Stored { secret: "arn".to_owned(), version: version.to_owned(), made, value }
    }

    #[test]
    fn a_file_is_older_by_its_time_or_when_another_was_stored_after_it() {
        let directory = tempfile::TempDir::new().unwrap();
        let file = directory.path().join("bridge.json");
        std::fs::write(&file, "{}").unwrap();
        let mut first = Pushed::of(&file);
        let now = first.modified.unwrap();
        assert!(first.is_older(&stored("v-1", now - 1)).is_none());
        assert!(first.is_older(&stored("v-1", now + 1)).is_some());
        first.note(&stored("v-1", now + 60_000));
        first.write();
        assert!(directory.path().join("bridge.pushed.json").exists());
        // A clock of AWS that is ahead makes no difference to who pushes the file again.
        let at = |milliseconds: i64| Pushed { modified: Some(milliseconds), ..Pushed::of(&file) };
        let same = stored("v-1", now + 60_000);
        assert!(at(now).is_older(&same).is_none());
        assert!(at(now + 5).is_older(&same).is_none());
        assert!(at(now - 5).is_older(&same).is_some());
        let elsewhere = at(now + 120_000).is_older(&stored("v-2", now + 70_000)).unwrap();
        assert!(elsewhere.contains("from elsewhere"), "{elsewhere}");
    }
}
