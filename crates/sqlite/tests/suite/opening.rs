//! A database opens for one instance, stays private to its user, and says why it does not open.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use sqlite::{Database, OpenError};

use crate::support::{FakeClock, meddle, open, send};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn refused(directory: &Path) -> OpenError {
    Database::open(directory, FakeClock::new()).expect_err("it does not open")
}

#[tokio::test]
async fn everything_is_kept_to_one_user() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("deep/data");
    let database = open(&directory, &FakeClock::new());
    send(&database, "support", "group", "body").await;
    assert_eq!(mode(&directory), 0o700);
    for file in ["bridge.db", "bridge.db-wal", "bridge.db-shm", "bridge.lock"] {
        assert_eq!(mode(&directory.join(file)), 0o600, "{file}");
    }
    drop(database);
    fs::set_permissions(&directory, Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(directory.join("bridge.db"), Permissions::from_mode(0o644)).unwrap();
    let _database = open(&directory, &FakeClock::new());
    assert_eq!(mode(&directory), 0o700);
    assert_eq!(mode(&directory.join("bridge.db")), 0o600);
}

#[test]
fn a_directory_that_others_use_is_left_to_them() {
    let parent = tempfile::tempdir().unwrap();
    let make = |name: &str, holds: &[&str], bits: u32| {
        let directory = parent.path().join(name);
        fs::create_dir(&directory).unwrap();
        holds.iter().for_each(|name| fs::write(directory.join(name), "").unwrap());
        fs::set_permissions(&directory, Permissions::from_mode(bits)).unwrap();
        directory
    };
    for (directory, bits) in [
        (make("of the configuration", &["bridge.json"], 0o755), 0o755),
        (make("of a group", &["bridge.db", "notes"], 0o770), 0o770),
        (make("everybody's", &[], 0o1777), 0o777),
    ] {
        let error = refused(&directory);
        assert!(matches!(error, OpenError::Shared { .. }), "{error:?}");
        assert!(error.to_string().contains(&directory.display().to_string()), "{error}");
        assert_eq!(mode(&directory), bits);
        assert!(!directory.join("bridge.lock").exists());
    }
    // A directory made by hand, the root of a disk, and a directory that is already private.
    for directory in [
        make("made by hand", &[], 0o755),
        make("a disk", &["lost+found"], 0o755),
        make("a console", &["console-audit.jsonl"], 0o755),
        make("private", &["bridge.json"], 0o700),
    ] {
        drop(open(&directory, &FakeClock::new()));
        assert_eq!(mode(&directory), 0o700);
    }
}

#[tokio::test]
async fn a_second_instance_is_refused_until_the_first_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let first = open(directory.path(), &FakeClock::new());
    let error = refused(directory.path());
    assert!(matches!(error, OpenError::Locked { .. }), "{error:?}");
    assert!(error.to_string().contains(&directory.path().display().to_string()));
    first.close().await;
    drop(open(directory.path(), &FakeClock::new()));
    drop(open(directory.path(), &FakeClock::new()));
}

#[test]
fn a_newer_schema_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path(), &FakeClock::new()));
    meddle(directory.path(), "PRAGMA user_version = 5");
    let error = refused(directory.path());
    assert!(matches!(error, OpenError::NewerSchema { found: 5, known: 4, .. }), "{error:?}");
}

#[test]
fn every_refusal_names_the_path() {
    let parent = tempfile::tempdir().unwrap();
    let path = |name: &str| parent.path().join(name);
    fs::write(path("file"), "").unwrap();
    fs::create_dir_all(path("taken/bridge.db")).unwrap();
    fs::create_dir_all(path("foreign")).unwrap();
    fs::write(path("foreign/bridge.db"), [7; 4096]).unwrap();
    let error = refused(&path("file/data"));
    assert!(matches!(error, OpenError::CreateDirectory { .. }), "{error:?}");
    assert!(error.to_string().contains("file/data"));
    let error = refused(&path("taken"));
    assert!(matches!(error, OpenError::File { .. }), "{error:?}");
    assert!(error.to_string().contains("taken/bridge.db"));
    let error = refused(&path("foreign"));
    assert!(matches!(error, OpenError::Database { .. }), "{error:?}");
    assert!(error.to_string().contains("foreign/bridge.db"));
}

#[test]
fn a_place_that_cannot_be_written_is_refused() {
    // Even root cannot create a directory there.
    let error = refused(std::path::Path::new("/proc/bridge-data"));
    assert!(matches!(error, OpenError::CreateDirectory { .. }), "{error:?}");
    assert!(error.to_string().contains("/proc/bridge-data"));
}
