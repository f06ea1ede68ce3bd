//! Bounds for the costs of a message that do not depend on the machine's load.

#[cfg(test)]
mod disk;
#[cfg(test)]
mod instructions;
