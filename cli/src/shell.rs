//! `bridge completions` and `bridge man`: what a shell needs.

use anyhow::{Context as _, anyhow};
use clap::Command;
use clap_complete::Shell;

use crate::failure;
use crate::output;

/// Prints the completions of a shell. `whole` has all commands.
pub fn completions(mut whole: Command, shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut whole, "bridge", &mut script);
    print(script)
}

/// Prints the manual page of a command. `whole` has all commands.
pub fn man(mut whole: Command, path: &[String]) -> anyhow::Result<()> {
    whole.build();
    let mut command = &whole;
    for name in path {
        command = command.find_subcommand(name).ok_or_else(|| {
            failure::misconfigured(anyhow!(
                "bridge man {}: there is no such command",
                path.join(" ")
            ))
        })?;
    }
    let mut page = Vec::new();
    // Only the first command has a version of its own.
    let version = whole.render_version();
    let of = clap_mangen::Man::new(command.clone()).source(version.trim_end());
    of.render(&mut page).context("write the manual page")?;
    print(page)
}

fn print(text: Vec<u8>) -> anyhow::Result<()> {
    let text = String::from_utf8(text).context("write to standard output")?;
    output::line(text.trim_end());
    Ok(())
}
