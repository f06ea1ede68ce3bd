//! The errors and warnings of a configuration file, while it is checked.

use std::path::Path;

use crate::config::error::ConfigError;

pub(in crate::config) struct Checker<'a> {
    /// The folder of the file.
    pub(super) folder: &'a Path,
    /// Errors make the file unusable.
    pub(in crate::config) errors: Vec<ConfigError>,
    /// Settings that will not work, or are weak.
    pub(in crate::config) warnings: Vec<ConfigError>,
}

impl<'a> Checker<'a> {
    pub(in crate::config) fn new(folder: &'a Path) -> Self {
        Self { folder, errors: Vec::new(), warnings: Vec::new() }
    }

    pub(super) fn wrong(&mut self, key: &str, problem: impl Into<String>) {
        self.errors.push(ConfigError::new(key, problem));
    }

    pub(super) fn warn(&mut self, key: &str, problem: impl Into<String>) {
        self.warnings.push(ConfigError::new(key, problem));
    }
}
