//! The version of Rust is the same wherever it is named.

use crate::files::{text, value};

/// The workspace's own packages, by their folders.
fn packages() -> Vec<String> {
    let manifest = text("Cargo.toml");
    let members = manifest.split("members = [").nth(1).expect("members");
    let members = members.split(']').next().expect("an end");
    members.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_oldest_rust_that_is_claimed_is_the_one_that_is_built() {
    let claimed = value(&text("Cargo.toml"), "rust-version").expect("an MSRV");
    let built = value(&text("rust-toolchain.toml"), "channel").expect("a toolchain");
    assert_eq!(claimed, built, "change rust-version and rust-toolchain.toml together");
    let packages = packages();
    assert!(packages.len() > 10, "{packages:?}");
    for package in packages {
        let manifest = text(&format!("{package}/Cargo.toml"));
        for inherited in ["rust-version", "version", "license"] {
            let line = format!("{inherited}.workspace = true");
            assert!(manifest.lines().any(|it| it == line), "{package} lacks {line}");
        }
    }
}
