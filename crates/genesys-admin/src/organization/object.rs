//! The objects of an organisation that the bridge uses, and the paths of each kind.

use serde_json::{Value, json};

use super::masked;
use super::paging::Paging;

/// The field of an Open Messaging integration that holds the secret of its webhook.
pub const WEBHOOK_SECRET: &str = "outboundNotificationWebhookSignatureSecretToken";
/// The field of an Open Messaging integration with the URL that it posts to.
pub const WEBHOOK_URL: &str = "outboundNotificationWebhookUrl";
/// The field of a credential that holds the key with which workflows post events.
pub const EVENTS_KEY: &str = "eventsApiKey";
/// The type of the integration that sends events to EventBridge.
pub const EVENT_BRIDGE: &str = "amazon-eventbridge-source";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Role,
    OAuthClient,
    SupportedContent,
    /// A messaging setting, "platform configuration" in the user interface.
    MessagingSetting,
    Queue,
    /// An inbound message flow of Architect.
    MessageFlow,
    /// A workflow of Architect.
    Workflow,
    OpenIntegration,
    /// Routes the messages of an Open Messaging integration.
    Recipient,
    /// An integration with another system, such as EventBridge or a web service.
    Integration,
    /// The credential that an integration uses at the other system.
    Credential,
    /// A call that workflows can make.
    DataAction,
    Trigger,
    /// A system that names contacts by ids of its own.
    ExternalSource,
}

impl Kind {
    pub fn path(self) -> &'static str {
        match self {
            Self::Role => "/api/v2/authorization/roles",
            Self::OAuthClient => "/api/v2/oauth/clients",
            Self::SupportedContent => "/api/v2/conversations/messaging/supportedcontent",
            Self::MessagingSetting => "/api/v2/conversations/messaging/settings",
            Self::Queue => "/api/v2/routing/queues",
            Self::MessageFlow | Self::Workflow => "/api/v2/flows",
            Self::OpenIntegration => "/api/v2/conversations/messaging/integrations/open",
            Self::Recipient => "/api/v2/routing/message/recipients",
            Self::Integration => "/api/v2/integrations",
            Self::Credential => "/api/v2/integrations/credentials",
            Self::DataAction => "/api/v2/integrations/actions",
            Self::Trigger => "/api/v2/processautomation/triggers",
            Self::ExternalSource => "/api/v2/externalcontacts/externalsources",
        }
    }

    /// The path of the list of all objects of the kind.
    pub fn list(self) -> String {
        let path = self.path();
        match self {
            Self::Recipient => format!("{path}?messengerType=open"),
            // The list at the path itself is deprecated.
            Self::Credential => format!("{path}/listing"),
            _ => self.flow_type().map_or(path.to_owned(), |only| format!("{path}?type={only}")),
        }
    }

    /// The path of one object of the kind.
    pub fn one(self, id: &str) -> String {
        format!("{}/{id}", self.path())
    }

    /// The path that deletes one object of the kind.
    pub fn deletion(self, id: &str) -> String {
        let how = if self == Self::Queue { "?forceDelete=true" } else { "" };
        format!("{}{how}", self.one(id))
    }

    /// How the list of the kind is paged.
    pub fn paging(self) -> Paging {
        match self {
            Self::OAuthClient => Paging::Named,
            Self::Credential | Self::Trigger => Paging::Sized,
            Self::ExternalSource => Paging::Cursor,
            _ => Paging::Numbered,
        }
    }

    /// The type in Architect's terms; `None` if the kind is not a flow.
    fn flow_type(self) -> Option<&'static str> {
        match self {
            Self::MessageFlow => Some("inboundshortmessage"),
            Self::Workflow => Some("workflow"),
            _ => None,
        }
    }

    /// Whether an object is of the kind; a list of flows may contain other types too.
    pub fn fits(self, object: &Object) -> bool {
        self.flow_type().is_none_or(|kind| object.text("/type").eq_ignore_ascii_case(kind))
    }
}

/// An object as the API shows it. Missing fields read as empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(pub Value);

