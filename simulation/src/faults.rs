//! What can go wrong, and where.
//!
//! Rule: whatever is listed here is drawn, and a campaign that never met it has failed.

use serde::{Deserialize, Serialize};

/// Where something can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// Where files are fetched from.
    MediaSource,
    /// Where the relay keeps copies.
    MediaStore,
    /// The table, the queues, as the operator's command sees them.
    OperatorRead,
    OperatorWrite,
    OperatorQueue,
}

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// The vendor answers 429, 500, 503; who has files, 404 for 429.
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

    /// What can go wrong with files, drawn where an integration relays them.
    pub const MEDIA_KINDS: &'static [(u64, (Port, Mishap))] = &[
        (2, (Port::MediaSource, Mishap::FailsBefore)),
        (1, (Port::MediaSource, Mishap::FailsAfter)),
        (1, (Port::MediaSource, Mishap::SlowAfter)),
        (1, (Port::MediaSource, Mishap::DiesAfter)),
        (1, (Port::MediaSource, Mishap::Limited)),
        (1, (Port::MediaSource, Mishap::Broken)),
        (2, (Port::MediaStore, Mishap::FailsBefore)),
        (2, (Port::MediaStore, Mishap::FailsAfter)),
        (1, (Port::MediaStore, Mishap::SlowBefore)),
        (1, (Port::MediaStore, Mishap::DiesBefore)),
        (2, (Port::MediaStore, Mishap::DiesAfter)),
    ];

    /// What can go wrong with the command of an operator, drawn where there is one.
    pub const OPERATOR_KINDS: &'static [(u64, (Port, Mishap))] = &[
        (1, (Port::OperatorRead, Mishap::FailsBefore)),
        (1, (Port::OperatorRead, Mishap::SlowAfter)),
        (2, (Port::OperatorRead, Mishap::DiesAfter)),
        (1, (Port::OperatorQueue, Mishap::FailsBefore)),
        (2, (Port::OperatorQueue, Mishap::FailsAfter)),
        (1, (Port::OperatorQueue, Mishap::SlowBefore)),
        (2, (Port::OperatorQueue, Mishap::DiesBefore)),
        (4, (Port::OperatorQueue, Mishap::DiesAfter)),
        (2, (Port::OperatorWrite, Mishap::FailsBefore)),
        (2, (Port::OperatorWrite, Mishap::FailsAfter)),
        (1, (Port::OperatorWrite, Mishap::SlowBefore)),
        (3, (Port::OperatorWrite, Mishap::DiesBefore)),
        (2, (Port::OperatorWrite, Mishap::DiesAfter)),
    ];

    /// Whether it is about the command of an operator.
    pub fn is_operators(&self) -> bool {
        matches!(self.port, Port::OperatorRead | Port::OperatorWrite | Port::OperatorQueue)
    }
}
