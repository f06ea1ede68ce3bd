//! The events of which templates make requests to Lynn.

use lynn_sender::Watch;
use serde_json::Value;
use shared::ports::Clock as _;

use super::super::traffic::Entry;
use super::Tap;
use super::deliveries::current;

pub struct Tapped {
    pub tap: Tap,
}

impl Watch for Tapped {
    /// The request follows, with the same trace.
    fn templated(&self, event: &Value) {
        let templated = Entry::Templated { of: None, trace: current(), json: event.to_string() };
        self.tap.traffic.push(self.tap.clock.now(), templated);
    }
}
