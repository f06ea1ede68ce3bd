//! Counts the calls by name, and the units that AWS charges.

use std::collections::BTreeMap;

/// The usage of one or more invocations.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// Calls by the name of the operation. Calls to the vendors are named `vendor` and `login`.
    pub calls: BTreeMap<String, u64>,
    /// Read request units of DynamoDB.
    pub read_units: u64,
    /// Write request units of DynamoDB; those of a transaction count twice.
    pub write_units: u64,
    /// 64 KB pieces of the sent queue entries.
    pub queue_chunks: u64,
    /// Bytes of the requests sent to the vendors, without TLS.
    pub bytes_to_vendors: u64,
}

impl Usage {
    pub fn add(&mut self, other: &Self) {
        for (operation, times) in &other.calls {
            *self.calls.entry(operation.clone()).or_default() += times;
        }
        self.read_units += other.read_units;
        self.write_units += other.write_units;
        self.queue_chunks += other.queue_chunks;
        self.bytes_to_vendors += other.bytes_to_vendors;
    }

    /// The number of calls of an operation.
    pub fn of(&self, operation: &str) -> u64 {
        self.calls.get(operation).copied().unwrap_or(0)
    }
}
