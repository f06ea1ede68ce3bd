//! Removes expired and unfinished copies.

use std::fs;
use std::io;
use std::path::PathBuf;

use shared::time::Timestamp;

use super::{MediaDirectory, UNFINISHED, described};

impl MediaDirectory {
    /// Removes files that a killed process left unfinished.
    pub(super) fn remove_unfinished(&self) -> io::Result<()> {
        for path in self.entries()? {
            if path.extension().is_some_and(|extension| extension == UNFINISHED) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    pub(super) fn remove_older(&self, before: Timestamp) -> io::Result<usize> {
        let mut removed = 0;
        for path in self.entries()? {
            // A copy that is still being written has no header yet and stays.
            if let Some((_, header)) = described(&path)?
                && header.stored_at < before
            {
                fs::remove_file(&path)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn entries(&self) -> io::Result<Vec<PathBuf>> {
        fs::read_dir(&self.folder)?.map(|entry| Ok(entry?.path())).collect()
    }
}
