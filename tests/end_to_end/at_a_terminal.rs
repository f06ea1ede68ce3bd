//! Tests the output that only a person at a terminal sees: questions, colours, and the failures
//! first.

use simulators::Endpoint;

use crate::command::run;
use crate::harness::{Harness, fault, status};
use crate::terminal::dialogue;

const RED: &str = "\u{1b}[1m\u{1b}[31m";

/// A harness with a dead letter of each of two contacts.
pub async fn with_dead_letters() -> Harness {
    let harness = Harness::start().await;
    for (contact, id) in [("ana", "m-1"), ("ben", "m-2")] {
        harness.genesys.script(fault(Endpoint::Message, status(400)));
        harness.say(contact, id, "Hello").await;
        // Lynn may hear of the failure before the letter is stored.
        harness.logged(&[("event.name", "failed"), ("event.id", id)]).await;
    }
    harness
}

#[tokio::test]
async fn everything_is_sent_again_only_after_a_yes() {
    let harness = with_dead_letters().await;
    let config = harness.config_path();
    let config = config.to_str().expect("UTF-8");
    let redrive = ["dead-letters", "redrive", "--all", "--config", config];
    let question = "This sends 2 dead letters again. Go ahead? [y/N]";
    let refused = dialogue(&redrive, &[], &[(question, "n")]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.output.contains("nothing was sent again"), "{refused:?}");
    let list = ["dead-letters", "list", "--config", config, "--json"];
    assert_eq!(run(&list, &[]).await.json()["deadLetters"].as_array().map(Vec::len), Some(2));
    let dry = dialogue(&[&redrive[..], &["--dry-run"]].concat(), &[], &[]).await.good();
    assert!(dry.contains("would be queued") && !dry.contains("Go ahead"), "{dry}");
    let agreed = dialogue(&redrive, &[], &[(question, "y")]).await.good();
    assert_eq!(agreed.matches("queued to be sent again").count(), 2, "{agreed}");
    harness.accepted("ana", 1).await;
    harness.end();
}

#[tokio::test]
async fn a_yes_that_is_given_is_not_asked_for() {
    let harness = with_dead_letters().await;
    let config = harness.config_path();
    let redrive =
        ["dead-letters", "redrive", "--all", "--yes", "--config", config.to_str().expect("UTF-8")];
    let sent = dialogue(&redrive, &[], &[]).await.good();
    assert!(sent.contains("queued to be sent again") && !sent.contains("Go ahead"), "{sent}");
    harness.end();
}

#[tokio::test]
async fn doctor_shows_the_failures_first_and_in_colour() {
    let mut harness = Harness::start().await;
    harness.process.kill();
    let config = harness.config_path();
    let (config, bridge) = (config.to_str().expect("UTF-8"), harness.address.clone());
    let doctor = ["doctor", "--config", config, "--bridge-url", &bridge];
    let outcomes = |lines: &str| -> Vec<String> {
        let plain = lines.replace("\u{1b}[0m", "");
        let words = plain.lines().filter_map(|line| {
            ["FAIL", "WARN", "OK"].into_iter().find(|word| {
                line.trim_start_matches(|letter: char| "\u{1b}[0123456789;mK\r".contains(letter))
                    .starts_with(word)
            })
        });
        words.map(str::to_owned).collect()
    };
    let screen = dialogue(&doctor, &[], &[]).await;
    assert_eq!(screen.code, Some(1), "{screen:?}");
    assert!(screen.output.contains(&format!("{RED}FAIL")), "{screen:?}");
    let shown = outcomes(&screen.output);
    let rank = |word: &String| ["FAIL", "WARN", "OK"].iter().position(|one| one == word);
    assert!(shown.len() > 10 && shown.iter().map(rank).is_sorted(), "{screen:?}");
    let plain = [("NO_COLOR".to_owned(), "1".to_owned())];
    let screen = dialogue(&doctor, &plain, &[]).await;
    assert!(!screen.output.contains(RED) && screen.output.contains("FAIL"), "{screen:?}");
    // In a file: in the order of the checks, without colours unless they are forced.
    let ended = run(&doctor, &[]).await;
    assert!(!ended.output.contains('\u{1b}'), "{ended:?}");
    assert!(!outcomes(&ended.output).iter().map(rank).is_sorted(), "{ended:?}");
    assert!(!ended.said.contains("checking"), "{ended:?}");
    let none = "no administrator's OAuth client was given; so these are not checked: genesys-";
    assert_eq!(ended.output.matches(none).count(), 1, "{ended:?}");
    assert_eq!(ended.output.matches("no administrator's").count(), 1, "{ended:?}");
    let forced = [("CLICOLOR_FORCE".to_owned(), "1".to_owned())];
    assert!(run(&doctor, &forced).await.output.contains(&format!("{RED}FAIL")));
    let only = run(&[&doctor[..], &["--failed-only"]].concat(), &[]).await;
    assert_eq!(only.code, Some(1), "{only:?}");
    let words = outcomes(&only.output);
    assert!(!words.is_empty() && words.iter().all(|word| word == "FAIL"), "{only:?}");
    assert!(only.output.contains(" FAIL\n"), "the totals: {only:?}");
    let json = run(&[&doctor[..], &["--failed-only", "--json"]].concat(), &[]).await;
    let json: serde_json::Value = serde_json::from_str(&json.output).expect("JSON");
    let findings = json.as_array().expect("a list");
    assert!(findings.iter().all(|finding| finding["outcome"] == "fail"), "{json}");
}

#[tokio::test]
async fn status_is_red_where_something_failed_and_shows_only_that_if_asked() {
    let harness = with_dead_letters().await;
    let config = harness.config_path();
    let status = ["status", "--config", config.to_str().expect("UTF-8")];
    let screen = dialogue(&status, &[], &[]).await.good();
    assert!(screen.contains(&format!("{RED}2 ")), "{screen}");
    assert!(!run(&status, &[]).await.good().contains('\u{1b}'));
    harness.edit_config(|config| {
        let mut quiet = config["integrations"][0].clone();
        quiet["name"] = "a-quiet-one".into();
        config["integrations"].as_array_mut().expect("a list").push(quiet);
    });
    // The one with trouble is first, though its name is not.
    let all = run(&status, &[]).await.good();
    assert!(all.find("support") < all.find("a-quiet-one"), "{all}");
    let failed = run(&[&status[..], &["--failed-only"]].concat(), &[]).await.good();
    assert!(failed.contains("support") && !failed.contains("a-quiet-one"), "{failed}");
    harness.end();
}
