//! Reads the fixtures.

use std::path::PathBuf;

/// The files in a folder of `fixtures`, sorted, with their names without the ending.
pub fn all(folder: &str) -> Vec<(String, Vec<u8>)> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "fixtures", folder].iter().collect();
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no fixtures in {folder}");
    files
}

pub fn one(folder: &str, name: &str) -> Vec<u8> {
    all(folder).into_iter().find(|(found, _)| found == name).unwrap().1
}
