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

/// The names of all files of the repository, without what tools and builds put there.
pub fn all() -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(path(&folder)).unwrap();
        for entry in entries.map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            let is_made = ["target", "node_modules", "corpus", "found"].contains(&name.as_str());
            let is_of_a_tool = name.starts_with('.') && name != ".github";
            let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            match entry.file_type().unwrap() {
                kind if kind.is_dir() && !is_made && !is_of_a_tool => folders.push(name),
                kind if kind.is_file() => names.push(name),
                _ => {}
            }
        }
    }
    names.sort();
    names
}
