//! Gives the commit that a build was made from, for `/health`.
//!
//! Only a release build asks git, and is made anew after a commit; a build for development would be, too, with everything above it.
//! `BRIDGE_COMMIT` names it where there is no repository. Where it cannot be known it is `unknown`.

#![expect(clippy::disallowed_methods, reason = "cargo tells a build script in its environment")]

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=BRIDGE_COMMIT");
    let given = env::var("BRIDGE_COMMIT").ok().filter(|given| is_plain(given));
    let commit = given.or_else(of_release).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=BRIDGE_COMMIT={commit}");
}

fn of_release() -> Option<String> {
    if env::var("PROFILE").as_deref() != Ok("release") {
        return None;
    }
    // It has a line more after each commit, whatever the branch.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"])
        && Path::new(&log).exists()
    {
        println!("cargo:rerun-if-changed={log}");
    }
    git(&["rev-parse", "--short=12", "HEAD"]).filter(|commit| is_plain(commit))
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| said.trim().to_owned())
}

fn is_plain(commit: &str) -> bool {
    !commit.is_empty() && commit.len() <= 64 && commit.chars().all(|it| it.is_ascii_alphanumeric())
}
