//! The examples in the help of every command.

use std::fmt::Write as _;

use clap::Command;

/// Rows of a command and its examples.
macro_rules! examples {
    ($($path:literal: $($example:literal)+;)+) => { &[$(($path, &[$($example),+])),+] };
}

/// The examples of each command, as they are typed.
const EXAMPLES: &[(&str, &[&str])] = examples! {
    "bridge":
        "bridge local"
        "bridge serve --config bridge.json"
        "bridge help doctor";
    "bridge local":
        "bridge local"
        "bridge local --listen 127.0.0.1:9000"
        "bridge local --real-lynn https://lynn.example.com/bridge --public-url https://bridge.example.com"
        "bridge local --real-genesys bridge.json";
    "bridge replay": "bridge replay recording.json";
    "bridge demo": "bridge demo";
    "bridge serve": "bridge serve --config /etc/bridge/bridge.json";
    "bridge health": "bridge health --url http://127.0.0.1:8787";
    "bridge config": "bridge config check bridge.json";
    "bridge config check":
        "bridge config check bridge.json"
        "bridge config check bridge.json --strict";
    "bridge config schema": "bridge config schema > bridge.schema.json";
    "bridge config push":
        "bridge config push --config bridge.json --stack bridge"
        "bridge config push --config bridge.json --stack bridge --revoke";
    "bridge config pull": "bridge config pull --stack bridge > masked.json";
    "bridge backup": "bridge backup bridge.backup --config /etc/bridge/bridge.json";
    "bridge restore": "bridge restore bridge.backup --data /var/lib/bridge";
    "bridge conversations":
        "bridge conversations --config bridge.json --open"
        "bridge conversations --stack bridge";
    "bridge conversations show":
        "bridge conversations show 5215512345678 --integration support --stack bridge";
    "bridge status":
        "bridge status --config /etc/bridge/bridge.json --watch"
        "bridge status --stack bridge --json";
    "bridge console":
        "bridge console --config /etc/bridge/bridge.json"
        "bridge console --stack bridge --allow-redrive";
    "bridge dead-letters": "bridge dead-letters list --stack bridge";
    "bridge dead-letters list":
        "bridge dead-letters list --config bridge.json --since 1d --direction inbound";
    "bridge dead-letters show": "bridge dead-letters show 2026-11 --stack bridge";
    "bridge dead-letters redrive":
        "bridge dead-letters redrive --all --reason expired --stack bridge --dry-run"
        "bridge dead-letters redrive --all --reason expired --stack bridge";
    "bridge doctor":
        "bridge doctor"
        "bridge doctor --config bridge.json --bridge-url https://bridge.example.com"
        "bridge doctor --stack bridge --send"
        "bridge doctor --config /etc/bridge/bridge.json --failed-only";
    "bridge setup":
        "bridge setup"
        "bridge setup --domain mypurecloud.com --name support --queue Support --stack bridge --lynn-webhook-url https://lynn.example.com/bridge --dry-run"
        "bridge setup --minimum-role --events-by-workflow > role.json"
        "bridge setup --domain mypurecloud.com --name support --stack bridge --remove"
        "bridge setup --name second --queue Second --create-queue";
    "bridge setup rotate": "bridge setup rotate --name support --config bridge.json";
    "bridge sign": "bridge sign lynn --secret whsec_c2VjcmV0 --id m-1 --body body.json";
    "bridge sign genesys":
        "bridge sign genesys --body body.json"
        "bridge sign genesys --secret 0123456789abcdef --body body.json";
    "bridge sign lynn": "bridge sign lynn --secret whsec_c2VjcmV0 --id m-1 --body body.json";
    "bridge render":
        "bridge render --config bridge.json --type message"
        "bridge render --config bridge.json --inbound request.json";
    "bridge send":
        "bridge send lynn --url http://127.0.0.1:8787/lynn/support --key KEY --text Hello";
    "bridge send genesys":
        "bridge send genesys --text Hello"
        "bridge send genesys --url http://127.0.0.1:8787/genesys/support --secret 0123456789abcdef";
    "bridge send lynn":
        "bridge send lynn --text Hello"
        "bridge send lynn --url http://127.0.0.1:8787/lynn/support --key KEY --text Hello";
    "bridge completions":
        "bridge completions bash > ~/.local/share/bash-completion/completions/bridge"
        "bridge completions zsh > ~/.zfunc/_bridge";
    "bridge man":
        "bridge man > bridge.1"
        "bridge man dead-letters redrive > bridge-dead-letters-redrive.1";
};

/// The examples of a command, by its path.
pub fn of(path: &str) -> &'static [&'static str] {
    let known = EXAMPLES.iter().find(|(name, _)| *name == path);
    known.map_or(&[], |(_, examples)| examples)
}

/// Adds its examples to the help of a command, and of all below it.
pub fn attach(command: Command) -> Command {
    at(command, "bridge")
}

fn at(command: Command, path: &str) -> Command {
    let names: Vec<String> =
        command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    let below = |command: Command, name: String| {
        let path = format!("{path} {name}");
        command.mut_subcommand(name, |command| at(command, &path))
    };
    let command = names.into_iter().fold(command, below);
    let mut help = match command.get_after_help() {
        Some(help) => format!("{help}\n\n"),
        None => String::new(),
    };
    help.push_str("Examples:");
    for example in of(path) {
        let _ = write!(help, "\n  {example}");
    }
    command.after_help(help)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;
    use crate::command::Arguments;

    /// The paths of all commands.
    fn paths(command: &Command, path: &str) -> Vec<String> {
        let mut paths = vec![path.to_owned()];
        for below in command.get_subcommands() {
            paths.extend(self::paths(below, &format!("{path} {}", below.get_name())));
        }
        paths
    }

    #[test]
    fn every_help_has_examples_of_its_command_that_can_be_typed() {
        let paths = paths(&Arguments::command(), "bridge");
        for path in &paths {
            assert!(!of(path).is_empty(), "{path} has no example");
            for example in of(path) {
                assert!(example.starts_with(path.as_str()), "{path}: {example}");
                let typed = example.split(" > ").next().unwrap_or_default().split(' ');
                let parsed = Arguments::try_parse_from(typed);
                let is_help =
                    |error: &clap::Error| error.kind() == clap::error::ErrorKind::DisplayHelp;
                assert!(parsed.as_ref().err().is_none_or(is_help), "{example}: {parsed:?}");
            }
        }
        assert!(EXAMPLES.iter().all(|(path, _)| paths.contains(&(*path).to_owned())));
        assert_eq!(EXAMPLES.len(), paths.len());
    }

    #[test]
    fn the_help_ends_with_them() {
        let mut command = attach(Arguments::command());
        command.build();
        let status = command.find_subcommand_mut("status").unwrap().render_long_help().to_string();
        assert!(status.trim_end().ends_with("bridge status --stack bridge --json"), "{status}");
    }
}
