//! The pictures of the documents exist, are small, and are shown.

use crate::files;

const FOLDER: &str = "docs/pictures/";
/// In bytes.
const LARGEST: usize = 150_000;
const PAGES: [&str; 2] = ["README.md", "docs/playground.md"];

/// The pictures that a page shows, by their names in the repository.
fn shown(page: &str) -> Vec<String> {
    let folder = page.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    files::text(page)
        .split(['"', '(', ')'])
        .filter(|word| word.ends_with(".png"))
        .map(|word| format!("{folder}{word}"))
        .collect()
}

#[test]
fn the_pictures_are_there_are_small_and_are_shown() {
    let all = files::all();
    let there: Vec<_> = all.iter().filter(|name| name.starts_with(FOLDER)).collect();
    let shown: Vec<String> = PAGES.into_iter().flat_map(shown).collect();
    assert!(PAGES.into_iter().all(|page| !self::shown(page).is_empty()), "each page has one");
    for name in &shown {
        assert!(there.contains(&name), "{name} is missing: make pictures");
    }
    for name in there {
        assert!(shown.contains(name), "{name} is not shown");
        let bytes = std::fs::read(files::path(name)).expect("it is there");
        assert!(bytes.starts_with(b"\x89PNG"), "{name} is no picture");
        assert!(bytes.len() <= LARGEST, "{name} has {} bytes", bytes.len());
    }
}
