//! Checks what the repository says about itself: its versions, its workflow and forms, and the
//! commit that a build names.

#[cfg(test)]
mod build_commit;
#[cfg(test)]
#[path = "../../../../build-script/commit.rs"]
mod commit;
#[cfg(test)]
mod files;
#[cfg(test)]
mod github;
#[cfg(test)]
mod versions;
