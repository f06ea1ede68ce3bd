//! The licences and the bill of materials of everything that is published.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::{name, packed};
use crate::files::path;

/// Checks a document by CycloneDX' own schema.
const VALIDATE: &str = "
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
sys.exit(str(error) if error else 0)
";

fn papers() -> TempDir {
    let into = TempDir::new().expect("a folder");
    packed(into.path(), &["papers"]);
    into
}

fn validated(file: &Path) -> Option<String> {
    let python = path(".tools/deploy/bin/python");
    assert!(python.exists(), "{} is missing: run `make tools`", python.display());
    let ended = Command::new(python).args(["-c", VALIDATE]).arg(file).output().expect("Python");
    (!ended.status.success()).then(|| String::from_utf8_lossy(&ended.stderr).into_owned())
}

fn each<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    let list = list.as_array().expect("a list");
    list.iter().filter_map(|it| it[key].as_str()).collect()
}

#[test]
fn the_bill_of_materials_is_valid_and_names_what_is_published() {
    let into = papers();
    let file = into.path().join(name("sbom.cdx.json"));
    assert_eq!(validated(&file), None);
    let text = std::fs::read_to_string(&file).expect("a file");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let names: BTreeSet<&str> = each(&document["components"], "name").into_iter().collect();
    for needed in ["bridge", "lynn-sender", "lambda_runtime", "rusqlite", "aws-lc-sys", "tokio"] {
        assert!(names.contains(needed), "{needed} is missing");
    }
    // Only tests and development use these.
    for other in ["insta", "proptest", "testing", "local-aws", "aws-smithy-mocks"] {
        assert!(!names.contains(other), "{other} is not published");
    }
    let mut components = document["components"].as_array().expect("a list").iter();
    let sqlite = components.find(|it| it["name"] == "libsqlite3-sys").expect("SQLite");
    assert_eq!(sqlite["components"][0]["name"], "sqlite");
    assert!(sqlite["components"][0]["version"].as_str().is_some_and(|it| it.starts_with("3.")));
    // The schema does not check where a reference leads.
    let mut references: BTreeSet<&str> =
        each(&document["components"], "bom-ref").into_iter().collect();
    references.extend(document["metadata"]["component"]["bom-ref"].as_str());
    for dependency in document["dependencies"].as_array().expect("a list") {
        let used = dependency["dependsOn"].as_array().expect("a list").iter();
        for reference in used.chain([&dependency["ref"]]).filter_map(Value::as_str) {
            assert!(references.contains(reference), "{reference}");
        }
    }
    for component in document["components"].as_array().expect("a list") {
        let is_own = component["purl"].is_null();
        assert_eq!(is_own, component["hashes"].is_null(), "{component}");
        assert!(component["hashes"][0]["content"].as_str().is_some() || is_own, "{component}");
    }
}

#[test]
fn a_wrong_bill_of_materials_is_found() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("wrong.json");
    let wrong =
        r#"{ "bomFormat": "CycloneDX", "specVersion": "1.6", "components": [ { "name": "a" } ] }"#;
    std::fs::write(&file, wrong).expect("a file");
    assert!(validated(&file).is_some_and(|said| said.contains("type")));
}

#[test]
fn every_crate_has_its_licence_text() {
    let into = papers();
    let licences = std::fs::read_to_string(into.path().join(name("licences.txt"))).expect("a file");
    let text = std::fs::read_to_string(into.path().join(name("sbom.cdx.json"))).expect("a file");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let rule = "=".repeat(80);
    // Between two rules are the crates that the text below is of.
    let headings: BTreeSet<&str> = licences
        .split(&rule)
        .skip(1)
        .step_by(2)
        .flat_map(|names| names.trim().split(", "))
        .collect();
    let mut foreign = 0;
    for component in document["components"].as_array().expect("a list") {
        if component["purl"].is_null() {
            continue;
        }
        foreign += 1;
        let field = |key: &str| component[key].as_str().expect("a text");
        let crate_ = format!("{} {}", field("name"), field("version"));
        assert!(licences.contains(&format!("\n{crate_}: ")), "{crate_} is not listed");
        assert!(headings.contains(&*crate_), "{crate_} has no text");
    }
    assert!(foreign > 100, "{foreign}");
    for mark in ["TERMS AND CONDITIONS FOR USE, REPRODUCTION", "Permission is hereby granted"] {
        assert!(licences.contains(mark), "{mark}");
    }
}
