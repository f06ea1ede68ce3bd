//! `docs/commands.md`: the commands and their options, generated from clap.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};

use crate::pages::assert_generated;

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ").replace('<', "&lt;").replace("  ", " ")
}

/// An argument as it is typed.
fn name(argument: &Arg) -> String {
    let values = argument.get_value_names().unwrap_or_default();
    let value = values.first().filter(|_| argument.get_action().takes_values());
    match (argument.get_long(), value) {
        (Some(long), Some(value)) => format!("`--{long} {value}`"),
        (Some(long), None) => format!("`--{long}`"),
        (None, value) => format!("`{}`", value.map_or(argument.get_id().as_str(), |name| name)),
    }
}

/// The description of an argument, with its values and its default.
fn about(argument: &Arg) -> String {
    let help = argument.get_long_help().or_else(|| argument.get_help());
    let mut text = cell(&help.map(ToString::to_string).unwrap_or_default());
    let words = argument.get_possible_values();
    let words = words.iter().filter(|_| argument.get_action().takes_values());
    let words: Vec<String> = words
        .map(|word| match word.get_help() {
            Some(help) => format!("`{}`: {}", word.get_name(), cell(&help.to_string())),
            None => format!("`{}`", word.get_name()),
        })
        .collect();
    if !words.is_empty() {
        let _ = write!(text, ". Values: {}", words.join("; "));
    }
    let defaults = argument.get_default_values();
    let defaults = defaults.iter().filter(|_| argument.get_action().takes_values());
    let defaults: Vec<_> = defaults.map(|it| format!("`{}`", it.to_string_lossy())).collect();
    if !defaults.is_empty() {
        let _ = write!(text, ". Default: {}", defaults.join(", "));
    }
    text
}

/// A section for a command, and one for each of its subcommands.
fn section(path: &str, command: &Command, page: &mut String) {
    let about = command.get_long_about().or_else(|| command.get_about());
    let about = about.map(|about| wrapped(&about.to_string())).unwrap_or_default();
    let _ = write!(page, "\n## {path}\n\n{about}");
    let known = |argument: &&Arg| {
        !argument.is_hide_set() && !["help", "version"].contains(&argument.get_id().as_str())
    };
    let mut arguments: Vec<&Arg> = command.get_arguments().filter(known).collect();
    // As the help shows them: those under headings come last, heading by heading.
    let headings: Vec<_> = arguments.iter().map(|argument| argument.get_help_heading()).collect();
    arguments.sort_by_key(|argument| {
        let heading = argument.get_help_heading();
        heading.map_or(0, |_| 1 + headings.iter().position(|one| *one == heading).unwrap_or(0))
    });
    if !arguments.is_empty() {
        page.push_str("\n| argument | meaning |\n|---|---|\n");
        for argument in arguments {
            let needed = if argument.is_required_set() { " (required)" } else { "" };
            let _ = writeln!(page, "| {}{needed} | {} |", name(argument), self::about(argument));
        }
    }
    let _ = write!(page, "\n```sh\n{}\n```\n", crate::examples::of(path).join("\n"));
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        section(&format!("{path} {}", below.get_name()), below, page);
    }
}

/// Wraps paragraphs into lines of at most 120 characters.
fn wrapped(text: &str) -> String {
    let mut paragraphs = Vec::new();
    for paragraph in text.split("\n\n") {
        let mut lines = vec![String::new()];
        for word in paragraph.split_whitespace() {
            let line = lines.last_mut().expect("there is one");
            if line.chars().count() + word.chars().count() + 1 > 120 {
                lines.push(word.to_owned());
            } else {
                let blank = if line.is_empty() { "" } else { " " };
                let _ = write!(line, "{blank}{word}");
            }
        }
        let paragraph = lines.join("\n");
        let end = if paragraph.ends_with('.') { "" } else { "." };
        paragraphs.push(format!("{paragraph}{end}\n"));
    }
    paragraphs.join("\n")
}

#[test]
fn the_commands_of_the_page_are_generated() {
    let mut command = crate::command::Arguments::command();
    command.build();
    let mut page = String::new();
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        section(&format!("bridge {}", below.get_name()), below, &mut page);
    }
    assert_generated("docs/commands.md", "commands", &format!("{page}\n"));
}
