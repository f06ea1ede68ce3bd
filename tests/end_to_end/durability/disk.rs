//! Disks that are full or read-only, files that are damaged, and data directories that are in use.
//!
//! Rule: an event that cannot be stored is refused with 503; no accepted event is lost; a temporary
//! trouble needs no restart.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::Method;
use rusqlite::Connection;
use serde_json::json;
use simulators::GenesysSimulator;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::harness::{Harness, KEY, SOON, Setup, each};
use crate::process::Process;

/// The bytes of the database with the index of `items` by expiry, which has one page.
fn index_of_expiry(file: &Path) -> std::ops::Range<usize> {
    let database = Connection::open(file).expect("a database");
    let page = "SELECT rootpage FROM sqlite_schema WHERE name = 'items_by_expiry'";
    let page: u32 = database.query_row(page, [], |row| row.get(0)).expect("an index");
    let page = page as usize;
    (page - 1) * 4096..page * 4096
}

/// Posts a customer's message once, and returns the status.
async fn post(harness: &Harness, id: &str) -> u16 {
    let event = json!({ "type": "message", "id": id, "contact": { "id": "ana" }, "text": "Hello" });
    let request = harness.request(Method::POST, "/lynn/support").header("x-api-key", KEY);
    let answer = request.json(&event).send().await.expect("an answer");
    let status = answer.status().as_u16();
    assert!(status != 503 || answer.headers().contains_key("retry-after"));
    status
}

/// Posts new messages until one is answered with this status; returns the ids of the accepted ones.
pub(super) async fn until(harness: &Harness, wanted: u16, first: usize) -> Vec<String> {
    let (mut accepted, deadline) = (Vec::new(), Instant::now() + SOON);
    for number in first.. {
        let id = format!("m-{number}");
        let status = post(harness, &id).await;
        if status == 202 {
            accepted.push(id);
        }
        if status == wanted {
            break;
        }
        assert!(Instant::now() < deadline, "{}", harness.process.log());
        sleep(Duration::from_millis(100)).await;
    }
    accepted
}

/// A harness whose Lynn posts each message once.
pub(super) async fn one_try() -> Harness {
    Setup::new().lynn(|options| options.post_attempts = 1).start().await
}

#[tokio::test]
async fn a_disk_that_fills_and_is_freed_needs_no_restart() {
    let mut harness = one_try().await;
    harness.process.kill();
    harness.genesys.set_down(true);
    if !harness.restart_on_small_disk(false).await {
        return;
    }
    let mut accepted = until(&harness, 202, 0).await;
    harness.fill_small_disk();
    accepted.extend(until(&harness, 503, 1).await);
    assert_eq!(post(&harness, "refused").await, 503);
    let health = harness.request(Method::GET, "/health").send().await.expect("an answer");
    assert_eq!(health.status(), 200);
    // Genesys returns before the disk does: the bridge does not repeat calls whose result it cannot
    // record.
    harness.genesys.set_down(false);
    sleep(Duration::from_secs(5)).await;
    let posts = |genesys: &GenesysSimulator| {
        let requests = genesys.requests();
        let accepted = requests.iter().filter(|request| request.status == Some(200));
        accepted.filter(|request| request.body["channel"]["messageId"] == "m-0").count()
    };
    assert!(posts(&harness.genesys) <= 1, "{}", posts(&harness.genesys));
    // The trouble is named, and it does not fill the log.
    let lines = |name: &str| {
        let log = harness.process.log();
        log.lines().filter(|line| line.contains(&format!("\"event.name\":\"{name}\""))).count()
    };
    assert!((1..=2).contains(&lines("not_written")), "{}", harness.process.log());
    assert!(lines("not_recorded") <= 2, "{}", harness.process.log());
    assert!(!harness.process.log().contains("nothing was written"), "{}", harness.process.log());
    harness.free_small_disk();
    accepted.extend(until(&harness, 202, 1000).await);
    let arrived = harness.accepted("ana", accepted.len()).await;
    assert_eq!(each(&arrived, "/channel/messageId"), accepted);
    assert!(posts(&harness.genesys) <= 2, "{}", posts(&harness.genesys));
    harness.end();
}

