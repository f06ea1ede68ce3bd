//! How the program ends: what went wrong in one line that says what to do, and an exit code.
//!
//! Rule: 2 for a mistake in the configuration or the arguments, 1 for everything else; never a backtrace.

use std::fmt;
use std::process::ExitCode;

/// A failure that the user can mend in the configuration.
#[derive(Debug)]
pub struct Misconfigured(pub anyhow::Error);

impl fmt::Display for Misconfigured {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:#}", self.0)
    }
}

impl std::error::Error for Misconfigured {}

/// Marks a failure as the configuration's.
pub fn misconfigured(error: impl Into<anyhow::Error>) -> anyhow::Error {
    anyhow::Error::new(Misconfigured(error.into()))
}

/// Prints the failure, if any, and gives the exit code.
pub fn report(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    eprintln!("bridge: {error:#}");
    ExitCode::from(if error.is::<Misconfigured>() { 2 } else { 1 })
}
