//! Records as which versions a configuration file was pushed, to tell an outdated file from one
//! that was edited since.
//!
//! Rules: the record `bridge.pushed.json` is stored beside `bridge.json` and contains no secret.
//! With it, no clock of AWS is compared with one of this machine; without it, the file's time
//! decides. It is written before and after each integration, completely or not at all, so that what
//! an interrupted push has stored counts as this file's, too.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aws::operator::Stored;
use serde::{Deserialize, Serialize};
use shared::time::Timestamp;

use crate::output;

pub struct Pushed {
    path: PathBuf,
    /// When the file was last changed, in milliseconds since 1970.
    modified: Option<i64>,
    record: Record,
    warned: bool,
}

#[derive(Default, Serialize, Deserialize)]
struct Record {
    /// By the ARN of the secret.
    #[serde(default)]
    stored: BTreeMap<String, Version>,
    /// By the names of versions that a push was about to create: when the file had last been
    /// changed, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    begun: BTreeMap<String, i64>,
}

/// The version of a secret that a push of this file stored.
#[derive(Serialize, Deserialize)]
struct Version {
    version: String,
    /// When the file had last been changed, in milliseconds since 1970.
    modified: i64,
}

impl Pushed {
    pub fn of(file: &Path) -> Self {
        let mut path = file.with_extension("").into_os_string();
        path.push(".pushed.json");
        let path = PathBuf::from(path);
        let record = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok());
        let modified = std::fs::metadata(file).and_then(|file| file.modified()).ok();
        let modified = modified.and_then(milliseconds);
        Self { path, modified, record: record.unwrap_or_default(), warned: false }
    }

    /// Why the file is older than what is stored; `None` if it is not.
    pub fn is_older(&self, stored: &Stored) -> Option<String> {
        let Some(modified) = self.modified else {
            return Some("the time of the file cannot be read".to_owned());
        };
        let text = |at: i64| Timestamp::from_milliseconds(at).to_text();
        let pushed = |then: i64| {
            let (this, then) = (text(modified), text(then));
            format!("this file was changed at {this}, the pushed one at {then}")
        };
        if let Some(begun) = self.record.begun.get(&stored.version) {
            return (modified < *begun).then(|| pushed(*begun));
        }
        match self.record.stored.get(&stored.secret) {
            Some(known) if known.version != stored.version => Some(format!(
                "it was stored from elsewhere at {}, after this file was pushed",
                text(stored.made)
            )),
            Some(known) if modified < known.modified => Some(pushed(known.modified)),
            None if modified < stored.made => Some(format!(
                "this file was changed at {}, what is stored at {}",
                text(modified),
                text(stored.made)
            )),
            _ => None,
        }
    }

    /// Whether it is known which version of the file is stored.
    pub fn is_known(&self, stored: &Stored) -> bool {
        self.record.begun.contains_key(&stored.version)
            || self.record.stored.contains_key(&stored.secret)
    }

    /// Records that versions with this name are about to be created from this file.
    pub fn begin(&mut self, version: &str) {
        if let Some(modified) = self.modified {
            self.record.begun.insert(version.to_owned(), modified);
            self.write();
        }
    }

    /// Records what is stored now as this file's.
    pub fn end(&mut self, version: &str, stored: &[Stored]) {
        let Some(modified) = self.modified else { return };
        for stored in stored {
            let version = Version { version: stored.version.clone(), modified };
            self.record.stored.insert(stored.secret.clone(), version);
        }
        self.record.begun.remove(version);
        self.write();
    }

    /// Everything is stored: the versions that earlier pushes began no longer matter.
    pub fn forget_begun(&mut self) {
        if !self.record.begun.is_empty() {
            self.record.begun.clear();
            self.write();
        }
    }

    /// Writes the record. If that fails, the next push compares the file's time.
    fn write(&mut self) {
        if let Err(error) = self.replace()
            && !std::mem::replace(&mut self.warned, true)
        {
            output::note(format_args!(
                "warning: {} cannot be written ({error}): the next push compares the time of the file",
                self.path.display()
            ));
        }
    }

    fn replace(&self) -> std::io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        let text = serde_json::to_string_pretty(&self.record).unwrap_or_default();
        file.write_all(format!("{text}\n").as_bytes())?;
        file.persist(&self.path)?;
        Ok(())
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
        first.end("v-1", &[stored("v-1", now + 60_000)]);
        assert!(directory.path().join("bridge.pushed.json").exists());
        // An AWS clock that is ahead makes no difference for the next push of the same file.
        let at = |milliseconds: i64| Pushed { modified: Some(milliseconds), ..Pushed::of(&file) };
        let same = stored("v-1", now + 60_000);
        assert!(at(now).is_older(&same).is_none());
        assert!(at(now + 5).is_older(&same).is_none());
        assert!(at(now - 5).is_older(&same).is_some());
        // A version that an interrupted push began is this file's, too; it is not older than the
        // file.
        Pushed::of(&file).begin("v-3");
        let interrupted = stored("v-3", now + 90_000);
        assert!(at(now).is_older(&interrupted).is_none());
        assert!(at(now + 5).is_older(&interrupted).is_none());
        assert!(at(now - 5).is_older(&interrupted).is_some());
        let elsewhere = at(now + 120_000).is_older(&stored("v-2", now + 70_000)).unwrap();
        assert!(elsewhere.contains("from elsewhere"), "{elsewhere}");
    }
}
