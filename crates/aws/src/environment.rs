//! The settings of a function, read once from its environment.
//!
//! Rule: a function reads only the variables that its [`Requirements`] declare. A test compares the
//! template with them, so the template sets exactly these variables.

use std::collections::BTreeMap;
use std::time::Duration;

use super::requirements::Requirements;

/// The variables that a function declared; all of them are set.
#[derive(Debug)]
pub struct Environment {
    function: &'static str,
    variables: BTreeMap<&'static str, String>,
}

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// A variable is missing or empty.
    #[error("{function}: the environment variable {variable} is not set; template.yaml sets it")]
    Missing {
        /// See [`Requirements::function`].
        function: &'static str,
        variable: &'static str,
    },
    /// A variable has an invalid value.
    #[error("{function}: the environment variable {variable} must be {wanted}")]
    Bad {
        /// See [`Requirements::function`].
        function: &'static str,
        variable: &'static str,
        /// The valid values, to complete the sentence "must be ...".
        wanted: &'static str,
    },
    /// The program reads a variable that the function does not declare: a programming error.
    #[error("{function}: {variable} is not among the variables that the function declares")]
    Undeclared {
        /// See [`Requirements::function`].
        function: &'static str,
        variable: &'static str,
    },
}

impl Environment {
    /// A variable that Lambda itself or an emulator sets.
    #[expect(clippy::disallowed_methods, reason = "the one place where functions read theirs")]
    pub(super) fn of_lambda(name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|text| !text.is_empty())
    }

    /// Reads the declared variables; an empty variable counts as missing.
    pub fn read(requirements: &Requirements) -> Result<Self, EnvironmentError> {
        #[expect(clippy::disallowed_methods, reason = "the one place where functions read theirs")]
        Self::from(requirements, |name| std::env::var(name).ok())
    }

    fn from(
        requirements: &Requirements,
        value: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Self, EnvironmentError> {
        let function = requirements.function;
        let read = |variable: &&'static str| match value(variable).filter(|text| !text.is_empty()) {
            Some(text) => Ok((*variable, text)),
            None => Err(EnvironmentError::Missing { function, variable }),
        };
        let variables = requirements.variables.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { function, variables })
    }

    /// Fails for a variable that the function does not declare.
    pub fn get(&self, variable: &'static str) -> Result<&str, EnvironmentError> {
        let missing = EnvironmentError::Undeclared { function: self.function, variable };
        self.variables.get(variable).map(String::as_str).ok_or(missing)
    }

    /// Reads a number of minutes; `None` for 0.
    pub fn minutes(&self, variable: &'static str) -> Result<Option<Duration>, EnvironmentError> {
        let bad = EnvironmentError::Bad {
            function: self.function,
            variable,
            wanted: "a whole number of minutes, 0 for never",
        };
        let minutes: u32 = self.get(variable)?.trim().parse().map_err(|_| bad)?;
        Ok((minutes > 0).then(|| Duration::from_secs(u64::from(minutes) * 60)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::requirements::{INBOUND_QUEUE_URL, STACK_NAME, TABLE_NAME};
    use super::*;

    const REQUIREMENTS: Requirements =
        Requirements { function: "tested", variables: &[STACK_NAME, TABLE_NAME], permissions: &[] };

    #[test]
    fn reads_what_is_declared_and_nothing_else() {
        let environment =
            Environment::from(&REQUIREMENTS, |name| Some(format!("<{name}>"))).unwrap();
        assert_eq!(environment.get(TABLE_NAME).unwrap(), "<TABLE_NAME>");
        let undeclared = environment.get(INBOUND_QUEUE_URL).unwrap_err().to_string();
        assert!(undeclared.contains("tested: INBOUND_QUEUE_URL"), "{undeclared}");
    }

    #[test]
    fn minutes_are_a_number_and_0_is_never() {
        let read = |text: &str| {
            let text = text.to_owned();
            let environment =
                Environment::from(&REQUIREMENTS, move |_| Some(text.clone())).unwrap();
            environment.minutes(TABLE_NAME).map_err(|error| error.to_string())
        };
        assert_eq!(read("90").unwrap(), Some(Duration::from_secs(5400)));
        assert_eq!(read("0").unwrap(), None);
        assert!(read("-1").unwrap_err().contains("TABLE_NAME must be a whole number"));
    }

    #[test]
    fn a_missing_variable_is_named() {
        let environment = |name: &str| (name == STACK_NAME).then(|| "bridge".to_owned());
        let missing = Environment::from(&REQUIREMENTS, environment).unwrap_err().to_string();
        assert!(missing.contains("tested: the environment variable TABLE_NAME"), "{missing}");
        assert!(Environment::from(&REQUIREMENTS, |_| Some(String::new())).is_err());
    }
}
