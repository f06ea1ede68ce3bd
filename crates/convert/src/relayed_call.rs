//! A call of the Genesys API in the words of a client that speaks Open Messaging itself.

use serde::Serialize;
use serde_json::{Map, Value};
use shared::lynn::inbound::OpenResource;
use shared::wire::debug_shows;

/// A call in the client's words.
#[derive(Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct RelayedCall {
    #[serde(skip)]
    pub resource: OpenResource,
    pub body: Map<String, Value>,
}

debug_shows!(RelayedCall: resource);
