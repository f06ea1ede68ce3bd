//! The generated parts of the documents, for the tests of every crate that generates one.
//!
//! `UPDATE_PAGES=1 make pages` writes them.

use std::path::Path;

/// Compares a generated part of a document with the text that the code generates now.
///
/// The part is between `<!-- generated: NAME -->` and `<!-- end -->`.
pub fn assert_generated(document: &str, name: &str, text: &str) {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = folders.find(|folder| folder.join("template.yaml").exists()).expect("the root");
    let file = root.join(document);
    let page = std::fs::read_to_string(&file).expect(document);
    let start = format!("<!-- generated: {name} -->\n");
    let (before, rest) = page.split_once(&start).expect(&start);
    let (shown, after) = rest.split_once("<!-- end -->\n").expect("the end of the part");
    if shown == text {
        return;
    }
    if std::env::var_os("UPDATE_PAGES").is_some() {
        let page = format!("{before}{start}{text}<!-- end -->\n{after}");
        std::fs::write(&file, page).expect(document);
        return;
    }
    panic!("{document} is older than the code: run `UPDATE_PAGES=1 make pages`. {name}:\n{text}");
}
