//! The types and functions that both endpoints of the bridge share: ids, time, wire types of
//! Genesys and Lynn, authentication of callers, configuration, ports, errors and HTTP answers.
//!
//! Rule: this is the lowest floor. It uses no other crate of this repository, no async runtime, no
//! HTTP client and no AWS SDK.

#![cfg_attr(not(test), warn(unreachable_pub))]

pub mod about;
pub mod availability;
pub mod caller;
pub mod config;
pub mod contact;
pub mod content_encoding;
pub mod crypto;
pub mod endpoint;
pub mod error;
pub mod event_type;
pub mod external_id;
pub mod file_failure;
pub mod file_refusal;
pub mod genesys;
pub mod ids;
pub mod lock;
mod log_limit;
pub mod lynn;
pub mod open_messaging;
pub mod packed;
pub mod ports;
pub mod problem;
pub mod refusal;
pub mod retry;
pub mod retry_after;
pub mod secret_text;
pub mod settings;
pub mod standard_webhooks;
pub mod time;
pub mod trace;
pub mod verified;
pub mod wire;
pub mod written_url;
