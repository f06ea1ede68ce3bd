//! The resources of a set-up, in order: later ones need earlier ones.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::Slot;
use crate::organization::{Kind, Topic};

/// The JSON pointer to the id of the credential in the integration for events.
pub(crate) const CREDENTIAL_ID: &str = "/config/current/credentials/basicAuth/id";

/// One part of an organisation that setup brings to the wanted state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Resource {
    /// The media types allowed in both directions.
    SupportedContent,
    /// Typing in both directions.
    MessagingSetting,
    /// The external source by which Genesys Cloud recognises contacts.
    ExternalSource,
    /// The default queue in which customers wait.
    Queue,
    /// A queue to which the flow transfers by an attribute.
    BranchQueue(Slot),
    /// The flow that transfers customers to the queues.
    Flow,
    /// The Open Messaging integration.
    Integration,
    /// Routes the integration's messages through the flow.
    Routing,
    /// How Genesys Cloud recognises the integration's contacts.
    Identity,
    /// The permissions of the bridge.
    Role,
    /// Grants the role to the administrator too, who can grant only roles that they have.
    Grant,
    /// The OAuth client with which the bridge logs in.
    Client,
    /// How long after its end a conversation can be continued, for the whole organisation.
    Timeline,
    /// The integration that sends events to EventBridge.
    EventSource,
    /// The key with which workflows post events.
    EventsCredential,
    /// The integration that holds the data action of the workflows.
    EventsIntegration,
    /// The data action of the workflows: it posts an event to the bridge.
    EventsAction,
    /// The workflow that runs the data action for a topic.
    Workflow(Topic),
    /// The trigger that starts the workflow of a topic.
    Trigger(Topic),
}

/// The part of a set-up that a resource belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetupPart {
    /// Needed by every set-up.
    Always,
    /// Needed if a branch of the flow transfers to this queue.
    BranchQueue(Slot),
    /// For contacts that are recognised by an external source.
    IdentitySource,
    /// For events through EventBridge.
    EventBridge,
    /// For events that workflows post.
    PostedEvents,
}

impl SetupPart {
    /// Whether setup recognises the objects of the part without a record. An external source has no
    /// mark; of the queues of branches, the first place finds all.
    pub(crate) fn is_recognised(self) -> bool {
        match self {
            Self::BranchQueue(slot) => slot.is_first(),
            Self::IdentitySource => false,
            Self::Always | Self::EventBridge | Self::PostedEvents => true,
        }
    }
}

/// The fixed properties of a resource.
struct Row {
    /// The name in the record.
    key: Cow<'static, str>,
    /// The name in messages to the operator.
    word: &'static str,
    part: SetupPart,
    /// The kind of object; `None` if the resource only changes another object.
    kind: Option<Kind>,
}

/// Writes the table, one resource a row.
macro_rules! table {
    ($($resource:pat => $key:expr, $word:expr, $part:expr, $kind:expr;)+) => {
        impl Resource {
            fn row(self) -> Row {
                use SetupPart::{Always, EventBridge, IdentitySource, PostedEvents};
                let row = |key, word, part, kind| Row { key, word, part, kind };
                match self {
                    $($resource => row($key.into(), $word, $part, $kind),)+
                }
            }
        }
    };
}

table! {
    Self::SupportedContent => "supportedContent", "supported content", Always, Some(Kind::SupportedContent);
    Self::MessagingSetting => "messagingSetting", "messaging setting", Always, Some(Kind::MessagingSetting);
    Self::ExternalSource => "externalSource", "external source", IdentitySource, Some(Kind::ExternalSource);
    Self::Queue => "queue", "queue", Always, Some(Kind::Queue);
    Self::BranchQueue(slot) => slot.key(), "queue", SetupPart::BranchQueue(slot), Some(Kind::Queue);
    Self::Flow => "flow", "inbound message flow", Always, Some(Kind::MessageFlow);
    Self::Integration => "integration", "Open Messaging integration", Always, Some(Kind::OpenIntegration);
    Self::Routing => "routing", "routing", Always, None;
    Self::Identity => "identity", "identity resolution", IdentitySource, None;
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
    /// How many resources there are.
    pub const COUNT: usize = Self::BEFORE.len() + Slot::COUNT + Self::AFTER.len();
    /// All resources in their order.
    pub const ALL: [Self; Self::COUNT] = {
        let mut all = [Self::Queue; Self::COUNT];
        let (before, middle) = all.split_at_mut(Self::BEFORE.len());
        let (middle, after) = middle.split_at_mut(Slot::COUNT);
        before.copy_from_slice(&Self::BEFORE);
        let mut place = 0;
        while place < Slot::COUNT {
            middle[place] = Self::BranchQueue(Slot::ALL[place]);
            place += 1;
        }
        after.copy_from_slice(&Self::AFTER);
        all
    };
    /// The resources before the queues of the branches.
    const BEFORE: [Self; 4] =
        [Self::SupportedContent, Self::MessagingSetting, Self::ExternalSource, Self::Queue];
    /// The resources after the queues of the branches.
    const AFTER: [Self; 22] = [
        Self::Flow,
        Self::Integration,
        Self::Routing,
        Self::Identity,
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

    /// The name in messages to the operator.
    pub fn word(self) -> &'static str {
        self.row().word
    }

    /// The kind of object; `None` if the resource only changes another object.
    pub fn kind(self) -> Option<Kind> {
        self.row().kind
    }

    pub fn part(self) -> SetupPart {
        self.row().part
    }

    /// Whether this resource's object refers to the other's object, and so keeps it in use.
    pub fn uses(self, other: Self) -> bool {
        match (self, other) {
            // Its recipient refers to the flow.
            (
                Self::Integration,
                Self::SupportedContent | Self::MessagingSetting | Self::Flow | Self::ExternalSource,
            )
            | (Self::Flow, Self::Queue | Self::BranchQueue(_))
            | (Self::Client, Self::Role)
            | (Self::EventsIntegration, Self::EventsCredential)
            | (Self::EventsAction, Self::EventsIntegration)
            | (Self::Workflow(_), Self::EventsAction) => true,
            (Self::Trigger(starts), Self::Workflow(topic)) => starts == topic,
            _ => false,
        }
    }

    /// Where one of setup's objects refers to the object of this resource: the referring resource,
    /// and the JSON pointer to the id.
    pub fn referred(self) -> Option<(Self, &'static str)> {
        match self {
            Self::SupportedContent => Some((Self::Integration, "/supportedContent/id")),
            Self::MessagingSetting => Some((Self::Integration, "/messagingSetting/id")),
            Self::EventsCredential => Some((Self::EventsIntegration, CREDENTIAL_ID)),
            _ => None,
        }
    }

    /// The resources that are objects, in the order in which they are looked for: a proof comes
    /// before the objects that it proves.
    pub(crate) fn looked_for() -> Vec<Self> {
        // The integration for events refers to the credential and holds the action.
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
        resource.row().key.into_owned()
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
