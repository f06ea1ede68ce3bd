//! What every function of the bridge shares: wire types, conversion, conversation state, delivery, ports.

pub mod aws;
pub mod config;
pub mod contact;
pub mod conversation;
pub mod delivery;
pub mod endpoint;
pub mod error;
pub mod genesys;
pub mod ids;
pub mod lynn;
pub mod media;
pub mod memory;
pub mod packed;
pub mod peer;
pub mod ports;
pub mod problem;
pub mod retry_after;
pub mod secret_text;
pub mod settings;
pub mod system_clock;
pub mod telemetry;
pub mod time;
pub mod tokens;
pub mod translate;
pub mod vendor;
pub mod verified;
mod wire;
