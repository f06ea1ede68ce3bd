//! Why a conversation ended, in the words of the contract with Lynn.

use shared::genesys::lifecycle::{DisconnectType, Meaning};
use shared::lynn::outbound::EndReason;

/// The reason for an end of this type; one that is not known is Genesys' own.
pub fn end_reason(disconnect: Option<&DisconnectType>) -> EndReason {
    match disconnect.map_or(Meaning::System, DisconnectType::meaning) {
        Meaning::Agent => EndReason::Agent,
        Meaning::Customer => EndReason::Customer,
        Meaning::Timeout => EndReason::Timeout,
        Meaning::System => EndReason::System,
    }
}
