//! The record of the objects that setup has made, and of the secrets that no configuration holds
//! yet: a file beside the configuration, readable only for its owner.
//!
//! Rule: the intent to make an object is recorded before the call, and its result before the next
//! call. So a run that was cut off at any point recognises its own objects, and a secret that is
//! shown only once is never lost.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use shared::time::Timestamp;

use crate::Resource;
use crate::organization::settling::SHOWN;
use crate::organization::{Organization, Wait};

/// The file is not a record, or it is the record of another organisation.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongRecord(String);

/// A secret in the record.
#[derive(Clone, Default)]
pub struct Kept(SecretString);

impl Kept {
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Kept")
    }
}

impl Serialize for Kept {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for Kept {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// An OAuth client with its secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptClient {
    pub client_id: String,
    pub client_secret: Kept,
}

/// An object that setup made, or was about to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Made {
    /// `None` if the call that makes it may have been cut off.
    pub id: Option<String>,
    /// Identifies the source that a flow was published from, or the content of a credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// When the object was made or about to be made, in milliseconds since 1970: Genesys Cloud
    /// shows it some time later. `None` in records of older versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// Whether its deletion was started; the object may still answer for some time.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub leaving: bool,
}

impl Made {
    pub fn made_at(&self) -> Option<Timestamp> {
        self.at.map(Timestamp::from_milliseconds)
    }
}

/// The progress of a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// The new secrets are being made.
    Begun,
    /// The configuration holds the old and the new secrets.
    Both,
    /// Genesys Cloud signs with the new secret.
    #[serde(rename = "told")]
    Switched,
    /// The configuration holds only the new secrets.
    Dropped,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotation {
    pub phase: Phase,
    /// The new secret that will sign webhooks.
    pub webhook_secret: Kept,
    /// The new OAuth client, once it is made.
    pub client: Option<KeptClient>,
    /// The previous OAuth clients, as named in the configuration.
    pub old_clients: Vec<String>,
}

/// The record of one integration.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Record {
    /// The id of the organisation that has the objects.
    pub organization: String,
    /// The objects made, by resource.
    pub made: BTreeMap<Resource, Made>,
    /// The default queue of the last run, by name.
    pub queue_name: Option<String>,
    /// The names of the queues to which the flow transfers by attribute, each at its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub branch_queues: Vec<String>,
    /// The secret of the webhook, until the configuration has it.
    pub webhook_secret: Option<Kept>,
    /// The OAuth client, until the configuration has it.
    pub client: Option<KeptClient>,
    /// The key with which workflows post events, until the configuration has it.
    pub events_key: Option<Kept>,
    /// The minutes of the threading timeline before setup changed them.
    pub timeline_before: Option<u64>,
    /// Whether setup made the configuration's file.
    pub made_file: bool,
    pub rotation: Option<Rotation>,
    #[serde(skip)]
    path: PathBuf,
}

