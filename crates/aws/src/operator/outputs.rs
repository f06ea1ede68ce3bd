//! The outputs and parameters of a deployed stack.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;

use super::account::Connection;
use super::error::{OperatorError, code, explain};

/// The output with the prefix under which the configuration is stored.
const SECRET_PREFIX: &str = "SecretPrefix";

/// A stack's description: its outputs, and the parameters that it was deployed with.
pub struct Outputs {
    stack: String,
    values: BTreeMap<String, String>,
    parameters: BTreeMap<String, String>,
}

impl Outputs {
    /// Reads the outputs; `None` if there is no such stack.
    pub async fn find(connection: &Connection, stack: &str) -> Result<Option<Self>, OperatorError> {
        let client = Client::new(connection.config());
        let answer = client.describe_stacks().stack_name(stack).send().await;
        let described = match answer {
            Ok(described) => described,
            Err(error) if is_absent(code(&error), error.as_service_error()) => return Ok(None),
            Err(error) => return Err(explain("cloudformation:DescribeStacks", stack, &error)),
        };
        let Some(found) = described.stacks().first() else { return Ok(None) };
        let pair = |output: &aws_sdk_cloudformation::types::Output| {
            Some((output.output_key()?.to_owned(), output.output_value()?.to_owned()))
        };
        let values = found.outputs().iter().filter_map(pair).collect();
        let given = |parameter: &aws_sdk_cloudformation::types::Parameter| {
            Some((parameter.parameter_key()?.to_owned(), parameter.parameter_value()?.to_owned()))
        };
        let parameters = found.parameters().iter().filter_map(given).collect();
        Ok(Some(Self { stack: stack.to_owned(), values, parameters }))
    }

    /// Reads the outputs. A stack that does not exist is a mistake in the arguments.
    pub async fn read(connection: &Connection, stack: &str) -> Result<Self, OperatorError> {
        Self::find(connection, stack).await?.ok_or_else(|| {
            OperatorError::Misconfigured(format!(
                "there is no stack {stack} in {}: check --stack, --region and --profile",
                connection.region()
            ))
        })
    }

    /// The name of the stack.
    pub fn stack(&self) -> &str {
        &self.stack
    }

    /// A parameter of the deployment; `None` if the template does not have it, or if it is empty.
    pub fn parameter(&self, key: &str) -> Option<&str> {
        self.parameters.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// An output; an error if the stack does not have it.
    pub fn get(&self, key: &str) -> Result<&str, OperatorError> {
        let missing = || OperatorError::NoOutput { stack: self.stack.clone(), key: key.to_owned() };
        self.values.get(key).map(String::as_str).ok_or_else(missing)
    }

    /// The prefix of the secrets' names; by the template's default, the name of the stack.
    pub fn secret_prefix(&self) -> &str {
        self.values.get(SECRET_PREFIX).unwrap_or(&self.stack)
    }
}

/// CloudFormation answers with a general code when a stack does not exist; only the message says
/// so.
fn is_absent(
    code: Option<&str>,
    error: Option<&impl aws_sdk_cloudformation::error::ProvideErrorMetadata>,
) -> bool {
    let said = error.and_then(|error| error.message()).unwrap_or_default();
    code == Some("ValidationError") && said.contains("does not exist")
}
