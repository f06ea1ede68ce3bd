//! A span, as it waits to be sent.

use std::time::SystemTime;

use serde_json::{Map, Value};

/// A span that has ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub trace: String,
    pub span: String,
    pub parent: Option<String>,
    pub name: &'static str,
    /// The word of OTLP for it, such as `SPAN_KIND_CLIENT`, as a number.
    pub kind: u64,
    pub begun: SystemTime,
    pub ended: SystemTime,
    pub failed: bool,
    pub attributes: Map<String, Value>,
}
