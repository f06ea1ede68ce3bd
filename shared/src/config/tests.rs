//! What a configuration file may hold, and in which words it is refused.

use std::path::Path;

use serde_json::{Value, json};

use super::file::{ConfigFile, FileError};

const SIGNING: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Every key with a value.
fn whole() -> Value {
    json!({ "listen": "127.0.0.1:0", "dataDir": "data", "integrations": [ {
        "name": "support",
        "genesys": { "domain": "mypurecloud.com", "integrationId": "i-1", "apiBaseUrl": "https://a.example.com",
                     "loginBaseUrl": "https://b.example.com", "eventsApiKey": "key",
                     "oauthClients": [ { "clientId": "c", "clientSecret": "s" } ],
                     "webhookSecrets": [ "0123456789abcdef" ], "threadingTimelineMinutes": 0, "receipts": "accepted" },
        "lynn": { "webhookUrl": "https://lynn.example.com/hook", "auth": { "type": "bearer", "token": "t" },
                  "signingSecret": SIGNING,
                  "inboundAuth": [ { "type": "apiKey", "key": "k" }, { "type": "signature", "secret": SIGNING } ],
                  "quietSession": "proactive", "proactive": { "url": "https://lynn.example.com/c", "campaignId": "7" },
                  "sessionTimeoutMinutes": 1, "onSessionEnded": "keep" },
        "text": { "stripHtml": true, "maxLength": 2000 },
        "media": { "mode": "pass", "publicBaseUrl": "https://bridge.example.com", "linkHours": 72 },
        "delivery": { "maxAgeMinutes": 240 } } ] })
}

fn parse(text: &str) -> Result<ConfigFile, String> {
    ConfigFile::parse(text, Path::new("")).map_err(|error| error.to_string())
}

/// The error when the value at a place of the first integration is another one.
fn error_with(pointer: &str, value: Value) -> String {
    let mut file = whole();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = file.pointer_mut(&format!("/integrations/0{parent}")).unwrap();
    match parent {
        Value::Array(elements) => elements[key.parse::<usize>().unwrap()] = value,
        object => object[key] = value,
    }
    parse(&file.to_string()).expect_err(pointer)
}

/// The place of each value.
fn places(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| places(value, format!("{place}/{key}"), found));
        }
        Value::Array(elements) => elements.iter().enumerate().for_each(|(position, value)| {
            places(value, format!("{place}/{position}"), found);
        }),
        _ => {}
    }
    found.push(place);
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_in_the_words_of_json() {
    assert!(parse(&whole().to_string()).is_ok());
    let mut found = Vec::new();
    places(&whole(), String::new(), &mut found);
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(1e30),
        json!("?"),
        json!([]),
        json!([1, 2, 3]),
        json!({}),
    ];
    let mut refused = 0;
    for place in found {
        for value in &values {
            let mut file = whole();
            *file.pointer_mut(&place).unwrap() = value.clone();
            let Err(error) = parse(&file.to_string()) else { continue };
            refused += 1;
            for word in [
                "struct", "enum", "u32", "u64", "usize", "sequence", "map", "variant", "elements",
                "not JSON", "column", "Document", "invalid", "`",
            ] {
                let by_config_pull = error.contains("config pull");
                assert!(by_config_pull || !error.contains(word), "{place} = {value}: {error}");
            }
            let key = place.rsplit('/').find(|key| key.parse::<usize>().is_err()).unwrap_or("");
            let holder = place.trim_end_matches(key).trim_end_matches('/').rsplit('/').next();
            let named = error.contains(key) || holder.is_some_and(|holder| error.contains(holder));
            assert!(named, "{place} = {value}: {error}");
        }
    }
    assert!(refused > 250, "{refused}");
}

#[test]
fn what_is_expected_is_said() {
    let cases = [
        ("/genesys/receipts", json!(1), "genesys.receipts: expected one of reported, accepted"),
        (
            "/lynn/onSessionEnded",
            json!(null),
            "lynn.onSessionEnded: expected one of keep, disconnect, notice",
        ),
        (
            "/text/maxLength",
            json!("2000"),
            "text.maxLength: expected a whole number from 1 to 10000",
        ),
        (
            "/delivery/maxAgeMinutes",
            json!(0),
            "delivery.maxAgeMinutes: expected a whole number from 1 to 4294967295",
        ),
        ("/text", json!([true, 5]), "text: expected an object"),
        ("/text/stripHtml", json!("yes"), "text.stripHtml: expected true or false"),
        ("/lynn/auth", json!(["none"]), "lynn.auth: expected an object"),
        ("/lynn/inboundAuth", json!({}), "lynn.inboundAuth: expected a list"),
        ("/lynn/inboundAuth/0", json!(["apiKey"]), "lynn.inboundAuth[0]: expected an object"),
        ("/lynn/webhookUrl", json!(1), "lynn.webhookUrl: expected a string"),
        (
            "/lynn/proactive/campaignId",
            json!([]),
            "lynn.proactive.campaignId: expected a string or a number",
        ),
    ];
    for (pointer, value, expected) in cases {
        assert_eq!(error_with(pointer, value), format!("integrations[0].{expected}"));
    }
    assert_eq!(parse("[1, 2, 3]").unwrap_err(), "expected an object");
    assert_eq!(parse("{}").unwrap_err(), "integrations: this key is required");
}

