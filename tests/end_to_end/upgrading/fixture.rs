//! The data of an earlier version, and its move to the present time.
//!
//! A fixture is as old as the version that wrote it, and an event that waited for weeks is given
//! up. So every time in it is moved by the same amount; nothing else is changed.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use rusqlite::Connection;
use rusqlite::types::Value as SqlValue;
use serde::{Deserialize, Serialize};

/// The longest time before and after the fixture was written that its times may name, in
/// milliseconds: a year.
const YEAR: i64 = 365 * 24 * 60 * 60 * 1000;
/// The digits of a time in milliseconds.
const DIGITS: usize = 13;

/// The origin of the fixture.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The tag or commit that wrote it.
    pub version: String,
    /// When it was written, in milliseconds.
    pub written: i64,
    /// The ids of the agent's messages that wait for Lynn.
    pub waiting_for_lynn: Vec<String>,
    /// The id of the agent's message that is a dead letter.
    pub refused_by_lynn: String,
    /// How many events Lynn had accepted, by contact.
    pub told: BTreeMap<String, u64>,
    /// The body of a webhook that was delivered.
    pub webhook: String,
    /// Whether the version took events of Genesys Cloud.
    pub with_events: bool,
}

/// A folder of `fixtures`.
pub struct Fixture(PathBuf);

impl Fixture {
    /// All fixtures that hold this file, oldest first by name.
    pub fn all(file: &str) -> Vec<Self> {
        let entries = std::fs::read_dir(folder()).expect("the fixtures").flatten();
        let mut all: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        all.retain(|path| path.join(file).exists());
        all.sort();
        assert!(!all.is_empty(), "no fixture holds {file}");
        all.into_iter().map(Self).collect()
    }

    /// A folder for a new one.
    pub fn named(name: &str) -> Self {
        let path = folder().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub fn manifest(&self) -> Manifest {
        let text = std::fs::read_to_string(self.0.join("manifest.json")).expect("a manifest");
        serde_json::from_str(&text).expect("a manifest")
    }

    pub fn write_manifest(&self, manifest: &Manifest) {
        let text = serde_json::to_string_pretty(manifest).expect("JSON") + "\n";
        std::fs::write(self.0.join("manifest.json"), text).expect("written");
    }

    /// A file of the fixture, uncompressed.
    pub fn read(&self, file: &str) -> Vec<u8> {
        let packed = std::fs::File::open(self.0.join(file)).expect(file);
        let mut bytes = Vec::new();
        GzDecoder::new(packed).read_to_end(&mut bytes).expect("gzip");
        bytes
    }

    pub fn write(&self, file: &str, bytes: &[u8]) {
        let packed = std::fs::File::create(self.0.join(file)).expect(file);
        let mut packed = GzEncoder::new(packed, Compression::best());
        packed.write_all(bytes).expect("written");
        packed.finish().expect("written");
    }

    /// Unpacks the data directory into a new folder, as old as if it had been written just now.
    pub fn unpack(&self, directory: &Path) {
        std::fs::create_dir(directory).expect("a new folder");
        let file = directory.join("bridge.db");
        std::fs::write(&file, self.read("bridge.db.gz")).expect("written");
        let written = self.manifest().written;
        let by = now() - written;
        let database = Connection::open(file).expect("a database");
        move_times(&database, written, by).expect("moved");
    }
}

/// The time in milliseconds.
pub fn now() -> i64 {
    i64::try_from(std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_millis()).expect("a time")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/end_to_end/upgrading/fixtures")
}

/// Moves every time in every table.
fn move_times(database: &Connection, written: i64, by: i64) -> rusqlite::Result<()> {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut tables = database.prepare(tables)?;
    let tables = tables.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    for table in tables {
        let mut rows = Vec::new();
        let mut read = database.prepare(&format!("SELECT * FROM {table}"))?;
        let columns = read.column_count();
        let mut found = read.query([])?;
        while let Some(row) = found.next()? {
            let row = (0..columns).map(|column| row.get(column));
            rows.push(row.collect::<Result<Vec<SqlValue>, _>>()?);
        }
        let places = vec!["?"; columns].join(", ");
        database.execute(&format!("DELETE FROM {table}"), [])?;
        let mut write = database.prepare(&format!("INSERT INTO {table} VALUES ({places})"))?;
        for row in rows {
            let row = row.into_iter().map(|value| match value {
                SqlValue::Text(text) => SqlValue::Text(moved(&text, written, by)),
                SqlValue::Integer(time) if is_near(time, written) => SqlValue::Integer(time + by),
                other => other,
            });
            write.execute(rusqlite::params_from_iter(row))?;
        }
    }
    Ok(())
}

/// Moves every time in a text by this many milliseconds.
pub fn moved(text: &str, written: i64, by: i64) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let (before, digits) = rest.split_at(start);
        let end = digits.find(|character: char| !character.is_ascii_digit());
        let (digits, after) = digits.split_at(end.unwrap_or(digits.len()));
        result.push_str(before);
        match digits.parse::<i64>() {
            Ok(time) if digits.len() == DIGITS && is_near(time, written) => {
                result.push_str(&(time + by).to_string());
            }
            _ => result.push_str(digits),
        }
        rest = after;
    }
    result + rest
}

fn is_near(time: i64, written: i64) -> bool {
    (time - written).abs() < YEAR
}

#[test]
fn only_times_are_moved() {
    let text = r#"{"at":1764000000000,"due":[1764000001000],"id":"1764000000000x","n":17640000000000,"m":13}"#;
    let expected = r#"{"at":1764000000007,"due":[1764000001007],"id":"1764000000007x","n":17640000000000,"m":13}"#;
    assert_eq!(moved(text, 1_764_000_000_000, 7), expected);
    assert_eq!(moved("5215512345678", 1_764_000_000_000, 7), "5215512345678");
}
