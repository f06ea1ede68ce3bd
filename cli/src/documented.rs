//! Every command that the documents name, checked against the program's own arguments.

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::command::Arguments;

#[path = "../../tests/pages/documents.rs"]
mod documents;

/// How the documents call the program.
const CALLS: [&str; 3] = ["bridge ", "cargo run -- ", "cargo run -q -- "];
/// The words that may precede a call.
const AS_THE_SERVICE: &str = "sudo -u bridge ";

#[derive(Debug)]
struct Command {
    text: String,
    /// Whether it is to be typed as it is; otherwise a sentence names it, and it may lack
    /// arguments.
    is_whole: bool,
}

fn commands(document: &str) -> Vec<Command> {
    let parts = document.split("```").enumerate();
    let found = parts.flat_map(|(place, text)| {
        let is_whole = place % 2 == 1;
        let text = text.replace("\\\n", " ");
        let pieces: Vec<String> = if is_whole {
            text.lines().map(str::to_owned).collect()
        } else {
            text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
        };
        pieces.into_iter().filter_map(move |piece| Some(Command { text: call(&piece)?, is_whole }))
    });
    found.collect()
}

/// The arguments after the program's name.
fn call(piece: &str) -> Option<String> {
    let piece = piece.split(" #").next().unwrap_or_default();
    let piece = piece.split(" > ").next().unwrap_or_default();
    let piece = piece.strip_prefix(AS_THE_SERVICE).unwrap_or(piece);
    CALLS.iter().find_map(|call| {
        let (before, after) = piece.split_once(call)?;
        let starts = before.trim().is_empty() || before.ends_with("$(");
        starts.then(|| after.split(')').next().unwrap_or_default().to_owned())
    })
}

/// The words of a command, split as a shell does; a placeholder of the documents gets a value.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut quote) = (vec![String::new()], None);
    for letter in text.trim().chars() {
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, letter) if letter.is_whitespace() => words.push(String::new()),
            (_, letter) => words.last_mut().expect("there is one").push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    let is_value = |place: usize| place > 0 && words[place - 1].starts_with("--");
    let filled = words.iter().enumerate().filter_map(|(place, word)| match word.as_str() {
        "…" if is_value(place) => Some("1".to_owned()),
        "…" => None,
        word => Some(word.to_owned()),
    });
    filled.collect()
}

/// The program's error about a command, if there is one.
fn finding(command: &Command) -> Option<String> {
    let words = std::iter::once("bridge".to_owned()).chain(words(&command.text));
    let error = Arguments::try_parse_from(words).err()?;
    let may_lack = [ErrorKind::MissingRequiredArgument, ErrorKind::MissingSubcommand];
    let is_help = [
        ErrorKind::DisplayHelp,
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
        ErrorKind::DisplayVersion,
    ];
    let is_elided = command.text.contains('…') && error.kind() == ErrorKind::ValueValidation;
    let is_named = !command.is_whole && (is_elided || may_lack.contains(&error.kind()));
    (!is_named && !is_help.contains(&error.kind())).then(|| error.to_string())
}

#[test]
fn every_command_of_the_documents_is_one_of_the_program() {
    let documents = documents::all(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    for (name, document) in &documents {
        for command in commands(document) {
            let finding = finding(&command);
            assert!(finding.is_none(), "{name}: {command:?}: {}", finding.unwrap_or_default());
        }
    }
    let runbook = documents.iter().find(|(name, _)| name == "docs/RUNBOOK.md");
    let runbook = commands(&runbook.expect("the runbook").1);
    assert!(runbook.iter().filter(|command| command.is_whole).count() > 5, "{runbook:?}");
    assert!(runbook.iter().any(|command| !command.is_whole), "{runbook:?}");
}

#[test]
fn a_command_that_is_none_is_found() {
    for document in [
        "```sh\nbridge dead-letters lst --stack bridge\n```",
        "```sh\nbridge dead-letters redrive --evry\n```",
        "say `bridge doctor --imagined`",
        "```sh\nbridge serve\n```",
        "```sh\ncurl -H \"$(cargo run -q -- sign nobody --body b.json)\"\n```",
    ] {
        let found = commands(document);
        assert_eq!(found.len(), 1, "{document}");
        assert!(finding(&found[0]).is_some(), "{document}");
    }
}
