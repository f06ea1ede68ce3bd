//! CONTRIBUTING.md names only files that exist, and its ways through the code are short enough to
//! follow.

use crate::files::{all, path, text};

/// The most files of a way that a reader can remember.
const LONGEST_WAY: usize = 30;
const WAYS: &str = "## Message flow through the files";

/// The pieces of code in a document, outside its blocks.
fn code(document: &str) -> Vec<&str> {
    document.split('`').skip(1).step_by(2).collect()
}

/// The pieces that name a file or a folder of the repository: they contain a slash and no space.
fn paths(document: &str) -> Vec<&str> {
    let is_path = |piece: &&str| {
        piece.contains('/')
            && !piece.starts_with(['.', '/'])
            && !piece.contains(|letter: char| letter.is_whitespace() || "'({:".contains(letter))
    };
    code(document).into_iter().filter(is_path).collect()
}

/// Whether a path exists; `*` matches the name of any folder.
fn exists(name: &str) -> bool {
    let Some((before, after)) = name.split_once("/*/") else { return path(name).exists() };
    let folders = std::fs::read_dir(path(before)).into_iter().flatten().flatten();
    folders.into_iter().any(|folder| folder.path().join(after).exists())
}

/// The ways: their headings, and the files of each in order.
fn ways(document: &str) -> Vec<(&str, Vec<&str>)> {
    let section = document.split(WAYS).nth(1).expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    section
        .split("\n### ")
        .skip(1)
        .map(|way| {
            let lines = way.lines().skip(1);
            let is_item = |line: &&str| line.starts_with(|letter: char| letter.is_ascii_digit());
            let files = lines.filter(is_item).map(|line| code(line)[0]).collect();
            (way.lines().next().unwrap_or_default(), files)
        })
        .collect()
}

/// The problem of a way, if it has one.
fn finding(files: &[&str]) -> Option<String> {
    if files.len() > LONGEST_WAY {
        return Some(format!("{} files", files.len()));
    }
    let mut visited = std::collections::BTreeSet::new();
    files.iter().find_map(|file| {
        if !path(file).is_file() {
            return Some(format!("{file} is not there"));
        }
        (!visited.insert(*file)).then(|| format!("{file} comes twice"))
    })
}

#[test]
fn the_ways_visit_no_file_twice_and_lead_from_the_socket_to_the_vendor() {
    let document = text("CONTRIBUTING.md");
    let ways = ways(&document);
    assert_eq!(ways.len(), 2);
    for (name, files) in ways {
        assert_eq!(finding(&files), None, "{name}");
        assert_eq!(files.first(), Some(&"cli/src/http_server.rs"), "{name}");
        assert_eq!(files.last(), Some(&"crates/clients/src/http_vendor.rs"), "{name}");
    }
}

#[test]
fn a_way_that_cannot_be_walked_is_found() {
    assert_eq!(finding(&["Cargo.toml", "Makefile"]), None);
    assert!(finding(&["Cargo.toml", "Makefile", "Cargo.toml"]).is_some());
    assert!(finding(&["imagined.rs"]).is_some());
    assert!(finding(&["Cargo.toml"; LONGEST_WAY + 1]).is_some());
}

#[test]
fn what_the_documents_for_contributors_name_exists() {
    for document in ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"] {
        let document = text(document);
        let missing: Vec<&str> =
            paths(&document).into_iter().filter(|name| !exists(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
    assert!(paths(&text("CONTRIBUTING.md")).len() > 100);
    assert!(exists("functions/*/src/requirements.rs") && !exists("functions/*/src/imagined.rs"));
}

#[test]
fn the_links_of_the_documents_for_contributors_lead_to_files() {
    for name in ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"] {
        let document = text(name);
        let links = document.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.starts_with("https://")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            assert!(path(file).is_file(), "{name}: {link}");
            let heading = heading.replace('-', " ");
            let has = |line: &str| line.trim_start_matches('#').trim().to_lowercase() == heading;
            assert!(heading.is_empty() || text(file).lines().any(has), "{name}: {link}");
        }
    }
}

/// The arguments of these functions of nextest's filter in a document.
fn named<'a>(document: &'a str, function: &str) -> Vec<&'a str> {
    let start = format!("{function}(");
    let filters = code(document).into_iter().filter(|piece| piece.contains("nextest"));
    let named = filters.flat_map(|filter| filter.split(start.as_str()).skip(1).collect::<Vec<_>>());
    named.filter_map(|rest| rest.split(')').next()).collect()
}

/// The filters of a document that select no test.
fn empty_filters(document: &str, files: &[String]) -> Vec<String> {
    let is_test = |name: &str| {
        let target = format!("tests/{name}/main.rs");
        let declared = format!("name = \"{name}\"");
        files.iter().any(|file| {
            file.ends_with(&target)
                || (file.ends_with("Cargo.toml") && text(file).contains(&declared))
        })
    };
    let is_word = |word: &str| {
        word == "/word/" || files.iter().any(|file| file.contains(word.trim_matches('/')))
    };
    let packages = named(document, "package").into_iter().filter(|name| !is_test(name));
    let binaries = named(document, "binary").into_iter().filter(|name| !is_test(name));
    let words = named(document, "test").into_iter().filter(|word| !is_word(word));
    packages.chain(binaries).chain(words).map(str::to_owned).collect()
}

#[test]
fn the_tests_that_contributors_are_asked_to_run_exist() {
    let document = text("CONTRIBUTING.md");
    assert!(named(&document, "binary").len() >= 3);
    assert_eq!(empty_filters(&document, &all()), [""; 0]);
    let commands = code(&document).into_iter().filter(|piece| piece.starts_with("cargo nextest"));
    for command in commands {
        assert!(command.contains("--workspace"), "{command}");
    }
    let imagined = "`cargo nextest run -E 'binary(imagined) | test(/imagined/)'`";
    assert_eq!(empty_filters(imagined, &all()), ["imagined", "/imagined/"]);
}
