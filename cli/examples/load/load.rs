//! Posts messages as Lynn and as Genesys.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;
use reqwest::Client;
use secrecy::SecretString;
use serde_json::json;
use shared::genesys::signature;

use crate::cell::Cell;
use crate::subject::{KEY, SECRET};
use crate::vendors::Vendors;

/// Posts the messages with these numbers over the cell's connections, each connection one message
/// after the other, until all are accepted.
pub async fn post(
    url: &str,
    cell: Cell,
    vendors: &Arc<Vendors>,
    (first, end): (usize, usize),
) -> anyhow::Result<()> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the load does not come from the product's own client"
    )]
    let builder = Client::builder();
    let client = builder.no_proxy().pool_max_idle_per_host(cell.connections).build();
    let client = client.context("prepare the client")?;
    let next = Arc::new(AtomicUsize::new(first));
    let senders: Vec<_> = (0..cell.connections)
        .map(|_| {
            let (client, url) = (client.clone(), url.to_owned());
            let (vendors, next) = (Arc::clone(vendors), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= end {
                        return anyhow::Ok(());
                    }
                    one(&client, &url, cell, &vendors, number).await?;
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await??;
    }
    Ok(())
}

async fn one(
    client: &Client,
    url: &str,
    cell: Cell,
    vendors: &Vendors,
    number: usize,
) -> anyhow::Result<()> {
    let contact = format!("contact-{}", number / 2 % cell.conversations);
    let request = if cell.way.is_inbound(number) {
        let body = json!({ "type": "message", "id": format!("m-{number}"), "contact": { "id": contact },
            "session": { "id": "s", "channel": "whatsapp" }, "text": "A message of a usual length, of some ninety characters, as people write them." });
        client.post(format!("{url}/lynn/load")).header("x-api-key", KEY).json(&body)
    } else {
        let body = json!({ "id": format!("g-{number}"), "type": "Text", "direction": "Outbound", "originatingEntity": "Human",
            "channel": { "id": "load", "platform": "Open", "type": "Private", "messageId": format!("g-{number}"),
                "to": { "id": contact, "idType": "Opaque" }, "from": { "id": "load" }, "time": "2026-03-04T05:06:09.427Z" },
            "text": "An answer of a usual length, of some ninety characters, as people write them." })
        .to_string();
        let secret = SecretString::from(SECRET.to_owned());
        let header = signature::sign(&secret, body.as_bytes());
        client.post(format!("{url}/genesys/load")).header(signature::HEADER, header).body(body)
    };
    vendors.posted(number);
    let status = request.send().await?.status();
    anyhow::ensure!(status.is_success(), "the answer was {status}");
    Ok(())
}
