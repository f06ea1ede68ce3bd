//! The real program between the two simulated vendors, through real HTTP: `bridge serve` as a child process or, where
//! `BRIDGE_STACK` names the state file of a running `local-aws`, the deployed functions.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is a test: a broken expectation ends it"
)]

mod answers;
mod authentication;
mod command;
mod configuration;
mod deployed;
mod durability;
#[path = "../emulator/mod.rs"]
mod emulator;
mod failures_at_genesys;
mod failures_at_lynn;
mod harness;
mod inbound_events;
mod inbound_messages;
mod integrations;
mod ministack;
mod operator;
mod operator_on_aws;
mod outbound_authentication;
mod outbound_messages;
mod privacy;
mod process;
mod quiet_sessions;
mod receipts;
mod samples;
mod shutdown;
mod signing;
mod stack;
mod tokens;
mod webhooks;
