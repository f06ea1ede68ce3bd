//! What was used: calls by name, and the units that AWS counts.

use std::collections::BTreeMap;

/// What some invocations used.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// Calls by their operation's name; `vendor` and `login` for the other side's.
    pub calls: BTreeMap<String, u64>,
    /// Read request units of DynamoDB.
    pub read_units: u64,
    /// Write request units of DynamoDB, a transaction's counted twice.
    pub write_units: u64,
    /// 64 KB pieces of queue entries sent.
    pub queue_chunks: u64,
    /// Bytes of bodies sent to the vendors.
    pub bytes_to_vendors: u64,
}

impl Usage {
    /// Adds what others used.
    pub fn add(&mut self, other: &Self) {
        for (operation, times) in &other.calls {
            *self.calls.entry(operation.clone()).or_default() += times;
        }
        self.read_units += other.read_units;
        self.write_units += other.write_units;
        self.queue_chunks += other.queue_chunks;
        self.bytes_to_vendors += other.bytes_to_vendors;
    }

    /// How often an operation was called.
    pub fn of(&self, operation: &str) -> u64 {
        self.calls.get(operation).copied().unwrap_or(0)
    }
}
