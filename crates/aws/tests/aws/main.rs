//! Tests of the ports on AWS: against an emulator, and against answers that an emulator does not
//! give.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "this is a test: a broken expectation ends it"
)]

#[path = "../../../sqlite/tests/conformance/mod.rs"]
mod conformance;
mod copies;
mod emulator;
mod failures;
mod ports;
#[path = "../../../../tests/emulator/mod.rs"]
mod process;
mod secrets;
