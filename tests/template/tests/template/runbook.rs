//! Every alarm, every finding of `bridge doctor` and every row of a table has a complete entry in
//! the runbook, which names a test that exists.

use std::collections::BTreeSet;
use std::path::Path;

use crate::known::{FUNCTIONS, assert_found, assert_none};
use crate::template::{ROOT, Template};

const RUNBOOK: &str = include_str!("../../../../docs/RUNBOOK.md");
/// The program's list of findings.
const CHECKS: &str = include_str!("../../../../cli/src/doctor/check.rs");
/// The text that introduces the tests of an alarm's entry.
const EXERCISED: &str = "<!-- exercised by: ";
const PARTS: [&str; 5] = [EXERCISED, "- **Means:** ", "- **Bad:** ", "- **Do:** ", "- **Over:** "];
/// The tables with their columns; the last column names the tests.
const TABLES: [(&str, &str); 5] = [
    ("## On one machine", "| seen | means | bad | do | over | exercised by |"),
    (
        "## Answers of `bridge serve` to callers",
        "| answer | means | bad | do | over | exercised by |",
    ),
    ("## Log lines", "| line | means | bad | do | over | exercised by |"),
    (
        "## Alerts and notifications on one machine",
        "| alert | means | bad | do | over | exercised by |",
    ),
    // No column `over`: one sentence above the table covers all findings.
    ("## Findings of bridge doctor", "| finding | means | bad | do | exercised by |"),
];
/// The text of an empty cell.
const NOTHING: &str = "–";
/// The folders that contain tests.
pub const FOLDERS: [&str; 6] = ["cli", "crates", "functions", "shared", "simulation", "tests"];
/// The folders whose code writes log lines.
pub const PRODUCT: [&str; 11] = [
    "cli/src",
    "crates/aws/src",
    "crates/clients/src",
    "crates/conversation/src",
    "crates/convert/src",
    "crates/delivery/src",
    "crates/genesys-admin/src",
    "crates/media/src",
    "crates/sqlite/src",
    "functions",
    "shared/src",
];

/// The entries of alarms, by name.
fn entries(runbook: &str) -> Vec<(&str, &str)> {
    let alarms = runbook.split("## On one machine").next().unwrap();
    alarms.split("\n### ").skip(1).map(|entry| entry.split_once('\n').unwrap()).collect()
}

/// The rows of a table, as cells.
fn rows<'a>(runbook: &'a str, title: &str, columns: &str) -> Vec<Vec<&'a str>> {
    let Some((_, part)) = runbook.split_once(&format!("\n{title}\n")) else { return Vec::new() };
    let part = part.split("\n## ").next().unwrap_or_default();
    let Some((_, table)) = part.split_once(&format!("\n{columns}\n")) else { return Vec::new() };
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// All Rust source text of some folders.
pub fn text_of(folders: &[&str]) -> String {
    fn read(folder: &Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                read(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&std::fs::read_to_string(path).expect("a source"));
            }
        }
    }
    let mut text = String::new();
    folders.iter().for_each(|folder| read(&Path::new(ROOT).join(folder), &mut text));
    text
}

/// Whether a test of that name exists: a function after a test attribute.
pub fn is_test(sources: &str, name: &str) -> bool {
    let declared = format!("fn {name}()");
    sources.match_indices(&declared).any(|(place, _)| {
        let line = sources[..place].rfind('\n').unwrap_or_default();
        let before = sources[..line].lines().next_back().unwrap_or_default().trim();
        before.starts_with("#[test]") || before.starts_with("#[tokio::test")
    })
}

/// The named tests that do not exist.
fn unknown(about: &str, names: &str, sources: &str) -> Vec<String> {
    let names = names.split(", ").map(|name| name.trim_matches('`'));
    let missing = names.filter(|name| !is_test(sources, name));
    missing.map(|name| format!("{about}: there is no test {name:?}")).collect()
}

/// Errors in the entries of the runbook.
fn findings(runbook: &str, sources: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, entry) in entries(runbook) {
        let lacking = PARTS.iter().filter(|part| !entry.contains(**part));
        findings.extend(lacking.map(|part| format!("{name} lacks {part}")));
        let tests = entry.split(EXERCISED).nth(1).unwrap_or_default();
        findings.extend(unknown(name, tests.split(" -->").next().unwrap_or_default(), sources));
    }
    for (title, columns) in TABLES {
        let rows = rows(runbook, title, columns);
        if rows.is_empty() {
            findings.push(format!("{title}: there is no table with the columns {columns}"));
        }
        let width = columns.split(" | ").count();
        for row in rows {
            let about = format!("{title}, {}", row[0]);
            if row.len() != width || row.iter().any(|cell| cell.len() < 3 && *cell != NOTHING) {
                findings.push(format!("{about}: a part is missing"));
            }
            findings.extend(unknown(&about, row[row.len() - 1], sources));
        }
    }
    findings
}

