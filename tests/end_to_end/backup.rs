//! `bridge backup` and `bridge restore`, as the operator of a bridge under load uses them.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use clients::SystemClock;
use serde_json::json;
use sqlite::Database;
use tempfile::TempDir;

use crate::command::{Ended, run};
use crate::harness::{Harness, each};
use crate::process::Process;

async fn on(harness: &Harness, command: &str, file: &str, data: &str) -> Ended {
    let folder = harness.data_directory();
    let folder = folder.parent().expect("a folder");
    let path = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    run(&[command, &path(file), "--data", &path(data)], &[]).await
}

#[tokio::test]
async fn what_was_accepted_before_the_backup_of_a_running_bridge_is_delivered_from_it() {
    let mut harness = Harness::start().await;
    harness.say("ana", "m-1", "Delivered before").await;
    harness.accepted("ana", 1).await;
    // From now on Genesys is down, so that new messages wait; more messages arrive during the
    // backup.
    harness.genesys.set_down(true);
    let before: BTreeSet<String> = (2..40).map(|number| format!("m-{number}")).collect();
    for id in &before {
        harness.say("ana", id, "Is anybody there?").await;
    }
    let (backup, ()) = tokio::join!(on(&harness, "backup", "backup", "data"), async {
        for number in 0..40 {
            harness.say("ben", &format!("b-{number}"), "Me too").await;
        }
    });
    let said = backup.good();
    assert!(said.contains("Backed up") && said.contains("configuration file is not"), "{said}");
    harness.process.kill();
    on(&harness, "restore", "backup", "restored").await.good();
    harness.edit_config(|config| config["dataDir"] = json!("restored"));
    harness.genesys.set_down(false);
    harness.restart().await;
    let accepted = harness.accepted("ana", 39).await;
    let ids = each(&accepted, "/channel/messageId");
    let delivered: BTreeSet<String> =
        ids[1..].iter().map(|id| id.as_str().expect("an id").to_owned()).collect();
    assert_eq!(delivered, before);
    // A message that was recorded as delivered is not sent again, and the restored bridge still
    // knows its id.
    harness.say("ana", "m-1", "Delivered before").await;
    harness.say("ana", "m-40", "The last one").await;
    harness.accepted("ana", 40).await;
    assert!(harness.genesys.duplicates().is_empty(), "{:?}", harness.genesys.duplicates());
    harness.end();
}

#[tokio::test]
async fn a_backup_says_what_it_does_not_do() {
    let harness = Harness::start().await;
    on(&harness, "backup", "backup", "data").await.good();
    let said = on(&harness, "backup", "backup", "data").await.bad(2);
    assert!(said.contains("exists already"), "{said}");
    let said = on(&harness, "restore", "backup", "data").await.bad(2);
    assert!(said.contains("not empty"), "{said}");
    let said = on(&harness, "backup", "other", "nowhere").await.bad(1);
    assert!(said.contains("there is no database"), "{said}");
    let path = harness.data_directory().with_file_name("backup");
    let mut bytes = std::fs::read(&path).expect("a file");
    bytes[9000] ^= 1;
    std::fs::write(&path, bytes).expect("a file");
    let said = on(&harness, "restore", "backup", "restored").await.bad(1);
    assert!(said.contains("is damaged in bridge.db: nothing was restored"), "{said}");
    assert!(!harness.data_directory().with_file_name("restored").exists());
    let config = harness.config_path();
    let file = harness.data_directory().with_file_name("by-config");
    let (config, file) = (config.to_str().expect("UTF-8"), file.to_str().expect("UTF-8"));
    run(&["backup", file, "--config", config], &[]).await.good();
    let said = run(&["backup", file], &[]).await.bad(2);
    assert!(said.contains("--data and --config"), "{said}");
    harness.end();
}

/// A folder with the data of a stopped bridge, large enough that commands on it take some time.
fn much() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let data = folder.path().join("data");
    drop(Database::open(&data, Arc::new(SystemClock)).expect("a database"));
    let database = rusqlite::Connection::open(data.join("bridge.db")).expect("a database");
    let fill = "INSERT INTO items (pk, sk, body, version)
        WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers LIMIT 6000)
        SELECT 'p-' || number, 'state', hex(randomblob(5000)), 1 FROM numbers";
    database.execute_batch(fill).expect("rows");
    folder
}

/// Starts a command on that folder without a umask; its log is outside the folder.
fn begin(folder: &Path, command: &str, file: &str, data: &str, log: &Path) -> Process {
    let path = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    let arguments = [command, &path(file), "--data", &path(data)];
    Process::spawn_unmasked(&arguments, log)
}

/// The temporary folder of a running backup, if there is one.
fn scratch(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut paths = entries.flatten().map(|entry| entry.path());
    paths.find(|path| path.to_string_lossy().contains("/.bridge-backup-"))
}

