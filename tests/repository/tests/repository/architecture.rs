//! docs/architecture.md shows the crates as the manifests declare them, and the documents for
//! contributors name only files and types that exist.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::files::{all, text, value};
use crate::floors::{FLOORS, dependencies, ours};
use crate::pages::assert_generated;

/// The pages that name files and types of the code.
const PAGES: [&str; 5] = [
    "docs/architecture.md",
    "docs/development.md",
    "docs/internals/conversations.md",
    "docs/internals/delivery.md",
    "docs/internals/storage.md",
];

/// The folders of all crates of the workspace.
fn members() -> Vec<String> {
    let manifest = text("Cargo.toml");
    let list = manifest.split("members = [").nth(1).unwrap().split(']').next().unwrap();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// A row: the folder, the description of its manifest, and the crates of the repository it uses.
fn row(folder: &str) -> String {
    let job = value(&text(&format!("{folder}/Cargo.toml")), "description").unwrap();
    let ours = ours();
    let used = dependencies(folder);
    let used: Vec<String> = used
        .iter()
        .filter(|name| ours.contains(name.as_str()))
        .map(|name| format!("`{name}`"))
        .collect();
    let used = if used.is_empty() { "–".to_owned() } else { used.join(", ") };
    format!("| `{folder}` | {job} | {used} |\n")
}

#[test]
fn the_generated_table_of_the_crates_follows_the_floors() {
    let head = "\n| folder | job | uses |\n|---|---|---|\n";
    let mut page = head.to_owned();
    for (folder, _) in FLOORS {
        page += &row(folder);
    }
    page += head;
    let is_product = |name: &String| FLOORS.iter().any(|(folder, _)| folder == name);
    for folder in members().iter().filter(|name| !is_product(name)) {
        page += &row(folder);
    }
    let _ = writeln!(page);
    assert_generated("docs/architecture.md", "crates", &page);
}

/// The pieces of code of a page, also those in its blocks.
fn pieces(page: &str) -> Vec<&str> {
    let code = page.split('`').skip(1).step_by(2);
    code.flat_map(|code| code.split([' ', '\n', ',', '(', ')', ';'])).collect()
}

/// Whether a piece names a type: several words, each with a capital.
fn is_type(piece: &str) -> bool {
    let small = piece.chars().filter(char::is_ascii_lowercase).count();
    let capitals = piece.chars().filter(char::is_ascii_uppercase).count();
    piece.starts_with(|letter: char| letter.is_ascii_uppercase())
        && piece.chars().all(|letter| letter.is_ascii_alphanumeric())
        && capitals >= 2
        && small >= 2
}

/// The words that a text contains.
fn words(text: &str) -> BTreeSet<&str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').collect()
}

/// The names of a page that are no file and do not occur in the code.
fn unknown<'a>(page: &'a str, files: &[String], code: &BTreeSet<&str>) -> Vec<&'a str> {
    let is_file = |piece: &str| {
        files.iter().any(|name| name == piece || name.ends_with(&format!("/{piece}")))
            || piece.contains('*')
    };
    let is_unknown = |piece: &&str| {
        (piece.ends_with(".rs") && !is_file(piece)) || (is_type(piece) && !code.contains(piece))
    };
    pieces(page).into_iter().filter(is_unknown).collect()
}

#[test]
fn the_pages_for_contributors_name_only_files_and_types_that_exist() {
    let files = all();
    let is_code = |name: &&String| {
        !name.starts_with("tests/repository/") && (name.ends_with(".rs") || name.ends_with(".yaml"))
    };
    let code: String = files.iter().filter(is_code).map(|name| text(name)).collect();
    let code = words(&code);
    for page in PAGES {
        assert_eq!(unknown(&text(page), &files, &code), [""; 0], "{page}");
    }
}

#[test]
fn an_imagined_file_or_type_is_found() {
    let files = ["shared/src/caller.rs".to_owned()];
    let code = words("struct QueuedEvent;");
    let page = "`caller.rs` `QueuedEvent` `QueuedEvents` ```\n3 see shared/src/engine.rs\n```";
    assert_eq!(unknown(page, &files, &code), ["QueuedEvents", "shared/src/engine.rs"]);
}
