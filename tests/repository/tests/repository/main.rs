//! Checks what the repository says about itself: its versions, and the commit that a build names.

#[cfg(test)]
mod build_commit;
#[cfg(test)]
#[path = "../../../../build-script/commit.rs"]
mod commit;
#[cfg(test)]
mod files;
#[cfg(test)]
mod versions;
