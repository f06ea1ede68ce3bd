//! The data directory of each earlier version, under the program of this one.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Value, json};

use super::fixture::Fixture;
use super::scene;
use crate::command::run;
use crate::harness::{Harness, NAME, each};

/// A schema that no version of the program knows.
const FUTURE: i64 = 99;

/// A bridge of this version whose configuration names a copy of the fixture's data directory. It
/// does not run yet.
async fn with(fixture: &Fixture) -> Harness {
    let mut harness = scene::setup(NAME, fixture.manifest().with_events).start().await;
    harness.process.kill();
    fixture.unpack(&at(&harness, "taken"));
    use_data(&harness, "taken");
    harness
}

/// A path beside the harness' own data directory.
fn at(harness: &Harness, name: &str) -> PathBuf {
    harness.data_directory().with_file_name(name)
}

fn use_data(harness: &Harness, name: &'static str) {
    harness.edit_config(|config| config["dataDir"] = json!(name));
}

async fn on(data: &Path, arguments: &[&str]) -> Value {
    let data = data.to_str().expect("UTF-8");
    run(&[arguments, &["--json", "--data", data]].concat(), &[]).await.json()
}

/// `bridge backup` or `bridge restore`.
async fn copy(command: &str, file: &Path, data: &Path) {
    let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    run(&[command, &text(file), "--data", &text(data)], &[]).await.good();
}

fn schema(data: &Path) -> i64 {
    let database = Connection::open(data.join("bridge.db")).expect("a database");
    database.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("a version")
}

#[tokio::test]
async fn what_an_earlier_version_left_is_delivered_by_this_one() {
    for fixture in Fixture::all("bridge.db.gz") {
        let manifest = fixture.manifest();
        eprintln!("the data directory of {}", manifest.version);
        let mut harness = with(&fixture).await;
        let data = at(&harness, "taken");
        let letters = on(&data, &["dead-letters", "list"]).await;
        assert_eq!(letters["deadLetters"].as_array().map(Vec::len), Some(2), "{letters}");
        harness.restart().await;
        scene::after(&harness, &manifest).await;
        on(&data, &["dead-letters", "redrive", "--all"]).await;
        scene::redriven(&harness, &manifest).await;
        scene::end(harness);
    }
}

#[tokio::test]
async fn an_upgrade_is_undone_by_the_backup_made_before_it() {
    for fixture in Fixture::all("bridge.db.gz") {
        eprintln!("the data directory of {}", fixture.manifest().version);
        let mut harness = with(&fixture).await;
        let (data, backup) = (at(&harness, "taken"), at(&harness, "before"));
        let before = schema(&data);
        copy("backup", &backup, &data).await;
        assert_eq!(schema(&data), before, "a backup upgrades nothing");
        harness.restart().await;
        harness.accepted(scene::ANA, 2).await;
        harness.accepted(scene::CEM, 2).await;
        harness.process.terminate();
        assert!(harness.process.ended().await.success());

        // As after an upgrade to a version whose schema this one does not know.
        let database = Connection::open(data.join("bridge.db")).expect("a database");
        database.pragma_update(None, "user_version", FUTURE).expect("written");
        drop(database);
        let config = harness.config_path();
        let config = config.to_str().expect("UTF-8");
        let said = run(&["serve", "--config", config], &[]).await.bad(1);
        let file = data.join("bridge.db").display().to_string();
        let version = env!("CARGO_PKG_VERSION");
        for words in [file.as_str(), "schema 99", version, "restore the backup made before"] {
            assert!(said.contains(words), "{words}: {said}");
        }
        assert_eq!(schema(&data), FUTURE, "it is left as it is");

        copy("restore", &backup, &at(&harness, "back")).await;
        assert_eq!(schema(&at(&harness, "back")), before);
        use_data(&harness, "back");
        harness.restart().await;
        // Events that were delivered after the backup come again, under the same ids.
        let enough = |genesys: &simulators::GenesysSimulator| genesys.duplicates().len() == 4;
        assert!(harness.genesys.wait_until(crate::harness::SOON, enough).await);
        let again = harness.genesys.duplicates();
        for (contact, ids) in [(scene::ANA, ["m-2", "m-3"]), (scene::CEM, ["m-30", "m-31"])] {
            let of = |it: &&Value| it["channel"]["from"]["id"] == contact;
            let again: Vec<Value> = again.iter().filter(of).cloned().collect();
            assert_eq!(each(&again, "/channel/messageId"), ids, "{contact}");
        }
        scene::end(harness);
    }
}

#[tokio::test]
async fn a_backup_of_an_earlier_version_is_restored_by_this_one() {
    let folder = tempfile::TempDir::new().expect("a folder");
    for (place, fixture) in Fixture::all("backup.gz").into_iter().enumerate() {
        let path = |name: &str| folder.path().join(format!("{name}-{place}"));
        std::fs::write(path("backup"), fixture.read("backup.gz")).expect("written");
        copy("restore", &path("backup"), &path("restored")).await;
        fixture.unpack(&path("kept"));
        let counted = |data: PathBuf| {
            let database = Connection::open(data.join("bridge.db")).expect("a database");
            let count = |table: &str| -> i64 {
                let count = format!("SELECT COUNT(*) FROM {table}");
                database.query_row(&count, [], |row| row.get(0)).expect("counted")
            };
            [count("items"), count("queue")]
        };
        let kept = counted(path("kept"));
        assert!(kept.iter().all(|count| *count > 0), "{kept:?}");
        assert_eq!(counted(path("restored")), kept);
    }
}
