//! Tests the live line of a person's terminal: what a command waits for, and how long. Each command
//! waits for the test here, until the line was seen.

use std::process::Command;

use rusqlite::Connection;

use crate::at_a_terminal::with_dead_letters;
use crate::command::run;
use crate::harness::Harness;
use crate::terminal::{dialogue, when_shown};

const ERASE: &str = "\u{1b}[2K";

/// Checks that nothing is left of the live line when the result is printed.
fn assert_erased(screen: &str, line: &str, result: &str) {
    let (before, _) = screen.split_once(result).expect(result);
    let after_line = before.rsplit_once(line).expect(line).1;
    assert!(after_line.contains(ERASE), "{screen}");
}

#[tokio::test]
async fn a_backup_that_takes_long_says_what_it_copies() {
    let mut harness = Harness::start().await;
    harness.process.kill();
    let data = harness.data_directory();
    let media = data.join("media");
    std::fs::create_dir_all(&media).expect("a folder");
    // A copy of a file that can be read only when the test begins to write it.
    let pipe = media.join("0".repeat(64));
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo of coreutils");
    assert!(made.success(), "{made}");
    let file = data.with_file_name("one.backup").display().to_string();
    let data = data.display().to_string();
    let line = format!("copying {data} (1 s)");
    let backup = ["backup", &file, "--data", &data];
    let screen = when_shown(&backup, &[], &line, move || {
        drop(std::fs::OpenOptions::new().write(true).open(pipe).expect("the pipe"));
    });
    let screen = screen.await.good();
    assert_erased(&screen, &line, "Backed up");
}

#[tokio::test]
async fn a_redrive_that_takes_long_says_how_far_it_is() {
    let harness = with_dead_letters().await;
    let config = harness.config_path();
    let config = config.to_str().expect("UTF-8");
    let database =
        Connection::open(harness.data_directory().join("bridge.db")).expect("a database");
    database.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let redrive = ["dead-letters", "redrive", "--all", "--yes", "--config", config];
    let line = "sending again: 1 of 2 (1 s)";
    let screen = when_shown(&redrive, &[], line, move || {
        database.execute_batch("ROLLBACK").expect("unlocked");
    });
    let screen = screen.await.good();
    assert_erased(&screen, line, "queued to be sent again");
    assert_eq!(screen.matches("queued to be sent again").count(), 2, "{screen}");
    harness.accepted("ana", 1).await;
    harness.accepted("ben", 1).await;
    harness.end();
}

#[tokio::test]
async fn what_is_quick_needs_no_live_line_and_a_file_gets_none() {
    let harness = Harness::start().await;
    let config = harness.config_path();
    let config = config.to_str().expect("UTF-8");
    let copy = |name: &str| harness.data_directory().with_file_name(name).display().to_string();
    let file = copy("one.backup");
    let ended = run(&["backup", &file, "--config", config], &[]).await;
    assert!(ended.said.is_empty() && ended.output.starts_with("Backed up"), "{ended:?}");
    let file = copy("two.backup");
    let screen = dialogue(&["backup", &file, "--config", config], &[], &[]).await.good();
    assert!(screen.contains("Backed up"), "{screen}");
    assert!(!screen.contains("copying") || screen.contains(ERASE), "{screen}");
    harness.end();
}
