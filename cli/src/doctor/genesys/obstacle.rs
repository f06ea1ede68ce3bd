//! What keeps the events that workflows post from this bridge, and what to do about it.

use super::super::check::Check;
use super::super::finding::Finding;
use super::super::running::SAY_WHERE;

/// Where the bridge takes the events of an integration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// The end that every address has, whatever the host.
    pub path: String,
    /// Those that are known to lead here; none when nobody said where the bridge is.
    pub known: Vec<String>,
}

/// Why an event gets no further. The order is the one in which it is told: what comes first most likely was meant for this bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// The trigger is switched off.
    TriggerOff,
    /// The trigger's workflow is gone.
    NoWorkflow,
    /// The workflow was never published.
    Unpublished,
    /// The integration that holds the data action is switched off.
    IntegrationOff,
    /// The data action posts somewhere else.
    Elsewhere,
    /// The data action posts to an address that may be this bridge's.
    Unplaced,
    /// The workflow calls no data action.
    NoAction,
    /// No trigger fires.
    NoTrigger,
}

impl Addresses {
    /// What keeps a post to an address, without a slash at its end, from this bridge; none when it gets there.
    pub fn obstacle(&self, url: &str) -> Option<Obstacle> {
        if self.known.iter().any(|known| known == url) {
            return None;
        }
        let may_be = self.known.is_empty() && url.ends_with(&self.path);
        Some(if may_be { Obstacle::Unplaced } else { Obstacle::Elsewhere })
    }

    /// One to tell a person.
    fn shown(&self) -> String {
        self.known.first().cloned().unwrap_or_else(|| format!("https://{{your host}}{}", self.path))
    }
}

impl Obstacle {
    /// What is said of topics that it keeps from the bridge.
    pub fn finding(self, topics: &str, names: &str, ours: &Addresses) -> Finding {
        let check = Check::GenesysEvents;
        let fail = |why: &str, action: &str| {
            Finding::fail(check, format!("not told: {topics}{why}"), action)
        };
        let unknown = |why: &str, action: &str| {
            Finding::warn(check, format!("perhaps not told: {topics}; {why}"), action)
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
                &format!("; switched off: the integration {names}, which holds the data action"),
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
                &format!("posted to {names}, and it is not known where this bridge is"),
                SAY_WHERE,
            ),
            Self::NoAction => unknown(
                &format!(
                    "no data action in the workflow {names}, as far as Architect's dependency tracking knows"
                ),
                "let the workflow call the data action, and publish it; one that it calls in another flow is yours to check",
            ),
        }
    }
}
