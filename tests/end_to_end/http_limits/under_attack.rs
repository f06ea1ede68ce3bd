//! An attacker holds more connections than there are slots: honest clients are served as usual, in
//! both directions.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use super::attack::{Attack, Harm};
use super::raw::{head, post, socket};
use super::readers::large_copy;
use crate::harness::{Harness, SOON};
use crate::media::{relaying, start};

/// The limit of open files: 256 for the program itself and two for each connection, which gives 64
/// slots.
const FILES: u32 = 384;
/// More connections than slots.
const CONNECTIONS: usize = 100;
/// The longest time that an honest client waits.
const AT_ONCE: Duration = Duration::from_secs(1);

/// `copy` is the path of a link to a large file.
fn harms(copy: &str) -> Vec<Harm> {
    let harm =
        |name, opening: Vec<u8>, drip: &str| Harm { name, opening, drip: drip.into(), reads: true };
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: b\r\n\r\n");
    let never_reads =
        |name, opening: String| Harm { reads: false, ..harm(name, opening.into(), "") };
    let chunked = head("transfer-encoding: chunked\r\n").into_bytes();
    let deep = format!("{{\"type\":{}", "[".repeat(200_000));
    vec![
        harm("says nothing", Vec::new(), ""),
        harm("dribbles its head", b"POST /lynn/support HTTP/1.1\r\n".to_vec(), "a: b\r\n"),
        harm("dribbles its body", head("content-length: 200000\r\n").into_bytes(), "x"),
        harm("never ends its body", chunked, "1\r\nx\r\n"),
        harm("keeps an idle connection", b"GET /health HTTP/1.1\r\nhost: b\r\n\r\n".to_vec(), ""),
        harm("sends the deepest JSON", post(&deep), "GET /"),
        harm("has a wrong key", b"POST /lynn/support HTTP/1.1\r\nhost: b\r\nx-api-key: no\r\ncontent-length: 2\r\n\r\n{}".to_vec(), "GET /health HTTP/1.1\r\nhost: b\r\n\r\n"),
        harm("breaks the rules of HTTP", b"\0\xff\r\n\r\n".to_vec(), "\r\n"),
        never_reads("reads nothing of a file", get(copy)),
        never_reads("reads none of many answers", get("/health").repeat(20_000)),
        never_reads("reads nothing of many files", get(copy).repeat(100)),
    ]
}

#[tokio::test]
async fn an_honest_client_is_served_at_once_during_any_attack() {
    let mut harness = start(relaying()).await;
    let (copy, size) = large_copy(&harness).await;
    harness.process.kill();
    harness.restart_with_files(FILES).await;
    for (number, harm) in harms(&copy).into_iter().enumerate() {
        let name = harm.name;
        let attack = Attack::begin(socket(&harness), CONNECTIONS, harm);
        let deadline = Instant::now() + SOON;
        while attack.opened() < CONNECTIONS {
            assert!(Instant::now() < deadline, "{name}: only {} connections", attack.opened());
            sleep(Duration::from_millis(10)).await;
        }
        let contact = format!("customer-{number}");
        let mut waited = Vec::new();
        for message in 0..7 {
            let began = Instant::now();
            harness.say(&contact, &format!("m-{number}-{message}"), "Is anybody there?").await;
            waited.push(began.elapsed());
        }
        waited.sort();
        assert!(waited[3] < AT_ONCE, "{name}: {waited:?}");
        harness.agent(&contact, "I am here.").await;
        assert_eq!(fetched_from_elsewhere(&harness, &copy).await, size, "{name}");
        let open = harness.process.open_files().len();
        assert!(open < usize::try_from(FILES).expect("few"), "{name}: {open} open files");
        drop(attack);
        harness.accepted(&contact, 7).await;
        harness.heard(&contact, 1).await;
    }
    harness.end();
}

/// The size of a file that a client fetches from another address than the attacker's.
async fn fetched_from_elsewhere(harness: &Harness, path: &str) -> usize {
    #[expect(clippy::disallowed_methods, reason = "a caller with a link")]
    let client = reqwest::Client::builder().no_proxy().local_address(IpAddr::from([127, 0, 0, 2]));
    let client = client.timeout(SOON).build().expect("a client");
    let answer = client.get(format!("{}{path}", harness.address)).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    answer.bytes().await.expect("the whole file").len()
}

/// Every refusal is short, whatever the request contained.
#[tokio::test]
async fn a_body_cannot_make_the_bridge_talk_without_end() {
    let harness = Harness::start().await;
    let wrong = vec![json!(1); 100_000];
    let event =
        json!({ "type": "message", "id": "m-1", "contact": { "id": "ana" }, "attachments": wrong });
    let deep = format!("{{\"a\":{}", "[".repeat(250_000));
    for body in [event.to_string(), deep, "{\"a\":".repeat(50_000)] {
        let began = Instant::now();
        let request = harness.request(reqwest::Method::POST, "/lynn/support");
        let request = request.header("x-api-key", crate::harness::KEY).body(body);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 400);
        assert!(answer.bytes().await.expect("a body").len() < 16 * 1024);
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
    harness.end();
}

/// Every authentic webhook is accepted, and one that is too deeply nested to read does not affect
/// others.
#[tokio::test]
async fn the_deepest_webhook_is_taken_and_the_next_one_delivered() {
    let harness = Harness::start().await;
    harness.say("ana", "m-1", "Is anybody there?").await;
    harness.accepted("ana", 1).await;
    let deep = format!("{{\"id\":\"deep\",\"type\":\"Text\",\"content\":{}", "[".repeat(900_000));
    let deep_objects = format!("{{\"id\":\"deep\",\"metadata\":{}", "{\"a\":".repeat(150_000));
    let closed =
        format!("{{\"id\":\"deep\",\"more\":{}{}}}", "[".repeat(400_000), "]".repeat(400_000));
    for body in [deep, deep_objects, closed] {
        crate::harness::taken(harness.genesys.deliver_raw(body.into_bytes()).await);
    }
    harness.agent("ana", "I am here.").await;
    harness.heard("ana", 1).await;
    harness.end();
}
