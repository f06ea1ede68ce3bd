//! The output of the program: lines on standard output, and notes on standard error.
//!
//! Rule: a reader that is gone, or a full disk, does not stop work in progress. The error is
//! remembered, nothing more is printed, and the end of the program reports it.

use std::fmt::Display;
use std::io::{Error, ErrorKind, Write};
use std::sync::OnceLock;

use anyhow::Context as _;

use crate::progress;

/// The first error of printing.
static FAILURE: OnceLock<Error> = OnceLock::new();

/// The reader of standard output is gone.
#[derive(Debug, thiserror::Error)]
#[error("the reader of standard output is gone")]
pub struct ReaderGone;

/// Prints one or several lines.
pub fn line(text: impl Display) {
    if FAILURE.get().is_some() {
        return;
    }
    let _line = progress::end();
    if let Err(error) = whole(&mut std::io::stdout().lock(), &text) {
        // If several threads fail at once, one error is enough.
        let _ = FAILURE.set(error);
    }
}

/// Prints a line for a person on standard error. A failure cannot be reported anywhere.
pub fn note(text: impl Display) {
    let _line = progress::aside();
    let _ = whole(&mut std::io::stderr().lock(), &text);
}

/// Asks a person for `what`; the answer is typed on the same line. `None` if the input has ended.
pub fn ask(question: impl Display, what: &str) -> anyhow::Result<Option<String>> {
    drop(progress::end());
    let mut terminal = std::io::stderr();
    let _ = write!(terminal, "{question} ").and_then(|()| terminal.flush());
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line).with_context(|| format!("read {what}"))?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

/// Asks a person to confirm.
pub fn agrees(question: impl Display) -> anyhow::Result<bool> {
    let answer = ask(format_args!("{question} [y/N]"), "the answer")?;
    Ok(answer.is_some_and(|answer| is_yes(&answer)))
}

pub fn is_yes(answer: &str) -> bool {
    matches!(answer.to_lowercase().as_str(), "y" | "yes")
}

/// The error of printing, if there was one: [`ReaderGone`] if only the reader is gone.
pub fn check() -> anyhow::Result<()> {
    FAILURE.get().map_or(Ok(()), classify)
}

fn classify(error: &Error) -> anyhow::Result<()> {
    match error.kind() {
        ErrorKind::BrokenPipe => Err(ReaderGone.into()),
        kind => Err(Error::new(kind, error.to_string())).context("write to standard output"),
    }
}

/// In one piece, so that no other line comes between.
fn whole(output: &mut impl Write, text: &impl Display) -> std::io::Result<()> {
    output.write_all(format!("{text}\n").as_bytes())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_went_away_is_told_from_a_full_disk() {
        assert!(classify(&ErrorKind::BrokenPipe.into()).unwrap_err().is::<ReaderGone>());
        let full = classify(&ErrorKind::StorageFull.into()).unwrap_err();
        assert!(!full.is::<ReaderGone>());
        assert!(format!("{full:#}").starts_with("write to standard output: "), "{full:#}");
    }
}
