//! All documents of the repository.

use std::path::Path;

/// Every Markdown document in the root and in `docs`, with its path from the root.
pub fn all(root: &str) -> Vec<(String, String)> {
    let mut documents = Vec::new();
    add(Path::new(root), Path::new(root), &mut documents);
    add(Path::new(root), &Path::new(root).join("docs"), &mut documents);
    documents.sort();
    assert!(documents.len() > 20, "{} documents", documents.len());
    documents
}

fn add(root: &Path, folder: &Path, documents: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && folder != root {
            add(root, &path, documents);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let name = path.strip_prefix(root).expect("below the root");
            let text = std::fs::read_to_string(&path).expect("a document");
            documents.push((name.to_string_lossy().into_owned(), text));
        }
    }
}
