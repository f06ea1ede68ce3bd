//! Errors of backup and restore; each message says what to do.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::OpenError;

/// Why a backup was not made or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file for the backup already exists.
    #[error("{} exists already and is left as it is: name a new file for the backup", path.display())]
    Exists {
        /// The file named for the backup.
        path: PathBuf,
    },
    /// Another instance uses the directory.
    #[error(transparent)]
    Lock(OpenError),
    /// The directory to restore into is not empty.
    #[error("{} is not empty and is left as it is: restore into a directory that is missing or empty", path.display())]
    Filled {
        /// The directory to restore into.
        path: PathBuf,
    },
    /// There is no database to back up, or this version cannot read it.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// SQLite failed to copy the database.
    #[error("the database {} could not be copied", path.display())]
    Copy {
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    /// The disk has too little free space for the backup.
    #[error(
        "the disk of {} is full: no backup was made; it needs room for about twice the data there, {} MB",
        folder.display(), needed.div_ceil(1_000_000)
    )]
    Full {
        /// The folder of the new file.
        folder: PathBuf,
        /// The space that the backup needs, in bytes.
        needed: u64,
        /// The failure that showed it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The caller asked the work to stop.
    #[error("it was stopped, and leaves nothing behind")]
    Stopped,
    /// The database is damaged on the disk.
    #[error("the database {} is damaged ({found}): no backup was made; restore the last one", path.display())]
    Corrupt {
        path: PathBuf,
        /// The damage as SQLite reports it.
        found: String,
    },
    /// A file cannot be read or written.
    #[error("{doing} {}", path.display())]
    File {
        /// The attempted action, to begin the error text.
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// `bridge backup` did not make this file.
    #[error("{} is not a backup of the bridge, or only the beginning of one: nothing was restored", path.display())]
    Foreign {
        /// The file to restore.
        path: PathBuf,
    },
    /// Part of the file differs from what was written.
    #[error("{} is damaged in {}: nothing was restored; take another backup", path.display(), what.join(", "))]
    Damaged {
        path: PathBuf,
        /// The parts that are damaged or missing.
        what: Vec<String>,
    },
    /// A newer version wrote the file.
    #[error("{} has format {format}, this version of the bridge knows {known}: use a newer version", path.display())]
    Newer {
        path: PathBuf,
        /// The format of the file.
        format: u32,
        /// The newest format that this version knows.
        known: u32,
    },
}

impl BackupError {
    /// Adds the attempted action and the path to an I/O error, for `map_err`.
    pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }
}
