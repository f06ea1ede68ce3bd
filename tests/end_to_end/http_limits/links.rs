//! Links in messages: the bridge passes them on, and never follows one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::net::TcpListener;

use crate::harness::{Harness, taken};

/// A server that counts the connections to it.
async fn canary() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let calls = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&calls);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counting.fetch_add(1, Ordering::SeqCst);
        }
    });
    (format!("http://{address}"), calls)
}

#[tokio::test]
async fn no_link_in_a_message_is_followed() {
    let harness = Harness::start().await;
    let (canary, calls) = canary().await;
    let link = |name: &str| format!("{canary}/{name}.png");
    let html =
        format!("<img src=\"{}\"><a href=\"{}\">look</a> {}", link("a"), link("b"), link("c"));
    harness
        .post(json!({
            "type": "message", "id": "m-1", "text": html,
            "contact": { "id": "ana", "imageUrl": link("d") },
            "session": { "id": "s-1", "channel": link("e") },
            "attachments": [ { "url": link("f"), "mime": "image/png" }, { "url": link("g"), "mediaType": "video" },
                { "url": link("file"), "mediaType": "link", "filename": link("name"), "caption": link("caption") } ],
            "attributes": { "link": link("h") }, "history": [ { "author": "bot", "text": link("i") } ],
        }))
        .await;
    harness.accepted("ana", 5).await;
    let card = json!({ "title": "A card", "image": link("j"), "video": link("k"),
        "defaultAction": { "type": "Link", "url": link("l") }, "actions": [ { "type": "Link", "text": "t", "url": link("m") } ] });
    let content = json!([
        { "contentType": "Attachment", "attachment": { "mediaType": "Image", "url": link("n"), "mime": "image/png" } },
        { "contentType": "QuickReply", "quickReply": { "text": "t", "payload": "p", "image": link("o") } },
        { "contentType": "Card", "card": card }, { "contentType": "Carousel", "carousel": { "cards": [card, card] } },
        { "contentType": "DatePicker", "datePicker": { "title": "When?", "imageUrl": link("p"), "location": { "url": link("q") } } },
        { "contentType": "Hologram", "url": link("r"), "callbackUrl": link("s") },
        { "contentType": "Story", "story": { "type": "Mention", "url": link("story") } },
        { "contentType": "Location", "location": { "url": link("place"), "address": link("address") } },
        { "contentType": "Notification", "template": {
            "header": { "type": "Media", "media": { "mediaType": "Image", "url": link("header") }, "parameters": [] },
            "body": { "text": link("body"), "parameters": [ { "name": "1", "text": link("parameter") } ] },
            "buttons": [ { "type": "Url", "url": link("button"), "content": link("content"), "parameters": [] } ] } },
    ]);
    let sent = taken(harness.genesys.bot_sends("ana", Some(&link("t")), content).await);
    let heard = harness.heard("ana", 1).await;
    assert_eq!(heard[0]["attachments"][0]["url"], link("n"), "the link itself arrives");
    // Links in the fields around a message, in a receipt, and in a workflow's event.
    let channel = json!({ "id": harness.genesys.options().integration_id, "platform": "Open", "type": "Private",
        "from": { "id": link("u"), "idType": "Opaque", "image": link("v") }, "to": { "id": "ana", "idType": "Opaque", "image": link("w") },
        "metadata": { "customAttributes": { "link": link("x") } } });
    for around in [
        json!({ "id": "g-x", "type": "Text", "direction": "Outbound", "text": "Look", "channel": channel,
            "callbackUrl": link("y"), "selfUri": link("z"), "metadata": { "url": link("metadata") } }),
        json!({ "id": "g-y", "type": "Receipt", "direction": "Outbound", "status": "Failed", "channel": channel,
            "isFinalReceipt": true, "reasons": [ { "code": "GeneralError", "message": link("reason") } ] }),
        json!({ "id": "g-z", "type": "Event", "direction": "Outbound", "channel": channel, "url": link("unknown"),
            "events": [ { "eventType": "Presence", "presence": { "type": link("presence") } } ] }),
    ] {
        taken(harness.genesys.deliver_raw(around.to_string().into_bytes()).await);
    }
    harness
        .post(json!({ "type": "receipt", "id": "r-1", "contact": { "id": "ana", "imageUrl": link("picture") },
            "messageId": sent, "status": "failed", "reason": { "code": "e", "message": link("why") } }))
        .await;
    harness.heard("ana", 2).await;
    // All earlier work is finished: a later message has gone both ways.
    harness.say("ana", "m-2", "Did you look?").await;
    harness.accepted("ana", 6).await;
    harness.agent("ana", "Nobody did.").await;
    harness.heard("ana", 3).await;
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    harness.end();
}
