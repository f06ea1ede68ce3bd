//! The event bus of a stack that gets events from Genesys Cloud: it is associated with its source,
//! and an enabled rule leads to the function.

use aws::operator::{EventBus, Stack};

use super::{Check, Finding, Observation, Unavailable};

/// `None` if the stack gets no events over EventBridge.
pub async fn check(stack: &Stack) -> Option<Finding> {
    let name = stack.outputs().get("GenesysEventBus").ok()?;
    Some(assess(name, stack.event_bus(name).await.map_err(Unavailable::from)))
}

fn assess(name: &str, seen: Observation<EventBus>) -> Finding {
    let check = Check::EventBus;
    let bus = match seen {
        Err(unavailable) => return unavailable.finding(check),
        Ok(bus) => bus,
    };
    let redeploy = "deploy the stack again with GenesysEventSource and, where no other stack has the bus, AssociateEventSource=yes";
    match (bus.exists, bus.source.as_deref(), bus.rule_is_on) {
        (_, None, _) => check.fail(format!("there is no partner event source {name} in this AWS account and region"),
            "compare account, region and suffix in Genesys Cloud's Admin > Integrations with GenesysEventSource",
        ),
        (false, ..) => check.fail(format!("there is no event bus {name}"), redeploy),
        (_, Some(state), _) if state != "ACTIVE" => check.fail(format!(
                "the event source {name} is {state}: it is not associated with the bus, or Genesys Cloud has deleted it"
            ),
            redeploy,
        ),
        (.., None) => check.fail("no rule of the bus leads to the function genesys-events",
            redeploy,
        ),
        (.., Some(false)) => check.fail("the rule that leads to the function genesys-events is switched off",
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
            let bus = EventBus { exists, source: source.map(str::to_owned), rule_is_on };
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
