//! The build script of the crates whose programs show the commit they were built from.
//!
//! Only a release build asks git, so only these crates are compiled again after a commit. A
//! development build shows `unknown`, unless `BRIDGE_COMMIT` names the commit or the source code
//! was unpacked from an archive.

#![expect(clippy::disallowed_methods, reason = "cargo tells a build script in its environment")]

mod commit;

use std::env;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-env-changed=BRIDGE_COMMIT");
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root = folder.ancestors().find(|folder| folder.join("Cargo.lock").exists());
    let given = commit::given(env::var("BRIDGE_COMMIT").ok().as_deref());
    let found = given.or_else(|| root.and_then(find));
    let found = found.unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=BRIDGE_COMMIT={found}");
}

fn find(root: &Path) -> Option<String> {
    println!("cargo:rerun-if-changed={}", root.join(commit::ARCHIVED).display());
    if env::var("PROFILE").as_deref() != Ok("release") {
        return commit::archived(root);
    }
    for file in commit::watched(root) {
        println!("cargo:rerun-if-changed={}", file.display());
    }
    commit::checked_out(root).or_else(|| commit::archived(root))
}
