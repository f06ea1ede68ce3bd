//! The faults of a template.
//!
//! Rule: a fault names the place in the configuration and shows no value, because values are words
//! of people, and texts of a template may hold a secret.

use std::fmt;

/// The most faults of one template that are collected.
const MOST: usize = 20;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {problem}")]
pub struct Fault {
    /// A JSON pointer into the configuration's `lynn`, such as `/templates/message/body/Text`.
    pub pointer: String,
    pub problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("this is not a template: {0}")]
    Syntax(String),
    #[error("there is nothing called {name} here; there is {known}")]
    UnknownName { name: String, known: String },
    /// The path, if the template itself spells it.
    #[error("{}is missing; give another value with default, such as {{{{ … | default('') }}}}", named(.0))]
    Missing(Option<String>),
    #[error(
        "the value is null; give another with default, such as {{{{ … | default('none', true) }}}}"
    )]
    Null,
    /// The engine's own word for the kind of error.
    #[error("the template fails: {0}")]
    Failed(String),
    /// The name of a filter, a test or a function, in the engine's words.
    #[error("the template fails: {0}")]
    UnknownHelper(String),
    #[error("the template does too much work")]
    TooMuchWork,
    #[error("the result has more than {} bytes", crate::LARGEST)]
    TooLarge,
    #[error(
        "the result must be true or false; write one expression, such as {{{{ event.author == 'agent' }}}}"
    )]
    NotBool,
    #[error("the value cannot be written as JSON")]
    NotJson,
    #[error(
        "the value cannot be sent in a header: it holds a line break or another control character"
    )]
    Header,
    #[error("{0}")]
    Url(&'static str),
}

fn named(path: &Option<String>) -> String {
    match path {
        Some(path) => format!("{path} "),
        None => "a field ".to_owned(),
    }
}

/// Everything that is wrong, at least one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, pointer: &str, problem: Problem) {
        if self.0.len() < MOST {
            self.0.push(Fault { pointer: pointer.to_owned(), problem });
        }
    }

    /// The value, if nothing is wrong.
    pub(crate) fn unless_any<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, fault) in self.0.iter().enumerate() {
            if place > 0 {
                formatter.write_str("; ")?;
            }
            fault.fmt(formatter)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// A step of a JSON pointer, appended: RFC 6901.
pub(crate) fn below(pointer: &str, step: &str) -> String {
    format!("{pointer}/{}", step.replace('~', "~0").replace('/', "~1"))
}
