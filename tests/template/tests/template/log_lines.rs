//! docs/log-events.md explains every log line.

use std::collections::BTreeSet;

use crate::runbook::{PRODUCT, text_of};

const PAGE: &str = include_str!("../../../../docs/log-events.md");
/// The header of the table of log lines.
const COLUMNS: &str = "| `event.name` | means | what to do |\n";

/// The names that the page's table explains, from the first cell of each row.
fn explained(page: &str) -> BTreeSet<&str> {
    let (_, table) = page.split_once(COLUMNS).expect("the table");
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.trim_start_matches('|').split('|').next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

/// The names that the source writes.
fn written(source: &str) -> BTreeSet<&str> {
    let after = source.split("event.name = \"").skip(1);
    after.filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_log_line_is_explained_and_every_explained_one_is_written() {
    let product = text_of(&PRODUCT);
    let written = written(&product);
    assert!(written.len() > 30, "{written:?}");
    assert_eq!(explained(PAGE), written);
}

#[test]
fn a_row_that_is_missing_is_found() {
    let row = PAGE.lines().find(|line| line.starts_with("| `look_refused` |")).expect("a row");
    let without = PAGE.replace(&format!("{row}\n"), "");
    assert!(!explained(&without).contains("look_refused"));
}
