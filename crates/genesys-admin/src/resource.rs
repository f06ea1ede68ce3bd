//! The resources of a set-up, in their order: what comes later needs what comes earlier.

use serde::{Deserialize, Serialize};

use crate::organization::{Kind, Topic};

/// Where the integration of the events says which credential it uses, as a JSON pointer.
pub(crate) const CREDENTIAL_ID: &str = "/config/current/credentials/basicAuth/id";

/// One thing that has to be as wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Resource {
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

/// Which part of a set-up a resource belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Every set-up has it.
    Always,
    /// Events come by EventBridge.
    EventBridge,
    /// Workflows post events.
    PostedEvents,
}

/// What is fixed about a resource.
struct Row {
    /// How the record names it.
    key: &'static str,
    /// What a person calls it.
    word: &'static str,
    part: Part,
    /// The kind of object that it is; none where it only changes another.
    kind: Option<Kind>,
}

/// Writes the table with a resource in a row.
macro_rules! table {
    ($($resource:pat => $key:expr, $word:expr, $part:ident, $kind:expr;)+) => {
        impl Resource {
            fn row(self) -> Row {
                let row = |key, word, part, kind| Row { key, word, part, kind };
                match self {
                    $($resource => row($key, $word, Part::$part, $kind),)+
                }
            }
        }
    };
}

table! {
    Self::SupportedContent => "supportedContent", "supported content", Always, Some(Kind::SupportedContent);
    Self::MessagingSetting => "messagingSetting", "messaging setting", Always, Some(Kind::MessagingSetting);
    Self::Queue => "queue", "queue", Always, Some(Kind::Queue);
    Self::Flow => "flow", "inbound message flow", Always, Some(Kind::MessageFlow);
    Self::Integration => "integration", "Open Messaging integration", Always, Some(Kind::OpenIntegration);
    Self::Routing => "routing", "routing", Always, None;
    Self::Role => "role", "role", Always, Some(Kind::Role);
    Self::Grant => "grant", "grant of the role", Always, None;
    Self::Client => "client", "OAuth client", Always, Some(Kind::OAuthClient);
    Self::Timeline => "timeline", "threading timeline", Always, None;
    Self::EventSource => "eventSource", "EventBridge integration", EventBridge, Some(Kind::Integration);
    Self::EventsCredential => "eventsCredential", "credential for events", PostedEvents, Some(Kind::Credential);
    Self::EventsIntegration => "eventsIntegration", "data actions integration", PostedEvents, Some(Kind::Integration);
    Self::EventsAction => "eventsAction", "data action", PostedEvents, Some(Kind::DataAction);
    Self::Workflow(topic) => topic.workflow(), topic.workflow(), PostedEvents, Some(Kind::Workflow);
    Self::Trigger(topic) => topic.trigger(), topic.trigger(), PostedEvents, Some(Kind::Trigger);
}

impl Resource {
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
        self.row().word
    }

    /// The kind of object that it is; none where it only changes another.
    pub fn kind(self) -> Option<Kind> {
        self.row().kind
    }

    /// Which part of a set-up it belongs to.
    pub fn part(self) -> Part {
        self.row().part
    }

    /// Whether its object refers to another's, and so keeps it in use.
    pub fn uses(self, other: Self) -> bool {
        match (self, other) {
            // Its recipient refers to the flow.
            (Self::Integration, Self::SupportedContent | Self::MessagingSetting | Self::Flow)
            | (Self::Flow, Self::Queue)
            | (Self::Client, Self::Role)
            | (Self::EventsIntegration, Self::EventsCredential)
            | (Self::EventsAction, Self::EventsIntegration)
            | (Self::Workflow(_), Self::EventsAction) => true,
            (Self::Trigger(starts), Self::Workflow(topic)) => starts == topic,
            _ => false,
        }
    }

    /// Where an object of ours says which one of this resource it uses: whose object, and the JSON
    /// pointer to the id.
    pub fn referred(self) -> Option<(Self, &'static str)> {
        match self {
            Self::SupportedContent => Some((Self::Integration, "/supportedContent/id")),
            Self::MessagingSetting => Some((Self::Integration, "/messagingSetting/id")),
            Self::EventsCredential => Some((Self::EventsIntegration, CREDENTIAL_ID)),
            _ => None,
        }
    }

    /// Those that are objects, in the order in which they are looked for: what proves whose
    /// something is, before it.
    pub fn looked_for() -> Vec<Self> {
        // The integration of the events refers to the credential, and holds the action.
        let place = |one: &Self| match one {
            Self::Role => 0,
            Self::Integration => 1,
            Self::EventsCredential => 3,
            one if *one <= Self::EventsIntegration => 2,
            _ => 4,
        };
        let mut all: Vec<Self> = Self::ALL.into_iter().filter(|one| one.kind().is_some()).collect();
        all.sort_by_key(place);
        all
    }
}

impl From<Resource> for String {
    fn from(resource: Resource) -> Self {
        resource.row().key.to_owned()
    }
}

impl TryFrom<String> for Resource {
    type Error = &'static str;

    fn try_from(key: String) -> Result<Self, Self::Error> {
        let known = Self::ALL.into_iter().find(|resource| resource.row().key == key);
        known.ok_or("this is not a resource of a set-up")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_what_it_wrote() {
        for (place, resource) in Resource::ALL.into_iter().enumerate() {
            let name = String::from(resource);
            assert_eq!(Resource::try_from(name.clone()), Ok(resource), "{name}");
            assert!(Resource::ALL[..place].iter().all(|earlier| *earlier < resource), "{name}");
        }
        assert!(Resource::try_from("other".to_owned()).is_err());
    }

    #[test]
    fn each_object_is_looked_for_once_and_uses_only_earlier_ones() {
        let looked = Resource::looked_for();
        let made = Resource::ALL.into_iter().filter(|resource| resource.kind().is_some());
        assert_eq!(looked.len(), made.count());
        for (place, resource) in looked.iter().enumerate() {
            assert!(!looked[..place].contains(resource), "{resource:?}");
            let used = Resource::ALL.into_iter().filter(|used| resource.uses(*used));
            assert!(used.into_iter().all(|used| used < *resource), "{resource:?}");
        }
    }

    #[test]
    fn what_proves_whose_an_object_is_was_looked_for_before_it() {
        let looked = Resource::looked_for();
        for (place, resource) in looked.iter().enumerate() {
            let by = resource.referred().map(|(by, _)| by);
            assert!(by.is_none_or(|by| looked[..place].contains(&by)), "{resource:?}");
            assert!(by.is_none_or(|by| by.uses(*resource)), "{resource:?}");
        }
    }
}
