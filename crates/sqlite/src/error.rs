//! Why a database does not open, in words for the operator, and why an open database refuses an
//! operation.
//!
//! Rule: every error says what to do. Every error of opening names the path.

use std::io;
use std::path::PathBuf;

use shared::about::VERSION;
use shared::ports::PortError;

/// Why a database does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "cannot create the data directory {path}: give the bridge a directory that it may create or write to"
    )]
    CreateDirectory {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The access rights of a directory or file cannot be read or narrowed.
    #[error("cannot keep {path} to the bridge's own user: make that user its owner")]
    Permissions {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A file cannot be created or opened.
    #[error(
        "cannot open {path} for writing: let the bridge's user write to it and to its directory"
    )]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Others use the directory, or it contains files that are not the bridge's.
    #[error(
        "the data directory {directory} is also used by other programs: name a directory of the bridge's own, which need not exist yet"
    )]
    Shared {
        /// The data directory.
        directory: PathBuf,
    },
    /// A restore into the directory has not finished.
    #[error(
        "a restore into {directory} was broken off, or is under way: nothing is complete there; run the same `bridge restore` again"
    )]
    Unfinished {
        /// The data directory.
        directory: PathBuf,
    },
    /// Another instance uses the directory.
    #[error(
        "the data directory {directory} is in use by another instance of the bridge: stop it, or choose another directory"
    )]
    Locked {
        /// The data directory.
        directory: PathBuf,
    },
    /// The lock cannot be taken, for another reason than another instance.
    #[error(
        "cannot lock {path}: put the data directory on a local disk, whose file system knows locks"
    )]
    Lock {
        /// The lock file.
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// SQLite refuses the file.
    #[error(
        "cannot use the database {path}: see that the disk is local and has room, or restore the file from a backup"
    )]
    Database {
        /// The database file.
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    /// This user may not read the database.
    #[error(
        "{path} cannot be opened: Permission denied. Run this as the user that the bridge runs as."
    )]
    Forbidden {
        /// The database file.
        path: PathBuf,
    },
    /// The file holds no database, or only a part of one.
    #[error(
        "the database {path} is damaged: stop the bridge, put its dataDir aside, and restore the last backup"
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// SQLite's own error.
        #[source]
        source: rusqlite::Error,
    },
    /// There is no database to read.
    #[error("there is no database {path}: give the dataDir of a bridge that has run")]
    Absent {
        /// The database file.
        path: PathBuf,
    },
    /// A visitor cannot open the database.
    #[error(
        "cannot look into the database {path}: run this on the bridge's machine, as the bridge's user"
    )]
    Visit {
        /// The database file.
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    /// A newer version of the bridge wrote the database.
    #[error(
        "the database {path} has schema {found}, and the bridge {VERSION} knows schemas up to {known}: start the version that wrote it, or restore the backup made before the upgrade into another directory (docs/upgrading.md)"
    )]
    NewerSchema {
        /// The database file.
        path: PathBuf,
        /// The schema version of the file.
        found: i64,
        /// The newest schema version that this code knows.
        known: i64,
    },
    /// The system cannot start a thread.
    #[error("cannot start a thread for the database {path}: raise the limit on threads")]
    Thread {
        /// The database file.
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// A visitor asks for data that the database of an older version does not have.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "the database is one of an older version of the bridge: restart `bridge serve` in this version, which brings it up to date"
)]
pub(crate) struct OlderSchema;

/// The source of every refusal after the database was closed or its thread ended.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the database is closed")]
pub(crate) struct Closed;

/// Refuses an operation because the database is closed.
pub(crate) fn closed(operation: &'static str) -> PortError {
    PortError::unavailable(operation, Closed)
}
