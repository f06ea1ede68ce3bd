//! The program `bridge`: runs, tries, demonstrates and inspects the Lynn to Genesys Cloud bridge.

#![warn(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "use crate::output, which handles a closed pipe"
)]

mod account;
mod administrator;
mod backup;
mod bridge;
mod command;
#[cfg(test)]
mod command_page;
mod config;
mod configuration_file;
mod configured_integration;
mod console;
mod count;
mod demo;
mod doctor;
#[cfg(test)]
mod documented;
mod duration;
mod examples;
mod failure;
mod file_secrets;
mod health;
mod hidden_input;
mod http_server;
mod local;
mod log_buffer;
mod logging;
mod lynn_authentication;
mod media;
mod metrics;
mod notify;
mod operator;
mod output;
mod page;
#[cfg(test)]
#[path = "../../tests/pages/mod.rs"]
mod pages;
mod progress;
mod readiness;
mod reconciliation;
mod render;
mod router;
mod running_local;
mod same_origin;
mod samples;
mod send;
mod serve;
mod setup;
mod shell;
mod sign;
mod style;
mod taps;
mod traces;

fn main() -> std::process::ExitCode {
    shared::about::built_from(env!("BRIDGE_COMMIT"));
    let command = command::parse().command.unwrap_or_default();
    let result = command::run(command).and_then(|()| output::check());
    logging::finish();
    failure::report(result)
}
