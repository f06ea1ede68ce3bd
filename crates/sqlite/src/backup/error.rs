//! Why there is no backup, or nothing is restored; each says what to do.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::OpenError;

/// Why a backup was not made or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file for the backup exists.
    #[error("{} exists already and is left as it is: name a new file for the backup", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Another instance works on the directory.
    #[error(transparent)]
    Lock(OpenError),
    /// The directory to restore into holds something.
    #[error("{} is not empty and is left as it is: restore into a directory that is missing or empty", path.display())]
    Filled {
        /// The directory.
        path: PathBuf,
    },
    /// There is no database to back up, or it is not one that this version knows.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// SQLite does not copy the database.
    #[error("the database {} could not be copied", path.display())]
    Copy {
        /// The database.
        path: PathBuf,
        /// SQLite's own error.
        #[source]
        source: rusqlite::Error,
    },
    /// There is no room where the backup is made.
    #[error(
        "the disk of {} is full: no backup was made; it needs room for about twice the data there, {} MB",
        folder.display(), needed.div_ceil(1_000_000)
    )]
    Full {
        /// The folder of the new file.
        folder: PathBuf,
        /// Room for the work, bytes.
        needed: u64,
        /// What met it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The end was asked for.
    #[error("it was stopped, and leaves nothing behind")]
    Stopped,
    /// The database has been damaged on its disk.
    #[error("the database {} is damaged ({found}): no backup was made; restore the last one", path.display())]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What SQLite says of it.
        found: String,
    },
    /// A file cannot be read or written.
    #[error("{doing} {}", path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's own error.
        #[source]
        source: io::Error,
    },
    /// The file is none that `bridge backup` has made.
    #[error("{} is not a backup of the bridge, or only the beginning of one: nothing was restored", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Something in it is not as it was written.
    #[error("{} is damaged in {}: nothing was restored; take another backup", path.display(), what.join(", "))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The parts that are damaged or missing.
        what: Vec<String>,
    },
    /// A newer version wrote it.
    #[error("{} has format {format}, this version of the bridge knows {known}: use a newer version", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        format: u32,
        /// The newest that is known.
        known: u32,
    },
}

impl BackupError {
    /// Marks a failure of the system with what was tried, for `map_err`.
    pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }
}
