//! Measures `bridge serve` end to end:
//!
//! `cargo run --release --example load -- [MESSAGES] [CONVERSATIONS]`
//!
//! Posts messages from both sides at once to the real program, with vendors that answer at once,
//! and prints throughput, latency, CPU time per message and memory. The bridge is the release build
//! of the same workspace, with its data on disk.

#[path = "../../../tests/listening/mod.rs"]
mod listening;
mod process;
mod vendors;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use process::Bridge;
use secrecy::SecretString;
use serde_json::json;
use shared::genesys::signature;
use vendors::Vendors;

const KEY: &str = "load-key";
const SECRET: &str = "load-webhook-secret";
const CONNECTIONS: usize = 64;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<usize>());
    let messages = arguments.next().transpose().context("MESSAGES is a number")?.unwrap_or(20_000);
    let conversations =
        arguments.next().transpose().context("CONVERSATIONS is a number")?.unwrap_or(2_000);
    let vendors = Vendors::start().await?;
    let bridge = Bridge::start(&vendors.base(), KEY, SECRET).await?;
    let before = bridge.usage()?;
    let began = Instant::now();
    let sent = Arc::new(AtomicUsize::new(0));
    let client = client()?;
    let senders: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            tokio::spawn(send(
                client.clone(),
                bridge.url(),
                Arc::clone(&sent),
                messages,
                conversations,
            ))
        })
        .collect();
    for sender in senders {
        sender.await??;
    }
    let accepted = began.elapsed();
    while vendors.seen() < 2 * messages {
        anyhow::ensure!(
            began.elapsed() < Duration::from_secs(300),
            "only {} of {} arrived",
            vendors.seen(),
            2 * messages
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let elapsed = began.elapsed();
    let after = bridge.usage()?;
    let total = (2 * messages) as f64;
    println!(
        "{messages} messages each way, {conversations} conversations, {CONNECTIONS} connections"
    );
    println!("accepted   {:8.0} messages/s", total / accepted.as_secs_f64());
    println!("delivered  {:8.0} messages/s", total / elapsed.as_secs_f64());
    println!(
        "CPU        {:8.1} µs a message (the bridge's own)",
        (after.cpu - before.cpu).as_secs_f64() * 1e6 / total
    );
    println!("memory     {:8.1} MB at most", after.peak_bytes as f64 / 1e6);
    Ok(())
}

fn client() -> anyhow::Result<reqwest::Client> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the load does not come from the product's own client"
    )]
    let builder = reqwest::Client::builder();
    builder.no_proxy().pool_max_idle_per_host(CONNECTIONS).build().context("prepare the client")
}

/// Posts, in turn, as Lynn and as Genesys.
async fn send(
    client: reqwest::Client,
    url: String,
    sent: Arc<AtomicUsize>,
    messages: usize,
    conversations: usize,
) -> anyhow::Result<()> {
    let secret = SecretString::from(SECRET.to_owned());
    loop {
        let number = sent.fetch_add(1, Ordering::Relaxed);
        if number >= 2 * messages {
            return Ok(());
        }
        let contact = format!("contact-{}", number / 2 % conversations);
        let request = if number.is_multiple_of(2) {
            let body = json!({ "type": "message", "id": format!("m-{number}"), "contact": { "id": contact },
                "session": { "id": "s", "channel": "whatsapp" }, "text": "A message of a usual length, of some ninety characters, as people write them." });
            client.post(format!("{url}/lynn/load")).header("x-api-key", KEY).json(&body)
        } else {
            let body = json!({ "id": format!("g-{number}"), "type": "Text", "direction": "Outbound", "originatingEntity": "Human",
                "channel": { "id": "load", "platform": "Open", "type": "Private", "messageId": format!("g-{number}"),
                    "to": { "id": contact, "idType": "Opaque" }, "from": { "id": "load" }, "time": "2026-03-04T05:06:09.427Z" },
                "text": "An answer of a usual length, of some ninety characters, as people write them." })
            .to_string();
            let header = signature::sign(&secret, body.as_bytes());
            client.post(format!("{url}/genesys/load")).header(signature::HEADER, header).body(body)
        };
        let status = request.send().await?.status();
        anyhow::ensure!(status.is_success(), "the bridge answered {status}");
    }
}
