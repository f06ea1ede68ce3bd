//! The private folder in which a backup is made, beside its file, and the removal of folders that
//! killed runs left.
//!
//! Rule: a folder belongs to the run that holds its lock. A folder without a lock is a leftover,
//! because a run that was killed cannot remove its folder.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::BackupError;

/// The prefix of the folder's name.
const PREFIX: &str = ".bridge-backup-";
/// How often to make a new folder if another run removed the previous one as a leftover before it
/// was locked.
const ATTEMPTS: u32 = 10;

/// A folder that belongs to this run; dropping the value removes the folder.
pub(super) struct Scratch {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    /// Makes a folder inside `beside`.
    pub(super) fn new(beside: &Path) -> Result<Self, BackupError> {
        let failed = || BackupError::file("make a folder in", beside);
        for _ in 0..ATTEMPTS {
            let mut builder = tempfile::Builder::new();
            let private = Permissions::from_mode(0o700);
            let made = builder.prefix(PREFIX).permissions(private).tempdir_in(beside);
            let folder = made.map_err(failed())?;
            match File::open(folder.path()) {
                Ok(lock) if lock.try_lock().is_ok() && is_at(&lock, folder.path()) => {
                    return Ok(Self { folder, _lock: lock });
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed()(error)),
            }
        }
        Err(failed()(io::Error::other("another backup removes it again and again")))
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Creates an empty file in the folder.
    pub(super) fn file(&self, name: &str) -> Result<PathBuf, BackupError> {
        let path = self.path().join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        options.open(&path).map_err(BackupError::file("write", &path))?;
        Ok(path)
    }
}

/// Whether the open folder is still the folder at `path`.
fn is_at(folder: &File, path: &Path) -> bool {
    let same = || -> io::Result<bool> {
        let (one, other) = (folder.metadata()?, fs::symlink_metadata(path)?);
        Ok((one.dev(), one.ino()) == (other.dev(), other.ino()))
    };
    same().unwrap_or_default()
}

pub(super) fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A folder that a killed backup left.
#[derive(Debug)]
pub struct Leftover {
    pub path: PathBuf,
    /// Why the folder could not be removed; `None` if it was removed.
    pub kept: Option<io::Error>,
}

/// Removes folders beside `file` that killed backups of this user left: they contain copies of the
/// data.
pub fn remove_leftovers(file: &Path) -> Vec<Leftover> {
    let user = rustix::process::geteuid().as_raw();
    let Ok(entries) = fs::read_dir(folder_of(file)) else { return Vec::new() };
    let named = entries.flatten().filter(|entry| {
        let name = entry.file_name();
        name.to_string_lossy().starts_with(PREFIX)
            && fs::symlink_metadata(entry.path())
                .is_ok_and(|folder| folder.is_dir() && folder.uid() == user)
    });
    named.filter_map(|entry| remove(entry.path())).collect()
}

/// Returns `None` if a run still works in the folder, or if the folder no longer exists.
fn remove(path: PathBuf) -> Option<Leftover> {
    let folder = File::open(&path).ok()?;
    folder.try_lock().ok()?;
    let removed = fs::remove_dir_all(&path);
    Some(Leftover { path, kept: removed.err() })
}
