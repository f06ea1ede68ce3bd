//! The commits and the bytes of the write-ahead log for each message, read from the log itself. The
//! bounds are 5 % above the counts.

use std::process::Command;

const MESSAGES: usize = 40;

/// Commits and bytes for each message, its queue entry included.
const BOUNDS: [(&str, f64, f64); 2] =
    [("inbound-on-sqlite", 2.20, 40_660.0), ("outbound-on-sqlite", 2.15, 37_420.0)];

/// The commits and the bytes in a log, whose form SQLite documents as "The Write-Ahead Log".
fn log(bytes: &[u8]) -> (usize, usize) {
    const HEADER: usize = 32;
    const FRAME_HEADER: usize = 24;
    let number = |place: usize| {
        bytes[place..place + 4]
            .iter()
            .fold(0_usize, |number, byte| number << 8 | usize::from(*byte))
    };
    let frame = FRAME_HEADER + number(8);
    let frames = (HEADER..bytes.len().saturating_sub(frame - 1)).step_by(frame);
    // The last frame of a commit has the size of the database.
    (frames.clone().filter(|place| number(place + 4) > 0).count(), frames.count() * frame)
}

#[test]
fn a_message_writes_no_more_than_it_did() {
    let mut above = Vec::new();
    for (case, commits_bound, bytes_bound) in BOUNDS {
        let folder = tempfile::tempdir().expect("a folder");
        let mut program = Command::new(env!("CARGO_BIN_EXE_counts"));
        program.args([case, &MESSAGES.to_string()]).arg(folder.path());
        assert!(program.status().expect("it runs").success(), "{case}");
        let written = std::fs::read(folder.path().join("bridge.db-wal")).expect("a log");
        let (commits, bytes) = log(&written);
        let each = |count: usize| count as f64 / MESSAGES as f64;
        let (commits, bytes) = (each(commits), each(bytes));
        let told = format!(
            "{case}: {commits:.2} commits, bound {commits_bound}; {bytes:.0} bytes, bound {bytes_bound}"
        );
        println!("{told}");
        if commits > commits_bound || bytes > bytes_bound {
            above.push(told);
        }
    }
    assert!(above.is_empty(), "{above:#?}");
}