#[tokio::test]
async fn a_disk_that_is_full_at_the_start_is_named() {
    let mut harness = one_try().await;
    harness.process.kill();
    if !harness.restart_on_small_disk(true).await {
        return;
    }
    let status = harness.process.ended().await;
    assert_eq!(status.code(), Some(1), "{}", harness.process.log());
    let log = harness.process.log();
    let last = log.lines().last().expect("it said why");
    assert!(last.contains("bridge.db") && last.contains("has room"), "{last}");
}

#[tokio::test]
async fn a_database_that_becomes_read_only_refuses_and_recovers() {
    let harness = one_try().await;
    assert_eq!(post(&harness, "m-0").await, 202);
    harness.accepted("ana", 1).await;
    let Some(immutable) = Immutable::make(&harness.data_directory()) else { return };
    assert_eq!(until(&harness, 503, 1).await, Vec::<String>::new());
    drop(immutable);
    let accepted = until(&harness, 202, 100).await;
    let arrived = harness.accepted("ana", 1 + accepted.len()).await;
    let expected: Vec<String> = std::iter::once("m-0".to_owned()).chain(accepted).collect();
    assert_eq!(each(&arrived, "/channel/messageId"), expected);
    harness.end();
}

#[tokio::test]
async fn a_database_that_is_read_only_at_the_start_is_named() {
    let mut harness = one_try().await;
    harness.process.kill();
    let Some(_immutable) = Immutable::make(&harness.data_directory()) else { return };
    let said = refused(&harness, &harness.data_directory()).await;
    assert!(said.contains("bridge.db") && said.contains("let the bridge's user write"), "{said}");
}

#[tokio::test]
async fn a_broken_database_is_named_and_left_as_it_is() {
    let mut harness = one_try().await;
    assert_eq!(post(&harness, "m-0").await, 202);
    harness.accepted("ana", 1).await;
    harness.process.terminate();
    assert!(harness.process.ended().await.success());
    let file = harness.data_directory().join("bridge.db");
    let whole = fs::read(&file).expect("a file");
    let broken = [&b"not a database at all"[..], &whole[21..]].concat();
    fs::write(&file, &broken).expect("a file");
    let said = refused(&harness, &harness.data_directory()).await;
    assert!(
        said.contains("bridge.db") && said.contains("restore the file from a backup"),
        "{said}"
    );
    assert!(fs::read(&file).expect("a file") == broken, "what may be repaired was changed");
    // Without a backup the bridge starts again in an empty directory.
    let (data, aside) =
        (harness.data_directory(), harness.data_directory().with_file_name("aside"));
    fs::rename(&data, &aside).expect("renamed");
    harness.restart().await;
    harness.say("ben", "m-1", "Hello").await;
    harness.accepted("ben", 1).await;
    harness.process.kill();
    // With the backup it continues.
    fs::remove_dir_all(&data).and_then(|()| fs::rename(&aside, &data)).expect("renamed");
    fs::write(&file, whole).expect("a file");
    goes_on(harness, "m-2").await;
}

/// After a restart the bridge accepts a second message and delivers it.
async fn goes_on(mut harness: Harness, message: &str) {
    harness.restart().await;
    assert_eq!(post(&harness, message).await, 202);
    harness.accepted("ana", 2).await;
    harness.end();
}

#[tokio::test]
async fn a_database_that_is_damaged_inside_says_so_and_goes_on_from_the_backup() {
    let mut harness = one_try().await;
    assert_eq!(post(&harness, "m-0").await, 202);
    harness.accepted("ana", 1).await;
    harness.process.terminate();
    assert!(harness.process.ended().await.success());
    let file = harness.data_directory().join("bridge.db");
    let whole = fs::read(&file).expect("a file");
    // SQLite notices the damage only when it reads that index, for expired items.
    let mut broken = whole.clone();
    broken[index_of_expiry(&file)].fill(0xff);
    fs::write(&file, broken).expect("a file");
    harness.restart().await;
    let deadline = Instant::now() + SOON;
    while !harness.process.log().contains("database disk image is malformed") {
        assert!(Instant::now() < deadline, "{}", harness.process.log());
        sleep(Duration::from_millis(50)).await;
    }
    harness.process.kill();
    for name in ["bridge.db-wal", "bridge.db-shm"] {
        // The files belong to the damaged one, and may not exist.
        let _ = fs::remove_file(harness.data_directory().join(name));
    }
    fs::write(&file, whole).expect("a file");
    goes_on(harness, "m-1").await;
}

