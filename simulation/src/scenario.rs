//! What one run is made of, as data: how the world is set up, what people do and when, and what goes wrong.
//!
//! Rule: everything that happens follows from a scenario, so that leaving elements out and playing it again makes it shorter.

use serde::{Deserialize, Serialize};

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
}

/// What a customer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Word {
    Text,
    LongText,
    Files,
    Html,
    Reply,
    History,
    Typing,
    SessionStarted,
    SessionEnded,
    /// Something that Genesys refuses for good.
    Refused,
    /// The message of an earlier action once more.
    Again,
}

/// What an agent does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum AgentWord {
    Text,
    BotText,
    QuickReplies,
    Carousel,
    Attachment,
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
#[expect(missing_docs, reason = "the names say it")]
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
    /// Every process dies.
    PowerCut,
    /// One process dies.
    ProcessDies,
}

/// Where something can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Port {
    StoreRead,
    StoreWrite,
    Queue,
    Secrets,
    Genesys,
    GenesysLogin,
    Lynn,
    LynnLogin,
    /// A request of a vendor to an endpoint.
    Request,
    /// An event of the bus handed to its function.
    Bus,
    /// A batch handed to a sender.
    Batch,
}

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Mishap {
    /// It fails, and nothing was done.
    FailsBefore,
    /// It fails, and all was done.
    FailsAfter,
    SlowBefore,
    SlowAfter,
    /// The process dies.
    DiesBefore,
    DiesAfter,
    /// The vendor lets the call's time run out.
    HangsBefore,
    HangsAfter,
    /// The vendor answers 429, 500, 503.
    Limited,
    Broken,
    Unavailable,
    /// The same comes twice at once.
    Twice,
    /// The queue gives the batch to another process while this one is at work.
    LeaseExpires,
    /// What became of a batch does not reach the queue.
    OutcomeLost,
    /// The pauses of a batch's records do not reach the queue.
    PauseLost,
}

/// Something that goes wrong with the n-th call of a port, and with those that follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where.
    pub port: Port,
    /// With which call, from 0.
    pub nth: u32,
    /// With how many calls in a row.
    pub times: u32,
    /// What.
    pub mishap: Mishap,
}

impl Fault {
    /// Everything that can go wrong, with how likely it is drawn.
    pub const KINDS: &'static [(u64, (Port, Mishap))] = &[
        (4, (Port::StoreRead, Mishap::FailsBefore)),
        (2, (Port::StoreRead, Mishap::SlowAfter)),
        (3, (Port::StoreRead, Mishap::DiesAfter)),
        (4, (Port::StoreWrite, Mishap::FailsBefore)),
        (5, (Port::StoreWrite, Mishap::FailsAfter)),
        (2, (Port::StoreWrite, Mishap::SlowBefore)),
        (2, (Port::StoreWrite, Mishap::SlowAfter)),
        (5, (Port::StoreWrite, Mishap::DiesBefore)),
        (5, (Port::StoreWrite, Mishap::DiesAfter)),
        (4, (Port::Queue, Mishap::FailsBefore)),
        (5, (Port::Queue, Mishap::FailsAfter)),
        (2, (Port::Queue, Mishap::SlowBefore)),
        (2, (Port::Queue, Mishap::SlowAfter)),
        (3, (Port::Queue, Mishap::DiesBefore)),
        (5, (Port::Queue, Mishap::DiesAfter)),
        (3, (Port::Secrets, Mishap::FailsBefore)),
        (1, (Port::Secrets, Mishap::SlowBefore)),
        (2, (Port::Secrets, Mishap::DiesBefore)),
        (4, (Port::Genesys, Mishap::FailsBefore)),
        (4, (Port::Genesys, Mishap::FailsAfter)),
        (2, (Port::Genesys, Mishap::SlowBefore)),
        (3, (Port::Genesys, Mishap::SlowAfter)),
        (3, (Port::Genesys, Mishap::DiesBefore)),
        (6, (Port::Genesys, Mishap::DiesAfter)),
        (2, (Port::Genesys, Mishap::HangsBefore)),
        (3, (Port::Genesys, Mishap::HangsAfter)),
        (4, (Port::Genesys, Mishap::Limited)),
        (3, (Port::Genesys, Mishap::Broken)),
        (3, (Port::Genesys, Mishap::Unavailable)),
        (2, (Port::GenesysLogin, Mishap::FailsBefore)),
        (2, (Port::GenesysLogin, Mishap::FailsAfter)),
        (2, (Port::GenesysLogin, Mishap::SlowAfter)),
        (2, (Port::GenesysLogin, Mishap::DiesAfter)),
        (1, (Port::GenesysLogin, Mishap::HangsAfter)),
        (1, (Port::GenesysLogin, Mishap::Broken)),
        (4, (Port::Lynn, Mishap::FailsBefore)),
        (4, (Port::Lynn, Mishap::FailsAfter)),
        (2, (Port::Lynn, Mishap::SlowBefore)),
        (3, (Port::Lynn, Mishap::SlowAfter)),
        (3, (Port::Lynn, Mishap::DiesBefore)),
        (6, (Port::Lynn, Mishap::DiesAfter)),
        (2, (Port::Lynn, Mishap::HangsBefore)),
        (3, (Port::Lynn, Mishap::HangsAfter)),
        (2, (Port::Lynn, Mishap::Limited)),
        (3, (Port::Lynn, Mishap::Broken)),
        (3, (Port::Lynn, Mishap::Unavailable)),
        (1, (Port::LynnLogin, Mishap::FailsBefore)),
        (1, (Port::LynnLogin, Mishap::FailsAfter)),
        (1, (Port::LynnLogin, Mishap::DiesAfter)),
        (1, (Port::LynnLogin, Mishap::Broken)),
        (3, (Port::Request, Mishap::FailsBefore)),
        (4, (Port::Request, Mishap::FailsAfter)),
        (4, (Port::Request, Mishap::Twice)),
        (2, (Port::Request, Mishap::SlowBefore)),
        (2, (Port::Bus, Mishap::FailsBefore)),
        (2, (Port::Bus, Mishap::Twice)),
        (3, (Port::Bus, Mishap::SlowBefore)),
        (4, (Port::Batch, Mishap::LeaseExpires)),
        (4, (Port::Batch, Mishap::OutcomeLost)),
        (2, (Port::Batch, Mishap::PauseLost)),
    ];
}
