//! The webhook of the fake Lynn, its authentication, its checks and its faults.

use std::time::Duration;

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use simulators::{LynnAuthentication, LynnFault, LynnOptions, LynnSimulator};

use crate::support::{client, hmac_base64, read};

const SECRET: &str = "whsec_c2lnbmluZy1rZXktb2YtdGhlLXRlc3Q=";
const KEY: &[u8] = b"signing-key-of-the-test";

fn event(contact: &str, id: &str, sequence: u64) -> Value {
    json!({
        "type": "message", "id": id, "time": "2026-11-22T10:00:00.000Z", "sequence": sequence, "integration": "support",
        "conversationId": null,
        "contact": { "id": contact, "idType": "phone" },
        "session": { "id": "3f0c", "channel": "whatsapp", "active": true },
        "author": "agent", "agent": null, "text": "Hi", "fallbackText": "Hi", "attachments": [], "quickReplies": [], "cards": [],
        "datePicker": null, "template": null, "unsupported": []
    })
}

fn post(lynn: &LynnSimulator, webhook_id: &str, event: &Value) -> RequestBuilder {
    client().post(lynn.webhook_url()).header("webhook-id", webhook_id).json(event)
}

async fn status(request: RequestBuilder) -> u16 {
    read(request).await.0
}

async fn start(options: LynnOptions) -> LynnSimulator {
    LynnSimulator::start(options).await.expect("a simulator")
}

