//! Reads an act, and refuses keys that it does not have: a misspelt one would be left out silently.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use super::Act;

impl<'de> Deserialize<'de> for Act {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = Value::deserialize(deserializer)?;
        // The methods that the derivation makes for `remote`.
        let act = Self::deserialize(&given).map_err(D::Error::custom)?;
        let known = json!(act);
        for (given, known) in [(&given, &known), (&given["do"], &known["do"])] {
            if let Some(key) = unknown(given, known) {
                return Err(D::Error::custom(format_args!("{key} is not a key of this act")));
            }
        }
        Ok(act)
    }
}

impl Serialize for Act {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

/// A key that has a value only in `given`.
fn unknown<'a>(given: &'a Value, known: &Value) -> Option<&'a String> {
    let is_unknown =
        |(key, value): &(&String, &Value)| !value.is_null() && known.get(*key).is_none();
    given.as_object()?.iter().find(is_unknown).map(|(key, _)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_is_refused() {
        for good in [
            json!({ "by": "agent", "do": { "contact": "ana", "act": "says", "text": "Hi" } }),
            json!({ "by": "customer", "do": { "contact": "ana", "channel": null, "act": "types" } }),
            json!({ "by": "program", "do": { "act": "redrive", "id": null } }),
            json!({ "by": "lynn", "do": { "fault": "sessionOver", "contact": "a", "over": true } }),
        ] {
            assert!(serde_json::from_value::<Act>(good.clone()).is_ok(), "{good}");
        }
        for (bad, key) in [
            (
                json!({ "by": "agent", "do": { "contact": "a", "act": "ring", "agnet": "t" } }),
                "agnet",
            ),
            (json!({ "by": "genesys", "do": { "fault": "slow", "seconds": 9 } }), "seconds"),
            (json!({ "by": "program", "do": { "act": "kill", "now": true } }), "now"),
            (json!({ "by": "program", "do": { "act": "kill" }, "then": 1 }), "then"),
        ] {
            let error = serde_json::from_value::<Act>(bad).unwrap_err().to_string();
            assert!(error.contains(&format!("{key} is not a key of this act")), "{error}");
        }
    }
}
