//! Compares `bridge serve` with a plain Node middleware that keeps everything in memory:
//!
//! `make bench [CELLS=quick]`
//!
//! Posts messages to the release build of the program, with its data on disk, and to
//! `benchmarks/reference/middleware.mjs`, in turn: A B A B. The load and the vendors, which answer
//! at once, are this process; they share the cores with what is measured. Prints what each took and
//! the ratios.

mod cell;
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

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let quick = std::env::args().nth(1).is_some_and(|argument| argument == "quick");
    println!("{}", report::machine());
    println!("{}", report::TITLES);
    for cell in cells(quick) {
        let [bridge, node] = compare(&cell).await?;
        println!("{}", report::row(&cell, &bridge, &node));
    }
    println!("\n{}", report::KEY);
    Ok(())
}

async fn compare(cell: &Cell) -> anyhow::Result<[Measure; 2]> {
    let mut measures = [Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        for (kind, measures) in [Kind::Bridge, Kind::Node].into_iter().zip(&mut measures) {
            let (vendors, address) = Vendors::start(cell.messages / 10 + cell.messages).await?;
            let subject = Subject::start(kind, &address).await?;
            measures.push(measure::of_subject(&subject, &vendors, cell, 0).await?);
        }
    }
    Ok(measures.map(middle))
}
