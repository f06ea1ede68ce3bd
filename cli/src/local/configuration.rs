//! Writes the configuration that `bridge local` runs with.
//!
//! Rule: a file that this command has not written is never overwritten.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, anyhow};
use serde_json::Value;

use crate::failure;
use crate::running_local::{self, RunningLocal};
use crate::samples::{EVENTS_KEY, SIGNING_SECRET};

/// Writes it with mode 0600.
pub fn write(path: &Path, document: &Value) -> anyhow::Result<()> {
    let is_this = |one: &RunningLocal| is_same(&one.config, path);
    if let Some(running) = running_local::running().into_iter().find(is_this) {
        return Err(failure::misconfigured(anyhow!(
            "--config-out {}: the bridge local with the page {} runs with this file; stop it, or give another name",
            path.display(),
            running.page
        )));
    }
    if !may_replace(path)? {
        return Err(failure::misconfigured(anyhow!(
            "--config-out {}: this file exists, and bridge local did not write it; give another name",
            path.display()
        )));
    }
    let operation = || format!("write the configuration to {}", path.display());
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    // A temporary file has the mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(operation)?;
    writeln!(file, "{document:#}").with_context(operation)?;
    file.persist(path).with_context(operation)?;
    Ok(())
}

/// Whether both names lead to one file.
fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    real(one).is_some() && real(one) == real(other)
}

/// Whether nothing is lost: there is no such file, it is empty, or this command has written it.
fn may_replace(path: &Path) -> anyhow::Result<bool> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
        Ok(text) => {
            let document: Value = serde_json::from_str(&text).unwrap_or_default();
            let own = [
                ("/integrations/0/genesys/eventsApiKey", EVENTS_KEY),
                ("/integrations/0/lynn/signingSecret", SIGNING_SECRET),
            ];
            // With a real side, only the other one is this command's.
            let is_own = own
                .iter()
                .any(|(place, value)| document.pointer(place).is_some_and(|found| found == value));
            Ok(text.trim().is_empty() || is_own)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use serde_json::json;

    use super::*;

    #[test]
    fn only_an_own_file_is_replaced_and_it_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bridge.json");
        let own = json!({ "integrations": [ { "genesys": { "eventsApiKey": EVENTS_KEY } } ] });
        std::fs::write(&path, "").unwrap();
        for _ in 0..2 {
            write(&path, &own).unwrap();
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        for foreign in ["{}", "listen: x", r#"{"integrations":[{"genesys":{}}]}"#] {
            std::fs::write(&path, foreign).unwrap();
            let error = write(&path, &own).unwrap_err().to_string();
            assert!(error.contains("give another name"), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), foreign);
        }
        let nowhere = folder.path().join("no/bridge.json");
        assert!(write(&nowhere, &own).unwrap_err().to_string().contains("write the configuration"));
    }
}