impl Record {
    /// Reads the record; starts a new one if the file does not exist.
    pub fn open(path: PathBuf) -> anyhow::Result<Self> {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self { path, ..Self::default() });
            }
            Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
        };
        // Drop the parser's error, because it may quote a secret.
        let record: Self = serde_json::from_str(&text).map_err(|_| {
            WrongRecord(format!("{} is not a record of bridge setup; move it away", path.display()))
        })?;
        Ok(Self { path, ..record })
    }

    /// Fails if the record belongs to another organisation.
    pub fn belong_to(&mut self, organization: &str) -> Result<(), WrongRecord> {
        if !self.organization.is_empty() && self.organization != organization {
            return Err(WrongRecord(format!(
                "{} is about another organisation ({}): check --domain, or give another --record",
                self.path.display(),
                self.organization
            )));
        }
        organization.clone_into(&mut self.organization);
        Ok(())
    }

    /// The recorded id of a resource's object.
    pub fn id(&self, resource: Resource) -> Option<&str> {
        self.made.get(&resource)?.id.as_deref()
    }

    /// Whether a run that was cut off may have made a resource's object.
    pub fn is_intended(&self, resource: Resource) -> bool {
        self.made.get(&resource).is_some_and(|made| made.id.is_none())
    }

    /// When a resource's object was made or about to be made, if known.
    pub fn made_at(&self, resource: Resource) -> Option<Timestamp> {
        self.made.get(&resource)?.made_at()
    }

    /// The source that a resource's flow was last published from, or the content of its credential.
    pub fn fingerprint(&self, resource: Resource) -> Option<&str> {
        self.made.get(&resource)?.fingerprint.as_deref()
    }

    /// When a run that was cut off was making a resource's object, if known.
    pub fn attempted(&self, resource: Resource) -> Option<Timestamp> {
        self.made_at(resource).filter(|_| self.is_intended(resource))
    }

    /// The wait for an object that a run was making when it was cut off, and that no list shows
    /// yet.
    pub fn attempt<'a>(&self, resource: Resource, organization: &'a Organization) -> Wait<'a> {
        let age = self.attempted(resource).map(|at| organization.clock().now().elapsed_since(at));
        let most = age.map(|age| SHOWN.saturating_sub(age)).unwrap_or_default();
        let what = format!("whether the run before created the {}", resource.word());
        organization.wait(what, most)
    }

    /// Records that a resource's object is about to be made.
    pub(crate) fn intend(&mut self, resource: Resource, now: Timestamp) -> anyhow::Result<()> {
        self.made.insert(resource, Made { at: Some(now.milliseconds()), ..Made::default() });
        self.save()
    }

    /// Records a new object; its age counts from now.
    pub(crate) fn note_new(
        &mut self,
        resource: Resource,
        id: &str,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        self.made.entry(resource).or_default().at = Some(now.milliseconds());
        self.set_id(resource, id)
    }

    /// Records the id of a resource's object.
    pub fn set_id(&mut self, resource: Resource, id: &str) -> anyhow::Result<()> {
        let made = self.made.entry(resource).or_default();
        made.id = Some(id.to_owned());
        made.leaving = false;
        self.save()
    }

    /// Records that the deletion of a resource's object starts.
    pub fn leave(&mut self, resource: Resource) -> anyhow::Result<()> {
        self.made.entry(resource).or_default().leaving = true;
        self.save()
    }

    /// Removes a resource from the record: its object was not made, or is gone.
    pub(crate) fn disclaim(&mut self, resource: Resource) -> anyhow::Result<()> {
        self.made.remove(&resource);
        self.save()
    }

    /// Writes the record to the disk, as a whole or not at all.
    pub fn save(&self) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self).context("write the record")?;
        write_privately(&self.path, &text)
    }

    /// Deletes the record's file.
    pub fn forget(&self) -> anyhow::Result<()> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("remove {}", self.path.display()))
            }
            _ => Ok(()),
        }
    }
}

/// Replaces a file atomically, readable only for its owner, and waits until it is on the disk.
pub fn write_privately(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let write = || -> std::io::Result<()> {
        // A temporary file is readable only for its owner from the beginning.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        std::fs::File::open(folder)?.sync_all()
    };
    write().with_context(|| format!("write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_record_is_kept_privately_and_read_back() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("support.setup.json");
        let mut record = Record::open(path.clone()).unwrap();
        record.belong_to("o-1").unwrap();
        record.webhook_secret = Some(Kept::new("planted"));
        let now = Timestamp::from_milliseconds(5);
        record.intend(Resource::Queue, now).unwrap();
        assert!(record.is_intended(Resource::Queue));
        record.set_id(Resource::Queue, "q-1").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let mut read = Record::open(path.clone()).unwrap();
        assert_eq!(read.id(Resource::Queue), Some("q-1"));
        assert!(!read.is_intended(Resource::Queue) && !read.is_intended(Resource::Flow));
        assert_eq!(read.webhook_secret.as_ref().unwrap().expose(), "planted");
        assert!(!format!("{read:?}").contains("planted"));
        assert_eq!(read.made_at(Resource::Queue), Some(now));
        assert!(read.belong_to("o-2").is_err());
        std::fs::write(&path, "{\"planted\"").unwrap();
        assert!(!Record::open(path).unwrap_err().to_string().contains("planted"));
    }

    #[test]
    fn a_record_of_an_older_version_is_read() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("support.setup.json");
        let text = r#"{"organization":"o-1","made":{"queue":{"id":"q-1"},"flow":{"id":null}},
            "madeFile":true}"#;
        std::fs::write(&path, text).unwrap();
        let record = Record::open(path).unwrap();
        assert_eq!(record.id(Resource::Queue), Some("q-1"));
        assert!(record.is_intended(Resource::Flow) && record.made_at(Resource::Flow).is_none());
        assert!(record.made_file);
    }
}
