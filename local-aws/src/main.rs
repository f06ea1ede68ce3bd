//! The deployed bridge on an AWS emulator of this machine: `sam deploy` of the very template, and an HTTP front.

fn main() {}
