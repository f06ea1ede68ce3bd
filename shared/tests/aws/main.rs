//! The ports on AWS: against an emulator, and against answers that an emulator does not give.

#[path = "../../../embedded/tests/conformance/mod.rs"]
mod conformance;
mod emulator;
mod failures;
mod ports;
mod secrets;
