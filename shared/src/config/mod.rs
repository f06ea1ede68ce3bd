//! The configuration of an integration: one entry of a JSON file, stored as two documents.
//!
//! Rule: parsing is strict, because the format is our own. An error names the key and contains no
//! secret.

mod document;
mod error;
mod file;
mod json;
mod keys;
mod link_key;
mod lynn_authentication;
mod masks;
mod receive;
mod regions;
mod send;
mod shape;
mod split;
mod templates;
#[cfg(test)]
mod tests;
mod values;

pub use crate::external_id::ConversationPer;
pub use error::ConfigError;
pub use file::{Checked, ConfigFile, FileError, Notify};
pub use keys::schema;
pub use link_key::LinkKey;
pub use lynn_authentication::LynnAuthentication;
pub use masks::MASK;
pub use receive::{InboundAuthentication, ReceiveConfig};
pub use regions::is_region;
pub use send::{
    AgentNames, DeliveryConfig, Dialect, LONGEST_MAX_AGE_MINUTES, MediaConfig, MediaMode,
    OAuthClient, OnSessionEnded, Proactive, QuietSession, Receipts, SendConfig, SendGenesys,
    SendLynn, TextConfig,
};
pub use split::{split, without_link_key};
pub use templates::{Compiled, LynnHeader, TemplateEntries, TemplateEntry, TemplateMethod};
pub use values::{BaseUrl, SecretKey, is_domain};
