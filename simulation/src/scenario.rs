//! The data of one run: the setup, the actions of people and their times, and the
//! faults.
//!
//! Rule: everything in a run follows from its scenario, so leaving out elements and playing it
//! again can shorten it.

use serde::{Deserialize, Serialize};

pub use crate::faults::{Fault, FaultKind, Port};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    /// Decides everything that the scenario does not say: the order of tasks and the duration of
    /// calls.
    pub seed: u64,
    /// Tasks run in the order in which they became ready, and calls take no time: simpler to
    /// follow.
    pub orderly: bool,
    pub setup: Setup,
    /// The actions, ordered by time.
    pub actions: Vec<Action>,
    pub faults: Vec<Fault>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    pub topology: Topology,
    /// Contacts with the same ids write to each integration.
    pub integrations: Vec<IntegrationSetup>,
    /// Whether and how Genesys recognises a repeated message.
    pub genesys: Recognition,
    /// Whether Lynn recognises a repeated event.
    pub lynn_recognises: bool,
    /// Whether Genesys' receipts contain the bridge's id of the message besides its own.
    pub receipts_name_both: bool,
    /// How far the clocks of the processes are off, in milliseconds; the processes use the values
    /// in turn.
    pub skews: Vec<i64>,
    /// How far Genesys' clock is off, in milliseconds.
    pub genesys_skew: i64,
    /// Whether events of a conversation's life arrive over the bus; otherwise a workflow posts
    /// them.
    pub events_by_bus: bool,
}

/// The environment of the handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Topology {
    /// Functions behind SQS: several processes of each, visibility timeouts, a time limit.
    Functions,
    /// One process for everything, like `bridge serve`.
    OneMachine,
}

/// How Genesys treats a message whose id it has seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recognition {
    /// It repeats its first answer and has no further effect.
    Silent,
    /// It answers 409.
    Conflict,
    /// It does not recognise the message and shows it again.
    Never,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegrationSetup {
    /// `lynn.quietSession`.
    pub quiet_session: String,
    /// `lynn.onSessionEnded`.
    pub on_session_ended: String,
    /// `genesys.receipts`.
    pub receipts: String,
    /// `genesys.threadingTimelineMinutes`.
    pub window_minutes: u32,
    /// `delivery.maxAgeMinutes`.
    pub max_age_minutes: u32,
    /// `lynn.sessionTimeoutMinutes`.
    pub session_minutes: u32,
    /// The number of OAuth clients.
    pub clients: u32,
    /// Whether Lynn needs a token that the bridge requests; otherwise the token is fixed.
    pub lynn_token: bool,
    /// Whether Lynn signs its posts; otherwise they carry a key.
    pub lynn_signs: bool,
    /// Whether files are relayed; otherwise their links are passed on.
    #[serde(default)]
    pub relays: bool,
    /// How this integration's Lynn speaks.
    #[serde(default)]
    pub speech: Speech,
}

/// How a Lynn speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Speech {
    /// The bridge's own JSON.
    #[default]
    Bridge,
    /// A contract of its own, for which the integration has templates.
    Templates,
    /// Genesys' Open Messaging.
    Dialect,
}

/// One action of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Its name in this scenario; the ids of messages contain it.
    pub number: u32,
    /// The time in milliseconds from the beginning.
    pub at: i64,
    pub integration: usize,
    pub contact: usize,
    pub what: Happening,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happening {
    /// The customer acts, and Lynn posts it.
    Customer(CustomerAct),
    /// An agent or a bot acts, and Genesys posts it.
    Agent(AgentAct),
    /// Something fails or changes.
    Trouble(Trouble),
    /// An operator redrives dead letters of the integration.
    Operator(Redrive),
}

/// How an operator redrives dead letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redrive {
    pub which: Which,
    /// Whether the operator first removes the reason: from then on the vendors accept what they
    /// refused.
    pub repaired: bool,
}

/// Which dead letters are redriven, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Which {
    /// All dead letters.
    All,
    /// One dead letter.
    One,
    /// All dead letters, by two operators at the same time.
    Together,
    /// All dead letters, and later again from the list that was read at the beginning.
    Twice,
}

/// An action of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CustomerAct {
    Text,
    LongText,
    Files,
    Html,
    Reply,
    Button,
    DatePick,
    History,
    Typing,
    SessionStarted,
    SessionEnded,
    /// A message that Genesys refuses for good.
    Refused,
    /// A message in parts, of which Genesys refuses the last.
    RefusedAtItsEnd,
    /// The message of an earlier action again.
    Again,
}

/// An action of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentAct {
    Text,
    BotText,
    QuickReplies,
    Carousel,
    Card,
    DatePicker,
    Template,
    Attachment,
    /// A message without content.
    Empty,
    /// The customer's own message, reflected.
    Echo,
    /// A message without a recipient.
    Unaddressed,
    /// Bytes that are not a notification.
    Unreadable,
    /// A kind of content that the bridge does not know.
    UnknownContent,
    /// A type of message that the bridge does not know.
    UnknownType,
    Typing,
    Ring,
    Answer,
    Leave,
    End,
    /// A message that Lynn refuses for good.
    Refused,
    /// The message of an earlier action again.
    Again,
}

/// A temporary failure or a change; numbers are durations in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trouble {
    GenesysUnreachable(i64),
    GenesysHangs(i64),
    GenesysFails(i64),
    LynnUnreachable(i64),
    LynnHangs(i64),
    LynnFails(i64),
    StoreDown(i64),
    QueueDown(i64),
    SecretsDown(i64),
    /// For this time each token may make at most two calls a minute.
    RateLimit(i64),
    GenesysTokensRevoked,
    LynnTokensRevoked,
    WebhookSecretRotated,
    LynnKeyRotated,
    ClientSecretRotated,
    LynnTokenSecretRotated,
    /// Sets back the clock of the one machine by this many milliseconds; AWS keeps the clocks of
    /// functions.
    ClockSetBack(i64),
    /// Every process dies.
    PowerCut,
    /// One process dies.
    ProcessDies,
}
