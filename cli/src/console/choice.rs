//! Which dead letters are meant: what the page sends, and what the audit log keeps of it.

use std::str::FromStr as _;

use serde::Deserialize;
use serde_json::{Value, json};
use shared::ids::ContactId;
use shared::time::Timestamp;

use super::query::Refused;
use crate::operator::conversations::is_fingerprint;
use crate::operator::dead_letters::filter::{Filter, Since, direction};
use crate::operator::dead_letters::letters::Letter;

/// All given conditions must be met; without conditions every dead letter is meant.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Choice {
    pub integration: Option<String>,
    pub direction: Option<String>,
    /// The whole cause, as the groups name it.
    pub cause: Option<String>,
    /// The contact's id, or a fingerprint.
    pub contact: Option<String>,
    /// A time, or an age.
    pub since: Option<String>,
}

shared::debug_shows!(Choice: integration, direction, cause, since);

/// A choice that was understood.
pub struct Chosen {
    filter: Filter,
    integration: Option<String>,
    cause: Option<String>,
    now: Timestamp,
    /// For the audit log and the page: without a contact's id.
    pub described: Value,
}

impl Choice {
    pub fn read(&self, now: Timestamp) -> Result<Chosen, Refused> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let way = given(&self.direction).map(|text| direction(&text)).transpose();
        let way = way.map_err(|expected| Refused::wrong(format!("direction: {expected}")))?;
        let since = given(&self.since).map(|text| Since::from_str(text.trim())).transpose();
        let since = since.map_err(|expected| Refused::wrong(format!("since: {expected}")))?;
        let (integration, cause) = (given(&self.integration), given(&self.cause));
        let contact = given(&self.contact).map(|text| text.trim().to_owned());
        let described = json!({
            "integration": integration,
            "direction": way.map(|way| way.name()),
            "cause": cause,
            "contactFingerprint": contact.as_deref().map(fingerprint),
            "since": since.map(|since| since.moment(now).to_text()),
        });
        let filter = Filter { contact, reason: None, direction: way, since };
        Ok(Chosen { filter, integration, cause, now, described })
    }
}

fn fingerprint(contact: &str) -> String {
    if is_fingerprint(contact) { contact.to_owned() } else { ContactId::new(contact).fingerprint() }
}

impl Chosen {
    pub fn admits(&self, letter: &Letter) -> bool {
        self.integration.as_deref().is_none_or(|name| letter.kept.integration.as_str() == name)
            && self.filter.admits(&letter.kept, letter.contact.as_ref(), self.now)
            // The last: it makes a text.
            && self.cause.as_deref().is_none_or(|cause| letter.kept.content.cause() == cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(choice: Value) -> Result<Value, Refused> {
        let choice: Choice = serde_json::from_value(choice).unwrap();
        choice.read(Timestamp::from_milliseconds(3_600_000)).map(|chosen| chosen.described)
    }

    #[test]
    fn what_is_kept_of_a_choice_names_no_contact() {
        let Ok(described) =
            read(json!({ "contact": "5215512345678", "since": "1h", "direction": "inbound" }))
        else {
            panic!("it is valid")
        };
        assert!(!described.to_string().contains("5512345678"), "{described}");
        assert_eq!(described["since"], "1970-01-01T00:00:00.000Z");
        assert_eq!(described["contactFingerprint"], fingerprint("5215512345678"));
        assert_eq!(fingerprint("0123456789ab"), "0123456789ab");
        for wrong in [json!({ "since": "yesterday" }), json!({ "direction": "up" })] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
