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
pub enum FaultKind {
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
    pub kind: FaultKind,
}

impl Fault {
    /// Everything that can go wrong, with its weight in the draw.
    pub const KINDS: &'static [(u64, (Port, FaultKind))] = &[
        (4, (Port::StoreRead, FaultKind::FailsBefore)),
        (2, (Port::StoreRead, FaultKind::SlowAfter)),
        (3, (Port::StoreRead, FaultKind::DiesAfter)),
        (4, (Port::StoreWrite, FaultKind::FailsBefore)),
        (5, (Port::StoreWrite, FaultKind::FailsAfter)),
        (2, (Port::StoreWrite, FaultKind::SlowBefore)),
        (2, (Port::StoreWrite, FaultKind::SlowAfter)),
        (5, (Port::StoreWrite, FaultKind::DiesBefore)),
        (5, (Port::StoreWrite, FaultKind::DiesAfter)),
        (4, (Port::Queue, FaultKind::FailsBefore)),
        (5, (Port::Queue, FaultKind::FailsAfter)),
        (2, (Port::Queue, FaultKind::SlowBefore)),
        (2, (Port::Queue, FaultKind::SlowAfter)),
        (3, (Port::Queue, FaultKind::DiesBefore)),
        (5, (Port::Queue, FaultKind::DiesAfter)),
        (3, (Port::Secrets, FaultKind::FailsBefore)),
        (1, (Port::Secrets, FaultKind::SlowBefore)),
        (2, (Port::Secrets, FaultKind::DiesBefore)),
        (4, (Port::Genesys, FaultKind::FailsBefore)),
        (4, (Port::Genesys, FaultKind::FailsAfter)),
        (2, (Port::Genesys, FaultKind::SlowBefore)),
        (3, (Port::Genesys, FaultKind::SlowAfter)),
        (3, (Port::Genesys, FaultKind::DiesBefore)),
        (6, (Port::Genesys, FaultKind::DiesAfter)),
        (2, (Port::Genesys, FaultKind::HangsBefore)),
        (3, (Port::Genesys, FaultKind::HangsAfter)),
        (4, (Port::Genesys, FaultKind::Limited)),
        (3, (Port::Genesys, FaultKind::Broken)),
        (3, (Port::Genesys, FaultKind::Unavailable)),
        (2, (Port::GenesysLogin, FaultKind::FailsBefore)),
        (2, (Port::GenesysLogin, FaultKind::FailsAfter)),
        (2, (Port::GenesysLogin, FaultKind::SlowAfter)),
        (2, (Port::GenesysLogin, FaultKind::DiesAfter)),
        (1, (Port::GenesysLogin, FaultKind::HangsAfter)),
        (1, (Port::GenesysLogin, FaultKind::Broken)),
        (4, (Port::Lynn, FaultKind::FailsBefore)),
        (4, (Port::Lynn, FaultKind::FailsAfter)),
        (2, (Port::Lynn, FaultKind::SlowBefore)),
        (3, (Port::Lynn, FaultKind::SlowAfter)),
        (3, (Port::Lynn, FaultKind::DiesBefore)),
        (6, (Port::Lynn, FaultKind::DiesAfter)),
        (2, (Port::Lynn, FaultKind::HangsBefore)),
        (3, (Port::Lynn, FaultKind::HangsAfter)),
        (2, (Port::Lynn, FaultKind::Limited)),
        (3, (Port::Lynn, FaultKind::Broken)),
        (3, (Port::Lynn, FaultKind::Unavailable)),
        (1, (Port::LynnLogin, FaultKind::FailsBefore)),
        (1, (Port::LynnLogin, FaultKind::FailsAfter)),
        (1, (Port::LynnLogin, FaultKind::DiesAfter)),
        (1, (Port::LynnLogin, FaultKind::Broken)),
        (3, (Port::Request, FaultKind::FailsBefore)),
        (4, (Port::Request, FaultKind::FailsAfter)),
        (4, (Port::Request, FaultKind::Twice)),
        (2, (Port::Request, FaultKind::SlowBefore)),
        (2, (Port::Bus, FaultKind::FailsBefore)),
        (2, (Port::Bus, FaultKind::Twice)),
        (3, (Port::Bus, FaultKind::SlowBefore)),
        (4, (Port::Batch, FaultKind::LeaseExpires)),
        (4, (Port::Batch, FaultKind::OutcomeLost)),
        (2, (Port::Batch, FaultKind::PauseLost)),
    ];

    /// Faults of files, drawn where an integration relays files.
    pub const MEDIA_KINDS: &'static [(u64, (Port, FaultKind))] = &[
        (2, (Port::MediaSource, FaultKind::FailsBefore)),
        (1, (Port::MediaSource, FaultKind::FailsAfter)),
        (1, (Port::MediaSource, FaultKind::SlowAfter)),
        (1, (Port::MediaSource, FaultKind::DiesAfter)),
        (1, (Port::MediaSource, FaultKind::Limited)),
        (1, (Port::MediaSource, FaultKind::Broken)),
        (2, (Port::MediaStore, FaultKind::FailsBefore)),
        (2, (Port::MediaStore, FaultKind::FailsAfter)),
        (1, (Port::MediaStore, FaultKind::SlowBefore)),
        (1, (Port::MediaStore, FaultKind::DiesBefore)),
        (2, (Port::MediaStore, FaultKind::DiesAfter)),
    ];

    /// Faults of the operator's command, drawn where a scenario has an operator.
    pub const OPERATOR_KINDS: &'static [(u64, (Port, FaultKind))] = &[
        (1, (Port::OperatorRead, FaultKind::FailsBefore)),
        (1, (Port::OperatorRead, FaultKind::SlowAfter)),
        (2, (Port::OperatorRead, FaultKind::DiesAfter)),
        (1, (Port::OperatorQueue, FaultKind::FailsBefore)),
        (2, (Port::OperatorQueue, FaultKind::FailsAfter)),
        (1, (Port::OperatorQueue, FaultKind::SlowBefore)),
        (2, (Port::OperatorQueue, FaultKind::DiesBefore)),
        (4, (Port::OperatorQueue, FaultKind::DiesAfter)),
        (2, (Port::OperatorWrite, FaultKind::FailsBefore)),
        (2, (Port::OperatorWrite, FaultKind::FailsAfter)),
        (1, (Port::OperatorWrite, FaultKind::SlowBefore)),
        (3, (Port::OperatorWrite, FaultKind::DiesBefore)),
        (2, (Port::OperatorWrite, FaultKind::DiesAfter)),
    ];

    /// Whether the fault strikes the operator's command.
    pub fn is_operators(&self) -> bool {
        matches!(self.port, Port::OperatorRead | Port::OperatorWrite | Port::OperatorQueue)
    }
}
