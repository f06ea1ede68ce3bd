//! The values of a test that no log may contain: secrets, tokens, and people's texts and names.
//! Every harness searches its log for them when it ends.
//!
//! Rule: the values come from the configuration and the traffic, so no test has to list them.

use std::collections::BTreeSet;

use serde_json::Value;
use simulators::{GenesysSimulator, LynnSimulator, RecordedRequest};

/// Keys of the configuration that contain a secret.
const SECRETS: [&str; 11] = [
    "accessToken",
    "accessTokenSecret",
    "clientSecret",
    "eventsApiKey",
    "key",
    "password",
    "secret",
    "signingSecret",
    "token",
    "value",
    "webhookSecrets",
];
/// Keys of a message that contain a person's words, names, addresses or links.
const PERSONAL: [&str; 20] = [
    "address",
    "attributes",
    "caption",
    "customAttributes",
    "description",
    "email",
    "fallbackText",
    "filename",
    "firstName",
    "image",
    "imageUrl",
    "lastName",
    "lynnContactId",
    "nickname",
    "payload",
    "subtitle",
    "text",
    "title",
    "url",
    "contactId",
];
/// Keys of an object whose `id` is a person's.
const PEOPLE: [&str; 3] = ["contact", "from", "to"];
/// Headers that contain a credential, alone or after a word such as `Bearer`.
const CREDENTIALS: [&str; 4] =
    ["authorization", "webhook-signature", "x-api-key", "x-hub-signature-256"];
/// Shorter words would be found by chance.
const SHORTEST: usize = 3;
/// The most values to search for: enough for any test, and for a load test its first thousand
/// suffice.
const MOST: usize = 1000;

#[derive(Default)]
pub struct Canaries {
    secrets: BTreeSet<String>,
    words: BTreeSet<String>,
    /// Ids and names that every line may show, even if a customer writes one in a test.
    known: BTreeSet<String>,
}

impl Canaries {
    /// Adds the secrets of a configuration.
    pub fn add_configuration(&mut self, document: &Value) {
        walk(document, &SECRETS, &mut |secret| add(&mut self.secrets, secret));
    }

    /// Adds a name that the log may show.
    pub fn add_known(&mut self, name: &str) {
        self.known.insert(name.to_owned());
    }

    /// Adds the words of a message and the people in it.
    pub fn add_message(&mut self, body: &Value) {
        walk(body, &PERSONAL, &mut |word| add(&mut self.words, word));
        people(body, &mut |id| add(&mut self.words, id));
        for id in [&body["id"], &body["messageId"], &body["channel"]["messageId"]] {
            self.known.extend(id.as_str().map(str::to_owned));
        }
    }

    /// Adds everything that both vendors sent and received.
    pub fn add_traffic(&mut self, genesys: &GenesysSimulator, lynn: &LynnSimulator) {
        for request in [genesys.requests(), lynn.attempts()].concat() {
            self.add_credentials(&request);
            self.add_message(&request.body);
        }
        for delivery in genesys.deliveries() {
            let body = serde_json::from_slice(&delivery.body).unwrap_or_default();
            self.add_message(&body);
        }
        // An integration is not a person, and its name is in every line.
        let options = genesys.options();
        for known in [&options.integration_id, &options.integration_name, &options.client_id] {
            self.add_known(known);
        }
    }

    /// The values that a log shows, each with the line.
    pub fn shown_in(&self, log: &str) -> Vec<String> {
        let lines: Vec<String> = log.lines().map(said).collect();
        let whole = lines.join("\n");
        let words = self.words.iter().filter(|word| !self.known.contains(*word));
        let shown = self.secrets.iter().chain(words).take(MOST).filter(|word| stands(&whole, word));
        let line = |word: &String| lines.iter().find(|line| stands(line, word)).cloned();
        shown.map(|word| format!("{word:?} in {}", line(word).unwrap_or_default())).collect()
    }

    fn add_credentials(&mut self, request: &RecordedRequest) {
        for value in CREDENTIALS.iter().filter_map(|name| request.header(name)) {
            add(&mut self.secrets, value.rsplit([' ', ',']).next().unwrap_or(value));
        }
    }
}

fn add(words: &mut BTreeSet<String>, word: &str) {
    // An attribute with one of these values says nothing about a person.
    if ["true", "false", "null"].contains(&word) {
        return;
    }
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
    if word.trim().chars().count() >= if is_number { 6 } else { SHORTEST } {
        words.insert(word.trim().to_owned());
    }
}

