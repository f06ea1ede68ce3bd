//! Under which values the store's sparse index finds a conversation.
//!
//! Rule: by Genesys' id of it as soon as that is known; before, by the two ends of its channel, so that an event that names both
//! finds it all the same. One value at a time: it changes seldom, and each change costs.

use shared::ids::{ContactId, GenesysConversationId, GenesysIntegrationId};

/// The value of a conversation whose id is known.
pub fn of_conversation(id: &GenesysConversationId) -> String {
    format!("genesys#{id}")
}

/// The value of one whose id is not.
pub fn of_address(integration: &GenesysIntegrationId, contact: &ContactId) -> String {
    format!("address#{integration}#{}", contact.as_str())
}

/// The values under which a conversation may be found that an event names by `addresses` only: which of two is the customer is
/// not documented.
pub fn of_addresses(addresses: &[ContactId]) -> Vec<String> {
    let value = |integration: &ContactId, contact: &ContactId| {
        of_address(&GenesysIntegrationId::new(integration.as_str()), contact)
    };
    match addresses {
        [one, other] => vec![value(other, one), value(one, other)],
        _ => Vec::new(),
    }
}
