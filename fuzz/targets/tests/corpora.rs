//! Runs the seeds of the fuzzer and the inputs that it found, as tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fuzz_targets::TARGETS;

/// The most inputs for one target: enough to cover every branch, few enough to read.
const MOST_INPUTS: usize = 150;
/// The longest input in a corpus, in bytes.
const LONGEST: usize = 64 * 1024;

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect()
}

#[test]
fn everything_that_was_found_holds() {
    for (name, target) in TARGETS {
        let folder = corpora().join(name);
        let inputs = names(&folder);
        assert!(!inputs.is_empty(), "{name} has a corpus");
        assert!(inputs.len() <= MOST_INPUTS, "{name} keeps {} inputs", inputs.len());
        for input in inputs {
            let bytes = fs::read(folder.join(&input)).expect("a file");
            assert!(bytes.len() <= LONGEST, "{name}/{input}");
            // Print the name first, so that a failure shows its input.
            println!("{name}/{input}");
            target(&bytes);
        }
    }
}

#[test]
fn every_target_has_a_program_and_every_corpus_a_target() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&corpora()), targets);
    let programs = names(&corpora().join("../fuzz_targets"));
    let programs: BTreeSet<String> =
        programs.iter().map(|name| name.trim_end_matches(".rs").to_owned()).collect();
    assert_eq!(programs, targets);
    let manifest = fs::read_to_string(corpora().join("../Cargo.toml")).expect("the manifest");
    for target in targets {
        assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
    }
}
