//! An error in a configuration. It names the key and quotes no value.

/// An error about an environment variable is [`VARIABLE`], the variable's name and [`NOT_SET`].
pub(super) const VARIABLE: &str = "the environment variable ";
pub(super) const NOT_SET: &str = " is not set";

/// An error in a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", prefix(key))]
pub struct ConfigError {
    /// The path of the key, such as `genesys.domain`; empty for the whole document.
    pub key: String,
    /// The fault and the expected value.
    pub problem: String,
}

impl ConfigError {
    pub fn new(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { key: key.into(), problem: problem.into() }
    }

    /// The environment variable that the document refers to and that is not set, if that is the
    /// error.
    pub fn missing_variable(&self) -> Option<&str> {
        let name = self.problem.strip_prefix(VARIABLE)?.strip_suffix(NOT_SET)?;
        // An unusual name may be a secret in the wrong place, and words stand for it.
        (!name.contains(' ')).then_some(name)
    }

    /// The same error, with its key below `prefix` in a larger document.
    #[must_use]
    pub fn inside(self, prefix: &str) -> Self {
        Self { key: join(prefix, &self.key), problem: self.problem }
    }
}

fn prefix(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!("{key}: ") }
}

pub(super) fn join(path: &str, key: &str) -> String {
    match (path.is_empty(), key.is_empty()) {
        (true, _) => key.to_owned(),
        (_, true) => path.to_owned(),
        _ => format!("{path}.{key}"),
    }
}

/// A parser's path; empty for the whole document.
pub(super) fn path_of(path: &serde_path_to_error::Path) -> String {
    let path = path.to_string();
    if path == "." { String::new() } else { path }
}
