//! Reads the files of the repository.

use std::path::{Path, PathBuf};

pub fn path(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(name)
}

pub fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The value of the first line `key = "value"`, as TOML writes it.
pub fn value(toml: &str, key: &str) -> Option<String> {
    toml.lines().find_map(|line| {
        let quoted = line.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim_start();
        Some(quoted.strip_prefix('"')?.split('"').next()?.to_owned())
    })
}
