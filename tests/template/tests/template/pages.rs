//! The form of the documents: every link and every path leads to a target, every page has one kind
//! of reader and a maximum length, and lines keep their width.

use std::collections::BTreeSet;
use std::path::Path;

use crate::documents;
use crate::known::{assert_found, assert_none};
use crate::template::ROOT;

/// The most lines of a page. A page that is not in this list is a reference without a limit.
const LONGEST: [(&str, usize); 14] = [
    ("README.md", 150),
    ("docs/architecture.md", 150),
    ("docs/containers.md", 150),
    ("docs/decisions/0", 40),
    ("docs/deploy-aws.md", 150),
    ("docs/genesys-events.md", 150),
    ("docs/genesys-setup.md", 150),
    ("docs/getting-started.md", 120),
    ("docs/internals/", 170),
    ("docs/lynn-flows.md", 200),
    ("docs/media-relay.md", 150),
    ("docs/operations.md", 150),
    ("docs/performance-and-cost.md", 150),
    ("docs/run-one-machine.md", 150),
];
/// The widest line of prose, in characters.
const WIDEST: usize = 120;
/// The parts of a decision.
const PARTS: [&str; 3] = ["## Context", "## Decision", "## Consequence"];
/// The folders with the files that a document may name.
const FOLDERS: [&str; 14] = [
    "benchmarks",
    "cli",
    "deploy",
    "docs",
    "crates",
    "events",
    "functions",
    "fuzz",
    "local-aws",
    "shared",
    "simulation",
    "simulators",
    "tests",
    "tools",
];

