//! The configuration of an integration: one JSON document, and the two halves it is stored as.
//!
//! Rule: ours to write, so strict to read. Whatever is wrong is named by its key, and no secret appears in an error.

mod document;
mod file;
mod receive;
mod send;
mod values;

pub use document::{ConfigError, split, without_link_key};
pub use file::{ConfigFile, FileError};
pub use receive::{InboundAuthentication, ReceiveConfig};
pub use send::{
    DeliveryConfig, LynnAuthentication, MediaConfig, MediaMode, OAuthClient, OnSessionEnded,
    Proactive, QuietSession, Receipts, SendConfig, SendGenesys, SendLynn, TextConfig,
};
pub use values::{BaseUrl, SecretKey};
