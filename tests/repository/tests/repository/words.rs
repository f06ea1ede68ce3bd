//! Plain words: comments fit in 100 columns, and comments and documents avoid words that hide who
//! does what.

use crate::files::{all, text};

/// The widest comment line, in characters.
const WIDEST: usize = 100;

/// Words that leave open who acts, or that no reader expects, and what to write instead.
const AVOID: [(&str, &str); 14] = [
    ("whoever", "name the caller, the client, the operator or the reader"),
    ("nobody", "say what does not happen, or name who is meant"),
    ("somebody", "name the caller, the client, the operator or the sender"),
    ("of ours", "of the bridge, of this integration"),
    ("laid down", "stored"),
    ("so many", "at most, this many"),
    ("gone on with", "continued"),
    ("be content", "say what is answered"),
    ("own affair", "say what is ignored"),
    ("bears", "tolerates, takes"),
    ("sees to", "ensures, handles"),
    ("taken up again", "resumed"),
    ("wished for", "requested"),
    ("handed out once more", "delivered again by the queue"),
];

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

/// The lines that a reader reads as prose: comments of the code, and whole documents.
fn prose() -> Vec<(String, String)> {
    let mut prose = Vec::new();
    for name in all() {
        let is_code = name.ends_with(".rs");
        let is_page = name.ends_with(".md") || name == "openapi.yaml" || name == "template.yaml";
        // What a check searches for stands in the check.
        if !(is_code || is_page) || name.ends_with("/words.rs") {
            continue;
        }
        for (number, line) in text(&name).lines().enumerate() {
            if !is_code || is_comment(line) {
                prose.push((format!("{name}:{}", number + 1), line.to_owned()));
            }
        }
    }
    prose
}

/// Whether the words occur in a line, not as a part of a longer word, a path or a code sample.
fn has(line: &str, words: &str) -> bool {
    let lower = line.to_lowercase();
    lower.match_indices(words).any(|(at, _)| {
        let before = lower.get(..at).and_then(|rest| rest.chars().next_back());
        let after = lower.get(at + words.len()..).and_then(|rest| rest.chars().next());
        let is_joined = |one: Option<char>| {
            one.is_some_and(|one| one.is_alphanumeric() || "_-/`\"'".contains(one))
        };
        !is_joined(before) && !is_joined(after)
    })
}

#[test]
fn comments_fit_in_their_columns() {
    let wide: Vec<String> = prose()
        .into_iter()
        .filter(|(place, line)| place.contains(".rs:") && line.chars().count() > WIDEST)
        .map(|(place, _)| place)
        .collect();
    assert!(wide.is_empty(), "over {WIDEST} columns: {wide:#?}");
}

#[test]
fn sentences_name_who_acts() {
    let mut found = Vec::new();
    for (place, line) in prose() {
        for (words, instead) in AVOID.iter().filter(|(words, _)| has(&line, words)) {
            found.push(format!("{place}: \"{words}\": {instead}"));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_word_is_found_alone_and_in_any_case() {
    assert!(has("// Nobody asks.", "nobody"));
    assert!(!has("// The name `nobody` is a name.", "nobody"));
    assert!(!has("curl https://h/lynn/nobody", "nobody"));
    assert!(!has("// It forbears.", "bears"));
}
