//! The reason for the end of a conversation, as the contract with Lynn names it.

use shared::genesys::lifecycle::{DisconnectType, Meaning};
use shared::lynn::outbound::EndReason;

/// An unknown or missing type means [`EndReason::System`].
pub fn end_reason(disconnect: Option<&DisconnectType>) -> EndReason {
    match disconnect.map_or(Meaning::System, DisconnectType::meaning) {
        Meaning::Agent => EndReason::Agent,
        Meaning::Customer => EndReason::Customer,
        Meaning::Timeout => EndReason::Timeout,
        Meaning::System => EndReason::System,
    }
}
