//! Asks before something is changed. A script is never asked: it gives --yes, or nothing is done.

use anyhow::{Context as _, anyhow};

use crate::administrator::Environment;
use crate::failure;
use crate::output;

/// Whether the person at the terminal says yes.
pub fn agrees(environment: Environment, question: &str) -> anyhow::Result<bool> {
    if !environment.asks {
        return Err(failure::misconfigured(anyhow!(
            "nothing was changed: this is not a terminal, so no question can be asked; give --yes, or run this at a terminal"
        )));
    }
    output::ask(format_args!("{question} [y/N]"));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("read the answer")?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}
