//! The rules that hold for any bytes from a stranger. Each target takes bytes and panics when a
//! rule does not hold.
//!
//! Rule: a target checks more than the absence of panics: limits, round trips, that only the
//! signature verifies, that no word of the input shows in `Debug`. `make fuzz` searches for bytes
//! that break a rule; `tests/corpora.rs` runs the inputs that it found.

mod canary;
mod configuration;
mod endpoints;
mod file_link;
mod finished;
mod flow_body;
mod gateway_event;
mod genesys_webhook;
mod lifecycle_event;
mod lynn_body;
mod media_file;
mod media_link;
mod queue_entry;
mod rate_budget;
mod retry_after;
mod signatures;
mod text;
mod vendor_answer;

pub use configuration::configuration;
pub use file_link::file_link;
pub use flow_body::flow_body;
pub use gateway_event::gateway_event;
pub use genesys_webhook::genesys_webhook;
pub use lifecycle_event::lifecycle_event;
pub use lynn_body::lynn_body;
pub use media_file::media_file;
pub use media_link::media_link;
pub use queue_entry::queue_entry;
pub use rate_budget::rate_budget;
pub use retry_after::retry_after;
pub use signatures::{genesys_signature, lynn_signature};
pub use text::text;
pub use vendor_answer::vendor_answer;

pub type Target = fn(&[u8]);

/// Every target by its name, which is also the folder of its corpus.
pub const TARGETS: [(&str, Target); 16] = [
    ("configuration", configuration),
    ("file_link", file_link),
    ("flow_body", flow_body),
    ("gateway_event", gateway_event),
    ("genesys_signature", genesys_signature),
    ("genesys_webhook", genesys_webhook),
    ("lifecycle_event", lifecycle_event),
    ("lynn_body", lynn_body),
    ("lynn_signature", lynn_signature),
    ("media_file", media_file),
    ("media_link", media_link),
    ("queue_entry", queue_entry),
    ("rate_budget", rate_budget),
    ("retry_after", retry_after),
    ("text", text),
    ("vendor_answer", vendor_answer),
];

/// Splits the input at its first line break.
fn first_line(input: &[u8]) -> (&[u8], &[u8]) {
    match input.iter().position(|byte| *byte == b'\n') {
        Some(place) => (&input[..place], &input[place + 1..]),
        None => (input, &[]),
    }
}
