//! Finds the contact of a lifecycle event if that is possible without a call. The event then waits
//! in order of acceptance with the messages of its conversation.

use delivery::index;
use shared::config::ReceiveConfig;
use shared::error::chain;
use shared::genesys::lifecycle::LifecycleEvent;
use shared::ids::{ContactId, ConversationKey};
use shared::ports::Store;

/// Returns the known contact: by the conversation's id if the table is in the same process, else by
/// the event's addresses. A contact from the addresses is only presumed, and the event is marked
/// so: the sender compares it with the table.
pub(crate) async fn of(
    table: Option<&dyn Store>,
    config: &ReceiveConfig,
    event: &mut LifecycleEvent,
) -> Option<ContactId> {
    if let Some(table) = table
        && let Some(contact) = found(table, config, event).await
    {
        return Some(contact);
    }
    let customer = event.customer(&config.integration_id).cloned();
    event.presumed = customer.is_some();
    customer
}

async fn found(
    table: &dyn Store,
    config: &ReceiveConfig,
    event: &LifecycleEvent,
) -> Option<ContactId> {
    let value = index::of_conversation(event.conversation.as_ref()?);
    let found = table.find(&value).await.unwrap_or_else(|error| {
        // The sender looks again.
        tracing::debug!(
            error = chain(&error),
            "The conversation of an event could not be looked up."
        );
        Vec::new()
    });
    let mut keys =
        found.iter().filter_map(|(key, _)| ConversationKey::of_partition(&key.partition));
    keys.find(|key| key.integration == config.name).map(|key| key.contact)
}
