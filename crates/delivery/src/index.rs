//! The values under which the store's sparse index finds a conversation.
//!
//! Rule: The value is Genesys' id of the conversation as soon as the bridge knows it. Until then,
//! the value is the two ends of the channel, so that an event that names both ends still finds the
//! conversation. A conversation has one value at a time: the value changes seldom, and each change
//! costs.

use shared::ids::{ContactId, GenesysConversationId, GenesysIntegrationId};

/// The value of a conversation whose Genesys id is known.
pub fn of_conversation(id: &GenesysConversationId) -> String {
    format!("genesys#{id}")
}

/// The value of a conversation whose Genesys id is not known yet.
pub(crate) fn of_address(integration: &GenesysIntegrationId, contact: &ContactId) -> String {
    format!("address#{integration}#{}", contact.as_str())
}

/// The possible values of a conversation that an event names only by `addresses`. Genesys does not
/// document which of the two addresses is the customer.
pub fn of_addresses(addresses: &[ContactId]) -> Vec<String> {
    let value = |integration: &ContactId, contact: &ContactId| {
        of_address(&GenesysIntegrationId::new(integration.as_str()), contact)
    };
    match addresses {
        [one, other] => vec![value(other, one), value(one, other)],
        _ => Vec::new(),
    }
}
