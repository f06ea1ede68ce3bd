//! Plain words: comments fit in 100 columns, and comments, documents, the page, errors, log
//! messages and help avoid words that hide who does what.

use crate::files::{all, text};

/// The widest comment line, in characters.
const WIDEST: usize = 100;

/// Words that leave open who acts, or that no reader expects, and what to write instead.
const AVOID: [(&str, &str); 29] = [
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
    ("whose it is", "name the contact or the conversation"),
    ("stands twice", "appears twice"),
    ("serves on", "stays in use"),
    ("fate", "outcome"),
    ("in vain", "without an answer, unanswered"),
    ("of none", "say which"),
    ("in its time", "say when"),
    ("of its own accord", "say which part acts"),
    ("goes by its own", "uses its own"),
    ("is told to no one", "say who gets no notice"),
    ("anew", "again"),
    ("own yes", "its own confirmation"),
    ("hand on", "grant, pass on"),
    ("looked into", "read"),
    ("is looked at", "say who reads or checks it"),
];

/// A text that a reader reads as prose, and where it is.
struct Prose {
    place: String,
    text: String,
}

/// The folders whose texts between quotes are errors, log messages and help.
const SPEAKS: [&str; 4] = ["shared/", "crates/", "functions/", "cli/src/"];

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

/// The text of a line of prose without the signs of a comment, a list or a block.
fn bare(line: &str) -> &str {
    line.trim_start_matches(|sign: char| sign.is_whitespace() || "/!*->#".contains(sign))
}

/// Joins the lines of a file that follow each other and are prose into paragraphs.
fn paragraphs(name: &str, text: &str, is_prose: impl Fn(&str) -> bool) -> Vec<Prose> {
    let mut found: Vec<Prose> = Vec::new();
    let mut goes_on = false;
    for (number, line) in text.lines().enumerate() {
        let words = bare(line);
        if !is_prose(line) || words.is_empty() {
            goes_on = false;
            continue;
        }
        let begins_anew = line.trim_start().starts_with(['-', '|', '#']);
        match found.last_mut().filter(|_| goes_on && !begins_anew) {
            Some(paragraph) => paragraph.text = format!("{} {words}", paragraph.text),
            None => found
                .push(Prose { place: format!("{name}:{}", number + 1), text: words.to_owned() }),
        }
        goes_on = true;
    }
    found
}

/// The texts between the quotes of the product's code, without its tests.
fn literals(name: &str, text: &str) -> Vec<Prose> {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code = product.lines().enumerate().filter(|(_, line)| !is_comment(line));
    let quoted = code.flat_map(|(number, line)| {
        let texts = line.split('"').skip(1).step_by(2);
        texts.map(move |text| (number, text))
    });
    let is_sentence = |text: &str| text.contains(' ');
    quoted
        .filter(|(_, text)| is_sentence(text))
        .map(|(number, text)| Prose {
            place: format!("{name}:{}", number + 1),
            text: text.to_owned(),
        })
        .collect()
}

/// Everything that a reader reads as prose: comments, documents, the page, errors and help.
fn prose() -> Vec<Prose> {
    let mut prose = Vec::new();
    for name in all() {
        // The check itself contains the words that it looks for.
        if name.ends_with("/words.rs") {
            continue;
        }
        if name.ends_with(".rs") || name.ends_with(".js") {
            prose.extend(paragraphs(&name, &text(&name), is_comment));
        } else if name.ends_with(".md") {
            let is_heading = |line: &str| line.starts_with('#');
            prose.extend(paragraphs(&name, &text(&name), |line| !is_heading(line)));
        } else if [".yaml", ".yml", ".html", ".toml", ".tf"].iter().any(|end| name.ends_with(end)) {
            prose.extend(paragraphs(&name, &text(&name), |_| true));
        }
        let is_of_tests = name.contains("/tests/") || name.ends_with("/tests.rs");
        if name.ends_with(".rs")
            && SPEAKS.iter().any(|folder| name.starts_with(folder))
            && !is_of_tests
        {
            prose.extend(literals(&name, &text(&name)));
        }
    }
    prose
}

/// The statements of a text that begin with "What": their subject is not named. Questions may.
fn without_subject(text: &str) -> Vec<&str> {
    let begins = |at: usize| {
        let before = text[..at].trim_end_matches(['"', '*', '|', '(']).trim_end();
        before.is_empty() || before.ends_with(['.', ':', ';', '|', '?', '>'])
    };
    text.match_indices("What ")
        .filter(|(at, _)| begins(*at))
        .filter_map(|(at, _)| {
            let rest = &text[at..];
            let end = [". ", "? ", "?", "|", "."].iter().filter_map(|sign| rest.find(sign)).min();
            let sentence = end.map_or(rest, |end| &rest[..=end]);
            (!sentence.ends_with('?')).then_some(sentence)
        })
        .collect()
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
    let mut wide = Vec::new();
    for name in all().into_iter().filter(|name| name.ends_with(".rs")) {
        for (number, line) in text(&name).lines().enumerate() {
            if is_comment(line) && line.chars().count() > WIDEST {
                wide.push(format!("{name}:{}", number + 1));
            }
        }
    }
    assert!(wide.is_empty(), "over {WIDEST} columns: {wide:#?}");
}

#[test]
fn sentences_name_who_acts() {
    let mut found = Vec::new();
    for Prose { place, text } in prose() {
        for (words, instead) in AVOID.iter().filter(|(words, _)| has(&text, words)) {
            found.push(format!("{place}: \"{words}\": {instead}"));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn statements_begin_with_their_subject() {
    let found: Vec<String> = prose()
        .iter()
        .flat_map(|prose| {
            let sentences = without_subject(&prose.text).into_iter();
            sentences.map(|sentence| format!("{}: {sentence}", prose.place))
        })
        .collect();
    assert!(found.is_empty(), "name the thing instead of \"What\": {found:#?}");
}

#[test]
fn a_statement_without_a_subject_is_found_and_a_question_is_not() {
    assert_eq!(
        without_subject("It is kept. What waits is kept, too. So it is."),
        ["What waits is kept, too."]
    );
    assert_eq!(without_subject("| `a` | What is done to files. |"), ["What is done to files."]);
    assert_eq!(without_subject("| page | What does this word mean? |"), [""; 0]);
    assert_eq!(without_subject("It says What it is."), [""; 0]);
}

#[test]
fn a_sentence_over_two_lines_and_a_text_in_quotes_are_read() {
    let code = "/// One\n/// two.\nfn name() {\n    log(\"The event waits.\", \"code\");\n}\n";
    let text = |prose: &[Prose]| prose.iter().map(|it| it.text.clone()).collect::<Vec<_>>();
    assert_eq!(text(&paragraphs("a.rs", code, is_comment)), ["One two."]);
    assert_eq!(text(&literals("a.rs", code)), ["The event waits."]);
}

#[test]
fn a_word_is_found_alone_and_in_any_case() {
    assert!(has("// Nobody asks.", "nobody"));
    assert!(!has("// The name `nobody` is a name.", "nobody"));
    assert!(!has("curl https://h/lynn/nobody", "nobody"));
    assert!(!has("// It forbears.", "bears"));
}
