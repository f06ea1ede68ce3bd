//! Checks that the events for `sam local invoke` are as the bridge's own code makes them:
//! signatures, queue entries, groups.

mod cases;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/invoke")
}

#[test]
fn every_event_is_as_the_bridge_makes_it() {
    for case in cases::all() {
        let written = std::fs::read_to_string(folder().join(case.file)).unwrap_or_default();
        assert_eq!(
            written,
            cases::text(&case.event),
            "{}: write it again with `cargo run --package local-aws --example events`",
            case.file
        );
    }
}

#[test]
fn every_event_has_its_answer_beside_it_and_no_file_is_left_over() {
    let made: BTreeSet<PathBuf> = cases::all()
        .iter()
        .flat_map(|case| [folder().join(case.file), answer(&folder().join(case.file))])
        .collect();
    let mut there = BTreeSet::new();
    for function in std::fs::read_dir(folder()).unwrap() {
        for file in std::fs::read_dir(function.unwrap().path()).unwrap() {
            there.insert(file.unwrap().path());
        }
    }
    assert_eq!(there, made);
}

fn answer(event: &Path) -> PathBuf {
    event.with_extension("answer.json")
}
