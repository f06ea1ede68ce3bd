//! The scripts use cargo's target folder, wherever it is.

use std::path::Path;
use std::process::Command;

use crate::template::ROOT;

const MAKEFILE: &str = include_str!("../../../../Makefile");

#[test]
fn no_script_looks_into_a_folder_that_cargo_may_not_use() {
    let mut scripts = vec![("Makefile".to_owned(), MAKEFILE.to_owned())];
    for entry in std::fs::read_dir(Path::new(ROOT).join("tools")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let text = std::fs::read_to_string(&path).expect("a script");
            scripts.push((path.display().to_string(), text));
        }
    }
    assert!(scripts.len() > 5);
    for (name, text) in scripts {
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let fixed = line.contains("target/debug") || line.contains("target/release");
            assert!(!fixed, "{name}: {line}");
        }
    }
}

#[test]
fn the_folder_is_the_one_that_cargo_says() {
    let said = |folder: Option<&str>| {
        let mut command = Command::new(Path::new(ROOT).join("tools/target"));
        command.env_remove("CARGO_TARGET_DIR");
        command.envs(folder.map(|folder| ("CARGO_TARGET_DIR", folder)));
        let output = command.output().expect("it runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
    };
    assert_eq!(said(Some("/somewhere/else")), "/somewhere/else");
    assert!(Path::new(&said(None)).is_absolute());
}
