//! Only one run at a time works on a record: two at once would each create what the other has just
//! created.
//!
//! Rule: the system releases the lock when its process is gone, however it ended; the content of
//! the file only names the process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

/// Held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    file: File,
}

impl Lock {
    /// Locks a record, whether or not it exists yet.
    ///
    /// # Errors
    ///
    /// Another run holds the lock, or the file beside the record cannot be created.
    pub fn take(record: &Path) -> anyhow::Result<Self> {
        let mut lock = Self::beside(record, ".lock", |file, path| match file.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(held(record, path)),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("lock {}", path.display()))
            }
        })?;
        let holder = std::process::id().to_string();
        let written = lock.file.set_len(0).and_then(|()| lock.file.write_all(holder.as_bytes()));
        written.with_context(|| format!("write {}", lock.path.display()))?;
        Ok(lock)
    }

    /// Locks a configuration while it is read, changed and written, and waits for another run that
    /// does so: runs for other integrations change the same file.
    ///
    /// # Errors
    ///
    /// The file beside it cannot be created.
    pub fn wait(configuration: &Path) -> anyhow::Result<Self> {
        Self::beside(configuration, ".writing", |file, path| {
            file.lock().with_context(|| format!("lock {}", path.display()))
        })
    }

    fn beside(
        subject: &Path,
        suffix: &str,
        acquire: impl Fn(&File, &Path) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let mut name = subject.as_os_str().to_owned();
        name.push(suffix);
        let path = PathBuf::from(name);
        loop {
            let file = open(&path).with_context(|| format!("open {}", path.display()))?;
            acquire(&file, &path)?;
            // The process before may have removed the file in between.
            if is_still(&file, &path) {
                return Ok(Self { path, file });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if is_still(&self.file, &self.path) {
            // A file that stays behind does no harm.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Whether a path still leads to an open file.
fn is_still(file: &File, path: &Path) -> bool {
    let id = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(file), Ok(path)) => id(file) == id(path),
        _ => false,
    }
}

fn held(record: &Path, path: &Path) -> anyhow::Error {
    let holder = std::fs::read_to_string(path).unwrap_or_default();
    let who = match holder.trim() {
        "" => "another process".to_owned(),
        holder => format!("process {holder}"),
    };
    anyhow!(
        "another bridge setup works on {} ({who}); nothing was changed. Wait until it has ended, or end it, then run this again",
        record.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_locked_once_and_its_lock_leaves_nothing_behind() {
        let directory = tempfile::TempDir::new().unwrap();
        let record = directory.path().join("bridge.support.setup.json");
        let lock = Lock::take(&record).unwrap();
        let refused = Lock::take(&record).unwrap_err().to_string();
        let holder = format!("(process {})", std::process::id());
        assert!(refused.contains(&holder) && refused.contains("support.setup.json"), "{refused}");
        let other = Lock::take(&directory.path().join("bridge.sales.setup.json")).unwrap();
        drop((lock, other));
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        // The file of a killed run is taken over.
        std::fs::write(directory.path().join("bridge.support.setup.json.lock"), "1").unwrap();
        let lock = Lock::take(&record).unwrap();
        assert_eq!(std::fs::read_to_string(&lock.path).unwrap(), std::process::id().to_string());
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = Lock::take(Path::new("/nowhere/bridge.support.setup.json")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/bridge.support.setup.json.lock"), "{error}");
    }
}
