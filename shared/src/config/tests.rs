//! Tests which configuration files are accepted, and the words of their errors.

use std::path::Path;

use serde_json::{Value, json};

use super::file::{ConfigFile, FileError};

const SIGNING: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A file with a value for every key.
fn whole() -> Value {
    json!({ "listen": "127.0.0.1:0", "dataDir": "data", "integrations": [ {
        "name": "support",
        "genesys": { "domain": "mypurecloud.com", "integrationId": "i-1", "apiBaseUrl": "https://a.example.com",
                     "loginBaseUrl": "https://b.example.com", "eventsApiKey": "key",
                     "oauthClients": [ { "clientId": "c", "clientSecret": "s" } ],
                     "webhookSecrets": [ "0123456789abcdef" ], "threadingTimelineMinutes": 0, "receipts": "accepted",
                     "conversationPer": "session" },
        "lynn": { "webhookUrl": "https://lynn.example.com/hook", "auth": { "type": "bearer", "token": "t" },
                  "signingSecret": SIGNING,
                  "inboundAuth": [ { "type": "apiKey", "key": "k" }, { "type": "signature", "secret": SIGNING },
                                   { "type": "oauthClient", "clientId": "engine", "clientSecret": "0123456789abcdef" } ],
                  "dialect": "genesys", "hubSecret": "0123456789abcdef", "eventsUrl": "https://lynn.example.com/events",
                  "quietSession": "proactive", "proactive": { "url": "https://lynn.example.com/c", "campaignId": "7" },
                  "sessionTimeoutMinutes": 1, "onSessionEnded": "keep",
                  "headers": [ { "name": "x-tenant-key", "value": "v" } ],
                  "templates": { "conversation.ended": {
                      "when": "{{ event.author == 'agent' }}", "method": "PUT", "url": "https://lynn.example.com/{{ event.id }}",
                      "headers": { "x-tenant": "{{ event.session.channel }}" }, "body": { "Text": "{{ event.text }}", "List": [ 1 ] },
                      "sessionEnded": "{{ answer.status == 409 }}" } },
                  "inboundTemplate": { "type": "message", "contact": { "id": "{{ body.From }}" } } },
        "text": { "stripHtml": true, "maxLength": 2000 },
        "media": { "mode": "pass", "publicBaseUrl": "https://bridge.example.com", "linkHours": 72 },
        "delivery": { "maxAgeMinutes": 240 } } ] })
}

fn parse(text: &str) -> Result<ConfigFile, String> {
    ConfigFile::parse(text, Path::new("")).map_err(|error| error.to_string())
}

/// The error after the value at `pointer` in the first integration is replaced.
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

