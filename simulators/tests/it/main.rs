//! Tests the simulators over real HTTP.

#[cfg(test)]
mod administration;
#[cfg(test)]
mod genesys_access;
#[cfg(test)]
mod genesys_admin_access;
#[cfg(test)]
mod genesys_admin_events;
#[cfg(test)]
mod genesys_admin_habits;
#[cfg(test)]
mod genesys_admin_messaging;
#[cfg(test)]
mod genesys_admin_routing;
#[cfg(test)]
mod genesys_conversations;
#[cfg(test)]
mod genesys_event_posts;
#[cfg(test)]
mod genesys_facts;
#[cfg(test)]
mod genesys_faults;
#[cfg(test)]
mod genesys_lifecycle;
#[cfg(test)]
mod genesys_messages;
#[cfg(test)]
mod genesys_receipts;
#[cfg(test)]
mod genesys_webhooks;
#[cfg(test)]
mod lynn_posting;
#[cfg(test)]
mod lynn_webhook;
#[cfg(test)]
mod support;
