//! Backs up the data of a bridge to one file and restores it: the database and the copies of files.
//!
//! Rules:
//!
//! - A backup does not disturb a running bridge. It contains everything that the bridge had
//!   answered when the backup began.
//! - The file appears whole or not at all, with mode 0600. Other users cannot read the files it is
//!   made from.
//! - All damage is named before anything is restored.
//! - A run that is asked to stop leaves nothing behind. The next run finds what a killed run left.
//!
//! The file is a tar: `bridge.db`, then `media/{key}` for each copy, then `manifest.json` with the
//! SHA-256 of each. After the end of the tar follows a line with the SHA-256 of everything before
//! it.

mod check;
mod container;
mod error;
mod restore;
mod scratch;
mod stop;
mod write;

pub use error::BackupError;
pub use restore::restore;
pub use scratch::{Leftover, remove_leftovers};
pub use stop::Stop;
pub use write::back_up;

/// The contents of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The number of copies of files.
    pub copies: usize,
    /// The total size, in bytes.
    pub bytes: u64,
}
