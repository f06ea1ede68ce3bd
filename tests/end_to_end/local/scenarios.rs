//! The scenarios of the playground and recordings, played without its page.

use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::running::Local;
use crate::command::run;

const LIBRARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/local/scenarios");

#[tokio::test]
async fn every_scenario_of_the_library_passes() {
    let files = std::fs::read_dir(LIBRARY).expect("the library");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    assert!(files.len() >= 10, "{files:?}");
    // Each has its own vendors and mostly waits, so they are played together.
    let mut playing = JoinSet::new();
    for file in files {
        playing.spawn(async move {
            let ended = run(&["replay", file.to_str().expect("UTF-8")], &[]).await;
            assert_eq!(ended.code, Some(0), "{}: {ended:?}", file.display());
        });
    }
    playing.join_all().await;
}

#[tokio::test]
async fn a_recording_can_be_replayed() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("story.json");
    let file = file.to_str().expect("UTF-8");
    let local = Local::start(&["--record", file]);
    local.accepted("customer", json!({ "contact": "ana", "act": "says", "text": "Hello" })).await;
    local.events(None, |event| event.is_line("delivered")).await;
    local.accepted("genesys", json!({ "fault": "unavailable" })).await;
    local.accepted("customer", json!({ "contact": "ana", "act": "says", "text": "Again" })).await;
    drop(local);
    let played = run(&["replay", file], &[]).await;
    assert_eq!(played.code, Some(0), "{played:?}");
    assert!(played.output.contains("All 3 steps passed"), "{played:?}");
}

#[tokio::test]
async fn a_step_that_fails_fails_the_replay() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("story.json");
    let path = file.to_str().expect("UTF-8").to_owned();
    let story = |act: serde_json::Value| {
        let step = json!({ "words": "a step", "act": act });
        json!({ "title": "A story", "steps": [step] }).to_string()
    };
    let ends = json!({ "by": "agent", "do": { "contact": "ana", "act": "end" } });
    std::fs::write(&file, story(ends)).expect("it is ours");
    let failed = run(&["replay", &path], &[]).await.bad(1);
    assert!(failed.contains("step 1") && failed.contains("not accepted"), "{failed}");
    std::fs::write(&file, story(json!({ "by": "nobody" }))).expect("it is ours");
    let failed = run(&["replay", &path], &[]).await.bad(2);
    assert!(failed.contains("read a scenario"), "{failed}");
}
