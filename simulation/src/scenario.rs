//! What one run is made of, as data: how the world is set up, what people do and when, and what goes wrong.
//!
//! Rule: everything that happens follows from a scenario, so that leaving elements out and playing it again makes it shorter.

use serde::{Deserialize, Serialize};

pub use crate::faults::{Fault, Mishap, Port};

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    /// Decides everything that is not said below: in which order tasks run and how long calls take.
    pub seed: u64,
    /// Tasks run in the order in which they became ready, and calls take no time: simpler to follow.
    pub orderly: bool,
    /// The world.
    pub setup: Setup,
    /// What happens, by its time.
    pub actions: Vec<Action>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

/// The world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// What the handlers run in.
    pub topology: Topology,
    /// The integrations; contacts of the same ids write to each of them.
    pub integrations: Vec<IntegrationSetup>,
    /// Whether and how Genesys recognises a message that comes again.
    pub genesys: Recognition,
    /// Whether Lynn recognises an event that comes again.
    pub lynn_recognises: bool,
    /// Whether Genesys' receipts name the bridge's id of the message besides its own.
    pub receipts_name_both: bool,
    /// How far the clocks of the processes are off, in milliseconds, in turn.
    pub skews: Vec<i64>,
    /// How far Genesys' clock is off, in milliseconds.
    pub genesys_skew: i64,
    /// Whether events of a conversation's life come over the bus or are posted by a workflow.
    pub events_by_bus: bool,
}

/// What the handlers run in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Topology {
    /// Functions behind SQS: several processes of each, visibility timeouts, a time limit.
    Functions,
    /// One process for all, as `bridge serve`.
    OneMachine,
}

/// How Genesys takes a message whose id it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recognition {
    /// It answers as to the first, and does nothing.
    Silent,
    /// It answers 409.
    Conflict,
    /// It does not know it, and shows it again.
    Never,
}

/// One integration.
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
    /// How many OAuth clients there are.
    pub clients: u32,
    /// Whether Lynn wants a token of its own, else a fixed one.
    pub lynn_token: bool,
    /// Whether posts of Lynn are signed, else they carry a key.
    pub lynn_signs: bool,
    /// Whether files are relayed, else their links are passed on.
    #[serde(default)]
    pub relays: bool,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Its name in this scenario; ids of messages are made from it.
    pub number: u32,
    /// When, in milliseconds from the beginning.
    pub at: i64,
    /// In which integration.
    pub integration: usize,
    /// Whose conversation.
    pub contact: usize,
    /// What.
    pub what: Happening,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happening {
    /// The customer does something, and Lynn posts it.
    Customer(Word),
    /// An agent or a bot does something, and Genesys posts it.
    Agent(AgentWord),
    /// Something breaks, or is changed.
    Trouble(Trouble),
    /// An operator sends dead letters of the integration again.
    Operator(Redrive),
}

/// What an operator does about dead letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redrive {
    /// Which of them, and how.
    pub which: Which,
    /// Whether the reason is removed first: the vendors take from now on what they refused.
    pub repaired: bool,
}

/// Which dead letters are sent again, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Which {
    /// All of them.
    All,
    /// One of them.
    One,
    /// All of them, by two operators at the same time.
    Together,
    /// All of them, and after a while once more by what was read at the beginning.
    Twice,
}

/// What a customer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Word {
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
    /// Something that Genesys refuses for good.
    Refused,
    /// A message in parts, of which Genesys refuses the last.
    RefusedAtItsEnd,
    /// The message of an earlier action once more.
    Again,
}

/// What an agent does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentWord {
    Text,
    BotText,
    QuickReplies,
    Carousel,
    Card,
    DatePicker,
    Template,
    Attachment,
    /// A message that says nothing.
    Empty,
    /// A message of the customer's own, reflected.
    Echo,
    /// A message that names nobody.
    Unaddressed,
    /// Bytes that are no notification.
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
    /// Something that Lynn refuses for good.
    Refused,
    /// The message of an earlier action once more.
    Again,
}

/// What breaks for a time, or is changed.
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
    /// So long each token may make no more than two calls a minute.
    RateLimit(i64),
    GenesysTokensRevoked,
    LynnTokensRevoked,
    WebhookSecretRotated,
    LynnKeyRotated,
    ClientSecretRotated,
    LynnTokenSecretRotated,
    /// The clock of the one machine is set back by so much; those of functions are AWS's to keep.
    ClockSetBack(i64),
    /// Every process dies.
    PowerCut,
    /// One process dies.
    ProcessDies,
}
