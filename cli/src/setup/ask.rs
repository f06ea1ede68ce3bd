//! Asks before something is changed. A script is never asked: it gives --yes, or nothing is done.

use anyhow::anyhow;

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
    output::agrees(question)
}
