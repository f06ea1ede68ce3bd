//! One run of one subject.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cell::Cell;
use crate::load;
use crate::subject::{self, Subject};
use crate::vendors::Vendors;

/// After this time a run counts as stuck.
const LONGEST: Duration = Duration::from_secs(300);

/// The resources that a subject used for each message.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Delivered messages a second.
    pub throughput: f64,
    pub cpu_microseconds: f64,
    /// From post to vendor, in milliseconds.
    pub p50: f64,
    pub p99: f64,
    /// The most memory, in MB.
    pub memory: f64,
    /// Bytes written to a disk.
    pub written: f64,
    /// CPU of the load and the vendors.
    pub load_microseconds: f64,
}

/// Measures messages from number `first` on, as many as the cell says.
pub async fn of_subject(
    subject: &Subject,
    vendors: &Arc<Vendors>,
    cell: &Cell,
    first: usize,
) -> anyhow::Result<Measure> {
    let count = cell.messages / 10;
    let (warm_up, all) = (first + count, first + count + cell.messages);
    load::post(subject.url(), *cell, vendors, (first, warm_up)).await?;
    until(vendors, count).await?;
    let (before, own, began) = (subject.usage()?, subject::own_cpu()?, Instant::now());
    load::post(subject.url(), *cell, vendors, (warm_up, all)).await?;
    until(vendors, count + cell.messages).await?;
    let elapsed = began.elapsed();
    // The bridge's work after the vendor's answer belongs to the message, too.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (after, own) = (subject.usage()?, subject::own_cpu()? - own);
    let count = cell.messages as f64;
    let latencies = vendors.latencies(warm_up);
    let at = |share: usize| {
        latencies[(latencies.len() * share / 100).min(latencies.len() - 1)] as f64 / 1e6
    };
    Ok(Measure {
        throughput: count / elapsed.as_secs_f64(),
        cpu_microseconds: (after.cpu - before.cpu).as_secs_f64() * 1e6 / count,
        p50: at(50),
        p99: at(99),
        memory: after.peak_bytes as f64 / 1e6,
        written: (after.written - before.written) as f64 / count,
        load_microseconds: own.as_secs_f64() * 1e6 / count,
    })
}

async fn until(vendors: &Vendors, count: usize) -> anyhow::Result<()> {
    let began = Instant::now();
    while vendors.arrived() < count {
        anyhow::ensure!(began.elapsed() < LONGEST, "only {} of {count} arrived", vendors.arrived());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

/// The median of several runs, value by value.
pub fn middle(measures: Vec<Measure>) -> Measure {
    let of = |value: fn(&Measure) -> f64| {
        let mut values: Vec<f64> = measures.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        let half = values.len() / 2;
        (values[half] + values[(values.len() - 1) / 2]) / 2.0
    };
    Measure {
        throughput: of(|it| it.throughput),
        cpu_microseconds: of(|it| it.cpu_microseconds),
        p50: of(|it| it.p50),
        p99: of(|it| it.p99),
        memory: of(|it| it.memory),
        written: of(|it| it.written),
        load_microseconds: of(|it| it.load_microseconds),
    }
}
