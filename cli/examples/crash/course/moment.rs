//! When the program is killed.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;
use rusqlite::Connection;
use simulators::{Effect, Endpoint, Fault, GenesysSimulator, LynnFault, LynnSimulator};
use tokio::time::sleep;
use uuid::Uuid;

/// How long to wait for a checkpoint.
const CHECKPOINT_WITHIN: Duration = Duration::from_secs(5);
/// How long a vendor delays its answer, so that the kill meets calls that are done and not
/// recorded.
const HELD_BACK: Duration = Duration::from_millis(300);
/// How many answers each vendor delays.
const HELD_BACK_ANSWERS: usize = 4;

/// A moment in the life of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// At any moment under load.
    UnderLoad,
    /// While vendors have accepted and not yet answered.
    AfterSends,
    /// Before it is ready, or at that moment.
    DuringStart,
    /// While SQLite writes its log back into the database.
    DuringCheckpoint,
    /// While a database of an older version is upgraded.
    DuringMigration,
}

#[derive(Clone, Copy, Debug)]
pub struct Kill {
    pub moment: Moment,
    /// When the kill began, from the start of the simulators.
    pub at: Duration,
    /// When it was over.
    pub over: Duration,
}

impl Moment {
    /// The moments of successive kills.
    const TURNS: [Self; 10] = [
        Self::UnderLoad,
        Self::AfterSends,
        Self::DuringStart,
        Self::DuringCheckpoint,
        Self::AfterSends,
        Self::DuringMigration,
        Self::UnderLoad,
        Self::AfterSends,
        Self::DuringStart,
        Self::UnderLoad,
    ];

    /// The moment of the kill with this number, from 0.
    pub fn of(number: usize) -> Self {
        Self::TURNS[number % Self::TURNS.len()]
    }

    /// The words in the summary.
    pub fn words(self) -> &'static str {
        match self {
            Self::UnderLoad => "under load",
            Self::AfterSends => "between a vendor's acceptance and its answer",
            Self::DuringStart => "during the start",
            Self::DuringCheckpoint => "during a checkpoint",
            Self::DuringMigration => "during a migration",
        }
    }

    /// Whether the kill does not wait until the program is ready.
    pub fn is_during_start(self) -> bool {
        matches!(self, Self::DuringStart | Self::DuringMigration)
    }

    /// The change to the data while the program does not run.
    pub fn before_start(self, data: &Path) -> anyhow::Result<()> {
        let file = data.join("bridge.db");
        if self != Self::DuringMigration || !file.exists() {
            return Ok(());
        }
        let connection = Connection::open(file).context("open the database")?;
        let is_new = "SELECT COUNT(*) FROM pragma_table_info('items') WHERE name = 'due_at'";
        let is_new: bool = connection.query_row(is_new, [], |row| row.get(0))?;
        if is_new {
            connection.execute_batch(
                "BEGIN; CREATE TABLE before (pk TEXT NOT NULL, sk TEXT NOT NULL, body TEXT NOT NULL,
                 version INTEGER NOT NULL, expires_at INTEGER, idx TEXT, PRIMARY KEY (pk, sk))
                 WITHOUT ROWID;
                 INSERT INTO before SELECT pk, sk, body, version, expires_at, idx FROM items;
                 DROP TABLE items; ALTER TABLE before RENAME TO items;
                 CREATE INDEX items_by_index ON items (idx) WHERE idx IS NOT NULL;
                 CREATE INDEX items_by_expiry ON items (expires_at) WHERE expires_at IS NOT NULL;
                 PRAGMA user_version = 1; COMMIT;",
            )?;
        }
        Ok(())
    }

    /// Waits from when the program is ready until the moment has come; returns the moment that it
    /// turned out to be.
    pub async fn wait(self, genesys: &GenesysSimulator, lynn: &LynnSimulator, data: &Path) -> Self {
        match self {
            Self::DuringCheckpoint if !checkpoint(&data.join("bridge.db")).await => {
                return Self::UnderLoad;
            }
            Self::DuringCheckpoint => {}
            Self::AfterSends => {
                sleep(at_most(Duration::from_millis(300))).await;
                for _ in 0..HELD_BACK_ANSWERS {
                    let effect = Effect::AcceptThenHang(HELD_BACK);
                    genesys.script(Fault { endpoint: Endpoint::Message, effect });
                    lynn.script(LynnFault::AcceptThenHang(HELD_BACK));
                }
                sleep(Duration::from_millis(50) + at_most(Duration::from_millis(150))).await;
            }
            _ => sleep(Duration::from_millis(50) + at_most(Duration::from_millis(800))).await,
        }
        self
    }
}

/// In this mode of SQLite the database file itself changes only while the log is written back.
async fn checkpoint(file: &Path) -> bool {
    let changed = || {
        file.metadata().and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
    };
    let (before, until) = (changed(), Instant::now() + CHECKPOINT_WITHIN);
    while changed() == before && Instant::now() < until {
        sleep(Duration::from_millis(1)).await;
    }
    changed() != before
}

/// A random time.
pub fn at_most(most: Duration) -> Duration {
    let chance = u32::try_from(Uuid::new_v4().as_u128() & 0xffff).unwrap_or_default();
    most * chance / 0xffff
}