/// Finds all texts under these keys.
fn walk(value: &Value, keys: &[&str], found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                if keys.contains(&key.as_str()) {
                    all(value, found)
                } else {
                    walk(value, keys, found)
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|value| walk(value, keys, found)),
        _ => {}
    }
}

fn all(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => found(text),
        Value::Array(elements) => elements.iter().for_each(|value| all(value, found)),
        // Lynn's data about its session are not personal.
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, _)| !key.starts_with("session."))
            .for_each(|(_, value)| all(value, found)),
        _ => {}
    }
}

/// Finds the ids of people.
fn people(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value["id"].as_str() {
                    Some(id) if PEOPLE.contains(&key.as_str()) => found(id),
                    _ => people(value, found),
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|value| people(value, found)),
        _ => {}
    }
}

/// The texts of a line without JSON's escapes; a line that is not JSON stays as it is.
fn said(line: &str) -> String {
    let fields: Value = serde_json::from_str(line).unwrap_or_default();
    let values = fields.as_object().into_iter().flatten().filter(|(key, _)| *key != "timestamp");
    let texts = values.filter_map(|(_, value)| value.as_str());
    let said: Vec<&str> = texts.collect();
    if said.is_empty() { line.to_owned() } else { said.join(" | ") }
}

/// Whether a text contains a word by itself, not as a part of another word.
fn stands(text: &str, word: &str) -> bool {
    let is_part = |next: Option<char>| next.is_some_and(char::is_alphanumeric);
    text.match_indices(word).any(|(place, found)| {
        let (before, after) = (&text[..place], &text[place + found.len()..]);
        !is_part(before.chars().next_back()) && !is_part(after.chars().next())
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use serde_json::json;

    use super::*;
    use crate::harness::Harness;

    fn message() -> Value {
        json!({
            "contact": { "id": "5215587654321", "firstName": "Ana María", "email": "ana@example.com", "lynnContactId": "c-99" },
            "text": "I \"need\" an agent", "attributes": { "topic": "my bill" }, "session": { "id": "s-1" },
            "attachments": [ { "url": "https://example.com/a?token=abc", "caption": "my passport" } ],
            "channel": { "from": { "id": "5215500000000" } }, "quickReplies": [ { "payload": "pay-now" } ],
        })
    }

    #[test]
    fn every_canary_is_found() {
        let mut canaries = Canaries::default();
        canaries.add_message(&message());
        canaries.add_configuration(
            &json!({ "webhookSecrets": ["a-long-secret"], "auth": { "token": "t-o-k" } }),
        );
        for word in [
            "5215587654321",
            "5215500000000",
            "Ana María",
            "ana@example.com",
            "c-99",
            "I \"need\" an agent",
            "my bill",
            "https://example.com/a?token=abc",
            "my passport",
            "pay-now",
            "a-long-secret",
            "t-o-k",
        ] {
            let values =
                json!({ "message": "Accepted.", "error": format!("it said: {word}, twice") });
            let log = format!("{}\n{values}\n", json!({ "event.id": "m-1", "session": "s-1" }));
            let shown = canaries.shown_in(&log);
            assert!(shown.iter().any(|line| line.contains("twice")), "{word}: {shown:?}");
            assert_eq!(canaries.shown_in(&format!("panicked at {word}\n")).len(), 1, "{word}");
        }
    }

    #[test]
    fn a_part_of_another_word_is_none() {
        let mut canaries = Canaries::default();
        canaries.add_message(&json!({ "contact": { "id": "ana" }, "text": "12" }));
        assert!(canaries.shown_in("{\"message\":\"The management of 12 bananas.\"}").is_empty());
        assert_eq!(canaries.shown_in("{\"message\":\"From ana.\"}").len(), 1);
    }

    /// The check of every other test, tried on a log that contains such a value.
    #[tokio::test]
    async fn a_test_whose_log_holds_a_word_of_its_customer_fails() {
        for leak in ["My account is empty", "ana-of-the-leak", crate::harness::KEY] {
            let harness = Harness::start().await;
            if harness.is_deployed() {
                return;
            }
            harness.say("ana-of-the-leak", "m-1", "My account is empty").await;
            harness.accepted("ana-of-the-leak", 1).await;
            let line = json!({ "message": format!("Sent to the other side: {leak}") });
            let log = std::fs::OpenOptions::new().append(true).open(harness.log_path());
            writeln!(log.expect("the log"), "{line}").expect("written");
            let ended = catch_unwind(AssertUnwindSafe(|| harness.end()));
            let words = ended.expect_err("the leak is seen");
            let words = words.downcast_ref::<String>().expect("a text");
            assert!(words.contains(leak), "{words}");
        }
    }
}
