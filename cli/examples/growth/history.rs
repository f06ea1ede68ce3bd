//! Writes a data directory as a bridge leaves it that has delivered for long.
//!
//! Rule: every tenth conversation is long, with pages; the others have only the list in their own
//! item. The form of a list is that of `crates/delivery/src/recent/`, and a reading at the end
//! proves it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clients::SystemClock;
use rusqlite::{Connection, params};
use serde_json::json;
use shared::ports::{Clock, ItemKey, Store};
use shared::time::Timestamp;
use sqlite::{Database, Visitor};

/// Items that expired before the start.
pub const EXPIRED: usize = 200_000;
/// Items that expire in the minutes of the runs: more than the messages of that time leave behind,
/// of which twenty share a page.
const EXPIRING: usize = 20_000;
/// The time in which they expire, in milliseconds.
const MINUTES: usize = 180_000;
/// One of this many conversations is long.
const LONG: usize = 10;
/// The messages of a page.
const PAGE: usize = 4;
/// The most messages in a conversation's own item.
const OWN: usize = 5;

pub struct History {
    pub conversations: usize,
    /// The messages of all conversations together.
    pub messages: usize,
    /// Whether items have expired, and others expire during the runs.
    pub expires: bool,
    /// This many conversations begin last, as those do to which messages are posted. Without, they
    /// are scattered among all.
    pub latest: Option<usize>,
}

impl History {
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let directory = folder.join("data");
        std::fs::create_dir_all(&directory)?;
        // Creates the tables.
        drop(Database::open(&directory, Arc::clone(&clock))?);
        let file = directory.join("bridge.db");
        let mut connection = (0..50)
            .find_map(|_| {
                std::thread::sleep(Duration::from_millis(100));
                Connection::open(&file).ok()
            })
            .context("open the database")?;
        connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;")?;
        let now = clock.now().milliseconds();
        let transaction = connection.transaction()?;
        let mut put = transaction.prepare(
            "INSERT INTO items (pk, sk, body, version, expires_at, idx, due_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let mut order: Vec<usize> = (0..self.conversations).collect();
        match self.latest {
            Some(latest) => order.rotate_left(latest),
            None => order.sort_by_cached_key(|number| partition(*number)),
        }
        let week = now + 6 * 86_400_000;
        for number in order {
            let pk = partition(number);
            let count = self.of(number);
            let own = count.min(OWN);
            let mut pages = Vec::new();
            for (page, first) in (own..count).step_by(PAGE).enumerate() {
                let entries = entries(number, first..(first + PAGE).min(count), week);
                put.execute(params![
                    pk,
                    format!("page#{page:08x}"),
                    format!("\"{entries}\""),
                    1,
                    week,
                    None::<String>,
                    None::<i64>
                ])?;
                pages.push(format!("{page:x},{:x},{}", week / 1000, "AAAA".repeat(PAGE)));
            }
            let list = format!("{}|{}", pages.join(";"), entries(number, 0..own, week));
            put.execute(params![
                pk,
                "state",
                state(number, &list, now),
                9,
                now + 400 * 86_400_000_i64,
                format!("genesys#{}", id(number, 0)),
                now + 86_400_000
            ])?;
        }
        let ends = (0..EXPIRED).map(|_| now - 1000);
        let ends = ends.chain((0..EXPIRING).map(|place| now + (place * MINUTES / EXPIRING) as i64));
        for (number, end) in ends.enumerate().take_while(|_| self.expires) {
            let (pk, sort) = (partition(number % self.conversations), format!("msg#in#{number}"));
            let body = json!({ "state": "done", "parts": 1 }).to_string();
            put.execute(params![pk, sort, body, 1, end, None::<String>, None::<i64>])?;
        }
        drop(put);
        transaction.commit()?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        drop(connection);
        read_back(&directory, self.of(0), clock)
    }

    /// The messages of one conversation.
    fn of(&self, number: usize) -> usize {
        let average = self.messages / self.conversations;
        let short = average / 2;
        if number.is_multiple_of(LONG) { average * LONG - short * (LONG - 1) } else { short }
    }
}

/// Reads a message of a long conversation, by the product's own code.
fn read_back(directory: &Path, count: usize, clock: Arc<dyn Clock>) -> anyhow::Result<()> {
    let visitor = Visitor::open(directory, Arc::clone(&clock))?;
    let store = sqlite::with_lists(Arc::new(visitor), clock);
    let keys = [0, count.min(OWN) - 1]
        .map(|message| ItemKey::new(partition(0), format!("msg#in#{}", id(0, message))));
    let items = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        anyhow::Ok(runtime.block_on(store.load(&keys))?)
    });
    let items = items.join().map_err(|_| anyhow::anyhow!("the reading panicked"))??;
    anyhow::ensure!(items.iter().all(Option::is_some), "a record in a list cannot be read");
    Ok(())
}

fn partition(number: usize) -> String {
    format!("conv#load#contact-{number}")
}

/// An id in the form of a UUID.
fn id(conversation: usize, message: usize) -> String {
    format!("{conversation:08x}-0000-4000-8000-{message:012x}")
}

fn entries(conversation: usize, messages: std::ops::Range<usize>, end: i64) -> String {
    let entry = |message| {
        let id = id(conversation, message);
        format!("m{},{:x},10123456789ab.0123456789ab,{id}", short(&id), end / 1000)
    };
    messages.map(entry).collect::<Vec<_>>().join(";")
}

/// A UUID in 22 characters.
fn short(id: &str) -> String {
    use base64::Engine as _;
    let digits = id.replace('-', "");
    let byte = |place: usize| u8::from_str_radix(&digits[place..place + 2], 16).unwrap_or_default();
    let bytes: Vec<u8> = (0..16).map(|place| byte(place * 2)).collect();
    format!("*{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

fn state(number: usize, list: &str, now: i64) -> String {
    let state = json!({
        "recent": list, "contact": { "idType": "opaque", "lynnContactId": null },
        "status": "open", "agentConnected": true, "agents": {}, "genesysConversation": id(number, 0), "idAsked": true,
        "session": { "id": "s", "channel": "whatsapp", "open": true, "spokeAt": now, "until": now + 86_400_000 },
        "sequence": 9, "lastInboundTime": now, "lastActivity": now, "lastInboundMessage": now, "looks": 0,
        "due": now + 86_400_000,
    });
    state.to_string()
}

/// The size of the database, with what waits to be written into it.
pub fn megabytes(folder: &Path) -> anyhow::Result<f64> {
    let size =
        |name: &str| std::fs::metadata(folder.join("data").join(name)).map_or(0, |file| file.len());
    anyhow::ensure!(size("bridge.db") > 0, "there is no database");
    Ok((size("bridge.db") + size("bridge.db-wal")) as f64 / 1e6)
}

/// The number of items that had expired at a time and are still there.
pub fn expired(folder: &Path, at: Timestamp) -> anyhow::Result<i64> {
    let connection = Connection::open(folder.join("data/bridge.db"))?;
    let count = "SELECT COUNT(*) FROM items WHERE expires_at <= ?1";
    Ok(connection.query_row(count, [at.milliseconds()], |row| row.get(0))?)
}
