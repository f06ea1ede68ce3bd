//! The changes that a push would make: a line for each key, with secrets masked.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use shared::config::{MASK, without_link_key};

use super::mask;
use super::pull::merge;

/// The differences between the stored documents (receive, send) and those of the file. A document
/// that is not stored counts as empty.
pub fn lines(
    stored: (Option<&SecretString>, Option<&SecretString>),
    file: (&SecretString, &SecretString),
) -> Vec<String> {
    let parse = |text: Option<&SecretString>| {
        let value = text.and_then(|text| serde_json::from_str(text.expose_secret()).ok());
        value.unwrap_or(Value::Null)
    };
    let whole = |receive, send| match (parse(receive), parse(send)) {
        (receive, Value::Null) => receive,
        (receive, send) => without_link_key(merge(receive, send)),
    };
    let mut lines = Vec::new();
    compare(&whole(stored.0, stored.1), &whole(Some(file.0), Some(file.1)), "", &mut lines);
    lines
}

fn compare(before: &Value, after: &Value, path: &str, lines: &mut Vec<String>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Object(one), Value::Object(other)) => {
            let added = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(added) {
                let inside = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let of = |fields: &serde_json::Map<String, Value>| {
                    fields.get(key).cloned().unwrap_or(Value::Null)
                };
                compare(&of(one), &of(other), &inside, lines);
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            let known = lines.len();
            let gone = one.iter().filter(|value| !other.contains(value));
            let gone: Vec<String> = gone.map(|value| shown(value, path)).collect();
            lines.extend(gone.iter().map(|value| format!("- {path}: {value}")));
            let new = other.iter().filter(|value| !one.contains(value));
            lines.extend(new.map(|value| {
                let value = shown(value, path);
                let value = if gone.contains(&value) { another(&value) } else { value };
                format!("+ {path}: {value}")
            }));
            if lines.len() == known {
                lines.push(format!("~ {path}: another order or number of the same"));
            }
        }
        (Value::Null, after) => lines.push(format!("+ {path}: {}", shown(after, path))),
        (before, Value::Null) => lines.push(format!("- {path}: {}", shown(before, path))),
        (before, after) => {
            let (before, after) = (shown(before, path), shown(after, path));
            let after = if before == after { another(&after) } else { after };
            lines.push(format!("~ {path}: {before} \u{2192} {after}"));
        }
    }
}

fn shown(value: &Value, path: &str) -> String {
    mask::masked_at(value, path).to_string()
}

/// A value whose shown form is the same as that of the value before: only its secrets differ.
fn another(shown: &str) -> String {
    if shown.trim_matches('"') == MASK {
        return format!("another value {MASK}");
    }
    format!("{shown} with another secret")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_key_that_changes_has_a_line_and_no_secret_shows() {
        let secret = |value: &Value| SecretString::from(value.to_string());
        let client = |id: &str| json!({ "clientId": id, "clientSecret": "hidden" });
        let receive = |secrets: Value| {
            secret(&json!({ "name": "support", "genesys": { "webhookSecrets": secrets } }))
        };
        let send = |clients: Value, url: &str| {
            secret(&json!({ "name": "support", "genesys": { "oauthClients": clients },
                "lynn": { "webhookUrl": url, "signingSecret": "hidden" }, "media": { "linkKey": url } }))
        };
        let (old, new) = (receive(json!(["hidden-1"])), receive(json!(["hidden-2"])));
        let before = send(json!([client("c-2")]), "https://a.example.com/?key=hidden");
        let after = send(json!([client("c-1"), client("c-2")]), "https://b.example.com/");
        let found = lines((Some(&old), Some(&before)), (&new, &after));
        assert_eq!(
            found,
            [
                "- genesys.webhookSecrets: \"(masked)\"",
                "+ genesys.webhookSecrets: another value (masked)",
                "+ genesys.oauthClients: {\"clientId\":\"c-1\",\"clientSecret\":\"(masked)\"}",
                "~ lynn.webhookUrl: \"https://a.example.com/?(masked)\" \u{2192} \"https://b.example.com/\"",
            ]
        );
        let renewed = json!({ "clientId": "c-2", "clientSecret": "hidden-too" });
        let renewed = send(json!([renewed]), "https://a.example.com/?key=hidden");
        assert_eq!(
            lines((Some(&old), Some(&before)), (&old, &renewed)),
            [
                "- genesys.oauthClients: {\"clientId\":\"c-2\",\"clientSecret\":\"(masked)\"}",
                "+ genesys.oauthClients: {\"clientId\":\"c-2\",\"clientSecret\":\"(masked)\"} with another secret",
            ]
        );
        assert!(lines((Some(&new), Some(&after)), (&new, &after)).is_empty());
        let all = lines((None, None), (&new, &after)).join("\n");
        assert!(!all.contains("hidden") && all.contains("support"), "{all}");
    }
}
