//! What the program prints: lines on standard output, and beside them notes on standard error.
//!
//! Rule: a reader that goes away, or a full disk, stops nothing that is under way. It is remembered, nothing more is printed, and
//! the end of the program tells.

use std::fmt::{self, Display};
use std::io::{Error, ErrorKind, Write};
use std::sync::OnceLock;

use anyhow::Context as _;

/// Why a line could not be printed, the first time.
static FAILURE: OnceLock<Error> = OnceLock::new();

/// Nobody reads what is printed any more.
#[derive(Debug)]
pub struct ReaderGone;

impl Display for ReaderGone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("nobody reads standard output any more")
    }
}

impl std::error::Error for ReaderGone {}

/// Prints a line, or several.
pub fn line(text: impl Display) {
    if FAILURE.get().is_some() {
        return;
    }
    if let Err(error) = whole(&mut std::io::stdout().lock(), &text) {
        // Of several threads that fail at once, one tells.
        let _ = FAILURE.set(error);
    }
}

/// Prints a line for a person, beside what a program may read. There is no place to tell that it could not be printed.
pub fn note(text: impl Display) {
    let _ = whole(&mut std::io::stderr().lock(), &text);
}

/// Asks a person; the answer is typed on the same line.
pub fn ask(question: impl Display) {
    let mut terminal = std::io::stderr().lock();
    let _ = write!(terminal, "{question} ").and_then(|()| terminal.flush());
}

/// An error when something could not be printed: [`ReaderGone`] when only the reader is missing.
pub fn check() -> anyhow::Result<()> {
    FAILURE.get().map_or(Ok(()), judge)
}

fn judge(error: &Error) -> anyhow::Result<()> {
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
        assert!(judge(&ErrorKind::BrokenPipe.into()).unwrap_err().is::<ReaderGone>());
        let full = judge(&ErrorKind::StorageFull.into()).unwrap_err();
        assert!(!full.is::<ReaderGone>());
        assert!(format!("{full:#}").starts_with("write to standard output: "), "{full:#}");
    }
}
