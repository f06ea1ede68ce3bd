//! Asking before something is done. A script is never asked: it says yes beforehand, or nothing is done.

use anyhow::{Context as _, anyhow};

use crate::administrator::Environment;
use crate::failure;
use crate::output;

/// Whether a person at the terminal says yes.
pub fn agrees(environment: Environment, question: &str) -> anyhow::Result<bool> {
    if !environment.asks {
        return Err(failure::misconfigured(anyhow!(
            "nothing was changed: there is nobody to ask; say --yes, or run it at a terminal"
        )));
    }
    output::ask(format_args!("{question} [y/N]"));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("read the answer")?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}