#[tokio::test]
async fn a_second_instance_is_refused_by_whatever_name_it_comes() {
    let mut harness = one_try().await;
    let data = harness.data_directory();
    let link = data.with_file_name("link");
    symlink(&data, &link).expect("a link");
    let roundabout = data.join("..").join("data");
    for directory in [&data, &link, &roundabout] {
        let said = refused(&harness, directory).await;
        assert!(said.contains("in use by another instance"), "{said}");
        assert!(said.contains("stop it, or choose another directory"), "{said}");
    }
    // The first instance is not disturbed, and the files that it leaves when it is killed block no
    // other.
    assert_eq!(post(&harness, "m-0").await, 202);
    harness.process.kill();
    assert!(data.join("bridge.lock").exists());
    harness.restart().await;
    assert_eq!(post(&harness, "m-1").await, 202);
    harness.accepted("ana", 2).await;
    harness.end();
}

#[tokio::test]
async fn a_directory_of_others_and_one_that_is_not_restored_are_left_as_they_are() {
    let harness = Harness::start().await;
    let place = TempDir::new().expect("a directory");
    let path = |name: &str| place.path().join(name);
    fs::create_dir(path("shared")).expect("a directory");
    fs::write(path("shared/theirs"), "theirs").expect("a file");
    fs::set_permissions(path("shared"), Permissions::from_mode(0o777)).expect("a directory");
    let said = refused_with(&harness, &path("shared"), 2).await;
    assert!(said.contains("shared is also used by other programs"), "{said}");
    let mode = fs::metadata(path("shared")).expect("a directory").permissions().mode();
    assert_eq!(mode & 0o777, 0o777);
    fs::create_dir_all(path("half/.restoring")).expect("a directory");
    fs::write(path("half/.restoring/bridge.db"), "half").expect("a file");
    let said = refused(&harness, &path("half")).await;
    assert!(said.contains("a restore into") && said.contains("was broken off"), "{said}");
    assert!(!path("half/bridge.db").exists());
    harness.end();
}

/// Starts the program on a data directory; the program ends with exit code 1 and one line, which is
/// returned.
async fn refused(harness: &Harness, directory: &Path) -> String {
    refused_with(harness, directory, 1).await
}

async fn refused_with(harness: &Harness, directory: &Path, code: i32) -> String {
    let mut config: serde_json::Value =
        serde_json::from_slice(&fs::read(harness.config_path()).expect("a file")).expect("JSON");
    config["dataDir"] = json!(directory);
    let place = TempDir::new().expect("a directory");
    let file = place.path().join("bridge.json");
    fs::write(&file, config.to_string()).expect("a file");
    let arguments = ["serve", "--config", file.to_str().expect("UTF-8")];
    let mut process = Process::spawn(&arguments, &place.path().join("log"), &[]);
    assert_eq!(process.ended().await.code(), Some(code), "{}", process.log());
    let log = process.log();
    // Ignores the warnings about the tests' configuration: its ids come from a simulator.
    let said: Vec<&str> =
        log.lines().filter(|line| !line.contains("\"configuration.warning\"")).collect();
    assert_eq!(said.len(), 1, "{log}");
    said.concat()
}

/// Files that no process may write, not even one that has them open: like a file system that has
/// become read-only.
struct Immutable(Vec<std::path::PathBuf>);

impl Immutable {
    /// `None`, with a line in the report of unchecked things, if the file system or the user cannot
    /// do it.
    fn make(directory: &Path) -> Option<Self> {
        // Not the file that SQLite maps into memory: a write to it would raise a signal, which ends
        // any program.
        let files = ["bridge.db", "bridge.db-wal"].map(|name| directory.join(name));
        let files = files.into_iter().filter(|file| file.exists()).collect();
        let made = Self(files);
        if made.change("+i") {
            return Some(made);
        }
        crate::harness::not_run("a read-only database: chattr +i is not possible here");
        None
    }

    fn change(&self, flag: &str) -> bool {
        let changed = Command::new("chattr").arg(flag).args(&self.0).output();
        changed.is_ok_and(|output| output.status.success())
    }
}

impl Drop for Immutable {
    fn drop(&mut self) {
        self.change("-i");
    }
}
