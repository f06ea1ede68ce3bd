//! Start-up: each error is one line, and only the owner may read the data.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::Harness;
use crate::process::Process;

const PAGE: &str = include_str!("../../docs/configuration.md");
const SECRET: &str = "planted-secret-of-the-webhook";

/// Runs the program to its end; returns the exit code and the log.
async fn run(directory: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let log = directory.join("run.log");
    let _ = fs::remove_file(&log);
    let mut process = Process::spawn(arguments, &log, &[]);
    let status = process.ended().await;
    (status.code(), process.log())
}

fn good() -> Value {
    json!({ "listen": "127.0.0.1:0", "dataDir": "data", "integrations": [ {
        "name": "support",
        "genesys": { "domain": "mypurecloud.com", "integrationId": "i-1",
                     "oauthClients": [ { "clientId": "c", "clientSecret": SECRET } ], "webhookSecrets": [ SECRET ] },
        "lynn": { "webhookUrl": "https://lynn.example.com/hook",
                  "auth": { "type": "bearer", "token": SECRET },
                  "inboundAuth": [ { "type": "apiKey", "key": SECRET } ] } } ] })
}

#[tokio::test]
async fn a_wrong_configuration_names_the_file_and_the_key_and_no_secret() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("bridge.json");
    let path = file.to_str().unwrap();
    let changed = |pointer: &str, value: Value| {
        let mut config = good();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        config.pointer_mut(parent).unwrap()[key] = value;
        config.to_string()
    };
    let support = "/integrations/0";
    let removed = |pointer: &str, key: &str| {
        let mut config = good();
        config.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(key);
        config.to_string()
    };
    let twice = {
        let mut config = good();
        let entry = config["integrations"][0].clone();
        config["integrations"].as_array_mut().unwrap().push(entry);
        config.to_string()
    };
    let cases = [
        ("{".to_owned(), ""),
        (String::new(), ""),
        (SECRET.to_owned(), ""),
        (removed("", "integrations"), "integrations"),
        (changed("/listen", json!("here")), "listen"),
        (changed("/port", json!(1)), "port"),
        (changed("/integrations", json!([])), "integrations"),
        (changed(&format!("{support}/colour"), json!(SECRET)), "integrations[0].colour"),
        (changed(&format!("{support}/name"), json!("a b")), "integrations[0].name"),
        (removed(&format!("{support}/genesys"), "domain"), "integrations[0].genesys.domain"),
        (
            changed(&format!("{support}/genesys/domain"), json!("https://x")),
            "integrations[0].genesys.domain",
        ),
        (
            changed(&format!("{support}/genesys/webhookSecrets"), json!(SECRET)),
            "integrations[0].genesys.webhookSecrets",
        ),
        (
            changed(&format!("{support}/genesys/webhookSecrets"), json!(["short"])),
            "genesys.webhookSecrets[0]",
        ),
        (
            changed(&format!("{support}/genesys/oauthClients"), json!([SECRET])),
            "genesys.oauthClients[0]",
        ),
        (
            changed(&format!("{support}/lynn/webhookUrl"), json!("http://lynn.example.com")),
            "lynn.webhookUrl",
        ),
        (changed(&format!("{support}/lynn/auth/type"), json!("kerberos")), "lynn.auth"),
        (changed(&format!("{support}/lynn/signingSecret"), json!(SECRET)), "lynn.signingSecret"),
        (changed(&format!("{support}/lynn/inboundAuth"), json!([])), "lynn.inboundAuth"),
        (changed(&format!("{support}/lynn/quietSession"), json!("loud")), "lynn.quietSession"),
        (changed(&format!("{support}/lynn/quietSession"), json!("proactive")), "lynn.proactive"),
        (
            changed(&format!("{support}/delivery"), json!({ "maxAgeMinutes": 0 })),
            "delivery.maxAgeMinutes",
        ),
        (twice, "integrations[1].name"),
    ];
    for (text, key) in cases {
        fs::write(&file, &text).unwrap();
        for arguments in [&["serve", "--config", path][..], &["config", "check", path]] {
            let (code, said) = run(directory.path(), arguments).await;
            assert_eq!(code, Some(2), "{text}\n{said}");
            assert!(said.contains(path) && said.contains(key), "{key}: {said}");
            assert!(!said.contains(SECRET), "{text}\n{said}");
            assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        }
    }
    assert!(!directory.path().join("data").exists());
}

