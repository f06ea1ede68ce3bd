//! The real program between the two simulated vendors: `bridge serve` as a child process, through real HTTP.

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
mod durability;
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
mod tokens;
mod webhooks;
