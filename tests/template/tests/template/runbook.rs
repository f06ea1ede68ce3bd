//! Every alarm has an entry in the runbook that says all that is needed, and names a test that exists.

use std::collections::BTreeSet;
use std::path::Path;

use crate::template::Template;

const RUNBOOK: &str = include_str!("../../../../docs/RUNBOOK.md");
const PARTS: [&str; 5] =
    ["<!-- exercised by: ", "- **Means:** ", "- **Bad:** ", "- **Do:** ", "- **Over:** "];

/// The entries of alarms, by name.
fn entries() -> Vec<(&'static str, &'static str)> {
    let (alarms, _) = RUNBOOK.split_once("## On one machine").expect("the alarms' part");
    let entry = |entry: &'static str| entry.split_once('\n').expect("a name and a text");
    alarms.split("\n### ").skip(1).map(entry).collect()
}

fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(path).expect("a source"));
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
        entries().iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(alarms, described);
}

#[test]
fn every_entry_says_all_and_names_tests_that_exist() {
    let mut tests = String::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut tests);
    for (name, entry) in entries() {
        for part in PARTS {
            assert!(entry.contains(part), "{name} lacks {part}");
        }
    }
    for names in RUNBOOK.split("<!-- exercised by: ").skip(1) {
        for test in names.split(" -->").next().unwrap().split(", ") {
            assert!(tests.contains(&format!("fn {test}()")), "there is no test {test}");
        }
    }
}
