//! The calls of a command to a deployed stack: for its outputs, its stored configuration, its
//! table, its queues, and what AWS reports of it.
//!
//! Rules: compiled only with the feature `operator`, so that a function links none of it. It asks
//! and changes, and returns plain data; the program `bridge` judges and prints. Every error names
//! the call and its subject, and says what to do; no error contains a secret.

mod account;
mod alarms;
mod concurrency;
mod dead_letter_queues;
mod error;
mod event_bus;
mod kms_key;
mod outputs;
mod queues;
mod stack;
mod stored_configuration;

pub use account::{Account, Connection};
pub use concurrency::ConcurrencyLimits;
pub use dead_letter_queues::{DeadLetterQueue, EVENTS};
pub use error::OperatorError;
pub use event_bus::EventBus;
pub use kms_key::KmsKey;
pub use outputs::Outputs;
pub use queues::QueueState;
pub use stack::Stack;
pub use stored_configuration::{Became, Put, RECOVERY_DAYS, Stored, StoredConfiguration, same};
