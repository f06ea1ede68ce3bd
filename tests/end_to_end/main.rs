//! The real program between the two simulated vendors, through real HTTP: `bridge serve` as a child
//! process or, if `BRIDGE_STACK` names the state file of a running `local-aws`, the deployed
//! functions.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is a test: a broken expectation ends it"
)]

mod agent_first;
mod agents;
mod answers;
mod at_a_terminal;
mod authentication;
mod availability;
mod backup;
mod browser;
mod canaries;
mod closed_output;
mod command;
mod configuration;
mod configuration_while_running;
mod console;
mod counter;
mod customer_leaves;
mod deployed;
mod doctor;
mod durability;
#[path = "../emulator/mod.rs"]
mod emulator;
mod event_endpoint;
mod event_order;
mod failures_at_genesys;
mod failures_at_lynn;
mod flow_proof;
mod genesys_dialect;
mod harness;
mod health;
mod http_limits;
mod inbound_events;
mod inbound_messages;
mod integrations;
mod lifecycle;
#[path = "../listening/mod.rs"]
mod listening;
mod local;
mod media;
mod media_on_one_machine;
mod metrics;
mod ministack;
mod notify;
mod operator;
mod operator_on_aws;
mod outbound_authentication;
mod outbound_messages;
mod packed_bodies;
mod pages;
mod people;
mod per_session;
mod per_session_here;
mod privacy;
mod process;
mod quiet_sessions;
mod rate_budget;
mod readiness;
mod receipts;
mod reconciliation;
mod rendering;
mod samples;
mod setup;
mod shell;
mod shutdown;
mod signing;
mod stack;
mod status;
mod story;
mod synchronous;
mod templates;
mod terminal;
mod timed_out_sessions;
mod tokens;
mod traces;
mod untold_failures;
mod upgrading;
mod version;
mod waiting;
mod webhooks;
mod window;
