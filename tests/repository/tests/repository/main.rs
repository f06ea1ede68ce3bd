//! Checks what the repository says about itself: versions, documents for contributors, the
//! workflows, what `deploy` holds, what a release is made of, and the commit that a build names.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod build_commit;
#[cfg(test)]
#[path = "../../../../build-script/commit.rs"]
mod commit;
#[cfg(test)]
mod contributing;
#[cfg(test)]
mod deploy;
#[cfg(test)]
mod files;
#[cfg(test)]
mod floors;
#[cfg(test)]
mod github;
#[cfg(test)]
mod linked;
#[cfg(test)]
mod modules;
#[cfg(test)]
#[path = "../../../pages/mod.rs"]
mod pages;
#[cfg(test)]
mod pictures;
#[cfg(test)]
mod prometheus;
#[cfg(test)]
mod release;
#[cfg(test)]
mod tool;
#[cfg(test)]
mod versions;
#[cfg(test)]
mod words;
