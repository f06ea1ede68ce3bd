//! Counts what the runs exercised.

use std::collections::BTreeMap;

use crate::scenario::{Fault, FaultKind, Port};
use crate::{queue, transitions};

#[derive(Clone, Debug, Default)]
pub struct Coverage {
    counts: BTreeMap<String, u64>,
}

impl Coverage {
    pub(crate) fn count(&mut self, what: String) {
        *self.counts.entry(what).or_default() += 1;
    }

    pub(crate) fn fault(&mut self, port: Port, kind: FaultKind) {
        self.count(fault(port, kind));
    }

    /// Adds the counts of other runs.
    pub fn add(&mut self, other: &Self) {
        for (what, count) in &other.counts {
            *self.counts.entry(what.clone()).or_default() += count;
        }
    }

    /// The counts by name.
    pub fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }

    /// The faults, transitions and actions that were never exercised.
    pub fn missing(&self) -> Vec<String> {
        let faults = Fault::KINDS.iter().chain(Fault::OPERATOR_KINDS).chain(Fault::MEDIA_KINDS);
        let faults = faults.map(|(_, (port, kind))| fault(*port, *kind));
        let wanted = faults.chain(transitions::wanted()).chain(crate::acts::wanted());
        let wanted = wanted.chain(crate::operator::wanted()).chain(crate::callers::wanted());
        let wanted = wanted.chain(crate::setup::wanted()).chain([queue::OVERTAKEN.to_owned()]);
        wanted.filter(|what| !self.counts.contains_key(what)).collect()
    }
}

fn fault(port: Port, kind: FaultKind) -> String {
    format!("fault {port:?} {kind:?}")
}
