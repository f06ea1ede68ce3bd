//! Which `bridge local` run now, so that other commands find the address and the credentials.
//!
//! Rule: each has a file of its own in the user's runtime directory, with mode 0600, and holds a
//! lock on it, which the system releases however the process ends. A file without a lock is left
//! over; the next command that looks removes it.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context as _, anyhow};
use serde::{Deserialize, Serialize};

use crate::failure::misconfigured;
use crate::output;

/// What a running `bridge local` tells other commands.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunningLocal {
    /// The address of the page.
    pub page: String,
    /// The address of the bridge.
    pub bridge: String,
    /// The file with its configuration.
    pub config: PathBuf,
    /// The simulated Genesys Cloud; `None` if that is real.
    pub genesys: Option<String>,
    /// The address to which the bridge posts at the simulated Lynn; `None` if that is real.
    pub lynn: Option<String>,
    /// What commands read from the environment otherwise.
    pub variables: BTreeMap<String, String>,
}

/// The file of this process, which is removed when this is dropped.
pub struct Announced {
    path: PathBuf,
    _locked: File,
}

impl Drop for Announced {
    fn drop(&mut self) {
        // What stays is without a lock, and is recognised by that.
        let _ = std::fs::remove_file(&self.path);
        // Fails if there are others.
        let _ = self.path.parent().map(std::fs::remove_dir);
    }
}

/// The one that a command of this process uses.
static IN_USE: OnceLock<RunningLocal> = OnceLock::new();

/// A variable of the `bridge local` that is used, if one is.
pub fn variable(name: &str) -> Option<String> {
    IN_USE.get()?.variables.get(name).cloned()
}

/// The user's runtime directory, or else the one for states.
fn folder() -> Option<PathBuf> {
    let of = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = of("XDG_RUNTIME_DIR")
        .or_else(|| of("XDG_STATE_HOME"))
        .or_else(|| of("HOME").map(|home| home.join(".local/state")))?;
    Some(base.join("lynn-genesys-bridge"))
}

impl RunningLocal {
    /// Tells other commands of this process.
    pub fn announce(&self) -> anyhow::Result<Announced> {
        let folder = folder().context("there is no XDG_RUNTIME_DIR and no HOME")?;
        self.announce_in(&folder)
    }

    fn announce_in(&self, folder: &Path) -> anyhow::Result<Announced> {
        let path = folder.join(format!("local-{}.json", std::process::id()));
        let operation = || format!("write {}", path.display());
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.with_context(operation)?;
        // A temporary file has the mode 0600. It is locked before others see it.
        let mut file = tempfile::NamedTempFile::new_in(folder).with_context(operation)?;
        file.as_file().lock().with_context(operation)?;
        let text = serde_json::to_string_pretty(self).with_context(operation)?;
        writeln!(file, "{text}").with_context(operation)?;
        let locked = file.persist(&path).with_context(operation)?;
        Ok(Announced { path, _locked: locked })
    }

    /// The only one that runs, for a command without an address; it is printed what is used.
    ///
    /// # Errors
    /// None or several run. `missing` says what else could be given.
    pub fn use_only(missing: &str) -> anyhow::Result<&'static Self> {
        if let Some(used) = IN_USE.get() {
            return Ok(used);
        }
        let used = IN_USE.get_or_init({
            let only = Self::only(running(), missing)?;
            || only
        });
        output::note(format_args!(
            "Uses the running bridge local: page {}, configuration {}{}",
            used.page,
            used.config.display(),
            used.real()
        ));
        Ok(used)
    }

    /// A reminder that what is sent reaches people.
    fn real(&self) -> &'static str {
        match (&self.lynn, &self.genesys) {
            (None, _) => "; Lynn is real",
            (_, None) => "; Genesys Cloud is real",
            _ => "",
        }
    }

    fn only(mut running: Vec<Self>, missing: &str) -> anyhow::Result<Self> {
        match (running.pop(), running.as_slice()) {
            (Some(only), []) => Ok(only),
            (None, _) => Err(misconfigured(anyhow!(
                "{missing}; or start `bridge local` in another terminal, which is used without them"
            ))),
            (Some(last), others) => {
                let name = |one: &Self| format!("{} (page {})", one.config.display(), one.page);
                let names: Vec<String> = others.iter().chain([&last]).map(name).collect();
                Err(misconfigured(anyhow!(
                    "several bridge local run; choose one with --config: {}",
                    names.join(", ")
                )))
            }
        }
    }
}

/// All that run, the earliest process first.
pub fn running() -> Vec<RunningLocal> {
    folder().map(|folder| running_in(&folder)).unwrap_or_default()
}

fn running_in(folder: &Path) -> Vec<RunningLocal> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        name.is_some_and(|name| name.starts_with("local-") && name.ends_with(".json"))
    };
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(is_ours).collect();
    paths.sort();
    paths.iter().filter_map(|path| read(path)).collect()
}

/// What a file says; `None` if its process is gone.
fn read(path: &Path) -> Option<RunningLocal> {
    match File::open(path).ok()?.try_lock() {
        Err(TryLockError::WouldBlock) => serde_json::from_slice(&std::fs::read(path).ok()?).ok(),
        Ok(()) => {
            let _ = std::fs::remove_file(path);
            None
        }
        Err(TryLockError::Error(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn local(page: &str) -> RunningLocal {
        RunningLocal {
            page: page.to_owned(),
            bridge: "http://127.0.0.1:2".to_owned(),
            config: PathBuf::from(format!("{page}.json")),
            genesys: None,
            lynn: None,
            variables: BTreeMap::new(),
        }
    }

    #[test]
    fn a_file_counts_while_its_process_runs_and_only_its_user_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("of/the/user");
        assert!(running_in(&folder).is_empty());
        let announced = local("one").announce_in(&folder).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&announced.path)), (0o700, 0o600));
        assert_eq!(running_in(&folder).len(), 1);
        // A process that was killed has left its file, without a lock.
        let stale = folder.join("local-1.json");
        std::fs::copy(&announced.path, &stale).unwrap();
        std::fs::write(folder.join("other.json"), "{}").unwrap();
        assert_eq!(running_in(&folder).len(), 1);
        assert!(!stale.exists());
        drop(announced);
        assert!(running_in(&folder).is_empty());
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "only the other one");
    }

    #[test]
    fn none_and_several_are_said_with_the_next_step() {
        let error = |running| RunningLocal::only(running, "give --url").unwrap_err().to_string();
        assert!(error(vec![]).contains("give --url; or start `bridge local`"));
        let several = error(vec![local("a"), local("b")]);
        assert!(several.contains("with --config: a.json (page a), b.json (page b)"), "{several}");
        let only = RunningLocal::only(vec![local("a")], "").unwrap();
        assert_eq!((only.page.as_str(), only.real()), ("a", "; Lynn is real"));
    }
}
