//! A function's settings, read once from its environment.
//!
//! Rule: a function reads only what its [`Needs`] declare, so that the template, which is held against them, sets exactly that.

use std::collections::BTreeMap;
use std::time::Duration;

use super::needs::Needs;

/// The variables that a function declared, all of them set.
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
        /// Which function.
        function: &'static str,
        /// Which variable.
        variable: &'static str,
    },
    /// A variable is not what it should be.
    #[error("{function}: the environment variable {variable} must be {wanted}")]
    Bad {
        /// Which function.
        function: &'static str,
        /// Which variable.
        variable: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// A variable is read that the function does not declare: a mistake in the program.
    #[error("{function}: {variable} is not among the variables that the function declares")]
    Undeclared {
        /// Which function.
        function: &'static str,
        /// Which variable.
        variable: &'static str,
    },
}

impl Environment {
    /// Reads what the function declares.
    pub fn read(needs: &Needs) -> Result<Self, EnvironmentError> {
        #[expect(clippy::disallowed_methods, reason = "the one place where functions read theirs")]
        Self::from(needs, |name| std::env::var(name).ok())
    }

    fn from(
        needs: &Needs,
        value: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Self, EnvironmentError> {
        let function = needs.function;
        let read = |variable: &&'static str| match value(variable).filter(|text| !text.is_empty()) {
            Some(text) => Ok((*variable, text)),
            None => Err(EnvironmentError::Missing { function, variable }),
        };
        let variables = needs.variables.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { function, variables })
    }

    /// A variable's value.
    pub fn get(&self, variable: &'static str) -> Result<&str, EnvironmentError> {
        let missing = EnvironmentError::Undeclared { function: self.function, variable };
        self.variables.get(variable).map(String::as_str).ok_or(missing)
    }

    /// A variable's value in minutes; `None` for 0.
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
    use super::super::needs::{INBOUND_QUEUE_URL, STACK_NAME, TABLE_NAME};
    use super::*;

    const NEEDS: Needs =
        Needs { function: "tested", variables: &[STACK_NAME, TABLE_NAME], permissions: &[] };

    #[test]
    fn reads_what_is_declared_and_nothing_else() {
        let environment = Environment::from(&NEEDS, |name| Some(format!("<{name}>"))).unwrap();
        assert_eq!(environment.get(TABLE_NAME).unwrap(), "<TABLE_NAME>");
        let undeclared = environment.get(INBOUND_QUEUE_URL).unwrap_err().to_string();
        assert!(undeclared.contains("tested: INBOUND_QUEUE_URL"), "{undeclared}");
    }

    #[test]
    fn minutes_are_a_number_and_0_is_never() {
        let read = |text: &str| {
            let text = text.to_owned();
            let environment = Environment::from(&NEEDS, move |_| Some(text.clone())).unwrap();
            environment.minutes(TABLE_NAME).map_err(|error| error.to_string())
        };
        assert_eq!(read("90").unwrap(), Some(Duration::from_secs(5400)));
        assert_eq!(read("0").unwrap(), None);
        assert!(read("-1").unwrap_err().contains("TABLE_NAME must be a whole number"));
    }

    #[test]
    fn a_missing_variable_is_named() {
        let environment = |name: &str| (name == STACK_NAME).then(|| "bridge".to_owned());
        let missing = Environment::from(&NEEDS, environment).unwrap_err().to_string();
        assert!(missing.contains("tested: the environment variable TABLE_NAME"), "{missing}");
        assert!(Environment::from(&NEEDS, |_| Some(String::new())).is_err());
    }
}
