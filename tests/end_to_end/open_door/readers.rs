//! Clients that request a file and do not read it.

use std::time::{Duration, Instant};

use super::raw::{Raw, socket};
use crate::harness::World;
use crate::media::{agent_sends, link, messages, relaying, start};
use crate::media_on_one_machine::large;

/// Larger than any buffer on the way.
const SIZE: usize = 16 * 1024 * 1024;
/// How long a client may read nothing, and how late a machine under load may be.
const SILENCE: Duration = Duration::from_secs(20);
const LATE: Duration = Duration::from_secs(20);

/// The path of a link to a copy, and the copy's size.
pub async fn large_copy(world: &World) -> (String, usize) {
    agent_sends(world, &world.genesys.put_download(large(SIZE))).await;
    let ours = link(&messages(world, 1).await);
    (ours.strip_prefix(&world.address).expect("ours").to_owned(), SIZE)
}

/// How many copies the program has open in order to serve them.
fn given_out(world: &World) -> usize {
    let folder = world.data_directory().join("media");
    world.process.open_files().iter().filter(|path| path.starts_with(&folder)).count()
}

async fn wait_for(world: &World, open: usize, within: Duration) -> Duration {
    let began = Instant::now();
    while given_out(world) != open {
        assert!(began.elapsed() < within, "{} copies are open", given_out(world));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    began.elapsed()
}

#[tokio::test]
async fn who_takes_nothing_of_a_file_is_let_go_after_its_time_and_costs_little_memory() {
    const READERS: usize = 100;
    let world = start(relaying()).await;
    let (path, _) = large_copy(&world).await;
    let before = world.process.peak_memory();
    let request = format!("GET {path} HTTP/1.1\r\nhost: b\r\n\r\n");
    let readers: Vec<Raw> = (0..READERS)
        .map(|_| {
            let mut reader = Raw::open(&socket(&world)).expect("connected");
            assert!(reader.send(request.as_bytes()));
            reader
        })
        .collect();
    wait_for(&world, READERS, LATE).await;
    let waited = wait_for(&world, 0, SILENCE + LATE).await;
    assert!(waited + LATE / 4 > SILENCE, "{waited:?}");
    assert!(readers.iter().all(Raw::is_cut_off));
    let each = (world.process.peak_memory() - before) / READERS;
    assert!(each < 160 * 1024, "{each} bytes for each");
    world.end();
}

/// Such a client cannot keep the program from ending either.
#[tokio::test]
async fn who_takes_nothing_does_not_keep_the_program_from_ending() {
    let mut world = start(relaying()).await;
    let (path, _) = large_copy(&world).await;
    let mut reader = Raw::open(&socket(&world)).expect("connected");
    assert!(reader.send(format!("GET {path} HTTP/1.1\r\nhost: b\r\n\r\n").as_bytes()));
    wait_for(&world, 1, LATE).await;
    world.process.terminate();
    assert!(world.process.ended().await.success());
    drop(reader);
    world.end();
}
