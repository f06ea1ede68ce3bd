//! Measures the path of a message on this machine: sent, committed, handed to a handler that does
//! nothing, removed.
//!
//! `throughput [messages] [senders] [directory]` prints messages per second and CPU time per
//! message. `throughput backlog [messages] [groups] [directory]` prints the memory that a worker
//! needs for a backlog.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use delivery::batch::{BatchHandler, Outcome, QueueRecord};
use shared::ids::{IntegrationName, digest};
use shared::ports::{Clock, Direction, Queue as _, QueueMessage};
use shared::time::Timestamp;
use sqlite::{Database, Worker, WorkerOptions};
use tokio::sync::Notify;

type Finished = Result<(), Box<dyn Error>>;

/// Real durations from an arbitrary start time.
struct Stopwatch(Instant);

#[async_trait]
impl Clock for Stopwatch {
    fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_milliseconds(1_800_000_000_000 + elapsed)
    }

    fn random(&self) -> u64 {
        0
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

struct Counting {
    expected: usize,
    done: AtomicUsize,
    finished: Notify,
}

#[async_trait]
impl BatchHandler for Counting {
    async fn handle(&self, records: Vec<QueueRecord>) -> Vec<Outcome> {
        let done = self.done.fetch_add(records.len(), Ordering::Relaxed) + records.len();
        if done >= self.expected {
            self.finished.notify_one();
        }
        vec![Outcome::Done; records.len()]
    }
}

struct Hanging;

#[async_trait]
impl BatchHandler for Hanging {
    async fn handle(&self, records: Vec<QueueRecord>) -> Vec<Outcome> {
        std::future::pending::<()>().await;
        vec![Outcome::Blocked; records.len()]
    }
}

fn message(number: usize, groups: usize) -> QueueMessage {
    QueueMessage {
        integration: IntegrationName::new(format!("integration-{}", number % 3)),
        group: digest(&["group", &(number % groups).to_string()]),
        deduplication: digest(&["message", &number.to_string()]),
        body: format!("{{\"text\":\"{}\"}}", "x".repeat(700)),
    }
}

async fn send(database: &Database, messages: usize, senders: usize, groups: usize) -> Finished {
    let mut tasks = Vec::new();
    for sender in 0..senders {
        let database = database.clone();
        tasks.push(tokio::spawn(async move {
            for number in (sender..messages).step_by(senders) {
                database.send(Direction::Inbound, message(number, groups)).await?;
            }
            Ok::<_, shared::ports::PortError>(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(())
}

/// User and system time of this process, from Linux.
fn cpu_time() -> Result<Duration, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    let fields: Vec<&str> = fields.split(' ').collect();
    let ticks = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}

fn memory() -> Result<String, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    Ok(line.to_owned())
}

async fn throughput(database: Database, messages: usize, senders: usize) -> Finished {
    let finished = Notify::new();
    let handler = Arc::new(Counting { expected: messages, done: AtomicUsize::new(0), finished });
    let worker = Worker::start(
        database.clone(),
        Direction::Inbound,
        Arc::clone(&handler) as Arc<dyn BatchHandler>,
        WorkerOptions::default(),
    );
    let (start, cpu) = (Instant::now(), cpu_time()?);
    send(&database, messages, senders, 2_000).await?;
    let sent = start.elapsed();
    handler.finished.notified().await;
    worker.stop(Duration::from_secs(60)).await;
    let (elapsed, cpu) = (start.elapsed(), cpu_time()?.saturating_sub(cpu));
    let left = database.queue_status().await?.inbound.pending;
    println!(
        "{messages} messages, {senders} senders: sent in {sent:?}, all done in {elapsed:?}, {left} left"
    );
    println!(
        "{:.0} messages/s, {:.1} µs CPU a message",
        messages as f64 / elapsed.as_secs_f64(),
        cpu.as_micros() as f64 / messages as f64
    );
    database.close().await;
    Ok(())
}

async fn backlog(database: Database, messages: usize, groups: usize) -> Finished {
    if database.queue_status().await?.inbound.pending == 0 {
        send(&database, messages, 512, groups).await?;
        println!("filled; run it again");
        return Ok(());
    }
    println!("before: {}", memory()?);
    let start = Instant::now();
    let options = WorkerOptions { in_flight_per_integration: 1, batch: 1 };
    let worker = Worker::start(database.clone(), Direction::Inbound, Arc::new(Hanging), options);
    tokio::time::sleep(Duration::from_secs(6)).await;
    println!("{messages} waiting: {} (looked after {:?})", memory()?, start.elapsed());
    let start = Instant::now();
    let status = database.queue_status().await?.inbound;
    println!("{} counted in {:?}", status.pending, start.elapsed());
    drop(worker);
    Ok(())
}

#[tokio::main]
async fn main() -> Finished {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_backlog = arguments.first().is_some_and(|word| word == "backlog");
    if is_backlog {
        arguments.remove(0);
    }
    let number = |place: usize, default| {
        arguments.get(place).map_or(Ok(default), |text| text.parse::<usize>())
    };
    let temporary = tempfile::tempdir()?;
    let directory = arguments.get(2).map_or(temporary.path().to_owned(), PathBuf::from);
    let database = Database::open(&directory, Arc::new(Stopwatch(Instant::now())))?;
    if is_backlog {
        backlog(database, number(0, 1_000_000)?, number(1, 100_000)?).await
    } else {
        throughput(database, number(0, 200_000)?, number(1, 64)?).await
    }
}
