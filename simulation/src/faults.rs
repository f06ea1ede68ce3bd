//! The faults that a run can meet, and where they strike.
//!
//! Rule: every kind listed here is drawn, and a campaign that never met one of them fails.

use serde::{Deserialize, Serialize};

/// Where a fault can strike.
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
    /// The bus hands an event to its function.
    Bus,
    /// A queue hands a batch to a sender.
    Batch,
    /// The source from which the relay fetches files.
    MediaSource,
    /// The store in which the relay keeps copies.
    MediaStore,
    /// The table and the queues, as the operator's command uses them.
    OperatorRead,
    OperatorWrite,
    OperatorQueue,
}

/// How one call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Mishap {
    /// The call fails and had no effect.
    FailsBefore,
    /// The call fails although it had its effect.
    FailsAfter,
    SlowBefore,
    SlowAfter,
    /// The process dies.
    DiesBefore,
    DiesAfter,
    /// The vendor does not answer before the call times out.
    HangsBefore,
    HangsAfter,
    /// The vendor answers 429, 500 or 503; a source of files answers 404 instead of 429.
    Limited,
    Broken,
    Unavailable,
    /// The same request arrives twice at once.
    Twice,
    /// The queue gives the batch to another process while this one works on it.
    LeaseExpires,
    /// The outcomes of a batch do not reach the queue.
    OutcomeLost,
    /// The pauses of a batch's records do not reach the queue.
    PauseLost,
}

/// A fault that strikes the n-th call of a port and the calls that follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    pub port: Port,
    /// The first call that it strikes, counted from 0.
    pub nth: u32,
    /// The number of calls in a row that it strikes.
    pub times: u32,
    pub mishap: Mishap,
}

impl Fault {
    /// Everything that can go wrong, with its weight in the draw.
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

    /// Faults of files, drawn where an integration relays files.
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

    /// Faults of the operator's command, drawn where a scenario has an operator.
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

    /// Whether the fault strikes the operator's command.
    pub fn is_operators(&self) -> bool {
        matches!(self.port, Port::OperatorRead | Port::OperatorWrite | Port::OperatorQueue)
    }
}
