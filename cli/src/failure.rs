//! How the program ends: an error in one line that says what to do, and an exit code.
//!
//! Rule: 2 for a mistake in the configuration or the arguments, 1 for everything else; never a
//! backtrace. If the reader of the output is gone, nothing is printed, and the exit code is the one
//! that a shell reports for a program ended by SIGPIPE.

use std::process::ExitCode;

use shared::error::chain;

use crate::output::{self, ReaderGone};

/// 128 and the number of SIGPIPE.
const READER_GONE: u8 = 141;

/// An error that the user can correct in the configuration or the arguments.
#[derive(Debug, thiserror::Error)]
#[error("{}", words(.0))]
pub struct Misconfigured(pub anyhow::Error);

/// Marks an error as a mistake in the configuration or the arguments.
pub fn misconfigured(error: impl Into<anyhow::Error>) -> anyhow::Error {
    anyhow::Error::new(Misconfigured(error.into()))
}

/// An error and its causes in one line, without repetitions.
pub fn words(error: &anyhow::Error) -> String {
    chain(error.as_ref())
}

/// Prints the error, if there is one, and returns the exit code.
pub fn report(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    if error.is::<ReaderGone>() {
        return ExitCode::from(READER_GONE);
    }
    output::note(format_args!("bridge: {}", words(&error)));
    ExitCode::from(if error.is::<Misconfigured>() { 2 } else { 1 })
}
