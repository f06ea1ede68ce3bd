//! The data directory: made, kept to one user and one instance.
//!
//! Rules: whatever the umask, the directory is 0700 and every file in it 0600 before the first byte is written; a directory that
//! others use is not taken for the bridge's own; into one whose restore was broken off nobody looks, and nothing begins there.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::OpenError;

const DATABASE: &str = "bridge.db";
const LOCK: &str = "bridge.lock";
/// The copies of files.
pub(crate) const COPIES: &str = "media";
/// Where a restore puts everything first.
pub(crate) const UNFINISHED: &str = ".restoring";
/// What a file system has of its own.
const OF_THE_DISK: &str = "lost+found";
/// Whoever may write there removes only what is their own: such a directory is everybody's.
const STICKY: u32 = 0o1000;

/// A directory that is ours while the lock is held.
pub(crate) struct Prepared {
    /// The database file; it exists.
    pub(crate) file: PathBuf,
    /// Locked until dropped.
    pub(crate) lock: File,
}

/// Where the database of a directory lies.
pub(crate) fn database(directory: &Path) -> PathBuf {
    directory.join(DATABASE)
}

/// The same for who looks there or copies it: of a restore that was broken off, nothing is to be seen.
pub(crate) fn visited(directory: &Path) -> Result<PathBuf, OpenError> {
    refuse_unfinished(directory)?;
    Ok(database(directory))
}

/// Makes the directory and its files, and locks it.
pub(crate) fn prepare(directory: &Path) -> Result<Prepared, OpenError> {
    make(directory)?;
    let lock = lock(directory)?;
    refuse_unfinished(directory)?;
    // Empty, where a restore was killed between its last two steps: everything is in its place.
    match fs::remove_dir(directory.join(UNFINISHED)) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            return Err(OpenError::Permissions { path: directory.join(UNFINISHED), source });
        }
        _ => {}
    }
    let file = database(directory);
    private_file(&file)?;
    // SQLite gives these two the mode of the database when it makes them; ones left by a crash may be older than that.
    for suffix in ["-wal", "-shm"] {
        let path = directory.join(format!("{DATABASE}{suffix}"));
        if path.exists() {
            keep_private(&path, 0o600)?;
        }
    }
    Ok(Prepared { file, lock })
}

/// Makes the directory, or takes the one that is there to this user alone.
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

/// Whether a directory is everybody's, or holds what is not the bridge's.
fn is_shared(directory: &Path) -> io::Result<bool> {
    if fs::metadata(directory)?.permissions().mode() & STICKY != 0 {
        return Ok(true);
    }
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let is_own = [LOCK, COPIES, UNFINISHED, OF_THE_DISK].contains(&&*name);
        // SQLite puts -wal, -shm and -journal behind the name.
        if !is_own && !name.starts_with(DATABASE) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Refuses a directory into which not everything has been restored.
fn refuse_unfinished(directory: &Path) -> Result<(), OpenError> {
    let unfinished = directory.join(UNFINISHED);
    let holds = match fs::read_dir(&unfinished) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Err(OpenError::Forbidden { path: database(directory) });
        }
        // What cannot be looked into is not known to be finished.
        Err(_) => true,
    };
    // The database is moved last.
    if holds || !database(directory).exists() {
        return Err(OpenError::Unfinished { directory: directory.to_owned() });
    }
    Ok(())
}

/// Keeps the directory to one process until the file is closed.
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

/// Where the lock of a directory lies.
pub(crate) fn lock_file(directory: &Path) -> PathBuf {
    directory.join(LOCK)
}

fn is_private(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 == 0)
}

/// Takes every right from group and others, and leaves a mode alone that is narrow enough.
fn keep_private(path: &Path, mode: u32) -> Result<(), OpenError> {
    let narrow = || -> io::Result<()> {
        if !is_private(path)? {
            fs::set_permissions(path, Permissions::from_mode(mode))?;
        }
        Ok(())
    };
    narrow().map_err(|source| OpenError::Permissions { path: path.to_owned(), source })
}