/// The functions whose logs the entry of an alarm must show: the alarm's own function, or the
/// function that does its work.
fn looks_at(alarm: &str) -> Vec<String> {
    match alarm {
        "InboundDeadLetterQueueAlarm"
        | "InboundAgeAlarm"
        | "InboundWaitingAlarm"
        | "InboundBacklogAlarm" => vec!["genesys-sender".to_owned()],
        "OutboundDeadLetterQueueAlarm"
        | "OutboundAgeAlarm"
        | "OutboundWaitingAlarm"
        | "OutboundBacklogAlarm" => vec!["lynn-sender".to_owned()],
        "EventsDeadLetterQueueAlarm" => vec!["genesys-events".to_owned()],
        "UnconfiguredAlarm" => ["genesys-webhook", "lynn-inbound", "genesys-sender", "lynn-sender"]
            .map(str::to_owned)
            .to_vec(),
        "ServerErrorsAlarm" | "RejectedAlarm" => {
            vec!["genesys-webhook".to_owned(), "lynn-inbound".to_owned()]
        }
        other => {
            let own = FUNCTIONS.iter().filter(|(name, _)| other == format!("{name}ErrorsAlarm"));
            own.map(|(_, requirements)| requirements.function.to_owned()).collect()
        }
    }
}

#[test]
fn every_alarm_has_an_entry_and_names_it() {
    let template = Template::read();
    let whole = Template::whole(&[]);
    let alarms: BTreeSet<String> = [template, whole]
        .iter()
        .flat_map(|template| template.of_type("AWS::CloudWatch::Alarm"))
        .map(|(name, alarm)| {
            let description = alarm["Properties"]["AlarmDescription"].as_str().unwrap();
            assert!(description.contains(&format!("docs/RUNBOOK.md, {name}.")), "{name}");
            name.to_owned()
        })
        .collect();
    let described: BTreeSet<String> =
        entries(RUNBOOK).iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(alarms, described);
}

#[test]
fn every_entry_and_every_row_says_all_and_names_tests_that_exist() {
    assert_none(&findings(RUNBOOK, &text_of(&FOLDERS)));
}

#[test]
fn an_entry_or_a_row_without_a_test_is_found() {
    let sources = text_of(&FOLDERS);
    let without = |was: &str, is: &str| {
        assert!(RUNBOOK.contains(was), "{was}");
        findings(&RUNBOOK.replace(was, is), &sources)
    };
    let row = "| `heads_have_a_size` |";
    let at_the_door = "## Answers of `bridge serve` to callers, 431";
    assert_found(&without(row, "|"), &format!("{at_the_door}: a part is missing"));
    assert_found(&without(row, "| |"), &format!("{at_the_door}: there is no test"));
    assert_found(&without(row, "| `imagined` |"), "there is no test \"imagined\"");
    let columns = "| line | means | bad | do | over | exercised by |";
    assert_found(&without(columns, "| line | means |"), "## Log lines: there is no table");
    let tests = "a_wrong_key_is_counted_until_the_right_one_is_pushed";
    assert_found(&without(tests, "imagined"), "RejectedAlarm: there is no test");
    assert_found(&without("- **Over:** no line `rejected`", ""), "RejectedAlarm lacks");
}

#[test]
fn every_finding_has_a_row_in_the_order_of_the_program() {
    let lines = CHECKS.lines().filter_map(|line| line.trim().strip_suffix("\";"));
    let known: Vec<&str> = lines.filter_map(|line| Some(line.split_once(" = \"")?.1)).collect();
    let (title, columns) = TABLES[4];
    let rows = rows(RUNBOOK, title, columns);
    let described: Vec<&str> = rows.iter().map(|cells| cells[0].trim_matches('`')).collect();
    assert_eq!(described, known);
}

#[test]
fn every_line_that_has_a_row_is_one_of_the_program() {
    let product = text_of(&PRODUCT);
    let (title, columns) = TABLES[2];
    for row in rows(RUNBOOK, title, columns) {
        let mut names = row[0].split('`').skip(1).step_by(2);
        let event = names.next().unwrap();
        assert!(product.contains(&format!("event.name = \"{event}\"")), "{event}");
        let codes: Vec<&str> =
            names.filter(|name| !product.contains(&format!("\"{name}\""))).collect();
        assert_eq!(codes, Vec::<&str>::new(), "{event}");
    }
}

/// Other tests check the arguments of each program: `bridge` against its own arguments, AWS against
/// a list of its calls.
#[test]
fn every_command_is_of_a_program_that_is_at_hand() {
    for (name, entry) in entries(RUNBOOK) {
        let commands = entry.split("```").nth(1).unwrap_or_default().lines().skip(1);
        for command in commands {
            let program = command.split(' ').next().unwrap_or_default();
            assert!(["aws", "bridge", "jq"].contains(&program), "{name}: {command}");
        }
    }
}

#[test]
fn every_entry_looks_at_the_log_of_its_own_function() {
    for (name, entry) in entries(RUNBOOK) {
        let groups = entry.lines().filter_map(|line| line.strip_prefix("aws logs tail "));
        let groups = groups.filter_map(|rest| rest.split(' ').next());
        let looked: Vec<&str> =
            groups.filter_map(|group| group.strip_prefix("/aws/lambda/bridge-")).collect();
        assert_eq!(looked, looks_at(name), "{name}");
    }
}

#[test]
fn what_is_no_test_is_told_from_one() {
    let sources = "#[test]\nfn one() {}\n\n#[tokio::test]\nasync fn two() {}\n\nfn helper() {}\n";
    assert_eq!(
        ["one", "two", "helper", "none"].map(|it| is_test(sources, it)),
        [true, true, false, false]
    );
}