/// The path of each value.
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
            "delivery.maxAgeMinutes: expected a whole number from 1 to 10080",
        ),
        (
            "/delivery/maxAgeMinutes",
            json!(10_081),
            "delivery.maxAgeMinutes: expected a whole number from 1 to 10080",
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
            "domain, integrationId, apiBaseUrl, loginBaseUrl, oauthClients, webhookSecrets, eventsApiKey, threadingTimelineMinutes, receipts, queueId, conversationPer, agentNames, agentAlias",
        ),
        (
            "/lynn/inboundauth",
            "webhookUrl, dialect, hubSecret, eventsUrl, auth, signingSecret, inboundAuth, quietSession, proactive, sessionTimeoutMinutes, onSessionEnded, headers, templates, inboundTemplate, events",
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
        ("/lynn/auth", header("x-key", "a\nb"), "lynn.auth.value: this must not hold a line break"),
        ("/lynn/auth", basic("a:b", "p"), "lynn.auth.username: a colon"),
        ("/lynn/auth", basic("a", "p\n"), "lynn.auth.password: this must not hold a line break"),
        (
            "/lynn/auth",
            json!({ "type": "bearer", "token": "t\r\n" }),
            "lynn.auth.token: this must not hold a line break",
        ),
        (
            "/lynn/inboundAuth/0",
            key("k\n"),
            "lynn.inboundAuth[0].key: this must not hold a line break",
        ),
        (
            "/lynn/inboundAuth/0",
            json!({ "type": "signature", "secret": "whsec_" }),
            "lynn.inboundAuth[0].secret: this is not a signing secret",
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

/// Refused in a file, and in a half that an earlier version stored.
#[test]
fn a_url_that_could_never_be_called_is_refused() {
    let bases = [
        "/genesys/apiBaseUrl",
        "/genesys/loginBaseUrl",
        "/media/publicBaseUrl",
        "/lynn/auth/endpoint",
    ];
    let login = json!({ "type": "lynnToken", "endpoint": "https://lynn.example.com",
        "accessToken": "a", "accessTokenSecret": "s", "tenant": 1 });
    let refused = |pointer: &str, value: &str| {
        let mut file = whole();
        let entry = &mut file["integrations"][0];
        entry["lynn"]["auth"] = login.clone();
        assert!(parse(&json!({ "integrations": [entry.clone()] }).to_string()).is_ok());
        *entry.pointer_mut(pointer).unwrap() = json!(value);
        let (_, send) = super::split(entry).unwrap();
        let send = super::SendConfig::parse(&send.to_string().into());
        assert!(send.is_err(), "{pointer}: {value}");
        let error = parse(&file.to_string()).unwrap_err();
        let key = pointer[1..].replace('/', ".");
        assert!(error.starts_with(&format!("integrations[0].{key}: ")), "{error}");
        error
    };
    for base in bases {
        for query in ["https://h.example/?a=b", "https://h.example?"] {
            assert!(refused(base, query).contains("leave out ?"), "{base}");
        }
    }
    let posts = ["/lynn/webhookUrl", "/lynn/eventsUrl", "/lynn/proactive/url"];
    for url in bases.into_iter().chain(posts) {
        assert!(refused(url, "https://h.example/x#frag").contains("leave out #"), "{url}");
        for user in
            ["https://user:pw@h.example/x", "https://user@h.example", "https://:pw@h.example"]
        {
            let error = refused(url, user);
            assert!(error.contains("must not hold a user") && !error.contains("pw@"), "{error}");
        }
    }
    for domain in [".", "..", "mypurecloud", ".com", "mypurecloud.", "my..com", "-a.com", "a-.com"]
    {
        assert!(refused("/genesys/domain", domain).contains("mypurecloud.com"), "{domain}");
    }
    // A key in the query is allowed in a URL to which no path is appended.
    let mut file = whole();
    file["integrations"][0]["lynn"]["webhookUrl"] = json!("https://lynn.example.com/hook?code=1");
    assert!(parse(&file.to_string()).is_ok());
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
            Err(FileError::Wrong { errors, .. }) => errors[0].to_string(),
            other => panic!("{other:?}"),
        }
    };
    let utf_16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(error(&utf_16), "the file is UTF-16; save it as UTF-8");
    assert_eq!(error(b"{\n\"listen\": \"\xe9\" }"), "line 2 is not UTF-8; save the file as UTF-8");
    let marked = error("\u{feff}{}".as_bytes());
    assert!(marked.contains("save it as UTF-8 without one"), "{marked}");
}

