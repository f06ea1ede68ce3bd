//! Makes a fixture: `tools/make-fixture` runs this with the program of another version.

use rusqlite::Connection;

use super::fixture::{Fixture, now};
use super::scene;
use crate::command::run;
use crate::harness::{NAME, Setup};
use crate::process::variable;

/// The vendors of an earlier version: Lynn also takes what lacks fields that were added later.
pub fn of_its_time(setup: Setup) -> Setup {
    setup.lynn(|options| options.checks_shape = false)
}

/// The request of `tools/make-fixture`.
pub struct Order {
    /// The name of the fixture.
    pub name: String,
    /// The tag or commit.
    pub version: String,
    /// Whether that version takes events of Genesys Cloud.
    pub with_events: bool,
}

impl Order {
    pub fn given() -> Self {
        let given =
            |name: &str| variable(name).unwrap_or_else(|| panic!("{name}: tools/make-fixture"));
        Self {
            name: given("FIXTURE"),
            version: given("FIXTURE_VERSION"),
            with_events: given("FIXTURE_EVENTS") == "yes",
        }
    }
}

#[tokio::test]
#[ignore = "tools/make-fixture runs it with the program of another version"]
async fn a_data_directory() {
    let order = Order::given();
    let mut harness = of_its_time(scene::setup(NAME, order.with_events)).start().await;
    let mut manifest = scene::before(&harness, order.with_events).await;
    let fixture = Fixture::named(&order.name);
    harness.process.terminate();
    assert!(harness.process.ended().await.success());
    manifest.version = order.version;
    manifest.written = now();
    let data = harness.data_directory();
    // A version that has no command for it makes no backup.
    let backup = data.with_file_name("backup");
    let arguments =
        ["backup", backup.to_str().expect("UTF-8"), "--data", data.to_str().expect("UTF-8")];
    if run(&arguments, &[]).await.code == Some(0) {
        fixture.write("backup.gz", &std::fs::read(&backup).expect("a backup"));
    }
    // Everything into the one file that the fixture keeps.
    let file = data.join("bridge.db");
    let database = Connection::open(&file).expect("a database");
    database
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;")
        .expect("done");
    drop(database);
    fixture.write("bridge.db.gz", &std::fs::read(&file).expect("a file"));
    fixture.write_manifest(&manifest);
}
