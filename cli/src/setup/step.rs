//! The steps of a set-up, in their order: what comes later needs what comes earlier.

use serde::{Deserialize, Serialize};

use crate::organization::{Kind, Topic};

/// One thing that has to be as wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Step {
    /// Which media types may come and go.
    SupportedContent,
    /// Typing, both ways.
    MessagingSetting,
    /// Where customers wait.
    Queue,
    /// The flow that hands over to the queue.
    Flow,
    /// The Open Messaging integration.
    Integration,
    /// The integration's messages run through the flow.
    Routing,
    /// What the bridge may do.
    Role,
    /// The administrator has the role, too: only then it can be handed on.
    Grant,
    /// The OAuth client that the bridge logs in with.
    Client,
    /// For how long a conversation that ended can be continued, for the whole organisation.
    Timeline,
    /// The integration that brings events to EventBridge.
    EventSource,
    /// The key that workflows post events with.
    EventsCredential,
    /// The integration that holds the call of the workflows.
    EventsIntegration,
    /// The call of the workflows: an event goes to the bridge.
    EventsAction,
    /// The workflow that makes the call for a topic.
    Workflow(Topic),
    /// What starts the workflow of a topic.
    Trigger(Topic),
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 24] = [
        Self::SupportedContent,
        Self::MessagingSetting,
        Self::Queue,
        Self::Flow,
        Self::Integration,
        Self::Routing,
        Self::Role,
        Self::Grant,
        Self::Client,
        Self::Timeline,
        Self::EventSource,
        Self::EventsCredential,
        Self::EventsIntegration,
        Self::EventsAction,
        Self::Workflow(Topic::CustomerEnd),
        Self::Workflow(Topic::UserStart),
        Self::Workflow(Topic::UserEnd),
        Self::Workflow(Topic::AcdStart),
        Self::Workflow(Topic::AcdEnd),
        Self::Trigger(Topic::CustomerEnd),
        Self::Trigger(Topic::UserStart),
        Self::Trigger(Topic::UserEnd),
        Self::Trigger(Topic::AcdStart),
        Self::Trigger(Topic::AcdEnd),
    ];

    /// What a person calls it.
    pub fn word(self) -> &'static str {
        self.names().1
    }

    /// How the record names it, and what a person calls it.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::SupportedContent => ("supportedContent", "supported content"),
            Self::MessagingSetting => ("messagingSetting", "messaging setting"),
            Self::Queue => ("queue", "queue"),
            Self::Flow => ("flow", "inbound message flow"),
            Self::Integration => ("integration", "Open Messaging integration"),
            Self::Routing => ("routing", "routing"),
            Self::Role => ("role", "role"),
            Self::Grant => ("grant", "grant of the role"),
            Self::Client => ("client", "OAuth client"),
            Self::Timeline => ("timeline", "threading timeline"),
            Self::EventSource => ("eventSource", "EventBridge integration"),
            Self::EventsCredential => ("eventsCredential", "credential for events"),
            Self::EventsIntegration => ("eventsIntegration", "data actions integration"),
            Self::EventsAction => ("eventsAction", "data action"),
            Self::Workflow(topic) => (topic.workflow(), topic.workflow()),
            Self::Trigger(topic) => (topic.trigger(), topic.trigger()),
        }
    }

    /// Whether it is part of the way on which workflows post events.
    pub fn is_of_posted_events(self) -> bool {
        self >= Self::EventsCredential
    }

    /// What the step's object refers to, and so keeps in use.
    pub fn uses(self) -> Vec<Self> {
        match self {
            // Its recipient refers to the flow.
            Self::Integration => vec![Self::SupportedContent, Self::MessagingSetting, Self::Flow],
            Self::Flow => vec![Self::Queue],
            Self::Client => vec![Self::Role],
            Self::EventsIntegration => vec![Self::EventsCredential],
            Self::EventsAction => vec![Self::EventsIntegration],
            Self::Workflow(_) => vec![Self::EventsAction],
            Self::Trigger(topic) => vec![Self::Workflow(topic)],
            _ => Vec::new(),
        }
    }

    /// The steps that make an object, in the order in which they are looked for: what proves whose something is, before it.
    pub fn looked_for() -> impl Iterator<Item = Self> {
        const FIRST: [Step; 2] = [Step::Role, Step::Integration];
        // The integration of the events refers to the credential, and holds the action.
        let credential = [Self::EventsIntegration, Self::EventsCredential];
        let rest = Self::ALL.into_iter().filter(move |step| {
            !FIRST.contains(step) && !credential.contains(step) && !step.is_after_credential()
        });
        let last = Self::ALL.into_iter().filter(|step| step.is_after_credential());
        FIRST
            .into_iter()
            .chain(rest)
            .chain(credential)
            .chain(last)
            .filter(|step| step.kind().is_some())
    }

    fn is_after_credential(self) -> bool {
        self > Self::EventsIntegration
    }

    /// The kind of object that the step makes; none where it only changes one.
    pub fn kind(self) -> Option<Kind> {
        Some(match self {
            Self::SupportedContent => Kind::SupportedContent,
            Self::MessagingSetting => Kind::MessagingSetting,
            Self::Queue => Kind::Queue,
            Self::Flow => Kind::MessageFlow,
            Self::Integration => Kind::OpenIntegration,
            Self::Role => Kind::Role,
            Self::Client => Kind::OAuthClient,
            Self::EventSource | Self::EventsIntegration => Kind::Integration,
            Self::EventsCredential => Kind::Credential,
            Self::EventsAction => Kind::DataAction,
            Self::Workflow(_) => Kind::Workflow,
            Self::Trigger(_) => Kind::Trigger,
            Self::Routing | Self::Grant | Self::Timeline => return None,
        })
    }
}

impl From<Step> for String {
    fn from(step: Step) -> Self {
        step.names().0.to_owned()
    }
}

impl TryFrom<String> for Step {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let known = Self::ALL.into_iter().find(|step| step.names().0 == name);
        known.ok_or("this is no step of a set-up")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_what_it_wrote() {
        for (place, step) in Step::ALL.into_iter().enumerate() {
            let name = String::from(step);
            assert_eq!(Step::try_from(name.clone()), Ok(step), "{name}");
            assert!(Step::ALL[..place].iter().all(|earlier| *earlier < step), "{name}");
        }
        assert!(Step::try_from("other".to_owned()).is_err());
    }

    #[test]
    fn each_object_is_looked_for_once_and_uses_only_earlier_ones() {
        let looked: Vec<Step> = Step::looked_for().collect();
        let made = Step::ALL.into_iter().filter(|step| step.kind().is_some());
        assert_eq!(looked.len(), made.count());
        for (place, step) in looked.iter().enumerate() {
            assert!(!looked[..place].contains(step), "{step:?}");
            assert!(step.uses().iter().all(|used| used < step), "{step:?}");
        }
    }
}