#[tokio::test]
async fn a_missing_file_and_wrong_arguments_are_the_users_mistake_too() {
    let directory = TempDir::new().unwrap();
    let missing = directory.path().join("missing.json");
    let missing = missing.to_str().unwrap();
    let (code, said) = run(directory.path(), &["serve", "--config", missing]).await;
    assert_eq!(code, Some(2));
    assert!(said.contains(missing), "{said}");
    for arguments in [&["serve"][..], &["serve", "--confg", missing], &["sevre"]] {
        let (code, said) = run(directory.path(), arguments).await;
        assert_eq!(code, Some(2), "{said}");
        assert!(!said.contains("stack backtrace"), "{said}");
    }
}

/// A pipe can be read once only, and the program reads its file again and again.
#[tokio::test]
async fn a_pipe_is_no_configuration_of_a_program_that_serves() {
    let directory = TempDir::new().unwrap();
    let pipe = directory.path().join("bridge.json");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let path = pipe.to_str().unwrap();
    let (code, said) = run(directory.path(), &["serve", "--config", path]).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains(path) && said.contains("no regular file"), "{said}");
}

#[tokio::test]
async fn a_right_configuration_is_called_right() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("bridge.json");
    fs::write(&file, good().to_string()).unwrap();
    let (code, said) = run(directory.path(), &["config", "check", file.to_str().unwrap()]).await;
    assert_eq!(code, Some(0), "{said}");
}

/// One run shows all mistakes of a file.
#[tokio::test]
async fn every_error_is_named_at_once_and_warnings_only_fail_when_that_is_asked_for() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("bridge.json");
    let path = file.to_str().unwrap();
    let mut config = good();
    config["integrations"][0]["colour"] = json!(SECRET);
    config["integrations"][0]["genesys"]["domian"] = json!("x");
    config["integrations"][0]["lynn"]["webhookUrl"] = json!(SECRET);
    fs::write(&file, config.to_string()).unwrap();
    for arguments in [&["serve", "--config", path][..], &["config", "check", path]] {
        let (code, said) = run(directory.path(), arguments).await;
        assert_eq!(code, Some(2), "{said}");
        for key in ["[0].colour", "[0].genesys.domian", "[0].lynn.webhookUrl"] {
            assert!(said.contains(key), "{key}: {said}");
        }
        assert!(!said.contains(SECRET), "{said}");
    }
    let mut config = good();
    config["integrations"][0]["genesys"]["oauthClients"][0]["clientSecret"] = json!("…");
    config["integrations"][0]["genesys"]["domain"] = json!("mypurecloud.example");
    fs::write(&file, config.to_string()).unwrap();
    let keys = ["genesys.domain", "genesys.oauthClients[0].clientSecret", "others may read"];
    for (more, expected) in [(&[][..], 0), (&["--strict"][..], 1)] {
        let (code, said) =
            run(directory.path(), &[&["config", "check", path], more].concat()).await;
        assert_eq!(code, Some(expected), "{said}");
        assert!(keys.iter().all(|key| said.contains(key)), "{said}");
    }
    let log = directory.path().join("serve.log");
    let mut process = Process::spawn(&["serve", "--config", path], &log, &[]);
    process.address().await;
    let deadline = tokio::time::Instant::now() + crate::harness::SOON;
    while !keys.iter().all(|key| process.log().contains(key)) {
        assert!(tokio::time::Instant::now() < deadline, "{}", process.log());
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    process.kill();
}

#[tokio::test]
async fn secrets_may_stand_in_the_environment_and_in_files() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("bridge.json");
    fs::write(directory.path().join("token"), format!("{SECRET}\n")).unwrap();
    let mut config = good();
    let entry = &mut config["integrations"][0];
    entry["lynn"]["auth"]["token"] = json!({ "file": "token" });
    entry["lynn"]["webhookUrl"] = json!({ "env": "WHERE_LYNN_IS" });
    fs::write(&file, config.to_string()).unwrap();
    let check = ["config", "check", file.to_str().unwrap()];
    let set = [("WHERE_LYNN_IS".to_owned(), "https://lynn.example.com/hook".to_owned())];
    crate::command::run(&check, &set).await.good();
    let unset = crate::command::run(&check, &[]).await.bad(2);
    assert!(unset.contains("lynn.webhookUrl: the environment variable WHERE_LYNN_IS"), "{unset}");
}

