//! `bridge backup` and `bridge restore`: copy the data of a bridge on one machine into one file,
//! and back.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use sqlite::backup::{self, BackupError, Contents, Stop};

use crate::operator::installation;
use crate::serve::Signals;
use crate::{failure, output, progress};

/// How often a running statement of SQLite is asked to stop: SQLite stops only a statement that has
/// begun.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// The file of the backup, and the data directory.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The file of the backup.
    file: PathBuf,
    /// The configuration file of `bridge serve`, for its `dataDir`.
    #[arg(long)]
    config: Option<PathBuf>,
    /// A data directory of `bridge serve`.
    #[arg(long)]
    data: Option<PathBuf>,
}

impl Arguments {
    fn directory(&self) -> anyhow::Result<PathBuf> {
        match (&self.data, &self.config) {
            (Some(directory), None) => Ok(directory.clone()),
            (None, Some(file)) => installation::data_directory(file),
            _ => Err(failure::misconfigured(anyhow!(
                "say which data: give one of --data and --config"
            ))),
        }
    }
}

/// Writes a backup; the bridge may be running.
pub async fn back_up(arguments: &Arguments) -> anyhow::Result<()> {
    let directory = arguments.directory()?;
    let (from, file) = (directory.clone(), arguments.file.clone());
    progress::show(format!("copying {}", directory.display()));
    let contents = until_stopped(move |stop| {
        for left in backup::remove_leftovers(&file) {
            let path = left.path.display();
            output::note(match left.kept {
                None => format!("removed {path}, which a killed backup had left"),
                Some(error) => format!(
                    "warning: {path}, a copy of the data that a killed backup left, cannot be removed ({error}): remove it yourself"
                ),
            });
        }
        backup::back_up(&from, &file, stop)
    })
    .await?;
    output::line(format_args!(
        "Backed up {} into {}: {}. The configuration file is not part of it.",
        directory.display(),
        arguments.file.display(),
        told(contents)
    ));
    Ok(())
}

pub async fn restore(arguments: &Arguments) -> anyhow::Result<()> {
    let directory = arguments.directory()?;
    let (file, to) = (arguments.file.clone(), directory.clone());
    progress::show(format!("restoring into {}", directory.display()));
    let contents = until_stopped(move |stop| backup::restore(&file, &to, stop)).await?;
    output::line(format_args!(
        "Restored {} into {}: {}. `bridge serve` continues from this state.",
        arguments.file.display(),
        directory.display(),
        told(contents)
    ));
    Ok(())
}

/// Waits for the work. A signal ends it early, and nothing is left behind.
async fn until_stopped(
    work: impl FnOnce(&Stop) -> Result<Contents, BackupError> + Send + 'static,
) -> anyhow::Result<Contents> {
    let mut signals = Signals::with_terminal()?;
    let stop = Arc::new(Stop::default());
    let asked = Arc::clone(&stop);
    let mut working = tokio::task::spawn_blocking(move || work(&stop));
    let done = tokio::select! {
        done = &mut working => done,
        () = signals.wait() => loop {
            asked.ask();
            tokio::select! {
                done = &mut working => break done,
                () = tokio::time::sleep(ASK_EVERY) => {}
            }
        },
    };
    done.context("the work ended early")?.map_err(mistaken)
}

/// A path that exists already is a mistake in the arguments.
fn mistaken(error: BackupError) -> anyhow::Error {
    match error {
        BackupError::Exists { .. } | BackupError::Filled { .. } => failure::misconfigured(error),
        _ => error.into(),
    }
}

fn told(Contents { copies, bytes }: Contents) -> String {
    let copies = match copies {
        1 => "1 copy of a file".to_owned(),
        many => format!("{many} copies of files"),
    };
    format!("the database and {copies}, {bytes} bytes")
}
