//! How the program ends: an error in one line that says what to do, and an exit code.
//!
//! Rule: 2 for a mistake in the configuration or the arguments, 1 for everything else; never a
//! backtrace. If the reader of the output is gone, nothing is printed, and the exit code is the one
//! that a shell reports for a program ended by SIGPIPE.

use std::process::ExitCode;

use aws::operator::OperatorError;
use shared::error::chain;

use crate::output::{self, ReaderGone};
use crate::progress;

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
    // Nothing is waited for any more.
    drop(progress::end());
    let Err(error) = result else { return ExitCode::SUCCESS };
    if error.is::<ReaderGone>() {
        return ExitCode::from(READER_GONE);
    }
    output::note(format_args!("bridge: {}", words(&error)));
    ExitCode::from(code(&error))
}

/// The exit code of an error, also below a context.
fn code(error: &anyhow::Error) -> u8 {
    let of_operator = error.downcast_ref::<OperatorError>();
    let is_misconfigured =
        error.is::<Misconfigured>() || matches!(of_operator, Some(OperatorError::Misconfigured(_)));
    if is_misconfigured { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_user_can_correct_ends_with_2() {
        let of_operator = |error| anyhow::Error::new(error).context("read the stack");
        let no_region = of_operator(OperatorError::Misconfigured("no region".to_owned()));
        assert_eq!((code(&no_region), words(&no_region)), (2, "read the stack: no region".into()));
        assert_eq!(code(&of_operator(OperatorError::Call("it failed".to_owned()))), 1);
        assert_eq!(code(&misconfigured(anyhow::anyhow!("no file")).context("read it")), 2);
        assert_eq!(code(&anyhow::anyhow!("anything else")), 1);
    }
}