/// Writes the changed file to a folder of its own and checks it. Returns the errors and the
/// warnings.
fn checked(change: impl FnOnce(&mut Value)) -> (Vec<String>, Vec<String>) {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bridge.json");
    std::fs::write(directory.path().join("secret"), "from-the-file-0123\n").unwrap();
    let mut file = whole();
    let entry = &mut file["integrations"][0];
    entry["genesys"]["integrationId"] = json!("8d1c6b1e-6d0f-4b7a-9a0e-3f6f5f0c2b11");
    entry["genesys"]["oauthClients"][0]["clientId"] = json!("8d1c6b1e-6d0f-4b7a-9a0e-3f6f5f0c2b12");
    entry["genesys"]["eventsApiKey"] = json!("0123456789abcdef");
    entry["lynn"]["inboundAuth"][0]["key"] = json!("0123456789abcdef");
    change(&mut file);
    std::fs::write(&path, file.to_string()).unwrap();
    for file in [&path, &directory.path().join("secret")] {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let said = |errors: Vec<super::ConfigError>| -> Vec<String> {
        let folder = directory.path().display().to_string();
        errors.iter().map(|error| error.to_string().replace(&folder, "FOLDER")).collect()
    };
    match ConfigFile::check(&path) {
        Ok(checked) => (Vec::new(), said(checked.warnings)),
        Err(FileError::Wrong { errors, .. }) => (said(errors), Vec::new()),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn every_error_is_named_at_once() {
    let (errors, _) = checked(|file| {
        file["port"] = json!(1);
        file["listen"] = json!("here");
        let entry = &mut file["integrations"][0];
        entry["genesys"]["domian"] = json!("x");
        entry["genesys"].as_object_mut().unwrap().remove("domain");
        entry["genesys"]["webhookSecrets"] = json!(["short", "0123456789abcdef", "short"]);
        entry["lynn"]["webhookUrl"] = json!("http://lynn.example.com");
        entry["lynn"]["auth"] = json!({ "type": "kerberos" });
        entry["lynn"]["proactive"] = Value::Null;
        entry["lynn"]["hubSecret"] = Value::Null;
        entry["lynn"]["inboundAuth"][2]["clientId"] = json!("a:b");
        entry["text"]["maxLength"] = json!(0);
        let second = entry.clone();
        file["integrations"].as_array_mut().unwrap().push(second);
    });
    let keys: Vec<&str> = errors.iter().map(|error| error.split(": ").next().unwrap()).collect();
    let of_one = [
        "genesys.domian",
        "genesys.domain",
        "genesys.webhookSecrets[0]",
        "genesys.webhookSecrets[2]",
        "lynn.webhookUrl",
        "lynn.auth.type",
        "lynn.inboundAuth[2].clientId",
        "text.maxLength",
    ];
    let mut expected = vec!["port".to_owned(), "listen".to_owned()];
    for number in 0..2 {
        expected.extend(of_one.map(|key| format!("integrations[{number}].{key}")));
    }
    expected.extend(
        [
            "[0].lynn.hubSecret",
            "[0].lynn.proactive",
            "[1].name",
            "[1].lynn.hubSecret",
            "[1].lynn.proactive",
        ]
        .map(|key| format!("integrations{key}")),
    );
    assert_eq!(keys, expected, "{errors:#?}");
}

#[test]
fn what_cannot_work_or_is_weak_is_warned_of() {
    assert_eq!(checked(|_| {}), (vec![], vec![]));
    let cases = [
        ("/genesys/oauthClients/0/clientSecret", json!("…"), "a placeholder"),
        ("/genesys/integrationId", json!("…"), "a placeholder"),
        ("/genesys/webhookSecrets/0", json!("…at least 16 characters…"), "a placeholder"),
        (
            "/genesys/oauthClients/0/clientSecret",
            json!("<your-client-secret-here>"),
            "a placeholder",
        ),
        ("/genesys/oauthClients/0/clientSecret", json!("YOUR_CLIENT_SECRET"), "a placeholder"),
        ("/genesys/oauthClients/0/clientSecret", json!("CHANGE-ME"), "a placeholder"),
        ("/genesys/oauthClients/0/clientSecret", json!("{{ secret }}"), "a placeholder"),
        ("/genesys/oauthClients/0/clientSecret", json!("${SECRET}"), "a placeholder"),
        ("/lynn/auth/token", json!("xxxx"), "a placeholder"),
        ("/lynn/auth/token", json!("abcd************"), "a placeholder"),
        ("/genesys/domain", json!("mypurecloud.example"), "this version knows no region"),
        ("/genesys/integrationId", json!("i-1"), "this is not a UUID"),
        ("/genesys/oauthClients/0/clientId", json!("client"), "this is not a UUID"),
        ("/genesys/webhookSecrets/0", json!(" 0123456789abcdef"), "there are blanks around"),
        ("/lynn/auth/token", json!("token "), "there are blanks around"),
        ("/lynn/inboundAuth/0/key", json!("k"), "callers prove themselves with this"),
        (
            "/lynn/inboundAuth/1/secret",
            json!("whsec_c2hvcnQ="),
            "callers prove themselves with this",
        ),
        ("/lynn/inboundAuth/2/clientSecret", json!("short"), "callers prove themselves with this"),
        ("/lynn/hubSecret", json!("0123456789abcde"), "this signs what the bridge posts"),
        ("/genesys/eventsApiKey", json!("0123456789abcde"), "callers prove themselves with this"),
    ];
    for (pointer, value, expected) in cases {
        let (errors, warnings) = checked(|file| {
            *file.pointer_mut(&format!("/integrations/0{pointer}")).unwrap() = value.clone();
        });
        let [warning] = &warnings[..] else { panic!("{pointer}: {errors:?} {warnings:?}") };
        let key = pointer[1..]
            .replace("/0", "[0]")
            .replace("/1", "[1]")
            .replace("/2", "[2]")
            .replace('/', ".");
        assert!(warning.starts_with(&format!("integrations[0].{key}: {expected}")), "{warning}");
    }
}

#[test]
fn sessions_that_no_route_tells_of_are_warned_of() {
    let engine_only = |file: &mut Value| {
        let ways = &mut file["integrations"][0]["lynn"]["inboundAuth"];
        *ways = json!([ways[2]]);
    };
    let (_, warnings) = checked(engine_only);
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    let key = "integrations[0].genesys.conversationPer: with dialect genesys";
    assert!(warning.starts_with(key), "{warning}");
    for (section, key, value) in
        [("genesys", "conversationPer", "contact"), ("lynn", "dialect", "bridge")]
    {
        let (errors, warnings) = checked(|file| {
            engine_only(file);
            file["integrations"][0][section][key] = json!(value);
        });
        assert_eq!((errors, warnings), (vec![], vec![]), "{key}");
    }
}

#[test]
fn a_file_that_others_may_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bridge.json");
    std::fs::write(&path, whole().to_string()).unwrap();
    for (mode, is_warned) in [(0o600, false), (0o400, false), (0o640, true), (0o644, true)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let warnings = ConfigFile::check(&path).unwrap().warnings;
        let warned =
            warnings.iter().any(|it| it.key.is_empty() && it.problem.contains("others may read"));
        assert_eq!(warned, is_warned, "{mode:o}");
    }
}

#[test]
fn any_text_may_stand_elsewhere() {
    // Every test run has this variable.
    let (errors, warnings) = checked(|file| {
        file["dataDir"] = json!({ "env": "CARGO_MANIFEST_DIR" });
        let entry = &mut file["integrations"][0];
        entry["genesys"]["webhookSecrets"] = json!([{ "file": "secret" }]);
        entry["lynn"]["inboundAuth"][0] = json!({ "type": "apiKey", "key": { "file": "secret" } });
        entry["lynn"]["auth"]["token"] = json!({ "file": "secret" });
    });
    assert_eq!((errors, warnings), (vec![], vec![]));
    let (errors, _) = checked(|file| {
        let entry = &mut file["integrations"][0];
        entry["genesys"]["webhookSecrets"] = json!([{ "file": "secrets/missing" }]);
        entry["genesys"]["eventsApiKey"] = json!({ "env": "NO_VARIABLE_OF_THIS_NAME" });
        entry["lynn"]["auth"]["token"] = json!({ "file": "/dev/zero" });
        entry["lynn"]["webhookUrl"] = json!({ "env": "A", "file": "secret" });
        entry["lynn"]["quietSession"] = json!({ "file": "secret" });
    });
    let expected = [
        "genesys.webhookSecrets[0]: the file secrets/missing cannot be read",
        "genesys.eventsApiKey: the environment variable NO_VARIABLE_OF_THIS_NAME is not set",
        "lynn.webhookUrl: expected a string",
        "lynn.auth.token: the file /dev/zero is no regular file",
        "lynn.quietSession: expected one of webhook, proactive, fail",
    ];
    assert_eq!(errors.len(), expected.len(), "{errors:#?}");
    for (error, expected) in errors.iter().zip(expected) {
        assert!(error.starts_with(&format!("integrations[0].{expected}")), "{error}");
    }
}

/// One line feed at the end comes from an editor; everything else belongs to the secret.
#[test]
fn what_stands_elsewhere_is_what_is_read() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("secret"), "from-the-file-0123\n").unwrap();
    let mut file = whole();
    file["integrations"][0]["genesys"]["webhookSecrets"] = json!([{ "file": "secret" }]);
    let file = ConfigFile::parse(&file.to_string(), directory.path()).unwrap();
    let (receive, _) = file.integrations.values().next().unwrap();
    let receive = super::ReceiveConfig::parse(receive).unwrap();
    let secret = secrecy::ExposeSecret::expose_secret(&receive.webhook_secrets[0]);
    assert_eq!(secret, "from-the-file-0123");
}

