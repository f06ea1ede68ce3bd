//! Commands whose output is not read or cannot be written.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::command::run;
use crate::harness::{Harness, fault, status};
use crate::process::PROGRAM;
use simulators::Endpoint;

/// A shell's exit code for a program that SIGPIPE ended.
const READER_GONE: i32 = 141;

/// Runs a command with this standard output; returns its exit code and its standard error.
async fn printing_to(output: impl Into<Stdio>, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env_remove("RUST_LOG").stdin(Stdio::null());
    command.stdout(output).stderr(Stdio::piped());
    let ended = tokio::task::spawn_blocking(move || command.output());
    let ended = ended.await.expect("no panic").expect("the program starts");
    (ended.status.code(), String::from_utf8(ended.stderr).expect("UTF-8"))
}

/// Runs a command that writes into a pipe without a reader.
async fn unread(arguments: &[&str]) -> (Option<i32>, String) {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    printing_to(writer, arguments).await
}

/// Runs a command that writes to a full device.
async fn full(arguments: &[&str]) -> (Option<i32>, String) {
    let device = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    printing_to(device, arguments).await
}

/// A harness with this number of dead letters, and their ids.
async fn with_dead_letters(count: usize) -> (Harness, Vec<String>) {
    let harness = Harness::start().await;
    for number in 1..=count {
        harness.genesys.script(fault(Endpoint::Message, status(400)));
        let id = format!("m-{number}");
        harness.say("ana", &id, "Hello").await;
        harness.logged(&[("event.name", "failed"), ("event.id", &id)]).await;
    }
    let ids = dead_letters(&harness).await;
    assert_eq!(ids.len(), count);
    (harness, ids)
}

async fn dead_letters(harness: &Harness) -> Vec<String> {
    let data = harness.data_directory().display().to_string();
    let listed = run(&["dead-letters", "list", "--json", "--data", &data], &[]).await.json();
    let letters = listed["deadLetters"].as_array().expect("a list").iter();
    letters.map(|letter| letter["id"].as_str().map(str::to_owned).expect("an id")).collect()
}

/// A configuration without warnings: the client's id is a UUID, and only the owner may read the
/// file.
fn without_warnings(harness: &Harness) -> String {
    let path = harness.config_path().with_file_name("quiet.json");
    let text = std::fs::read_to_string(harness.config_path()).expect("a file");
    let mut config: Value = serde_json::from_str(&text).expect("JSON");
    let client = &mut config["integrations"][0]["genesys"]["oauthClients"][0]["clientId"];
    *client = Value::from("8d1c6b1e-6d0f-4b7a-9a0e-3f6f5f0c2b12");
    std::fs::write(&path, config.to_string()).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("its mode");
    path.display().to_string()
}

#[tokio::test]
async fn a_reader_that_went_away_ends_a_command_quietly_and_a_full_disk_is_said() {
    let (harness, ids) = with_dead_letters(1).await;
    let config = without_warnings(&harness);
    let data = harness.data_directory().display().to_string();
    let letter = ids[0].as_str();
    let url = harness.request(reqwest::Method::POST, "/lynn/support").build().expect("a request");
    let url = url.url().to_string();
    let commands: [&[&str]; 9] = [
        &["dead-letters", "list", "--data", &data],
        &["dead-letters", "list", "--json", "--data", &data],
        &["dead-letters", "show", letter, "--data", &data],
        &["conversations", "--data", &data],
        &["conversations", "show", "ana", "--data", &data],
        &["config", "check", &config],
        &["doctor", "--list"],
        &["sign", "genesys", "--secret", "0123456789abcdef", "--body", &config],
        &["send", "lynn", "--url", &url, "--key", crate::harness::KEY, "--contact", "ben"],
    ];
    for command in commands {
        assert_eq!(unread(command).await, (Some(READER_GONE), String::new()), "{command:?}");
        let (code, said) = full(command).await;
        assert_eq!(code, Some(1), "{command:?}: {said}");
        assert!(said.starts_with("bridge: write to standard output: "), "{command:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{command:?}: {said}");
    }
    let (code, said) = unread(&["doctor", "--config", &config]).await;
    assert!(code == Some(READER_GONE) && said.is_empty(), "{code:?}: {said}");
}

#[tokio::test]
async fn everything_is_sent_again_though_nobody_reads_what_is_said_of_it() {
    for full_disk in [false, true] {
        let (harness, _) = with_dead_letters(3).await;
        let data = harness.data_directory().display().to_string();
        let arguments = ["dead-letters", "redrive", "--all", "--data", &data];
        if full_disk {
            assert_eq!(full(&arguments).await.0, Some(1));
        } else {
            assert_eq!(unread(&arguments).await, (Some(READER_GONE), String::new()));
        }
        assert_eq!(dead_letters(&harness).await, Vec::<String>::new());
        let accepted = harness.accepted("ana", 3).await;
        let ids: Vec<&Value> = accepted.iter().map(|it| &it["channel"]["messageId"]).collect();
        assert_eq!(ids, ["m-1", "m-2", "m-3"]);
        harness.end();
    }
}

#[tokio::test]
async fn a_demonstration_that_nobody_watches_is_not_played() {
    let began = std::time::Instant::now();
    assert_eq!(unread(&["demo"]).await, (Some(READER_GONE), String::new()));
    assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
}
