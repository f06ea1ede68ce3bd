//! The data directory: made, kept to one user and one instance.
//!
//! Rule: whatever the umask, the directory is 0700 and every file in it 0600 before the first byte is written.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::OpenError;

const DATABASE: &str = "bridge.db";
const LOCK: &str = "bridge.lock";

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

/// Makes the directory and its files, and locks it.
pub(crate) fn prepare(directory: &Path) -> Result<Prepared, OpenError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder
        .create(directory)
        .map_err(|source| OpenError::CreateDirectory { path: directory.to_owned(), source })?;
    keep_private(directory, 0o700)?;
    let lock = lock(directory)?;
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

fn lock(directory: &Path) -> Result<File, OpenError> {
    let path = directory.join(LOCK);
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

/// Takes every right from group and others, and leaves a mode alone that is narrow enough.
fn keep_private(path: &Path, mode: u32) -> Result<(), OpenError> {
    let narrow = || -> io::Result<()> {
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(path, Permissions::from_mode(mode))?;
        }
        Ok(())
    };
    narrow().map_err(|source| OpenError::Permissions { path: path.to_owned(), source })
}
