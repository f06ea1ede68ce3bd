//! The scripts around the packing.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::program;
use crate::files::path;

fn run(command: &mut Command) -> (bool, String) {
    let Output { status, stdout, stderr } = command.output().expect("it starts");
    let said = [stdout, stderr].concat();
    (status.success(), String::from_utf8(said).expect("UTF-8"))
}

fn check_glibc(arguments: &[&str]) -> (bool, String) {
    run(Command::new(path("tools/check-glibc")).args(arguments))
}

#[test]
fn a_program_that_needs_a_newer_c_library_is_found() {
    let program = program();
    assert_eq!(check_glibc(&["99.1", &program]), (true, String::new()));
    let (passed, said) = check_glibc(&["2.3", &program]);
    assert!(
        !passed && said.contains("may need 2.3 at most") && said.contains("glibc 2."),
        "{said}"
    );
    // By numbers, not by letters: 2.9 is older than 2.28.
    assert!(!check_glibc(&["2.9", &program]).0);
}

#[test]
fn what_is_no_program_or_loads_libraries_does_not_pass() {
    let no_program = path("Cargo.toml").display().to_string();
    assert!(!check_glibc(&["99.1", &no_program]).0);
    let (passed, said) = check_glibc(&["none", &program()]);
    assert!(!passed && said.contains("loads libraries"), "{said}");
}

/// A `rustc` that says of each target that its library is in a folder that is not there.
fn without_targets() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("rustc");
    std::fs::write(&file, "#!/bin/sh\necho /nowhere/at/all\n").expect("a file");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).expect("rights");
    // A tree without changes, whatever this one has.
    let git = folder.path().join("git");
    std::fs::write(
        &git,
        "#!/bin/sh\ncase $1 in log) echo 1790000000;; rev-parse) echo abc;; esac\n",
    )
    .expect("a file");
    std::fs::set_permissions(&git, PermissionsExt::from_mode(0o755)).expect("rights");
    folder
}

#[expect(clippy::disallowed_methods, reason = "the search path of the tests")]
fn release(tools: &Path, arguments: &[&str], into: &Path) -> (bool, String) {
    let search = std::env::var("PATH").expect("a search path");
    let mut command = Command::new(path("tools/release"));
    command.args(arguments).arg("--into").arg(into);
    run(command.env("PATH", format!("{}:{search}", tools.display())))
}

#[test]
fn a_target_that_cannot_be_built_here_is_said_before_anything_is_built() {
    let tools = without_targets();
    let into = TempDir::new().expect("a folder");
    for (arguments, target) in [
        (&["--arch", "arm64"][..], "aarch64-unknown-linux-gnu"),
        (&["--arch", "x86_64", "--static"], "x86_64-unknown-linux-musl"),
    ] {
        let (passed, said) = release(tools.path(), arguments, into.path());
        assert!(!passed, "{said}");
        assert!(said.contains(&format!("rustup target add {target}")), "{said}");
    }
    assert_eq!(std::fs::read_dir(into.path()).expect("a folder").count(), 0);
}

#[test]
fn a_mistake_in_the_arguments_is_said() {
    let tools = without_targets();
    let into = TempDir::new().expect("a folder");
    for (arguments, named) in [(&["--arch", "mips"][..], "mips"), (&["--fast"], "--fast")] {
        let (passed, said) = release(tools.path(), arguments, into.path());
        assert!(!passed && said.contains(named), "{said}");
    }
}

#[test]
fn a_file_that_was_changed_after_its_digest_is_refused() {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("bridge-1-linux-x86_64.tar.gz"), "changed").expect("a file");
    let sum = format!("{}  bridge-1-linux-x86_64.tar.gz\n", "0".repeat(64));
    std::fs::write(folder.path().join("SHA256SUMS"), sum).expect("a file");
    let (passed, said) = run(Command::new(path("tools/try-release")).arg(folder.path()));
    assert!(!passed && said.contains("FAILED"), "{said}");
}
