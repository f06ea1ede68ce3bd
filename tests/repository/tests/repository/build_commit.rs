//! A build names its commit, in a checkout and in an unpacked archive, and never the commit of an
//! enclosing repository.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::commit::{ARCHIVED, archived, checked_out, given, watched};
use crate::files::text;

fn run(program: &str, folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    // Ignores the git settings of the machine's own user.
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "test");
        command.env(format!("GIT_{role}_EMAIL"), "test@example.com");
    }
    command.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").env_remove("GIT_INDEX_FILE");
    let output = command.current_dir(folder).args(arguments).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

/// A repository with the file that `git archive` fills in, and with its first commit.
fn repository() -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    std::fs::create_dir(root.join("build-script")).expect("a folder");
    for file in [ARCHIVED, ".gitattributes"] {
        std::fs::write(root.join(file), text(file)).expect("a file");
    }
    run("git", root, &["init", "--quiet", "--initial-branch", "main"]);
    run("git", root, &["add", "--all"]);
    let commit = commit(root, "first");
    (folder, commit)
}

fn commit(root: &Path, message: &str) -> String {
    run("git", root, &["commit", "--quiet", "--allow-empty", "--message", message]);
    run("git", root, &["rev-parse", "HEAD"])[..12].to_owned()
}

/// Packs the committed files and unpacks them into a new folder.
fn unpack(repository: &Path, into: &Path) {
    std::fs::create_dir(into).expect("a new folder");
    let archive = into.join("source.tar");
    let archive = archive.to_str().expect("UTF-8");
    run("git", repository, &["archive", "--output", archive, "HEAD"]);
    run("tar", into, &["-xf", archive]);
}

#[test]
fn a_checkout_names_its_commit_each_time_the_same() {
    let (folder, first) = repository();
    assert_eq!(checked_out(folder.path()).as_ref(), Some(&first));
    assert_eq!(checked_out(folder.path()).as_ref(), Some(&first));
    assert_eq!(archived(folder.path()), None, "the placeholder is no commit");
    let second = commit(folder.path(), "second");
    assert_ne!(first, second);
    assert_eq!(checked_out(folder.path()), Some(second));
}

#[test]
fn what_is_watched_changes_with_a_commit_and_with_a_switch() {
    for has_log in ["true", "false"] {
        let (folder, _) = repository();
        let root = folder.path();
        run("git", root, &["config", "core.logAllRefUpdates", has_log]);
        if has_log == "false" {
            std::fs::remove_dir_all(root.join(".git/logs")).expect("logs");
        }
        let state = || -> Vec<_> {
            let files = watched(root);
            assert!(!files.is_empty() && files.iter().all(|file| file.exists()), "{files:?}");
            files.into_iter().map(|file| std::fs::read(file).expect("a file")).collect()
        };
        let before = state();
        commit(root, "second");
        let after = state();
        assert_ne!(before, after, "a commit, with a log: {has_log}");
        run("git", root, &["switch", "--quiet", "--create", "other", "HEAD~1"]);
        assert_ne!(after, state(), "a switch, with a log: {has_log}");
    }
}

#[test]
fn an_unpacked_archive_names_the_commit_that_it_was_made_of() {
    let (folder, commit) = repository();
    let elsewhere = tempfile::tempdir().expect("a folder");
    let unpacked = elsewhere.path().join("unpacked");
    unpack(folder.path(), &unpacked);
    assert_eq!(archived(&unpacked), Some(commit));
    assert_eq!(checked_out(&unpacked), None);
    assert!(watched(&unpacked).is_empty());
}

#[test]
fn a_repository_around_an_unpacked_archive_says_nothing_about_it() {
    let (folder, commit) = repository();
    let (around, other) = repository();
    assert_eq!(checked_out(around.path()), Some(other));
    let unpacked = around.path().join("unpacked");
    unpack(folder.path(), &unpacked);
    assert_eq!(checked_out(&unpacked), None);
    assert_eq!(archived(&unpacked), Some(commit));
}

#[test]
fn a_folder_without_git_has_no_commit() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(checked_out(folder.path()), None);
    assert_eq!(archived(folder.path()), None);
    assert!(watched(folder.path()).is_empty());
}

#[test]
fn a_commit_that_is_given_is_a_plain_word() {
    assert_eq!(given(Some("3f6f5f0c2b11")).as_deref(), Some("3f6f5f0c2b11"));
    for wrong in [None, Some(""), Some("a b"), Some("a\ncargo:warning=b"), Some("../etc")] {
        assert_eq!(given(wrong), None, "{wrong:?}");
    }
}
