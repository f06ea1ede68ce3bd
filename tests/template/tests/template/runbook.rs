//! Every alarm and every finding of `bridge doctor` has an entry in the runbook that says all that is needed, and names a test that
//! exists.

use std::collections::BTreeSet;
use std::path::Path;

use crate::template::{ROOT, Template};

const RUNBOOK: &str = include_str!("../../../../docs/RUNBOOK.md");
/// The program's list of findings.
const CHECKS: &str = include_str!("../../../../cli/src/doctor/check.rs");
const PARTS: [&str; 5] =
    ["<!-- exercised by: ", "- **Means:** ", "- **Bad:** ", "- **Do:** ", "- **Over:** "];
/// How the table of findings begins: four parts, the fourth of them once for all, and the test.
const FINDINGS: &str = "It is over when `bridge doctor`, run again, says OK.";
/// Where tests lie.
const FOLDERS: [&str; 6] = ["cli", "embedded", "functions", "shared", "simulation", "tests"];

/// The entries of alarms, by name.
fn entries() -> Vec<(&'static str, &'static str)> {
    let alarms = RUNBOOK.split("## On one machine").next().unwrap();
    alarms.split("\n### ").skip(1).map(|entry| entry.split_once('\n').unwrap()).collect()
}

/// The rows of findings, cell by cell.
fn findings() -> Vec<Vec<&'static str>> {
    let (_, table) = RUNBOOK.split_once(FINDINGS).expect("the findings say when they are over");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// All source text with tests.
fn sources() -> String {
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
    FOLDERS.iter().for_each(|folder| read(&Path::new(ROOT).join(folder), &mut text));
    text
}

/// Whether there is a test of that name: a function whose line before says so.
fn is_test(sources: &str, name: &str) -> bool {
    let declared = format!("fn {name}()");
    sources.match_indices(&declared).any(|(place, _)| {
        let line = sources[..place].rfind('\n').unwrap_or_default();
        let before = sources[..line].lines().next_back().unwrap_or_default().trim();
        before.starts_with("#[test]") || before.starts_with("#[tokio::test")
    })
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
        entries().iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(alarms, described);
}

#[test]
fn every_entry_says_all_and_names_tests_that_exist() {
    let tests = sources();
    for (name, entry) in entries() {
        for part in PARTS {
            assert!(entry.contains(part), "{name} lacks {part}");
        }
    }
    for names in RUNBOOK.split("<!-- exercised by: ").skip(1) {
        for test in names.split(" -->").next().unwrap().split(", ") {
            assert!(is_test(&tests, test), "there is no test {test}");
        }
    }
}

#[test]
fn every_finding_has_an_entry_that_says_all_and_names_tests_that_exist() {
    let tests = sources();
    let lines = CHECKS.lines().filter_map(|line| line.trim().strip_suffix("\";"));
    let known: Vec<&str> = lines.filter_map(|line| Some(line.split_once(" = \"")?.1)).collect();
    let described: Vec<&str> = findings().iter().map(|cells| cells[0].trim_matches('`')).collect();
    assert_eq!(described, known);
    for cells in findings() {
        let [finding, means, bad, action, exercised] = cells[..] else { panic!("{cells:?}") };
        assert!([means, bad, action].iter().all(|cell| cell.len() > 2), "{finding}");
        for test in exercised.split(", ") {
            assert!(is_test(&tests, test.trim_matches('`')), "{finding}: there is no test {test}");
        }
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
