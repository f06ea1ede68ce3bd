//! The ids of the OAuth clients with which Lynn logs in. A token call names only its client, and
//! many tests share a deployed stack, so each test has its own ids there.

use serde_json::{Value, json};

pub struct ClientIds {
    /// Ends each id.
    ending: String,
}

impl ClientIds {
    pub fn of_a_test(is_deployed: bool) -> Self {
        let unique = || format!("-{}", uuid::Uuid::new_v4().simple());
        Self { ending: if is_deployed { unique() } else { String::new() } }
    }

    pub fn of(&self, id: &str) -> String {
        if id.ends_with(&self.ending) { id.to_owned() } else { format!("{id}{}", self.ending) }
    }

    /// Writes the ids of this test into an integration's configuration.
    pub fn write(&self, integration: &mut Value) {
        let ways = integration.pointer_mut("/lynn/inboundAuth").and_then(Value::as_array_mut);
        for id in ways.into_iter().flatten().filter_map(|way| way.get_mut("clientId")) {
            *id = json!(self.of(id.as_str().unwrap_or_default()));
        }
    }
}
