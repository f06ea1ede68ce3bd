//! The audit log: who looked at personal data, and who redrove what, with which result.
//!
//! Rules: a line is on the disk before what it tells of is done. The file has the mode 0600, and no
//! line names a contact: fingerprints, as in the log.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Context as _;
use clients::SystemClock;
use serde_json::{Value, json};
use shared::ports::Clock as _;
use uuid::Uuid;

/// How much of the end of the file the page shows.
const SHOWN_BYTES: u64 = 256 * 1024;
const SHOWN_LINES: usize = 200;

/// The folder in the user's state directory.
const FOLDER: &str = "lynn-genesys-bridge";

pub struct AuditLog {
    path: PathBuf,
    /// Tells this run of the console from others.
    session: String,
    user: String,
    /// What the console looks at.
    place: String,
    writing: Mutex<()>,
}

impl AuditLog {
    /// The file is created with its first line.
    pub fn new(path: PathBuf, place: &str) -> Self {
        let session = Uuid::new_v4().simple().to_string().chars().take(8).collect();
        Self { path, session, user: user(), place: place.to_owned(), writing: Mutex::new(()) }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a line about `action`; `more` is an object.
    pub fn add(&self, action: &str, more: &Value) -> anyhow::Result<()> {
        let mut line = json!({
            "at": SystemClock.now().to_text(),
            "action": action,
            "session": self.session,
            "user": self.user,
            "bridge": self.place,
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            line[name] = value.clone();
        }
        let advice =
            || format!("write the audit log {}; check its owner and the disk", self.path.display());
        self.append(&format!("{line}\n")).with_context(advice)
    }

    fn append(&self, line: &str) -> std::io::Result<()> {
        // A panic in between leaves nothing half-done that a later line would meet.
        let _one = self.writing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(&self.path)?;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            file.set_permissions(Permissions::from_mode(0o600))?;
        }
        file.write_all(line.as_bytes())?;
        file.sync_data()
    }

    /// The last lines, the latest first; a line that is not JSON is left out.
    pub fn last(&self) -> anyhow::Result<Vec<Value>> {
        let text = match end_of(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                let advice = format!("read the audit log {}", self.path.display());
                return Err(anyhow::Error::new(error).context(advice));
            }
        };
        let lines = text.lines().rev().filter_map(|line| serde_json::from_str(line).ok());
        Ok(lines.take(SHOWN_LINES).collect())
    }
}

fn end_of(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(SHOWN_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(SHOWN_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Who started the console: with sudo, the user who typed it.
fn user() -> String {
    let text = |name: &str| std::env::var_os(name)?.into_string().ok();
    let named = |name: &str| text(name).filter(|name| !name.is_empty());
    named("SUDO_USER")
        .or_else(|| named("USER"))
        .unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

/// Where the audit log of a stack is: in the user's state directory, which is created.
pub fn of_stack(stack: &str) -> anyhow::Result<PathBuf> {
    let absolute =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
        .context("find a folder for the audit log; set XDG_STATE_HOME or HOME")?;
    let folder = state.join(FOLDER);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .with_context(|| format!("create {} for the audit log", folder.display()))?;
    Ok(folder.join(format!("console-audit-{stack}.jsonl")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_added_and_the_latest_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        std::fs::write(&path, "not JSON\n").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let log = AuditLog::new(path.clone(), "data directory data");
        for number in 0..SHOWN_LINES + 5 {
            log.add("shown", &json!({ "number": number })).unwrap();
        }
        let last = log.last().unwrap();
        assert_eq!(last.len(), SHOWN_LINES);
        assert_eq!(last[0]["number"], SHOWN_LINES + 4);
        assert_eq!(last[0]["session"], last[1]["session"]);
        assert_eq!(last[0]["bridge"], "data directory data");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_log_that_cannot_be_written_is_an_error() {
        let log = AuditLog::new(PathBuf::from("/nonexistent/audit.jsonl"), "x");
        assert!(log.add("shown", &json!({})).unwrap_err().to_string().contains("/nonexistent"));
        assert!(log.last().unwrap().is_empty());
    }
}
