//! How the program ends: what went wrong in one line that says what to do, and an exit code.
//!
//! Rule: 2 for a mistake in the configuration or the arguments, 1 for everything else; never a backtrace. Where only the reader of
//! what is printed went away, nothing is said, and the code is the one that a shell gives to a program that SIGPIPE ended.

use std::fmt;
use std::process::ExitCode;

use shared::error::chain;

use crate::output::{self, ReaderGone};

/// 128 and the number of SIGPIPE.
const READER_GONE: u8 = 141;

/// A failure that the user can mend in the configuration.
#[derive(Debug)]
pub struct Misconfigured(pub anyhow::Error);

impl fmt::Display for Misconfigured {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&words(&self.0))
    }
}

impl std::error::Error for Misconfigured {}

/// Marks a failure as the configuration's.
pub fn misconfigured(error: impl Into<anyhow::Error>) -> anyhow::Error {
    anyhow::Error::new(Misconfigured(error.into()))
}

/// A failure and its causes in one line, nothing said twice.
pub fn words(error: &anyhow::Error) -> String {
    chain(error.as_ref())
}

/// Prints the failure, if any, and gives the exit code.
pub fn report(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    if error.is::<ReaderGone>() {
        return ExitCode::from(READER_GONE);
    }
    output::note(format_args!("bridge: {}", words(&error)));
    ExitCode::from(if error.is::<Misconfigured>() { 2 } else { 1 })
}
