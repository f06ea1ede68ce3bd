//! Checks what the repository says about itself: the version of Rust, and the commit that a build
//! names.

#[cfg(test)]
mod build_commit;
#[cfg(test)]
#[path = "../../../../build-script/commit.rs"]
mod commit;
#[cfg(test)]
mod files;
#[cfg(test)]
mod versions;
