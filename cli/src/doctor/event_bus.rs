//! The event bus of a stack that gets events from Genesys Cloud: it is associated with its source,
//! and an enabled rule leads to the function.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::{EventSourceState, RuleState};

use super::{Check, Finding, Observation, Unavailable};
use crate::aws::sdk_error::{code, explain};
use crate::operator::stack::Stack;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Bus {
    /// Whether there is a bus with the source's name.
    exists: bool,
    /// The state of the partner event source; `None` if there is no such source.
    source: Option<String>,
    /// Whether the rule that leads to the function is enabled; `None` if there is no such rule.
    rule_is_on: Option<bool>,
}

/// `None` if the stack gets no events over EventBridge.
pub async fn check(stack: &Stack) -> Option<Finding> {
    let name = stack.outputs.get("GenesysEventBus").ok()?;
    let function = stack.outputs.get("GenesysEventsFunction").unwrap_or_default();
    let client = Client::new(&stack.config);
    let seen = bus(&client, name, function).await.map_err(Unavailable::from);
    Some(assess(name, seen))
}

async fn bus(client: &Client, name: &str, function: &str) -> anyhow::Result<Bus> {
    let source = match client.describe_event_source().name(name).send().await {
        Ok(source) => source.state().map(EventSourceState::as_str).map(str::to_owned),
        Err(error) if code(&error) == Some("ResourceNotFoundException") => None,
        Err(error) => return Err(explain("events:DescribeEventSource", name, &error)),
    };
    match client.describe_event_bus().name(name).send().await {
        Ok(_) => {}
        Err(error) if code(&error) == Some("ResourceNotFoundException") => {
            return Ok(Bus { source, ..Bus::default() });
        }
        Err(error) => return Err(explain("events:DescribeEventBus", name, &error)),
    }
    Ok(Bus { exists: true, source, rule_is_on: rule(client, name, function).await? })
}

/// Whether the rule that leads to the function is enabled.
async fn rule(client: &Client, bus: &str, function: &str) -> anyhow::Result<Option<bool>> {
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

fn assess(name: &str, seen: Observation<Bus>) -> Finding {
    let check = Check::EventBus;
    let bus = match seen {
        Err(unavailable) => return unavailable.finding(check),
        Ok(bus) => bus,
    };
    let redeploy = "deploy the stack again with GenesysEventSource and, where no other stack has the bus, AssociateEventSource=yes";
    match (bus.exists, bus.source.as_deref(), bus.rule_is_on) {
        (_, None, _) => check.fail(
            format!("there is no partner event source {name} in this AWS account and region"),
            "compare account, region and suffix in Genesys Cloud's Admin > Integrations with GenesysEventSource",
        ),
        (false, ..) => check.fail(format!("there is no event bus {name}"), redeploy),
        (_, Some(state), _) if state != "ACTIVE" => check.fail(
            format!(
                "the event source {name} is {state}: it is not associated with the bus, or Genesys Cloud has deleted it"
            ),
            redeploy,
        ),
        (.., None) => check.fail(
            "no rule of the bus leads to the function genesys-events",
            redeploy,
        ),
        (.., Some(false)) => check.fail(
            "the rule that leads to the function genesys-events is switched off",
            "enable it in Amazon EventBridge > Rules",
        ),
        (true, Some(_), Some(true)) => {
            check.ok(format!("{name} is associated, and its rule is on"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn each_link_of_the_chain_is_looked_at() {
        let of = |exists, source: Option<&str>, rule_is_on| {
            let bus = Bus { exists, source: source.map(str::to_owned), rule_is_on };
            assess("aws.partner/genesys.com/cloud/o/lynn", Ok(bus))
        };
        assert_eq!(of(true, Some("ACTIVE"), Some(true)).outcome, Outcome::Ok);
        for (found, said) in [
            (of(true, None, Some(true)), "no partner event source"),
            (of(false, Some("PENDING"), None), "there is no event bus"),
            (of(true, Some("PENDING"), Some(true)), "is PENDING"),
            (of(true, Some("ACTIVE"), None), "no rule"),
            (of(true, Some("ACTIVE"), Some(false)), "switched off"),
        ] {
            assert!(found.outcome == Outcome::Fail && found.reason.contains(said), "{found:?}");
        }
    }
}
