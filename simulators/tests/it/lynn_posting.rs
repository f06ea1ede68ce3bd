//! The posts of the fake Lynn to the bridge.

use serde_json::json;
use simulators::{LynnOptions, LynnSimulator};

use crate::support::{Receiver, hmac_base64};

#[tokio::test]
async fn a_post_is_authenticated_and_tried_again_on_503() {
    let receiver = Receiver::start(&[503, 503, 202]).await;
    let options = LynnOptions {
        bridge_url: Some(receiver.url.clone()),
        inbound_key: Some("k".to_owned()),
        inbound_signing_secret: Some("whsec_c2lnbmluZy1rZXktb2YtdGhlLXRlc3Q=".to_owned()),
        ..LynnOptions::default()
    };
    let lynn = LynnSimulator::start(options).await.expect("a simulator");
    let result = lynn.customer_says("x", "m-1", "I need an agent").await;
    assert_eq!((result.status, result.attempts), (202, 3));
    let received = receiver.take();
    let first = &received[0];
    assert_eq!(first.header("x-api-key"), Some("k"));
    let (id, timestamp) = (
        first.header("webhook-id").expect("an id"),
        first.header("webhook-timestamp").expect("a time"),
    );
    let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", &first.body].concat();
    let expected = format!("v1,{}", hmac_base64(b"signing-key-of-the-test", &signed));
    assert_eq!(first.header("webhook-signature"), Some(expected.as_str()));
    assert!(received.iter().all(|again| again.header("webhook-id") == Some(id)));
    let body = first.json();
    assert_eq!(
        (&body["type"], &body["id"], &body["contact"]["id"]),
        (&json!("message"), &json!("m-1"), &json!("x"))
    );
    assert_eq!(lynn.transcript().len(), 1);
}

#[tokio::test]
async fn it_gives_up_after_some_attempts_and_never_repeats_a_refusal() {
    for (status, attempts) in [(503, 2), (400, 1)] {
        let receiver = Receiver::start(&[status]).await;
        let options = LynnOptions {
            bridge_url: Some(receiver.url.clone()),
            post_attempts: 2,
            ..LynnOptions::default()
        };
        let lynn = LynnSimulator::start(options).await.expect("a simulator");
        let result = lynn.post(json!({})).await;
        assert_eq!((result.status, result.attempts), (status, attempts));
    }
}

#[tokio::test]
async fn a_conversation_is_asked_for_by_its_contact() {
    let receiver = Receiver::start(&[200]).await;
    let lynn = LynnSimulator::start(LynnOptions::default()).await.expect("a simulator");
    assert_eq!(lynn.get_conversation("a b/c").await.status, 0);
    lynn.set_bridge_url(receiver.url.clone());
    assert_eq!(lynn.get_conversation("a b/c").await.status, 200);
    assert!(receiver.take()[0].head.starts_with("GET /hook/conversations/a%20b%2Fc HTTP/1.1"));
}
