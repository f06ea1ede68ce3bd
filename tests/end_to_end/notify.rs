//! Notifications of `bridge serve`: each kind raised and cleared, repeated when it is not taken,
//! and holding nothing up.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};
use simulators::Endpoint;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

use crate::command::run;
use crate::harness::{Harness, SOON, Setup, fault, status};

/// A person's chat: it takes what is posted, or answers as it is told.
#[derive(Clone)]
struct Chat {
    address: String,
    posts: Arc<Mutex<Vec<Value>>>,
    /// The status of the next answers; `None` for no answer at all. Then 200.
    answers: Arc<Mutex<VecDeque<Option<u16>>>>,
}

impl Chat {
    async fn open(answers: &[Option<u16>]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let answers = Arc::new(Mutex::new(answers.iter().copied().collect()));
        let chat = Self { address, posts: Arc::default(), answers };
        let serves = chat.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serves.clone().serve(stream));
            }
        });
        chat
    }

    async fn serve(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        loop {
            let mut length = 0;
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).await.is_ok_and(|read| read == 0) {
                    return;
                }
                let line = line.trim().to_ascii_lowercase();
                if let Some(value) = line.strip_prefix("content-length: ") {
                    length = value.parse().expect("a length");
                }
                if line.is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.expect("a body");
            self.posts.lock().unwrap().push(serde_json::from_slice(&body).expect("JSON"));
            let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Some(200));
            let Some(status) = answer else { return std::future::pending().await };
            let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.expect("written");
        }
    }

    fn setup(&self) -> Setup {
        let url = format!("http://{}/hook?token=planted-token", self.address);
        Setup::new().file(move |config| config["notify"] = json!({ "url": url, "afterMinutes": 1 }))
    }

    /// Waits until this number of posts has come, and returns them.
    async fn heard(&self, harness: &Harness, count: usize) -> Vec<Value> {
        let deadline = Instant::now() + SOON;
        loop {
            let posts = self.posts.lock().unwrap().clone();
            if posts.len() >= count {
                assert_eq!(posts.len(), count, "{posts:?}");
                return posts;
            }
            if Instant::now() > deadline {
                harness.fail(&format!("{posts:?}"));
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// Lets what waits in the queue have waited for longer.
fn age_queue(harness: &Harness, minutes: i64) {
    let database =
        Connection::open(harness.data_directory().join("bridge.db")).expect("a database");
    database.busy_timeout(SOON).expect("set");
    let older = "UPDATE queue SET accepted_at = accepted_at - ?1";
    assert!(database.execute(older, [minutes * 60_000]).expect("changed") > 0);
}

async fn redrive(harness: &Harness) {
    let data = harness.data_directory();
    let data = data.to_str().expect("UTF-8");
    run(&["dead-letters", "redrive", "--all", "--data", data], &[]).await.good();
}

#[tokio::test]
async fn a_dead_letter_is_told_once_and_cleared_when_none_is_left() {
    let chat = Chat::open(&[]).await;
    let harness = chat.setup().start().await;
    for id in ["m-1", "m-2"] {
        harness.genesys.script(fault(Endpoint::Message, status(400)));
        harness.say("5215512345678", id, "a private word").await;
    }
    harness.heard("5215512345678", 2).await;
    let raised = chat.heard(&harness, 1).await.remove(0);
    assert_eq!(keys(&raised), ["text", "kind", "state", "integration", "since", "runbook"]);
    assert_eq!((&raised["kind"], &raised["state"]), (&json!("deadLetter"), &json!("raised")));
    assert_eq!(raised["integration"], "support");
    assert_eq!(raised["runbook"], "DeadLettersAlarm");
    assert!(raised["since"].as_str().is_some_and(|time| time.ends_with('Z')), "{raised}");
    assert!(raised["text"].as_str().is_some_and(|text| text.contains("dead letter")), "{raised}");
    assert!(!raised.to_string().contains("private") && !raised.to_string().contains("5512345678"));
    redrive(&harness).await;
    harness.accepted("5215512345678", 2).await;
    let cleared = chat.heard(&harness, 2).await.remove(1);
    assert_eq!((&cleared["kind"], &cleared["state"]), (&json!("deadLetter"), &json!("cleared")));
    assert_eq!((&cleared["since"], &cleared["runbook"]), (&raised["since"], &raised["runbook"]));
    assert!(!harness.process.log().contains("planted-token"));
    harness.end();
}

#[tokio::test]
async fn a_long_wait_is_told_and_cleared_also_by_the_next_process() {
    let chat = Chat::open(&[]).await;
    let mut harness = chat.setup().start().await;
    harness.genesys.set_down(true);
    harness.say("ana", "m-1", "Hello").await;
    harness.logged(&[("event.name", "retried")]).await;
    age_queue(&harness, 2);
    let raised = chat.heard(&harness, 1).await.remove(0);
    assert_eq!((&raised["kind"], &raised["state"]), (&json!("waiting"), &json!("raised")));
    assert_eq!(
        (&raised["integration"], &raised["runbook"]),
        (&json!("support"), &json!("InboundWaitingAlarm"))
    );
    harness.process.kill();
    harness.genesys.set_down(false);
    harness.restart().await;
    harness.accepted("ana", 1).await;
    let deadline = Instant::now() + SOON;
    let cleared = loop {
        let mut posts = chat.posts.lock().unwrap().clone();
        let last = posts.pop().expect("a post");
        // The process was killed before it had recorded the post, or after.
        assert!(posts.iter().all(|post| *post == raised), "{posts:?}");
        if last["state"] == "cleared" {
            break last;
        }
        if Instant::now() > deadline {
            harness.fail(&format!("{posts:?}"));
        }
        sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(cleared["kind"], "waiting");
    assert_eq!(cleared["since"], raised["since"]);
    harness.end();
}

#[tokio::test]
async fn a_configuration_that_is_not_valid_is_told_and_cleared() {
    let chat = Chat::open(&[]).await;
    let harness = chat.setup().start().await;
    let before = std::fs::read_to_string(harness.config_path()).expect("a file");
    harness.edit_config(|config| {
        config["integrations"][0]["lynn"]["webhookUrl"] = json!("ftp://planted-value")
    });
    let raised = chat.heard(&harness, 1).await.remove(0);
    assert_eq!((&raised["kind"], &raised["state"]), (&json!("configuration"), &json!("raised")));
    assert_eq!(
        (&raised["integration"], &raised["runbook"]),
        (&Value::Null, &json!("UnconfiguredAlarm"))
    );
    let text = raised["text"].as_str().expect("a text");
    assert!(text.contains("webhookUrl") && !text.contains("planted"), "{text}");
    std::fs::write(harness.config_path(), before).expect("a file");
    let cleared = chat.heard(&harness, 2).await.remove(1);
    assert_eq!((&cleared["kind"], &cleared["state"]), (&json!("configuration"), &json!("cleared")));
    harness.end();
}

#[tokio::test]
async fn a_post_that_is_not_taken_is_repeated_and_holds_nothing_up() {
    // The first post gets no answer, the second an error.
    let chat = Chat::open(&[None, Some(500)]).await;
    let harness = chat.setup().start().await;
    harness.genesys.script(fault(Endpoint::Message, status(400)));
    harness.say("ana", "m-1", "Hello").await;
    chat.heard(&harness, 1).await;
    harness.say("ben", "m-1", "Hello").await;
    harness.accepted("ben", 1).await;
    redrive(&harness).await;
    let posts = chat.heard(&harness, 4).await;
    assert_eq!((&posts[0], &posts[1]), (&posts[1], &posts[2]));
    assert_eq!((&posts[2]["state"], &posts[3]["state"]), (&json!("raised"), &json!("cleared")));
    harness.logged(&[("event.name", "not_notified")]).await;
    harness.end();
}
