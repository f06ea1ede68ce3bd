//! `bridge --version` and `/health` name the same version and the same commit.

use reqwest::Method;
use serde_json::Value;

use crate::command;
use crate::harness::Harness;

/// The program's output, without its name.
async fn printed(option: &str) -> String {
    let printed = command::run(&[option], &[]).await.good();
    let named = printed.strip_prefix("bridge ").expect("the program's name");
    named.strip_suffix('\n').expect("one line").to_owned()
}

fn is_commit(word: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    word == "unknown" || (word.len() == 12 && word.bytes().all(is_digit))
}

#[tokio::test]
async fn the_program_prints_its_version_and_its_commit_each_time_the_same() {
    let text = printed("--version").await;
    let (version, commit) = text.split_once(" (commit ").expect("a commit");
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    assert!(commit.strip_suffix(')').is_some_and(is_commit), "{text}");
    assert_eq!(printed("--version").await, text);
    assert_eq!(printed("-V").await, text);
}

#[tokio::test]
async fn a_running_bridge_names_the_same_build() {
    let harness = Harness::start().await;
    let answer = harness.request(Method::GET, "/health").send().await.expect("an answer");
    let health: Value = answer.json().await.expect("JSON");
    let (version, commit) = (health["version"].as_str(), health["commit"].as_str());
    let named = format!("{} (commit {})", version.unwrap_or("?"), commit.unwrap_or("?"));
    assert_eq!(named, printed("--version").await);
    harness.end();
}
