//! The issue forms are valid, and the workflow runs the same command as contributors.

use serde_json::Value;

use crate::files::{path, text};

/// The kinds of elements that a form may contain.
const ELEMENTS: [&str; 5] = ["checkboxes", "dropdown", "input", "markdown", "textarea"];

fn yaml(name: &str) -> Value {
    serde_saphyr::from_str(&text(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The problem of a form, if it has one.
fn finding(form: &Value) -> Option<String> {
    for key in ["name", "description"] {
        if form[key].as_str().unwrap_or_default().is_empty() {
            return Some(format!("it has no {key}"));
        }
    }
    let body = form["body"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut ids = std::collections::BTreeSet::new();
    let asks = |element: &&Value| element["type"] != "markdown";
    if !body.iter().any(|element| asks(&element)) {
        return Some("it asks nothing".to_owned());
    }
    body.iter().find_map(|element| {
        let kind = element["type"].as_str().unwrap_or_default();
        let attributes = &element["attributes"];
        if !ELEMENTS.contains(&kind) {
            return Some(format!("{kind} is no element"));
        }
        if kind == "markdown" {
            return attributes["value"].is_null().then(|| "a text is empty".to_owned());
        }
        let id = element["id"].as_str().unwrap_or_default();
        if id.is_empty() || !ids.insert(id) {
            return Some(format!("the id {id:?} is missing or comes twice"));
        }
        if kind == "dropdown" && attributes["options"].as_array().is_none_or(Vec::is_empty) {
            return Some(format!("{id} has no options"));
        }
        attributes["label"].is_null().then(|| format!("{id} has no label"))
    })
}

#[test]
fn every_form_can_be_shown() {
    for name in ["bug", "feature"] {
        let form = yaml(&format!(".github/ISSUE_TEMPLATE/{name}.yml"));
        assert_eq!(finding(&form), None, "{name}");
    }
}

#[test]
fn a_form_that_cannot_be_shown_is_found() {
    let form = |body: &str| format!("{{name: a, description: b, body: [{body}]}}");
    let good = "{type: input, id: a, attributes: {label: A}}";
    let read = |text: &str| -> Value { serde_saphyr::from_str(text).expect("YAML") };
    assert_eq!(finding(&read(&form(good))), None);
    for wrong in [
        "",
        "{type: markdown, attributes: {value: A}}",
        "{type: button, id: a, attributes: {label: A}}",
        "{type: input, id: a, attributes: {}}",
        "{type: input, attributes: {label: A}}",
        "{type: dropdown, id: a, attributes: {label: A, options: []}}",
        &format!("{good}, {good}"),
    ] {
        assert!(finding(&read(&form(wrong))).is_some(), "{wrong}");
    }
    assert!(finding(&read("{name: a, body: []}")).is_some());
}

#[test]
fn the_workflow_runs_what_contributors_run() {
    let workflow = yaml(".github/workflows/ci.yml");
    let steps = workflow["jobs"]["test"]["steps"].as_array().expect("steps");
    let commands: Vec<&str> = steps.iter().filter_map(|step| step["run"].as_str()).collect();
    assert_eq!(commands, ["make test"]);
    let makefile = text("Makefile");
    assert!(makefile.lines().any(|line| line.starts_with("test: tools ")));
    assert!(makefile.lines().any(|line| line == "workflows:"));
    assert_eq!(
        workflow["permissions"],
        serde_json::json!({}),
        "nothing that a job does not ask for"
    );
}

/// The image and the program are tried by `tools/try-release`, which `make test` runs.
#[test]
fn each_way_in_of_the_readme_is_tried() {
    let readme = text("README.md");
    let table = readme.split("| from | you need |").nth(1).expect("a table");
    let rows: Vec<&str> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    let from = rows.iter().map(|row| row.split('|').nth(1).unwrap_or_default().trim());
    assert_eq!(from.collect::<Vec<_>>(), ["the image", "the program", "the source"]);
    let steps = &yaml(".github/workflows/ci.yml")["jobs"]["source"]["steps"];
    let commands = steps.as_array().expect("steps").iter().filter_map(|step| step["run"].as_str());
    for command in commands {
        assert!(rows[2].contains(&format!("`{command}`")), "{command}");
    }
    let makefile = text("Makefile");
    assert!(
        makefile.lines().any(|line| line.starts_with("test: ") && line.contains(" artefacts "))
    );
    assert!(makefile.contains("tools/try-release \"$(RELEASE)\""));
}

#[test]
fn updates_are_proposed_for_each_lock_file_and_for_the_workflow() {
    let updates = yaml(".github/dependabot.yml");
    let updates = updates["updates"].as_array().expect("updates");
    let mut looked_at: Vec<String> = updates
        .iter()
        .map(|update| {
            let word = |key: &str| update[key].as_str().unwrap_or_default().to_owned();
            format!("{} {}", word("package-ecosystem"), word("directory"))
        })
        .collect();
    looked_at.sort();
    assert_eq!(looked_at, ["cargo /", "cargo /fuzz", "github-actions /"]);
    assert!(path("Cargo.lock").exists() && path("fuzz/Cargo.lock").exists());
}