#[test]
fn an_unknown_key_is_answered_with_every_key_that_is_known() {
    let cases = [
        ("/colour", "name, genesys, lynn, text, media, delivery"),
        (
            "/genesys/webhookSecret",
            "domain, integrationId, apiBaseUrl, loginBaseUrl, oauthClients, webhookSecrets, eventsApiKey, threadingTimelineMinutes, receipts",
        ),
        (
            "/lynn/inboundauth",
            "webhookUrl, auth, signingSecret, inboundAuth, quietSession, proactive, sessionTimeoutMinutes, onSessionEnded",
        ),
        ("/media/linkKey", "mode, publicBaseUrl, linkHours"),
        ("/text/html", "stripHtml, maxLength"),
    ];
    for (pointer, known) in cases {
        let key = pointer[1..].replace('/', ".");
        let expected = format!("integrations[0].{key}: unknown key; expected one of {known}");
        assert_eq!(error_with(pointer, json!(1)), expected);
    }
}

#[test]
fn what_could_never_work_is_refused() {
    let header =
        |name: &str, value: &str| json!({ "type": "header", "name": name, "value": value });
    let basic = |username: &str, password: &str| json!({ "type": "basic", "username": username, "password": password });
    let key = |key: &str| json!({ "type": "apiKey", "key": key });
    let cases = [
        ("/lynn/auth", header("Content-Length", "5"), "lynn.auth.name: the bridge or HTTP itself"),
        (
            "/lynn/auth",
            header("webhook-signature", "v1,x"),
            "lynn.auth.name: the bridge or HTTP itself",
        ),
        ("/lynn/auth", header("x key", "v"), "lynn.auth.name: this is not the name"),
        ("/lynn/auth", header("x-key", "a\nb"), "lynn.auth: this must not hold a line break"),
        ("/lynn/auth", basic("a:b", "p"), "lynn.auth.username: a colon"),
        ("/lynn/auth", basic("a", "p\n"), "lynn.auth: this must not hold a line break"),
        (
            "/lynn/auth",
            json!({ "type": "bearer", "token": "t\r\n" }),
            "lynn.auth: this must not hold a line break",
        ),
        ("/lynn/inboundAuth/0", key("k\n"), "lynn.inboundAuth[0]: this must not hold a line break"),
        (
            "/lynn/inboundAuth/0",
            json!({ "type": "signature", "secret": "whsec_" }),
            "lynn.inboundAuth[0]: this is not a signing secret",
        ),
        (
            "/lynn/signingSecret",
            json!("whsec_not base64, however long it is"),
            "lynn.signingSecret: this is not a signing secret",
        ),
        (
            "/lynn/signingSecret",
            json!("whsec_"),
            "lynn.signingSecret: this is not a signing secret",
        ),
        (
            "/lynn/proactive/campaignId",
            json!(" "),
            "lynn.proactive.campaignId: this must not be empty",
        ),
        (
            "/lynn/proactive/campaignId",
            json!(null),
            "lynn.proactive.campaignId: expected a string or a number",
        ),
        (
            "/genesys/eventsApiKey",
            json!("k\u{7f}"),
            "genesys.eventsApiKey: this must not hold a line break",
        ),
        (
            "/genesys/webhookSecrets/0",
            json!("0123456789abcdef\n"),
            "genesys.webhookSecrets[0]: this must not hold a line break",
        ),
        (
            "/genesys/webhookSecrets/0",
            json!("(masked)"),
            "genesys.webhookSecrets[0]: (masked) is what",
        ),
        (
            "/genesys/oauthClients/0/clientSecret",
            json!("(masked)"),
            "genesys.oauthClients[0].clientSecret: (masked) is what",
        ),
        (
            "/lynn/webhookUrl",
            json!("https://lynn.example.com/?(masked)"),
            "lynn.webhookUrl: (masked) is what",
        ),
    ];
    for (pointer, value, expected) in cases {
        let error = error_with(pointer, value);
        assert!(error.starts_with(&format!("integrations[0].{expected}")), "{error}");
    }
}

#[test]
fn a_mistake_is_named_by_its_place_in_the_file() {
    let text = serde_json::to_string_pretty(&whole()).unwrap();
    let broken = text.replace("\"receipts\": \"accepted\"", "\"receipts\": accepted");
    let line = 1 + text.lines().position(|line| line.contains("receipts")).unwrap();
    let error = parse(&broken).unwrap_err();
    assert!(
        error.contains(&format!("not JSON: expected value at line {line} column 21")),
        "{error}"
    );
    let twice = text.replace("\"receipts\"", "\"domain\"");
    let error = parse(&twice).unwrap_err();
    assert!(error.starts_with("integrations[0].genesys.domain: this key stands twice"), "{error}");
    assert!(error.contains(&format!("line {line}")), "{error}");
}

#[test]
fn a_file_that_is_not_utf_8_is_told_from_one_that_is_not_json() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bridge.json");
    let error = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        match ConfigFile::read(&path) {
            Err(FileError::Wrong { error, .. }) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
    let utf_16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(error(&utf_16), "the file is UTF-16; save it as UTF-8");
    assert_eq!(error(b"{\n\"listen\": \"\xe9\" }"), "line 2 is not UTF-8; save the file as UTF-8");
    let marked = error("\u{feff}{}".as_bytes());
    assert!(marked.contains("save it as UTF-8 without one"), "{marked}");
}