#[test]
fn a_data_directory_is_the_bridges_own() {
    let parsed = |text: &str| {
        let mut file = whole();
        file["dataDir"] = json!(text);
        parse(&file.to_string())
    };
    for wrong in ["", " ", ".", "./", "/", "..", "../..", "a/..", "/a/..", "/..", "~/data", "~"] {
        let error = parsed(wrong).expect_err(wrong);
        assert!(error.starts_with("dataDir: "), "{wrong}: {error}");
    }
    for right in ["data", "./data", "../data", "/var/lib/bridge", "/data", "a/../b", "a~"] {
        assert!(parsed(right).is_ok(), "{right}");
    }
}

#[test]
fn a_template_is_checked_as_far_as_its_keys_go() {
    let cases = [
        (
            "/lynn/templates/messages",
            json!({}),
            "lynn.templates.messages: unknown key; expected one of message",
        ),
        (
            "/lynn/templates/conversation.ended/uri",
            json!("x"),
            "lynn.templates.conversation.ended.uri: unknown key; expected one of when, method",
        ),
        (
            "/lynn/templates/conversation.ended/method",
            json!("HEAD"),
            "lynn.templates.conversation.ended.method: expected one of GET",
        ),
        (
            "/lynn/templates/conversation.ended/when",
            json!(false),
            "lynn.templates.conversation.ended.when: expected a string",
        ),
        (
            "/lynn/templates/conversation.ended/headers/Content-Type",
            json!("text/plain"),
            "lynn.templates.conversation.ended.headers.Content-Type: the bridge or HTTP itself sets this header",
        ),
        (
            "/lynn/templates/conversation.ended/headers/x-key",
            json!(7),
            "lynn.templates.conversation.ended.headers.x-key: expected a string",
        ),
        (
            "/lynn/templates/conversation.ended/body/Text",
            json!("(masked)"),
            "lynn.templates.conversation.ended.body: (masked) is what `bridge config pull` writes",
        ),
        (
            "/lynn/headers/0/name",
            json!("webhook-id"),
            "lynn.headers[0].name: the bridge or HTTP itself sets this header",
        ),
        (
            "/lynn/headers/0/name",
            json!("Authorization"),
            "lynn.headers[0].name: lynn.auth sets this header",
        ),
        ("/lynn/headers/0/value", json!("a\nb"), "lynn.headers[0].value: "),
    ];
    for (pointer, value, expected) in cases {
        let error = error_with(pointer, value);
        assert!(error.contains(expected), "{pointer}: {error}");
    }
    let header = |name: &str| json!({ "name": name, "value": "v" });
    let twice = error_with("/lynn/headers", json!([header("x-a"), header("X-A")]));
    assert!(twice.contains("lynn.headers[1].name: another header of this list"), "{twice}");
    let (errors, warnings) = checked(|file| {
        let entry = &mut file["integrations"][0];
        entry["lynn"]["headers"] = json!([]);
        entry["lynn"]["templates"] = json!({ "*": { "when": "{{ false }}" } });
    });
    assert!(errors.is_empty(), "{errors:?}");
    assert!(!warnings.iter().any(|warning| warning.contains("templates")), "{warnings:?}");
}

#[test]
fn a_configuration_shows_no_text_of_a_template() {
    let file = parse(&whole().to_string().replace("x-tenant", "planted")).unwrap();
    let (receive, send) = file.integrations.values().next().unwrap();
    let receive = super::ReceiveConfig::parse(receive).unwrap();
    let send = super::SendConfig::parse(send).unwrap();
    assert!(
        receive.inbound_template.is_some()
            && send.lynn.templates.contains_key("conversation.ended")
    );
    let shown = format!("{receive:?} {send:?}");
    for hidden in ["{{", "planted\"", "body.From"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}
