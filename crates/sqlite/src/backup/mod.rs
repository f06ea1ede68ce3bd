//! The data of a bridge in one file, and back: the database and the copies of files.
//!
//! Rules: a running bridge is not disturbed, and what it had answered when the backup began is in it; the file appears whole or not at
//! all, with mode 0600, and nobody else can read what it is made of; whatever is damaged is named before anything is restored; who is
//! asked to stop leaves nothing behind, and what a kill leaves is found by the next one.
//!
//! The file is a tar: `bridge.db`, then `media/{key}` for each copy, then `manifest.json` with the SHA-256 of each; behind its end stands
//! a line with the SHA-256 of everything before.

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

/// What a backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// How many copies of files.
    pub copies: usize,
    /// The size of everything, bytes.
    pub bytes: u64,
}
