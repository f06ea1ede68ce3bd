//! Who plays the two sides of a bridge.

use std::net::SocketAddr;

use super::traffic::Side;
use crate::samples::{INTEGRATION, LYNN_KEY, Vendors};

/// Both simulated vendors, and which of them a real one replaces.
pub struct Cast {
    /// The simulator of a real side is not told of anything.
    pub vendors: Vendors,
    pub integration: String,
    /// With which Lynn asks the bridge.
    pub lynn_key: String,
    pub real: Option<Side>,
}

impl Cast {
    pub fn simulated(vendors: Vendors) -> Self {
        let (integration, lynn_key) = (INTEGRATION.to_owned(), LYNN_KEY.to_owned());
        Self { vendors, integration, lynn_key, real: None }
    }

    /// Lets the simulated sides send to this bridge.
    pub fn send_to(&self, bridge: SocketAddr) {
        if self.real != Some(Side::Genesys) {
            self.vendors.genesys_sends_to(bridge, &self.integration);
        }
        if self.real != Some(Side::Lynn) {
            self.vendors.lynn_sends_to(bridge, &self.integration);
        }
    }

    /// The beginning of the URLs of a simulated side; every other call is to the other one.
    pub fn simulated_calls(&self) -> (String, Side) {
        match self.real {
            Some(Side::Genesys) => (self.vendors.lynn.base_url(), Side::Lynn),
            _ => (self.vendors.genesys.base_url(), Side::Genesys),
        }
    }
}
