//! Tests of the running program.
fn main() {}
