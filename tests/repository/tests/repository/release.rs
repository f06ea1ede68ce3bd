//! What `make release` makes: archives, image, licences, bill of materials, and the scripts around
//! them. `make artefacts` tries the whole.

mod dependencies;
mod image;
mod packing;
mod scripts;
mod workflow;

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::files::{path, text, value};

/// The time of a commit.
const TIME: &str = "1790000000";
const FUNCTIONS: [&str; 6] = [
    "ConversationScheduler",
    "GenesysEvents",
    "GenesysSender",
    "GenesysWebhook",
    "LynnInbound",
    "LynnSender",
];

fn version() -> String {
    value(&text("Cargo.toml"), "version").expect("a version")
}

/// The name of a file of a release.
fn name(rest: &str) -> String {
    format!("bridge-{}-{rest}", version())
}

/// Runs a part of the packing.
fn pack(into: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("python3");
    command.arg(path("tools/packing")).arg("--into").arg(into).args(arguments);
    command.env("SOURCE_DATE_EPOCH", TIME).output().expect("Python")
}

/// The same, which must succeed.
fn packed(into: &Path, arguments: &[&str]) {
    let ended = pack(into, arguments);
    assert!(ended.status.success(), "{arguments:?}: {ended:?}");
}

/// What a command prints; it must succeed.
fn printed(command: &mut Command) -> String {
    let ended = command.output().expect("it starts");
    assert!(ended.status.success(), "{command:?}: {ended:?}");
    String::from_utf8(ended.stdout).expect("UTF-8")
}

/// Unpacks a tar file, whose folder of the same name is left out if it has one.
fn unpacked(archive: &Path, strip: bool) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let mut command = Command::new("tar");
    command.arg("-xf").arg(archive).arg("-C").arg(folder.path());
    if strip {
        command.args(["--strip-components", "1"]);
    }
    printed(&mut command);
    folder
}

/// A folder with licences for the archives, instead of those of all crates.
fn with_licences() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join(name("licences.txt")), "Licences.\n").expect("a file");
    folder
}

/// A program of this machine: this test.
fn program() -> String {
    std::env::current_exe().expect("this test").display().to_string()
}
