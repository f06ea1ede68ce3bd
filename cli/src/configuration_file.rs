//! Reads the configuration file again while the bridge runs, for every part that asks for it.
//!
//! Rule: one read at a time, on a thread of its own. A disk that hangs keeps that one thread, and
//! no caller waits longer than [`LONGEST`].

use std::path::PathBuf;
use std::time::Duration;

use shared::config::{Checked, ConfigFile, FileError};
use shared::error::chain;
use tokio::sync::Mutex;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

/// The longest time that a caller waits for the file.
const LONGEST: Duration = Duration::from_secs(5);

type Read = JoinHandle<Result<Checked, FileError>>;

pub struct ConfigurationFile {
    path: PathBuf,
    /// The read in progress.
    reading: Mutex<Option<Read>>,
}

impl ConfigurationFile {
    pub fn new(path: PathBuf) -> Self {
        Self { path, reading: Mutex::default() }
    }

    /// The content of the file, or its error.
    ///
    /// # Errors
    /// Why the file could not be read at all.
    pub async fn read(&self) -> Result<Result<Checked, FileError>, String> {
        let read = async {
            let mut reading = self.reading.lock().await;
            let task = reading.get_or_insert_with(|| {
                let path = self.path.clone();
                spawn_blocking(move || ConfigFile::check_for_one_machine(&path))
            });
            let read = task.await;
            *reading = None;
            read
        };
        match timeout(LONGEST, read).await {
            Ok(read) => read.map_err(|error| chain(&error)),
            Err(_) => Err(format!("reading it takes longer than {} s", LONGEST.as_secs())),
        }
    }
}