#[tokio::test]
async fn an_event_is_accepted_once() {
    let lynn = start(LynnOptions::default()).await;
    assert_eq!(status(post(&lynn, "w-1", &event("x", "g-1", 1))).await, 200);
    assert_eq!(status(post(&lynn, "w-1", &event("x", "g-1", 1))).await, 200);
    assert_eq!(status(post(&lynn, "w-2", &event("x", "g-2", 2))).await, 200);
    assert_eq!(status(post(&lynn, "w-1", &event("y", "g-1", 1))).await, 200);
    assert_eq!(lynn.events().len(), 3);
    assert_eq!(lynn.messages_for("x").len(), 2);
    assert_eq!(lynn.duplicates(), 1);
    assert_eq!(lynn.attempts().len(), 4);
    assert_eq!(lynn.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn gaps_and_second_identities_are_violations() {
    let lynn = start(LynnOptions::default()).await;
    assert_eq!(status(post(&lynn, "w-1", &event("x", "g-1", 1))).await, 200);
    assert_eq!(status(post(&lynn, "w-2", &event("x", "g-2", 3))).await, 200);
    assert_eq!(lynn.violations().len(), 1);
    assert_eq!(status(post(&lynn, "w-3", &event("x", "g-1", 4))).await, 200);
    assert_eq!(lynn.violations().len(), 2, "the same message under another webhook-id");
    assert_eq!(status(post(&lynn, "w-3", &event("x", "g-1", 5))).await, 200);
    assert_eq!(lynn.violations().len(), 3, "a repeat with another sequence");
}

#[tokio::test]
async fn a_wrong_shape_is_refused() {
    let lynn = start(LynnOptions::default()).await;
    let mut unknown = event("x", "g-1", 1);
    unknown["type"] = json!("presence");
    assert_eq!(status(post(&lynn, "w-1", &unknown)).await, 400);
    let not_json = client().post(lynn.webhook_url()).body(event("x", "g-1", 1).to_string());
    assert_eq!(status(not_json).await, 415);
    assert_eq!(lynn.violations().len(), 2);
    assert!(lynn.events().is_empty());
}

#[tokio::test]
async fn a_signature_must_fit_and_be_fresh() {
    let lynn =
        start(LynnOptions { signing_secret: Some(SECRET.to_owned()), ..LynnOptions::default() })
            .await;
    let body = event("x", "g-1", 1);
    let bytes = body.to_string();
    let now: i64 = time::OffsetDateTime::now_utc().unix_timestamp();
    let signed = |timestamp: i64, key: &[u8]| {
        let signature = hmac_base64(key, format!("w-1.{timestamp}.{bytes}").as_bytes());
        post(&lynn, "w-1", &body)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", format!("v1,AAAA v1,{signature}"))
    };
    assert_eq!(status(post(&lynn, "w-1", &body)).await, 401);
    assert_eq!(status(signed(now, b"another key")).await, 401);
    assert_eq!(status(signed(now - 600, KEY)).await, 401);
    assert_eq!(lynn.violations().len(), 3);
    assert_eq!(status(signed(now, KEY)).await, 200);
    assert_eq!(lynn.events().len(), 1);
    let bad = LynnOptions { signing_secret: Some("plain".to_owned()), ..LynnOptions::default() };
    assert!(LynnSimulator::start(bad).await.is_err());
}

#[tokio::test]
async fn each_authentication_is_checked() {
    let header =
        LynnAuthentication::Header { name: "x-lynn-key".to_owned(), value: "v".to_owned() };
    let basic = LynnAuthentication::Basic { username: "u".to_owned(), password: "p".to_owned() };
    type Credential = fn(RequestBuilder) -> RequestBuilder;
    let cases: [(LynnAuthentication, Credential); 3] = [
        (LynnAuthentication::Bearer("t".to_owned()), |request| request.bearer_auth("t")),
        (header, |request| request.header("x-lynn-key", "v")),
        (basic, |request| request.basic_auth("u", Some("p"))),
    ];
    for (auth, credential) in cases {
        let lynn = start(LynnOptions { auth, ..LynnOptions::default() }).await;
        assert_eq!(status(post(&lynn, "w-1", &event("x", "g-1", 1))).await, 401);
        assert_eq!(status(credential(post(&lynn, "w-1", &event("x", "g-1", 1)))).await, 200);
        assert_eq!(lynn.violations().len(), 1);
    }
}

#[tokio::test]
async fn a_token_is_exchanged_and_can_be_revoked() {
    let auth = LynnAuthentication::Token {
        access_token: "a".to_owned(),
        access_token_secret: "s".to_owned(),
        tenant: "12".to_owned(),
    };
    let lynn = start(LynnOptions { auth, ..LynnOptions::default() }).await;
    let create = |secret: &str| {
        let body = json!({ "accessToken": "a", "accessTokenSecret": secret, "tenant": 12 });
        read(client().post(format!("{}/api/LynnService/CreateToken", lynn.base_url())).json(&body))
    };
    assert_eq!(create("wrong").await, (401, Value::Null));
    let (answered, body) = create("s").await;
    assert_eq!(answered, 200);
    let token = body["token"].as_str().expect("a token").to_owned();
    assert_eq!(status(post(&lynn, "w-1", &event("x", "g-1", 1)).bearer_auth(&token)).await, 200);
    lynn.script(LynnFault::TokensRevoked);
    assert_eq!(status(post(&lynn, "w-2", &event("x", "g-2", 2)).bearer_auth(&token)).await, 401);
    assert_eq!(lynn.logins(), 1);
    assert_eq!(lynn.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn faults_are_met_in_order() {
    let lynn = start(LynnOptions::default()).await;
    lynn.script(LynnFault::Status { code: 503, retry_after: Some(3) });
    lynn.script(LynnFault::DropConnectionBefore);
    lynn.script(LynnFault::AcceptThenDrop);
    lynn.script(LynnFault::AcceptThenHang(Duration::from_secs(60)));
    let first = event("x", "g-1", 1);
    let answer = post(&lynn, "w-1", &first).send().await.expect("an answer");
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["retry-after"].as_bytes()),
        (503, b"3".as_slice())
    );
    assert!(post(&lynn, "w-1", &first).send().await.is_err());
    assert_eq!(lynn.events().len(), 0);
    assert!(post(&lynn, "w-1", &first).send().await.is_err());
    assert_eq!(lynn.events().len(), 1);
    let hung = post(&lynn, "w-2", &event("x", "g-2", 2)).timeout(Duration::from_millis(300));
    assert!(hung.send().await.expect_err("no answer in time").is_timeout());
    assert_eq!(lynn.events().len(), 2);
    assert_eq!(status(post(&lynn, "w-2", &event("x", "g-2", 2))).await, 200);
    assert_eq!(lynn.duplicates(), 1);
    lynn.set_down(true);
    assert_eq!(status(post(&lynn, "w-3", &event("x", "g-3", 3))).await, 503);
}

#[tokio::test]
async fn a_session_that_is_over_takes_only_events_that_know_it() {
    let lynn = start(LynnOptions::default()).await;
    lynn.set_session_over("x", true);
    let mut first = event("x", "g-1", 1);
    assert_eq!(status(post(&lynn, "w-1", &first)).await, 410);
    first["session"]["active"] = json!(false);
    assert_eq!(status(post(&lynn, "w-1", &first)).await, 200);
    assert_eq!(lynn.events(), [first]);

    lynn.set_session_over("x", false);
    lynn.script(LynnFault::SessionEnded);
    let mut second = event("x", "g-2", 2);
    assert_eq!(read(post(&lynn, "w-2", &second)).await, (200, json!({ "session": "ended" })));
    second["session"]["active"] = json!(false);
    assert_eq!(status(post(&lynn, "w-2", &second)).await, 200);
    assert_eq!(lynn.events_for("x")[1], second);
    assert_eq!((lynn.events().len(), lynn.duplicates()), (2, 0));
    assert_eq!(lynn.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn one_contact_can_be_refused_for_good() {
    let lynn = start(LynnOptions::default()).await;
    lynn.refuse_with("x", 422);
    assert_eq!(status(post(&lynn, "w-1", &event("x", "g-1", 1))).await, 422);
    assert_eq!(status(post(&lynn, "w-2", &event("y", "g-2", 1))).await, 200);
    lynn.stop_refusing("x");
    assert_eq!(status(post(&lynn, "w-1", &event("x", "g-1", 1))).await, 200);
}

#[tokio::test]
async fn a_campaign_takes_each_message_once() {
    let lynn = start(LynnOptions::default()).await;
    let campaign = json!({
        "campaignId": "c", "contactId": "x", "lynnContactId": null, "channel": "whatsapp", "text": "Hi",
        "attachments": [], "message": event("x", "g-1", 1)
    });
    let send = || status(client().post(lynn.proactive_url()).json(&campaign));
    lynn.script_proactive(LynnFault::Status { code: 500, retry_after: None });
    assert_eq!((send().await, send().await, send().await), (500, 200, 200));
    assert_eq!((lynn.proactive().len(), lynn.duplicates()), (1, 1));
    assert_eq!(status(client().post(lynn.proactive_url()).json(&json!({}))).await, 400);
    assert!(!lynn.violations().is_empty());
}

fn ended(contact: &str, sequence: u64, time: &str) -> Value {
    json!({
        "type": "conversation.ended", "id": format!("e-{sequence}"), "time": time, "sequence": sequence,
        "integration": "support", "conversationId": "c-1",
        "contact": { "id": contact, "idType": "phone" },
        "session": { "id": "3f0c", "channel": "whatsapp", "active": true },
        "reason": "agent", "resumableUntil": "2026-11-25T10:00:00.000Z"
    })
}

#[tokio::test]
async fn a_conversation_that_ends_twice_in_a_row_is_a_violation() {
    let lynn = start(LynnOptions::default()).await;
    let take = async |sequence: u64, event: Value| {
        let webhook_id = format!("w-{sequence}");
        assert_eq!(status(post(&lynn, &webhook_id, &event)).await, 200);
        lynn.violations().len()
    };
    let end = |sequence: u64| ended("x", sequence, &format!("2026-11-22T10:00:{sequence:02}.000Z"));
    assert_eq!(take(1, end(1)).await, 0);
    assert_eq!(take(1, end(1)).await, 0, "the same post again");
    assert_eq!(take(2, event("x", "g-1", 2)).await, 0, "a message that comes late");
    assert_eq!(take(3, end(3)).await, 0);
    lynn.customer_says("x", "m-1", "One more thing").await;
    assert_eq!(take(4, end(4)).await, 0);
    lynn.customer_says("y", "m-1", "Somebody else").await;
    assert_eq!(take(5, end(5)).await, 1);
    assert_eq!(lynn.events_of_type("x", "conversation.ended").len(), 4);
    assert_eq!(lynn.events_of_type("x", "message").len(), 1);
    assert!(lynn.events_of_type("y", "message").is_empty());
}

#[tokio::test]
async fn a_conversation_resumable_until_before_its_end_is_a_violation() {
    let lynn = start(LynnOptions::default()).await;
    let late = ended("x", 1, "2026-11-25T10:00:00.001Z");
    assert_eq!(status(post(&lynn, "w-1", &late)).await, 200);
    assert_eq!(lynn.violations().len(), 1);
    assert_eq!(lynn.events(), [late]);
}
