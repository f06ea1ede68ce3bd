//! `bridge backup` and `bridge restore`: the data of a bridge on one machine in one file, and back.

use std::path::PathBuf;

use anyhow::anyhow;
use shared::config::ConfigFile;
use sqlite::backup::{self, BackupError, Contents};

use crate::{failure, output};

/// A file, and whose data it is.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The backup.
    file: PathBuf,
    /// A data directory of `bridge serve`.
    #[arg(long)]
    data: Option<PathBuf>,
    /// The configuration file of `bridge serve`, for its `dataDir`.
    #[arg(long)]
    config: Option<PathBuf>,
}

impl Arguments {
    fn directory(&self) -> anyhow::Result<PathBuf> {
        match (&self.data, &self.config) {
            (Some(directory), None) => Ok(directory.clone()),
            (None, Some(file)) => {
                Ok(ConfigFile::read(file).map_err(failure::misconfigured)?.data_directory)
            }
            _ => Err(failure::misconfigured(anyhow!(
                "say whose data, by one of --data and --config"
            ))),
        }
    }
}

/// Makes a backup; the bridge may be running.
pub fn back_up(arguments: &Arguments) -> anyhow::Result<()> {
    let directory = arguments.directory()?;
    let contents = backup::back_up(&directory, &arguments.file).map_err(mistaken)?;
    output::line(format_args!(
        "Backed up {} into {}: {}. The configuration file is not part of it.",
        directory.display(),
        arguments.file.display(),
        told(contents)
    ));
    Ok(())
}

/// Restores a backup into a directory that is missing or empty.
pub fn restore(arguments: &Arguments) -> anyhow::Result<()> {
    let directory = arguments.directory()?;
    let contents = backup::restore(&arguments.file, &directory).map_err(mistaken)?;
    output::line(format_args!(
        "Restored {} into {}: {}. `bridge serve` goes on from there.",
        arguments.file.display(),
        directory.display(),
        told(contents)
    ));
    Ok(())
}

/// A path that is taken is a mistake in the arguments.
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
