//! Finds the obstacle that keeps the events of workflows from this bridge, and the next step.

use super::{Check, Finding, SAY_WHERE};

/// The addresses at which the bridge accepts the events of an integration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// The path with which every address ends, whatever the host.
    pub path: String,
    /// Addresses that are known to lead here; empty if the bridge's address is not known.
    pub known: Vec<String>,
}

/// An obstacle that stops an event. The first one that applies is reported, because it was most
/// likely meant for this bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    TriggerOff,
    /// The trigger's workflow was deleted.
    NoWorkflow,
    Unpublished,
    /// The integration that has the data action is switched off.
    IntegrationOff,
    /// The data action posts somewhere else.
    Elsewhere,
    /// The data action posts to an address that may be this bridge's.
    Unplaced,
    NoAction,
    NoTrigger,
}

impl Addresses {
    /// The obstacle between a post to an address (no slash at its end) and this bridge; `None` if
    /// it arrives.
    pub fn obstacle(&self, url: &str) -> Option<Obstacle> {
        if self.known.iter().any(|known| known == url) {
            return None;
        }
        let may_be = self.known.is_empty() && url.ends_with(&self.path);
        Some(if may_be { Obstacle::Unplaced } else { Obstacle::Elsewhere })
    }

    /// One address to show a person.
    fn shown(&self) -> String {
        self.known.first().cloned().unwrap_or_else(|| format!("https://{{your host}}{}", self.path))
    }
}

impl Obstacle {
    /// The finding about the topics that this obstacle keeps from the bridge.
    pub fn finding(self, topics: &str, names: &str, ours: &Addresses) -> Finding {
        let check = Check::GenesysEvents;
        let fail =
            |why: &str, action: &str| check.fail(format!("not reported: {topics}{why}"), action);
        let unknown = |why: &str, action: &str| {
            check.warn(format!("perhaps not reported: {topics}; {why}"), action)
        };
        match self {
            Self::NoTrigger => fail("", "add these topics in Admin > Triggers"),
            Self::TriggerOff => {
                fail(&format!("; switched off: {names}"), "activate it in Admin > Triggers")
            }
            Self::NoWorkflow => fail(
                &format!("; without a workflow: the trigger {names}"),
                "choose a workflow in Admin > Triggers, or run `bridge setup` with --events-by-workflow",
            ),
            Self::Unpublished => fail(
                &format!("; never published: the workflow {names}"),
                "publish it in Architect, or run `bridge setup` with --events-by-workflow",
            ),
            Self::IntegrationOff => fail(
                &format!("; switched off: the integration {names}, which has the data action"),
                "activate it in Admin > Integrations",
            ),
            Self::Elsewhere => fail(
                &format!("; posted to {names}, which is not this bridge's"),
                &format!(
                    "let the data action post to {} in Admin > Integrations > Actions",
                    ours.shown()
                ),
            ),
            Self::Unplaced => unknown(
                &format!("posted to {names}, and the address of this bridge is not known"),
                SAY_WHERE,
            ),
            Self::NoAction => unknown(
                &format!(
                    "Architect's dependency tracking shows no data action in the workflow {names}"
                ),
                "let the workflow call the data action, and publish it; if it calls one in another flow, check that yourself",
            ),
        }
    }
}
