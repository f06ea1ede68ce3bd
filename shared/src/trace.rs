//! The spans of traces, as the floors above make and collect them.

/// The target of every span. A log ignores it; a program that collects traces takes nothing else.
pub const TARGET: &str = "trace";
