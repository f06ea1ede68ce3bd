//! The data directory: created, and reserved for one user and one instance.
//!
//! Rules: whatever the umask, the directory is 0700 and every file in it 0600 before the first byte
//! is written. A directory that others use is refused. A directory whose restore did not finish
//! cannot be read or used.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::OpenError;

const DATABASE: &str = "bridge.db";
const LOCK: &str = "bridge.lock";
/// The folder of the copies of files.
pub(crate) const COPIES: &str = "media";
/// The folder into which a restore first unpacks everything.
pub(crate) const UNFINISHED: &str = ".restoring";
/// The audit log of `bridge console`.
pub const AUDIT_LOG: &str = "console-audit.jsonl";
/// A folder that the file system itself creates.
pub(crate) const OF_THE_DISK: &str = "lost+found";
/// The sticky bit: any user may write to the directory, and may remove only their own files.
const STICKY: u32 = 0o1000;

/// A directory that belongs to this instance while the lock is held.
pub(crate) struct Prepared {
    /// The database file; it exists.
    pub(crate) file: PathBuf,
    /// Locked until dropped.
    pub(crate) lock: File,
}

pub(crate) fn database(directory: &Path) -> PathBuf {
    directory.join(DATABASE)
}

/// The database file, for commands that read or copy it. A directory whose restore did not finish
/// is refused.
pub(crate) fn visited(directory: &Path) -> Result<PathBuf, OpenError> {
    refuse_unfinished(directory)?;
    Ok(database(directory))
}

/// Creates the directory and its files, and locks it.
pub(crate) fn prepare(directory: &Path) -> Result<Prepared, OpenError> {
    make(directory)?;
    let lock = lock(directory)?;
    refuse_unfinished(directory)?;
    // The folder is empty if a restore was killed between its last two steps; all files are then in
    // place.
    match fs::remove_dir(directory.join(UNFINISHED)) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            return Err(OpenError::Permissions { path: directory.join(UNFINISHED), source });
        }
        _ => {}
    }
    let file = database(directory);
    private_file(&file)?;
    // SQLite gives these two files the mode of the database when it creates them. Files left by a
    // crash may be older than that mode.
    for suffix in ["-wal", "-shm"] {
        let path = directory.join(format!("{DATABASE}{suffix}"));
        if path.exists() {
            keep_private(&path, 0o600)?;
        }
    }
    Ok(Prepared { file, lock })
}

/// Creates the directory, or makes an existing one private to this user.
fn make(directory: &Path) -> Result<(), OpenError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder
        .create(directory)
        .map_err(|source| OpenError::CreateDirectory { path: directory.to_owned(), source })?;
    let failed = |source| OpenError::Permissions { path: directory.to_owned(), source };
    if !is_private(directory).map_err(failed)? && is_shared(directory).map_err(failed)? {
        return Err(OpenError::Shared { directory: directory.to_owned() });
    }
    keep_private(directory, 0o700)
}

/// Whether any user may write to the directory, or the directory contains files of other programs.
fn is_shared(directory: &Path) -> io::Result<bool> {
    if fs::metadata(directory)?.permissions().mode() & STICKY != 0 {
        return Ok(true);
    }
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let is_own = [LOCK, COPIES, UNFINISHED, AUDIT_LOG, OF_THE_DISK].contains(&&*name);
        // SQLite appends -wal, -shm and -journal to the database's name.
        if !is_own && !name.starts_with(DATABASE) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Refuses a directory in which a restore has not finished.
fn refuse_unfinished(directory: &Path) -> Result<(), OpenError> {
    let unfinished = directory.join(UNFINISHED);
    let holds = match fs::read_dir(&unfinished) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Err(OpenError::Forbidden { path: database(directory) });
        }
        // Assume an unfinished restore if the folder cannot be read.
        Err(_) => true,
    };
    // A restore moves the database last.
    if holds || !database(directory).exists() {
        return Err(OpenError::Unfinished { directory: directory.to_owned() });
    }
    Ok(())
}

/// Reserves the directory for one process until the file is closed.
pub(crate) fn lock(directory: &Path) -> Result<File, OpenError> {
    let path = lock_file(directory);
    let file = private_file(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { directory: directory.to_owned() }),
        Err(TryLockError::Error(source)) => Err(OpenError::Lock { path, source }),
    }
}

fn private_file(path: &Path) -> Result<File, OpenError> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(|source| OpenError::File { path: path.to_owned(), source })?;
    keep_private(path, 0o600)?;
    Ok(file)
}

pub(crate) fn lock_file(directory: &Path) -> PathBuf {
    directory.join(LOCK)
}

fn is_private(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 == 0)
}

/// Removes all rights of group and others; a mode that is already private stays.
fn keep_private(path: &Path, mode: u32) -> Result<(), OpenError> {
    let narrow = || -> io::Result<()> {
        if !is_private(path)? {
            fs::set_permissions(path, Permissions::from_mode(mode))?;
        }
        Ok(())
    };
    narrow().map_err(|source| OpenError::Permissions { path: path.to_owned(), source })
}
