//! `make scale`: shows how evenly the conversations of a large deployment spread over the table's
//! partitions, and over the shards of the index of deadlines.
//!
//! Rule: AWS does not document the hash of its partitions. SHA-256 stands for it, as it does for
//! the shards in the product.

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

const CONVERSATIONS: u64 = 10_000_000;
/// Phone numbers of one country in sequence: the least random ids.
const FIRST: u64 = 5_215_500_000_000;
/// The shards of the index of deadlines, and numbers of partitions.
const SLOTS: [usize; 4] = [16, 100, 1_000, 10_000];

fn main() -> Result<()> {
    let mut counts = SLOTS.map(|slots| vec![0_u64; slots]);
    for number in 0..CONVERSATIONS {
        let key = format!("conv#support#{}", FIRST + number);
        let digest = Sha256::digest(key.as_bytes());
        let first = digest.first_chunk::<8>().context("a digest of 32 bytes")?;
        let place = usize::try_from(u64::from_be_bytes(*first) >> 1)?;
        for (slots, counts) in SLOTS.iter().zip(&mut counts) {
            counts[place % slots] += 1;
        }
    }
    println!("| slots | conversations on average | fewest | most | most over average |");
    println!("|---|---|---|---|---|");
    for (slots, counts) in SLOTS.iter().zip(&counts) {
        let average = CONVERSATIONS / u64::try_from(*slots)?;
        let fewest = counts.iter().min().context("slots")?;
        let most = counts.iter().max().context("slots")?;
        let over = (most - average) * 1000 / average;
        println!("| {slots} | {average} | {fewest} | {most} | {}.{} % |", over / 10, over % 10);
    }
    Ok(())
}