impl Object {
    pub fn id(&self) -> &str {
        self.text("/id")
    }

    pub fn name(&self) -> &str {
        self.text("/name")
    }

    /// The text at a JSON pointer; empty if there is none.
    pub fn text(&self, pointer: &str) -> &str {
        self.0.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// Compares names without regard to upper and lower case, as Genesys Cloud does.
    pub fn is_named(&self, name: &str) -> bool {
        self.name().trim().to_lowercase() == name.trim().to_lowercase()
    }

    /// The secret of an integration's webhook, if the answer shows it.
    pub fn shown_secret(&self) -> Option<&str> {
        masked::shown(self.0.get(WEBHOOK_SECRET)?.as_str()?)
    }

    /// Whether an OAuth client is inactive, so that no login with it is possible.
    pub fn is_off(&self) -> bool {
        self.text("/state").eq_ignore_ascii_case("inactive")
    }

    /// Whether an OAuth client was deleted and only answers for some days more.
    pub fn is_to_be_deleted(&self) -> bool {
        self.is_off() && !self.text("/dateToDelete").is_empty()
    }
}

/// The threading timeline of an organisation: minutes by kind of messenger.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline(pub Value);

const OPEN: &str = "open";
/// The minutes of messengers without an entry, if the answer names no default.
const DEFAULT_MINUTES: u64 = 72 * 60;

impl Timeline {
    pub const PATH: &'static str = "/api/v2/conversations/messaging/threadingtimeline";

    /// The minutes of Open Messaging: its own entry, or else the default.
    pub fn open_minutes(&self) -> u64 {
        let own = self.settings().find(|setting| is_open(setting));
        let own = own.and_then(|setting| setting["timeoutInMinutes"].as_u64());
        own.or_else(|| self.0["defaultTimeoutMinutes"].as_u64()).unwrap_or(DEFAULT_MINUTES)
    }

    /// The whole timeline with other minutes for Open Messaging. A PUT resets everything it leaves
    /// out to its default, so it must contain everything.
    #[must_use]
    pub(crate) fn with_open_minutes(&self, minutes: u64) -> Self {
        let open = json!({ "messengerType": OPEN, "timeoutInMinutes": minutes });
        let others = self.settings().filter(|setting| !is_open(setting)).cloned();
        let mut settings: Vec<Value> = others.collect();
        settings.push(open);
        let mut whole = self.0.clone();
        if !whole.is_object() {
            whole = json!({});
        }
        whole["settings"] = Value::Array(settings);
        Self(whole)
    }

    fn settings(&self) -> impl Iterator<Item = &Value> {
        self.0["settings"].as_array().into_iter().flatten()
    }
}

fn is_open(setting: &Value) -> bool {
    setting["messengerType"].as_str().is_some_and(|word| word.eq_ignore_ascii_case(OPEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_the_timeline_leaves_the_other_messengers() {
        let before = Timeline(json!({ "settings": [
            { "messengerType": "open", "timeoutInMinutes": 4320 },
            { "messengerType": "whatsapp", "timeoutInMinutes": 60 } ] }));
        let after = before.with_open_minutes(0);
        assert_eq!(before.open_minutes(), 4320);
        assert_eq!(after.open_minutes(), 0);
        let settings = after.0["settings"].as_array().unwrap();
        assert_eq!(settings.len(), 2);
        assert!(settings.contains(&json!({ "messengerType": "whatsapp", "timeoutInMinutes": 60 })));
        assert_eq!(Timeline(Value::Null).with_open_minutes(5).open_minutes(), 5);
    }

    #[test]
    fn a_messenger_without_an_entry_has_the_default() {
        let others = json!([ { "messengerType": "whatsapp", "timeoutInMinutes": 60 } ]);
        let told = Timeline(json!({ "settings": others, "defaultTimeoutMinutes": 120 }));
        assert_eq!(told.open_minutes(), 120);
        assert_eq!(told.with_open_minutes(5).0["defaultTimeoutMinutes"], 120);
        assert_eq!(Timeline(json!({ "settings": others })).open_minutes(), 4320);
    }
}
