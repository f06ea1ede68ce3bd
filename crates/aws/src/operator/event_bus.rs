//! The event bus of a stack that gets events from Genesys Cloud: its source, and the rule that
//! leads to the function.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::{EventSourceState, RuleState};

use super::error::{OperatorError, code, explain};
use super::stack::Stack;

/// The existing parts of the way from Genesys Cloud's event source to the function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventBus {
    /// Whether there is a bus with the source's name.
    pub exists: bool,
    /// The state of the partner event source; `None` if there is no such source.
    pub source: Option<String>,
    /// Whether the rule that leads to the function is enabled; `None` if there is no such rule.
    pub rule_is_on: Option<bool>,
}

impl Stack {
    /// Looks at the bus with this name.
    pub async fn event_bus(&self, name: &str) -> Result<EventBus, OperatorError> {
        let function = self.outputs().get("GenesysEventsFunction").unwrap_or_default();
        bus(&Client::new(self.config()), name, function).await
    }
}

async fn bus(client: &Client, name: &str, function: &str) -> Result<EventBus, OperatorError> {
    let source = match client.describe_event_source().name(name).send().await {
        Ok(source) => source.state().map(EventSourceState::as_str).map(str::to_owned),
        Err(error) if code(&error) == Some("ResourceNotFoundException") => None,
        Err(error) => return Err(explain("events:DescribeEventSource", name, &error)),
    };
    match client.describe_event_bus().name(name).send().await {
        Ok(_) => {}
        Err(error) if code(&error) == Some("ResourceNotFoundException") => {
            return Ok(EventBus { source, ..EventBus::default() });
        }
        Err(error) => return Err(explain("events:DescribeEventBus", name, &error)),
    }
    Ok(EventBus { exists: true, source, rule_is_on: rule(client, name, function).await? })
}

/// Whether the rule that leads to the function is enabled.
async fn rule(client: &Client, bus: &str, function: &str) -> Result<Option<bool>, OperatorError> {
    let rules = client.list_rules().event_bus_name(bus).send().await;
    let rules = rules.map_err(|error| explain("events:ListRules", bus, &error))?;
    for rule in rules.rules() {
        let name = rule.name().unwrap_or_default();
        let targets = client.list_targets_by_rule().event_bus_name(bus).rule(name).send().await;
        let targets = targets.map_err(|error| explain("events:ListTargetsByRule", name, &error))?;
        if targets.targets().iter().any(|target| target.arn().ends_with(&format!(":{function}"))) {
            return Ok(Some(rule.state() == Some(&RuleState::Enabled)));
        }
    }
    Ok(None)
}
