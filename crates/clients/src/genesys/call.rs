//! A call to Genesys' API, before it is made.

use http::Method;
use shared::time::Timestamp;

#[derive(Debug)]
pub struct Call {
    pub method: Method,
    /// The path below the API's base. It may contain a conversation's id, but never a contact's.
    pub path: String,
    /// The name of the call in errors and logs.
    pub name: &'static str,
    /// JSON.
    pub body: String,
    /// Decides what happens to the call when little is left of the rate budget.
    pub priority: Priority,
    /// When the event was accepted: the call has waited since then.
    pub since: Timestamp,
    /// When the call becomes useless, if ever. A login before the call may take some time.
    pub until: Option<Timestamp>,
}

/// The priority of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// A message, or the end of a conversation: it goes while anything is left, and alone when
    /// nothing is left.
    Message,
    /// A receipt that a message waits for, or that has waited long enough: it goes while anything
    /// is left.
    DueReceipt,
    /// A receipt: it waits when less than a tenth is left.
    Receipt,
    /// A status question about a conversation: it is skipped when less than a fifth is left, and
    /// asked another time.
    Reconcile,
    /// Typing: it is skipped when less than a fifth is left.
    Typing,
}

impl Priority {
    /// The share of the allowed requests, in percent, below which the call does not go.
    pub(super) fn floor(self) -> u64 {
        match self {
            Self::Message | Self::DueReceipt => 0,
            Self::Receipt => 10,
            Self::Reconcile | Self::Typing => 20,
        }
    }

    /// Whether the call is skipped rather than delayed.
    pub(super) fn is_expendable(self) -> bool {
        matches!(self, Self::Reconcile | Self::Typing)
    }
}