/// The schema accepts what the program accepts, and no unknown key.
#[tokio::test]
async fn the_schema_describes_every_key() {
    let schema = crate::command::run(&["config", "schema"], &[]).await.json();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    assert!(validator.is_valid(&good()));
    let mut whole: Value =
        serde_json::from_str(include_str!("../../events/bridge.json")).expect("JSON");
    assert!(validator.is_valid(&whole));
    whole["integrations"][0]["genesys"]["webhookSecrets"][0] = json!({ "env": "A" });
    whole["integrations"][0]["lynn"]["auth"] = json!({ "type": "lynnToken", "endpoint": "https://lynn.example.com", "accessToken": { "file": "a" },
                "accessTokenSecret": "s", "tenant": 12 });
    assert!(validator.is_valid(&whole));
    for (pointer, key) in
        [("", "port"), ("/integrations/0", "colour"), ("/integrations/0/lynn/auth", "x")]
    {
        let mut wrong = whole.clone();
        wrong.pointer_mut(pointer).unwrap()[key] = json!(1);
        assert!(!validator.is_valid(&wrong), "{pointer}/{key}");
    }
    fn described(schema: &Value, path: &str) {
        for (key, value) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{key}");
            assert!(key == "type" || value["description"].is_string(), "{path}");
            let ways = [format!("{key}`"), format!("\"{key}\"")];
            assert!(
                ways.iter().any(|way| PAGE.contains(way)),
                "{path} is not in docs/configuration.md"
            );
            described(value, &path);
            described(&value["items"], &path);
            let ways = ["anyOf", "oneOf"].iter().flat_map(|word| value[*word].as_array());
            ways.flatten().for_each(|way| described(way, &path));
        }
    }
    described(&schema, "");
    let maximum_age = &schema["properties"]["integrations"]["items"]["properties"]["delivery"]["properties"]
        ["maxAgeMinutes"];
    assert_eq!(maximum_age["default"], 240);
    assert_eq!(maximum_age["maximum"], 10_080);
}

#[tokio::test]
async fn a_second_instance_on_the_same_data_is_refused_and_disturbs_nothing() {
    let mut harness = Harness::start().await;
    let config = harness.config_path();
    let arguments = ["serve", "--config", config.to_str().unwrap()];
    let (code, said) = run(config.parent().unwrap(), &arguments).await;
    assert_eq!(code, Some(1));
    let data = harness.data_directory();
    assert!(said.contains(data.to_str().unwrap()) && said.contains("another instance"), "{said}");
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    // A dead instance does not block the next one.
    harness.process.kill();
    harness.restart().await;
    harness.say("ana", "m-2", "Hello").await;
    harness.accepted("ana", 2).await;
    harness.end();
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let directory = TempDir::new().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut config = good();
    config["listen"] = json!(address);
    let file = directory.path().join("bridge.json");
    fs::write(&file, config.to_string()).unwrap();
    let (code, said) = run(directory.path(), &["serve", "--config", file.to_str().unwrap()]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains(&address), "{said}");
    assert!(!said.contains("stack backtrace"), "{said}");
}

#[tokio::test]
async fn the_data_is_kept_to_its_owner() {
    let mut harness = Harness::start().await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let check = |directory: &Path| {
        assert_eq!(mode(directory), 0o700);
        let files: Vec<_> =
            fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(files.len() >= 2, "{files:?}");
        for file in files {
            let expected = if file.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&file), expected, "{}", file.display());
        }
    };
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    let data = harness.data_directory();
    check(&data);
    // The next start narrows rights that were widened.
    harness.process.kill();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    for entry in fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        let wide = if path.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(path, fs::Permissions::from_mode(wide)).unwrap();
    }
    harness.restart().await;
    harness.say("ana", "m-2", "Hello").await;
    harness.accepted("ana", 2).await;
    check(&data);
    harness.end();
}
