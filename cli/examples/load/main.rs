//! Compares `bridge serve` with a plain Node middleware that keeps everything in memory:
//!
//! `make bench [CELLS=quick|floor|durable-floor]`
//!
//! Posts messages to the release build of the program, with its data on disk, and to
//! `benchmarks/reference/middleware.mjs`, in turn: A B A B. The load and the vendors, which answer
//! at once, are this process; they share the cores with what is measured. Prints what each took and
//! the ratios. `CELLS=floor` and `CELLS=durable-floor` measure in the place of the bridge the least
//! program that can do the job, in memory or with a file.

mod cell;
mod floor;
#[path = "../../../tests/listening/mod.rs"]
mod listening;
mod load;
mod measure;
mod report;
mod subject;
mod vendors;

use cell::{Cell, cells};
use measure::{Measure, middle};
use subject::{Kind, Subject};
use vendors::Vendors;

/// How often each of the two is measured in a cell.
const TURNS: usize = 2;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, rest)) if first == "floor" && !rest.is_empty() => floor::run(rest),
        first => compare_all(first.map_or("", |(first, _)| first)),
    }
}

#[tokio::main]
async fn compare_all(which: &str) -> anyhow::Result<()> {
    println!("{}", report::machine());
    println!("{}", report::TITLES);
    let measured = match which {
        "floor" => Kind::Floor,
        "durable-floor" => Kind::DurableFloor,
        _ => Kind::Bridge,
    };
    for cell in cells(!which.is_empty()) {
        let [measured, node] = compare(measured, &cell).await?;
        println!("{}", report::row(&cell, &measured, &node));
    }
    println!("\n{}", report::KEY);
    Ok(())
}

async fn compare(measured: Kind, cell: &Cell) -> anyhow::Result<[Measure; 2]> {
    let mut measures = [Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        for (kind, measures) in [measured, Kind::Node].into_iter().zip(&mut measures) {
            let (vendors, address) = Vendors::start(cell.messages / 10 + cell.messages).await?;
            let subject = Subject::start(kind, &address).await?;
            measures.push(measure::of_subject(&subject, &vendors, cell, 0).await?);
        }
    }
    Ok(measures.map(middle))
}
