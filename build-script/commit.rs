//! Finds the commit of the source code.
//!
//! Rule: the same source code gives the same answer on every machine and at every time. The answer
//! contains no date, no user and no path of the build.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The number of hexadecimal digits that are shown.
const DIGITS: usize = 12;
/// `git archive` replaces the text of this file with the commit that it packs.
pub const ARCHIVED: &str = "build-script/archived-commit";

/// The commit named in the environment, if it is a plain word.
pub fn given(named: Option<&str>) -> Option<String> {
    named.filter(|named| is_plain(named)).map(str::to_owned)
}

/// The commit that git has checked out in the folder `root`. `None` when the folder is only a part
/// of a repository, such as an archive unpacked inside one: that repository has other commits.
pub fn checked_out(root: &Path) -> Option<String> {
    is_repository(root).then(|| git(root, &["rev-parse", "HEAD"])).flatten().and_then(shortened)
}

/// The commit of the archive from which the folder `root` was unpacked.
pub fn archived(root: &Path) -> Option<String> {
    std::fs::read_to_string(root.join(ARCHIVED)).ok().and_then(|text| shortened(text.trim()))
}

/// The files that change when git checks out another commit in the folder `root`.
pub fn watched(root: &Path) -> Vec<PathBuf> {
    if !is_repository(root) {
        return Vec::new();
    }
    // Git adds a line to the log of HEAD for each commit and each switch. Without a log, watch HEAD
    // and the branch that it names.
    let branch = git(root, &["symbolic-ref", "--quiet", "HEAD"]);
    let path = |name: &str| Some(root.join(git(root, &["rev-parse", "--git-path", name])?));
    let log = path("logs/HEAD").filter(|log| log.exists());
    let instead = || [path("HEAD"), branch.and_then(|name| path(&name)), path("packed-refs")];
    let files = log.map_or_else(|| instead().into_iter().flatten().collect(), |log| vec![log]);
    files.into_iter().filter(|file| file.exists()).collect()
}

fn is_repository(root: &Path) -> bool {
    let Some(top) = git(root, &["rev-parse", "--show-toplevel"]) else { return false };
    matches!((Path::new(&top).canonicalize(), root.canonicalize()), (Ok(top), Ok(root)) if top == root)
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    // A git hook of another repository may have set these variables.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    let output = command.arg("-C").arg(root).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn shortened(commit: impl AsRef<str>) -> Option<String> {
    let commit = commit.as_ref();
    let is_commit = commit.len() >= DIGITS && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_commit.then(|| commit[..DIGITS].to_owned())
}

fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.len() <= 64 && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