/// The lines of a document that are not code.
fn prose(document: &str) -> Vec<&str> {
    let mut is_code = false;
    let lines = document.lines().filter(|line| {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    lines.collect()
}

/// A line without its pieces of code.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

/// The targets of a document's links.
fn links(document: &str) -> Vec<String> {
    let text = prose(document).join("\n");
    let pieces = text.split("](").skip(1);
    pieces.filter_map(|piece| Some(piece.split_once(')')?.0.to_owned())).collect()
}

/// The anchor by which links refer to a heading.
fn anchor(heading: &str) -> String {
    let letters = heading.trim().to_lowercase();
    let letters = letters.chars().filter(|it| it.is_alphanumeric() || [' ', '-', '_'].contains(it));
    letters.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

fn anchors(document: &str) -> BTreeSet<String> {
    let headings = prose(document).into_iter().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

/// The target of a link, as a path from the root.
fn resolved(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The problem of a link, if it has one.
fn broken(documents: &[(String, String)], from: &str, link: &str) -> Option<String> {
    if link.starts_with("https://") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = if file.is_empty() { from.to_owned() } else { resolved(from, file) };
    if !Path::new(ROOT).join(&path).exists() {
        return Some(format!("{from}: {link}: there is no {path}"));
    }
    let target = documents.iter().find(|(name, _)| *name == path);
    let has = |document: &str| anchors(document).contains(anchor);
    let holds = anchor.is_empty() || target.is_some_and(|(_, document)| has(document));
    (!holds).then(|| format!("{from}: {link}: there is no heading #{anchor}"))
}

/// Expands a path with alternatives, such as `a/{b,c}`.
fn alternatives(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else { return vec![path.to_owned()] };
    let Some((inside, after)) = rest.split_once('}') else { return vec![path.to_owned()] };
    inside.split(',').map(|one| format!("{before}{one}{after}")).collect()
}

/// Whether a file, a folder or a Rust source of this name exists; `*` matches any part of a name.
fn exists(path: &str) -> bool {
    fn below(folder: &Path, parts: &[&str]) -> bool {
        let Some((part, rest)) = parts.split_first() else { return true };
        let Some((start, end)) = part.split_once('*') else {
            let path = folder.join(part);
            return (path.exists() && below(&path, rest))
                || (rest.is_empty() && folder.join(format!("{part}.rs")).exists());
        };
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            name.starts_with(start) && name.ends_with(end) && below(&entry.path(), rest)
        })
    }
    below(Path::new(ROOT), &path.trim_end_matches('/').split('/').collect::<Vec<_>>())
}

/// The paths in a document that do not exist.
fn lost(name: &str, document: &str) -> Vec<String> {
    let text = prose(document).join("\n");
    let pieces = text.split('`').skip(1).step_by(2);
    let is_path = |piece: &&str| {
        let folder = piece.split('/').next().unwrap_or_default();
        piece.contains('/') && FOLDERS.contains(&folder) && !piece.contains([' ', '…', '='])
    };
    let paths = pieces.filter(is_path).flat_map(alternatives);
    paths.filter(|path| !exists(path)).map(|path| format!("{name}: {path}")).collect()
}

/// Errors in the form of a document.
fn findings(name: &str, document: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let count = document.lines().count();
    if let Some((_, most)) =
        LONGEST.iter().find(|(start, most)| name.starts_with(start) && count > *most)
    {
        findings.push(format!("{name}: {count} lines, at most {most}"));
    }
    for line in prose(document) {
        let is_prose = !line.starts_with(['|', '#'])
            && !line.starts_with("<!--")
            && !without_code(line).contains("](http");
        if is_prose && line.chars().count() > WIDEST {
            findings.push(format!("{name}: wider than {WIDEST}: {line}"));
        }
    }
    if document.matches("\n# ").count() > 0 || !document.starts_with("# ") {
        findings.push(format!("{name}: a page has one title, in its first line"));
    }
    if name.starts_with("docs/decisions/0") {
        let found: Vec<&str> =
            prose(document).into_iter().filter(|line| line.starts_with("## ")).collect();
        if found != PARTS {
            findings.push(format!("{name}: a decision has {PARTS:?}"));
        }
    }
    let is_page = name.starts_with("docs/") && !name.starts_with("docs/decisions/0");
    let names_a_reader = document.lines().nth(2).is_some_and(|line| line.starts_with("For "));
    let is_for_all = ["docs/README.md", "docs/glossary.md"].contains(&name);
    if is_page && !names_a_reader && !is_for_all {
        findings.push(format!("{name}: the first line after the title says for whom it is"));
    }
    findings
}

#[test]
fn every_link_leads_somewhere() {
    let documents = documents::all(ROOT);
    let mut count = 0;
    let mut findings = Vec::new();
    for (name, document) in &documents {
        let links = links(document);
        count += links.len();
        findings.extend(links.iter().filter_map(|link| broken(&documents, name, link)));
    }
    assert_none(&findings);
    assert!(count > 100, "{count}");
}

#[test]
fn every_path_that_a_document_names_exists() {
    let documents = documents::all(ROOT);
    let findings: Vec<String> =
        documents.iter().flat_map(|(name, text)| lost(name, text)).collect();
    assert_none(&findings);
}

#[test]
fn every_page_keeps_its_form() {
    let documents = documents::all(ROOT);
    let findings: Vec<String> =
        documents.iter().flat_map(|(name, text)| findings(name, text)).collect();
    assert_none(&findings);
}

#[test]
fn every_page_is_listed() {
    let documents = documents::all(ROOT);
    let listed: BTreeSet<String> = documents
        .iter()
        .filter(|(name, _)| name == "docs/README.md" || name == "docs/decisions/README.md")
        .flat_map(|(name, text)| links(text).into_iter().map(|link| resolved(name, &link)))
        .collect();
    let pages = documents.iter().map(|(name, _)| name);
    let pages = pages.filter(|name| name.starts_with("docs/") && *name != "docs/README.md");
    let missing: Vec<&String> = pages.filter(|name| !listed.contains(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_document_that_the_code_names_exists() {
    let mut text = crate::runbook::text_of(&[
        "cli",
        "crates",
        "functions",
        "shared",
        "simulation",
        "simulators",
        "tests",
    ]);
    for file in ["template.yaml", "Makefile", "openapi.yaml"] {
        text.push_str(&std::fs::read_to_string(format!("{ROOT}/{file}")).expect(file));
    }
    let is_of_a_path = |letter: char| letter.is_ascii_alphanumeric() || "-_/.".contains(letter);
    let named: BTreeSet<String> = text
        .split("docs/")
        .skip(1)
        .filter_map(|rest| rest.split(|letter| !is_of_a_path(letter)).next())
        .map(|path| path.trim_end_matches('.'))
        .filter(|path| path.ends_with(".md") && !path.starts_with('0'))
        .map(|path| format!("docs/{path}"))
        .collect();
    assert!(named.len() > 8, "{named:?}");
    let lost: Vec<&String> =
        named.iter().filter(|path| !Path::new(ROOT).join(path).exists()).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert!(!text.contains(concat!("ARCHITECTURE", ".md")));
}

#[test]
fn what_is_wrong_is_found() {
    let documents = documents::all(ROOT);
    let wrong =
        |link: &str| broken(&documents, "docs/README.md", link).into_iter().collect::<Vec<_>>();
    assert_found(&wrong("imagined.md"), "there is no docs/imagined");
    assert_found(&wrong("RUNBOOK.md#imagined"), "there is no heading #imagined");
    assert_none(&wrong("RUNBOOK.md#roll-back"));
    assert_none(&wrong("../README.md#status"));
    assert_found(&lost("a", "see `shared/src/imagined.rs`"), "a: shared/src/imagined.rs");
    assert_none(&lost("a", "see `shared/src/{error,time}` and `functions/*/src/requirements.rs`"));
    let long = "word ".repeat(30);
    assert_found(&findings("README.md", &format!("# A\n\n{long}")), "wider than");
    assert_found(&findings("README.md", &"# A\n".repeat(151)), "151 lines");
    assert_found(&findings("docs/decisions/0001", "# A\n\n## Context\n"), "a decision has");
    assert_found(&findings("docs/operations.md", "# A\n\nThis page\n"), "for whom");
}
