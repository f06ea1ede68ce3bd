//! The folder that everything of one run lies in; it goes with the run.

use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempDir;

/// The folder.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Folder {
    /// Makes it, readable for this user only.
    pub fn create() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("local-aws-").tempdir();
        folder.map(Self).context("no temporary folder can be made")
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A path inside it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}