fn mode(path: &Path) -> Option<u32> {
    fs::symlink_metadata(path).ok().map(|it| it.permissions().mode() & 0o777)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Returns once the copy of the database has begun.
async fn until_copying(folder: &Path, process: &Process) -> PathBuf {
    loop {
        if let Some(scratch) = scratch(folder)
            && fs::metadata(scratch.join("bridge.db")).is_ok_and(|file| file.len() > 0)
        {
            return scratch;
        }
        assert!(!folder.join("backup").exists(), "it is over already:\n{}", process.log());
        tokio::task::yield_now().await;
    }
}

fn signal(process: &Process, signal: &str) {
    let status = Command::new("kill").args([signal, &process.id().to_string()]).status();
    assert!(status.expect("kill runs").success());
}

#[tokio::test]
async fn while_a_backup_is_made_nobody_else_can_read_it() {
    let (folder, log) = (much(), TempDir::new().expect("a folder"));
    let folder = folder.path();
    let process = begin(folder, "backup", "backup", "data", &log.path().join("log"));
    let scratch = until_copying(folder, &process).await;
    let mut seen = BTreeSet::new();
    while !folder.join("backup").exists() {
        let Some(bits) = mode(&scratch) else { break };
        assert_eq!(bits, 0o700);
        let Ok(entries) = fs::read_dir(&scratch) else { break };
        for path in entries.flatten().map(|entry| entry.path()) {
            if let Some(bits) = mode(&path) {
                assert_eq!(bits, 0o600, "{}", path.display());
                seen.insert(path);
            }
        }
    }
    assert!(seen.len() >= 2, "{seen:?}");
    assert_eq!(mode(&folder.join("backup")), Some(0o600));
}

#[tokio::test]
async fn a_backup_that_a_signal_ends_leaves_nothing_and_one_that_is_killed_is_cleared_away() {
    let (folder, log) = (much(), TempDir::new().expect("a folder"));
    let folder = folder.path();
    let log = log.path().join("log");
    for end in ["-INT", "-TERM", "-HUP"] {
        let mut process = begin(folder, "backup", "backup", "data", &log);
        until_copying(folder, &process).await;
        signal(&process, end);
        assert_eq!(process.ended().await.code(), Some(1), "{end}: {}", process.log());
        assert_eq!(names(folder), ["data".to_owned()].into(), "{end}");
        assert!(process.log().contains("it was stopped, and leaves nothing behind"));
    }
    let mut process = begin(folder, "backup", "backup", "data", &log);
    let scratch = until_copying(folder, &process).await;
    process.kill();
    assert_eq!(mode(&scratch), Some(0o700));
    let mut process = begin(folder, "backup", "backup", "data", &log);
    assert_eq!(process.ended().await.code(), Some(0), "{}", process.log());
    assert_eq!(names(folder), ["backup", "data"].map(str::to_owned).into());
    let named = format!("removed {}, which a killed backup had left", scratch.display());
    assert!(process.log().contains(&named), "{}", process.log());
}

#[tokio::test]
async fn a_restore_that_is_killed_is_no_bridge_and_begins_again_by_itself() {
    let (folder, log) = (much(), TempDir::new().expect("a folder"));
    let folder = folder.path();
    let log = log.path().join("log");
    let mut process = begin(folder, "backup", "backup", "data", &log);
    assert_eq!(process.ended().await.code(), Some(0), "{}", process.log());
    let restored = folder.join("restored");
    let mut process = begin(folder, "restore", "backup", "restored", &log);
    while !restored.join(".restoring/bridge.db").exists() {
        tokio::task::yield_now().await;
    }
    process.kill();
    assert!(!restored.join("bridge.db").exists(), "it was over already");
    let data = restored.to_str().expect("UTF-8");
    let said = run(&["conversations", "--data", data], &[]).await.bad(1);
    assert!(said.contains("a restore into") && said.contains("was broken off"), "{said}");
    let other = folder.join("other");
    let said = run(&["backup", other.to_str().expect("UTF-8"), "--data", data], &[]).await.bad(1);
    assert!(said.contains("was broken off"), "{said}");
    // A restore that a signal ends has no effect.
    let unfinished = restored.join(".restoring");
    // A new folder may have the inode number of the deleted one, but not its time.
    let made = || {
        let folder = fs::metadata(&unfinished).ok()?;
        Some((folder.ino(), folder.ctime(), folder.ctime_nsec()))
    };
    let before = made();
    let mut process = begin(folder, "restore", "backup", "restored", &log);
    while made().is_none() || made() == before {
        tokio::task::yield_now().await;
    }
    signal(&process, "-TERM");
    assert_eq!(process.ended().await.code(), Some(1), "{}", process.log());
    assert!(!unfinished.exists());
    let mut process = begin(folder, "restore", "backup", "restored", &log);
    assert_eq!(process.ended().await.code(), Some(0), "{}", process.log());
    drop(Database::open(&restored, Arc::new(SystemClock)).expect("a database"));
    run(&["conversations", "--data", data], &[]).await.good();
}

#[tokio::test]
async fn a_backup_onto_a_full_disk_names_that_disk() {
    let (folder, log) = (much(), TempDir::new().expect("a folder"));
    let small = folder.path().join("small");
    fs::create_dir(&small).expect("a folder");
    if !Process::may_have_a_disk(&small) {
        crate::harness::not_run("a backup onto a full disk: no disk of its own is possible here");
        return;
    }
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let arguments = ["backup", &path("small/backup"), "--data", &path("data")];
    let log = log.path().join("log");
    let mut process = Process::spawn_on_small_disk(&arguments, &log, &small, false);
    assert_eq!(process.ended().await.code(), Some(1), "{}", process.log());
    let said = process.log();
    let named = format!("the disk of {} is full: no backup was made", small.display());
    assert!(said.contains(&named) && said.contains("twice the data"), "{said}");
}
