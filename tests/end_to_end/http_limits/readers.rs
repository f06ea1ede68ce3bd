//! Clients that request a file and do not read it.

use std::time::{Duration, Instant};

use super::raw::{Raw, socket};
use crate::harness::Harness;
use crate::media::{agent_sends, link, messages, relaying, start};
use crate::media_on_one_machine::large;

/// Larger than any buffer on the way.
const SIZE: usize = 16 * 1024 * 1024;
/// How long a client may read nothing, and how late a machine under load may be.
const SILENCE: Duration = Duration::from_secs(20);
const LATE: Duration = Duration::from_secs(20);

/// The path of a link to a copy, and the copy's size.
pub async fn large_copy(harness: &Harness) -> (String, usize) {
    agent_sends(harness, &harness.genesys.put_download(large(SIZE))).await;
    let ours = link(&messages(harness, 1).await);
    (ours.strip_prefix(&harness.address).expect("ours").to_owned(), SIZE)
}

/// How many copies the program has open in order to serve them.
fn given_out(harness: &Harness) -> usize {
    let folder = harness.data_directory().join("media");
    harness.process.open_files().iter().filter(|path| path.starts_with(&folder)).count()
}

async fn wait_for(harness: &Harness, open: usize, within: Duration) -> Duration {
    let began = Instant::now();
    while given_out(harness) != open {
        assert!(began.elapsed() < within, "{} copies are open", given_out(harness));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    began.elapsed()
}

#[tokio::test]
async fn who_takes_nothing_of_a_file_is_let_go_after_its_time_and_costs_little_memory() {
    const READERS: usize = 100;
    let harness = start(relaying()).await;
    let (path, _) = large_copy(&harness).await;
    let before = harness.process.peak_memory();
    let request = format!("GET {path} HTTP/1.1\r\nhost: b\r\n\r\n");
    let readers: Vec<Raw> = (0..READERS)
        .map(|_| {
            let mut reader = Raw::open(&socket(&harness)).expect("connected");
            assert!(reader.send(request.as_bytes()));
            reader
        })
        .collect();
    wait_for(&harness, READERS, LATE).await;
    let waited = wait_for(&harness, 0, SILENCE + LATE).await;
    assert!(waited + LATE / 4 > SILENCE, "{waited:?}");
    assert!(readers.iter().all(Raw::is_cut_off));
    let each = (harness.process.peak_memory() - before) / READERS;
    assert!(each < 160 * 1024, "{each} bytes for each");
    harness.end();
}

/// Such a client cannot keep the program from ending either.
#[tokio::test]
async fn who_takes_nothing_does_not_keep_the_program_from_ending() {
    let mut harness = start(relaying()).await;
    let (path, _) = large_copy(&harness).await;
    let mut reader = Raw::open(&socket(&harness)).expect("connected");
    assert!(reader.send(format!("GET {path} HTTP/1.1\r\nhost: b\r\n\r\n").as_bytes()));
    wait_for(&harness, 1, LATE).await;
    harness.process.terminate();
    assert!(harness.process.ended().await.success());
    drop(reader);
    harness.end();
}
