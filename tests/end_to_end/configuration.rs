//! Starting: what is wrong is said in one line, and the data is kept to its owner.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::World;
use crate::process::Process;

const SECRET: &str = "planted-secret-of-the-webhook";

/// Runs the program to its end: the exit code and what it said.
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

#[tokio::test]
async fn a_right_configuration_is_called_right() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("bridge.json");
    fs::write(&file, good().to_string()).unwrap();
    let (code, said) = run(directory.path(), &["config", "check", file.to_str().unwrap()]).await;
    assert_eq!(code, Some(0), "{said}");
}

#[tokio::test]
async fn a_second_instance_on_the_same_data_is_refused_and_disturbs_nothing() {
    let mut world = World::start().await;
    let config = world.config_path();
    let arguments = ["serve", "--config", config.to_str().unwrap()];
    let (code, said) = run(config.parent().unwrap(), &arguments).await;
    assert_eq!(code, Some(1));
    let data = world.data_directory();
    assert!(said.contains(data.to_str().unwrap()) && said.contains("another instance"), "{said}");
    world.say("ana", "m-1", "Hello").await;
    world.accepted("ana", 1).await;
    // A dead instance does not block the next one.
    world.process.kill();
    world.restart().await;
    world.say("ana", "m-2", "Hello").await;
    world.accepted("ana", 2).await;
    world.end();
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
    let mut world = World::start().await;
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
    world.say("ana", "m-1", "Hello").await;
    world.accepted("ana", 1).await;
    let data = world.data_directory();
    check(&data);
    // Rights that somebody widened are narrowed at the next start.
    world.process.kill();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    for entry in fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        let wide = if path.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(path, fs::Permissions::from_mode(wide)).unwrap();
    }
    world.restart().await;
    world.say("ana", "m-2", "Hello").await;
    world.accepted("ana", 2).await;
    check(&data);
    world.end();
}
