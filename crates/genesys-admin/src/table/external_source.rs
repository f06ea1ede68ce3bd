//! The external source by whose ids Genesys Cloud recognises contacts.
//!
//! Source: the model `ExternalSource` of the vendor's clients. It has no description, so only its
//! id in the record proves that setup made it.

use super::*;

pub struct ExternalSource;

impl Rules for ExternalSource {
    fn name(&self, wanted: &Wanted) -> String {
        wanted.identity_source.clone().unwrap_or_default()
    }

    fn mark(&self, _: &Wanted) -> Mark {
        Mark::Nothing
    }

    fn taken(&self, _: &SetupRun<'_>) -> Decision {
        Decision::used_as_it_is()
    }

    fn differs(&self, found: &Object, run: &SetupRun<'_>) -> Decision {
        let is_named = found.is_named(&self.name(run.wanted));
        Decision::of(&[("name", !is_named), ("it is not active", !is_active(found))])
    }

    /// `POST` and `PUT /externalcontacts/externalsources`.
    fn body(&self, run: &SetupRun<'_>) -> Value {
        json!({ "name": self.name(run.wanted), "active": true })
    }

    /// A PUT replaces the source, so a link that was added to it is sent too.
    fn changes(&self, known: &Object, run: &SetupRun<'_>) -> (Method, Value) {
        let mut body = self.body(run);
        if let Some(link) = known.0.get("linkConfiguration").filter(|link| !link.is_null()) {
            body["linkConfiguration"] = link.clone();
        }
        (Method::PUT, body)
    }
}

/// Whether Genesys Cloud uses the source; it does unless the source says otherwise.
pub fn is_active(source: &Object) -> bool {
    source.0["active"] != false
}
