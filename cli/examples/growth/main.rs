//! Compares `bridge serve` on a young data directory with one that has delivered for long:
//!
//! `make growth [MESSAGES=10000000] [CONVERSATIONS=1000000]`
//!
//! Writes three directories: one with 20,000 conversations, and two with many more. In one of them
//! the same 20,000 are the latest, in the other one they are scattered among all, as if only
//! customers of long ago wrote. Prints how long items that expired before the start are deleted.
//! Then posts the same messages to each, in turn: A B C A B C, while others expire. Prints what a
//! message took, the time of a start, the size of the database before and after, and the memory
//! after a fifth of the messages of a day and after all.

#[path = "../load/cell.rs"]
#[expect(dead_code, reason = "the comparison with the middleware uses the rest")]
mod cell;
mod history;
#[path = "../../../tests/listening/mod.rs"]
mod listening;
#[path = "../load/load.rs"]
mod load;
#[path = "../load/measure.rs"]
mod measure;
#[path = "../load/subject.rs"]
#[expect(dead_code, reason = "the comparison with the middleware uses the rest")]
mod subject;
#[path = "../load/vendors.rs"]
mod vendors;

use std::path::Path;
use std::time::{Duration, Instant};

use cell::{Cell, Way};
use clients::SystemClock;
use history::{EXPIRED, History};
use measure::Measure;
use shared::ports::Clock as _;
use subject::{Kind, Subject};
use vendors::Vendors;

/// The conversations to which messages are posted.
const ACTIVE: usize = 20_000;
const CELL: Cell =
    Cell { way: Way::Both, connections: 64, conversations: ACTIVE, messages: 40_000 };
const TURNS: usize = 4;
/// A bridge has this long to delete what had expired before its start.
const RETENTION: Duration = Duration::from_mins(5);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|number| number.parse::<usize>());
    let messages = arguments.next().transpose()?.unwrap_or(10_000_000);
    let conversations = arguments.next().transpose()?.unwrap_or(1_000_000).max(ACTIVE);
    let each = messages / conversations;
    let folder = || tempfile::tempdir_in(".");
    let (young, old, scattered) = (folder()?, folder()?, folder()?);
    let began = Instant::now();
    let of_old = History { conversations, messages, expires: true, latest: Some(ACTIVE) };
    of_old.write(old.path())?;
    History { latest: None, ..of_old }.write(scattered.path())?;
    History { conversations: ACTIVE, messages: ACTIVE * each, expires: false, latest: None }
        .write(young.path())?;
    println!(
        "{conversations} conversations, {messages} messages: written in {:.0?}",
        began.elapsed()
    );
    let took = retention(old.path()).await?;
    println!("{EXPIRED} expired items were deleted within {took:.0?} of work");
    println!(
        "| directory | messages/s | CPU µs | p50 ms | p99 ms | bytes written | start ms | database MB | after |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let directories = [("young", &young), ("old", &old), ("scattered", &scattered)];
    let mut measures = [Vec::new(), Vec::new(), Vec::new()];
    for turn in 0..TURNS {
        for (place, (name, folder)) in directories.into_iter().enumerate() {
            let before = history::megabytes(folder.path())?;
            let (measure, start) = run(folder.path(), turn).await?;
            let after = history::megabytes(folder.path())?;
            println!(
                "| {name} | {:.0} | {:.0} | {:.1} | {:.1} | {:.0} | {:.0} | {before:.0} | {after:.0} |",
                measure.throughput,
                measure.cpu_microseconds,
                measure.p50,
                measure.p99,
                measure.written,
                start.as_secs_f64() * 1e3,
            );
            measures[place].push(measure);
        }
    }
    let [young_one, others @ ..] = measures.map(measure::middle);
    println!();
    for ((name, _), one) in directories.into_iter().skip(1).zip(others) {
        let ratio = |value: fn(&Measure) -> f64| value(&one) / value(&young_one);
        println!(
            "{name} to young: messages/s {:.2}, CPU {:.2}, p50 {:.2}, bytes written {:.2}",
            ratio(|it| it.throughput),
            ratio(|it| it.cpu_microseconds),
            ratio(|it| it.p50),
            ratio(|it| it.written)
        );
    }
    memory(young.path()).await
}

/// One run on a directory; `turn` makes its messages differ from earlier ones.
async fn run(folder: &Path, turn: usize) -> anyhow::Result<(Measure, Duration)> {
    let first = turn * CELL.messages * 2;
    let (vendors, address) = Vendors::start(first + CELL.messages * 2).await?;
    let began = Instant::now();
    let subject = Subject::start_in(Kind::Bridge, &address, folder).await?;
    let start = began.elapsed();
    Ok((measure::of_subject(&subject, &vendors, &CELL, first).await?, start))
}

/// How long the bridge works until no item is left that expired before.
async fn retention(folder: &Path) -> anyhow::Result<Duration> {
    let before = SystemClock.now();
    let (_vendors, address) = Vendors::start(0).await?;
    let _subject = Subject::start_in(Kind::Bridge, &address, folder).await?;
    let began = Instant::now();
    while history::expired(folder, before)? > 0 {
        anyhow::ensure!(began.elapsed() < RETENTION, "expired items are left");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(began.elapsed())
}

/// Prints the memory during as many messages as a day has at ten a second.
async fn memory(folder: &Path) -> anyhow::Result<()> {
    const DAY: usize = 864_000;
    const PORTIONS: usize = 5;
    let first = CELL.messages * 2 * TURNS;
    let (vendors, address) = Vendors::start(first + DAY).await?;
    let subject = Subject::start_in(Kind::Bridge, &address, folder).await?;
    println!("\n| messages of a day at ten a second | memory MB |\n|---|---|");
    for portion in 0..PORTIONS {
        let bounds = (first + DAY / PORTIONS * portion, first + DAY / PORTIONS * (portion + 1));
        load::post(subject.url(), CELL, &vendors, bounds).await?;
        println!(
            "| {} | {:.1} |",
            DAY / PORTIONS * (portion + 1),
            subject.usage()?.peak_bytes as f64 / 1e6
        );
    }
    Ok(())
}
