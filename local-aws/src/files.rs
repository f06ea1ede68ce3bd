//! The temporary folder for all files of one run, deleted at its end.

use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempDir;

#[derive(Debug)]
pub struct Folder(TempDir);

impl Folder {
    /// Creates the folder, readable only for this user.
    pub fn create() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("local-aws-").tempdir();
        folder.map(Self).context("no temporary folder can be made")
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}
