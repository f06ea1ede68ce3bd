//! Supported content, messaging settings and Open Messaging integrations, and the messages through
//! an integration.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::{Completion, GenesysOptions, ObjectKind};

use crate::administration::{
    Administrator, INTEGRATIONS, SECRET, assert_missing, empty, id, integration_body,
};
use crate::support::{Receiver, hmac_base64, message, quiet};

const SOURCES: &str = "/externalcontacts/externalsources";
const CONTENT: &str = "/conversations/messaging/supportedcontent";
const SETTINGS: &str = "/conversations/messaging/settings";

fn loopback() -> GenesysOptions {
    GenesysOptions { loopback_webhooks: true, ..empty() }
}

fn typing(name: &str, inbound: &str, outbound: &str) -> Value {
    let on = json!({ "inbound": inbound, "outbound": outbound });
    json!({ "name": name, "event": { "typing": { "on": on } } })
}

#[tokio::test]
async fn supported_content_is_made_changed_and_deleted() {
    let admin = Administrator::start().await;
    let types = json!({ "allow": { "inbound": [{ "type": "image/*" }], "outbound": [] } });
    let made = admin.create(CONTENT, &json!({ "name": "lynn", "mediaTypes": types })).await;
    admin.create(CONTENT, &json!({ "name": "lynn" })).await;
    let path = format!("{CONTENT}/{}", id(&made));
    let (status, changed) = admin.patch(&path, &json!({ "name": "lynn 2" })).await;
    assert_eq!((status, &changed["name"], &changed["mediaTypes"]), (200, &json!("lynn 2"), &types));
    let wrong = json!({ "allow": { "inbound": [{ "type": "image" }] } });
    assert_eq!(admin.post(CONTENT, &json!({ "name": "x", "mediaTypes": wrong })).await.0, 400);
    let default = format!("{CONTENT}/default");
    assert_eq!(admin.call("GET", &default, None).await.0, 404);
    assert_eq!(admin.put(&default, &json!({ "id": id(&made) })).await.0, 200);
    assert_eq!(admin.get(&default).await["id"], made["id"]);
    assert_eq!(admin.delete(&path).await, 204);
    assert_eq!(admin.call("GET", &default, None).await.0, 404);
    assert_eq!(admin.get(CONTENT).await["total"], 1);
}

#[tokio::test]
async fn settings_are_made_changed_and_deleted() {
    let admin = Administrator::start().await;
    let made = admin.create(SETTINGS, &typing("lynn", "Enabled", "Enabled")).await;
    let path = format!("{SETTINGS}/{}", id(&made));
    assert_eq!(admin.post(SETTINGS, &typing("lynn", "Enabled", "Enabled")).await.0, 409);
    assert_eq!(admin.post(SETTINGS, &typing("x", "On", "Enabled")).await.0, 400);
    let plain = admin.create(SETTINGS, &json!({ "name": "plain" })).await;
    assert_eq!(plain["event"]["typing"]["on"]["inbound"], "Disabled");
    let default = format!("{SETTINGS}/default");
    assert_eq!(admin.put(&default, &json!({ "settingId": id(&made) })).await.0, 200);
    assert_eq!(admin.get(&default).await["name"], "lynn");
    assert_eq!(admin.delete(&default).await, 204);
    assert_eq!(admin.call("GET", &default, None).await.0, 404);
    let mut read_back = admin.get(&path).await;
    read_back["event"]["typing"]["on"]["inbound"] = json!("Disabled");
    let (status, changed) = admin.patch(&path, &read_back).await;
    assert_eq!((status, &changed["event"]), (200, &read_back["event"]));
    assert_eq!(admin.delete(&path).await, 204);
    assert_eq!(admin.delete(&path).await, 404);
}

#[tokio::test]
async fn an_integration_is_created_in_its_own_time() {
    let admin = Administrator::start().await;
    let made =
        admin.create(INTEGRATIONS, &integration_body("lynn", "https://hook.example.com/x")).await;
    let integration = id(&made);
    assert_eq!((&made["createStatus"], made.get("recipient")), (&json!("Initiated"), None));
    let inbound = format!("/conversations/messages/{integration}/inbound/open/message");
    assert_eq!(admin.post(&inbound, &message("x", "m-1", 1)).await.0, 404);
    let path = format!("{INTEGRATIONS}/{integration}");
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(admin.get(&path).await["createStatus"].as_str().expect("text").to_owned());
    }
    assert_eq!(seen, ["Initiated", "Initiated", "Completed", "Completed"]);
    let recipient = admin.get(&path).await["recipient"]["id"].clone();
    assert!(recipient.is_string() && recipient != json!(integration));
    assert_eq!(admin.simulator.objects(ObjectKind::Recipient)[0]["id"], recipient);
    assert_eq!(admin.post(&inbound, &message("x", "m-1", 1)).await.0, 200);
    assert_eq!(admin.delete(&path).await, 204);
    assert_eq!(admin.simulator.objects(ObjectKind::Recipient), Vec::<Value>::new());
    assert_eq!(admin.post(&inbound, &message("x", "m-2", 2)).await.0, 404);
}

#[tokio::test]
async fn a_creation_may_take_time_or_fail() {
    let slow = Completion::After(Duration::from_secs(3600));
    let admin =
        Administrator::start_with(GenesysOptions { asynchronous_work: slow, ..empty() }).await;
    let body = integration_body("lynn", "https://hook.example.com/x");
    let made = admin.create(INTEGRATIONS, &body).await;
    let path = format!("{INTEGRATIONS}/{}", id(&made));
    for _ in 0..5 {
        assert_eq!(admin.get(&path).await["createStatus"], "Initiated");
    }

    let admin = Administrator::start().await;
    admin.simulator.fail_next_integration("no capacity");
    let made = admin.create(INTEGRATIONS, &body).await;
    let failed = admin.settled(&id(&made)).await;
    assert_eq!(
        (&failed["createStatus"], &failed["createError"]["message"], failed.get("recipient")),
        (&json!("Error"), &json!("no capacity"), None)
    );
    let again = admin.create(INTEGRATIONS, &body).await;
    assert_eq!(admin.settled(&id(&again)).await["createStatus"], "Completed");
    assert_eq!(admin.get(INTEGRATIONS).await["total"], 2, "names may repeat");
}

#[tokio::test]
async fn an_integration_needs_a_public_webhook_and_a_long_secret() {
    let admin = Administrator::start().await;
    let loopback = Administrator::start_with(loopback()).await;
    for (url, is_public, is_loopback) in [
        ("https://hook.example.com/x", true, false),
        ("https://hook.example.com:443/x", true, false),
        ("https://hook.example.com:8443/x", false, false),
        ("http://hook.example.com/x", false, false),
        ("http://127.0.0.1:9/x", false, true),
        ("https://localhost/x", false, true),
        ("nothing", false, false),
    ] {
        let status = |accepted: bool| if accepted { 200 } else { 400 };
        let body = integration_body("lynn", url);
        assert_eq!(admin.post(INTEGRATIONS, &body).await.0, status(is_public), "{url}");
        let expected = status(is_public || is_loopback);
        assert_eq!(loopback.post(INTEGRATIONS, &body).await.0, expected, "{url}");
    }
    let mut body = integration_body("lynn", "https://hook.example.com/x");
    body["outboundNotificationWebhookSignatureSecretToken"] = json!("0123456789abcde");
    let (status, refusal) = admin.post(INTEGRATIONS, &body).await;
    assert!(status == 400 && !refusal.to_string().contains("0123456789abcde"), "{refusal}");
    body = integration_body("lynn", "https://hook.example.com/x");
    body["messagingSetting"] = json!({ "id": "nothing" });
    assert_eq!(admin.post(INTEGRATIONS, &body).await.0, 400);
    for key in [
        "name",
        "outboundNotificationWebhookUrl",
        "outboundNotificationWebhookSignatureSecretToken",
    ] {
        let mut body = integration_body("lynn", "https://hook.example.com/x");
        body.as_object_mut().expect("an object").remove(key);
        let (status, refusal) = admin.post(INTEGRATIONS, &body).await;
        let expected = format!("'integration' should have required property '.{key}'");
        assert_eq!((status, refusal["message"].as_str()), (400, Some(expected.as_str())));
    }
}

#[tokio::test]
async fn an_integration_is_changed_by_its_name_and_shown_with_what_it_refers_to() {
    let admin = Administrator::start().await;
    let setting = admin.create(SETTINGS, &typing("lynn", "Enabled", "Enabled")).await;
    let content = admin.create(CONTENT, &json!({ "name": "lynn" })).await;
    let mut body = integration_body("lynn", "https://hook.example.com/x");
    body["messagingSetting"] = json!({ "id": id(&setting) });
    body["supportedContent"] = content.clone();
    body["webhookHeaders"] = json!({ "x-api-key": "k" });
    let integration = id(&admin.create(INTEGRATIONS, &body).await);
    let path = format!("{INTEGRATIONS}/{integration}");
    let known = admin.settled(&integration).await;
    assert!(known["supportedContent"].get("name").is_none());
    assert_eq!(known["outboundNotificationWebhookSignatureSecretToken"], SECRET);
    let expanded = admin.get(&format!("{path}?expand=supportedContent,messagingSetting")).await;
    assert_eq!(
        (&expanded["supportedContent"]["name"], &expanded["messagingSetting"]["name"]),
        (&json!("lynn"), &json!("lynn"))
    );
    let unnamed = json!({ "outboundNotificationWebhookUrl": "https://other.example.com/x" });
    assert_eq!(admin.patch(&path, &unnamed).await.0, 400);
    let mut named = unnamed.clone();
    named["name"] = json!("lynn");
    let (status, changed) = admin.patch(&path, &named).await;
    assert_eq!((status, &changed["webhookHeaders"]), (200, &body["webhookHeaders"]));
    assert_eq!(changed["outboundNotificationWebhookUrl"], named["outboundNotificationWebhookUrl"]);
    assert_eq!(admin.patch(&path, &admin.get(&path).await).await.0, 200, "read and written back");
    assert_eq!(admin.delete(&format!("{SETTINGS}/{}", id(&setting))).await, 409);
    assert_eq!(admin.delete(&format!("{CONTENT}/{}", id(&content))).await, 409);
    let query = format!("{INTEGRATIONS}?messagingSetting.id={}", id(&setting));
    assert_eq!(admin.get(&query).await["total"], 1);
    assert_eq!(admin.get(&format!("{INTEGRATIONS}?messagingSetting.id=other")).await["total"], 0);

    let identity =
        format!("/conversations/messaging/identityresolution/integrations/open/{integration}");
    assert_eq!(admin.get(&identity).await, json!({ "resolveIdentities": true }));
    let source = admin.create(SOURCES, &json!({ "name": "crm" })).await;
    let resolution = json!({ "resolveIdentities": true, "division": { "id": admin.home() },
                             "externalSource": { "id": id(&source) } });
    assert_eq!(admin.put(&identity, &resolution).await, (200, resolution.clone()));
    let shown = admin.get(&format!("{path}?expand=identityresolution")).await;
    assert_eq!(shown["identityResolution"], resolution);
    let unknown = json!({ "resolveIdentities": true, "externalSource": { "id": "other" } });
    assert_eq!(admin.put(&identity, &unknown).await.0, 400);
    let source = format!("{SOURCES}/{}", id(&source));
    assert_eq!(admin.delete(&source).await, 409, "it is in use");
    assert_eq!(admin.put(&identity, &json!({ "resolveIdentities": false })).await.0, 200);
    assert_eq!(admin.delete(&source).await, 204);
}

#[tokio::test]
async fn external_sources_are_made_replaced_and_listed_by_a_cursor() {
    let admin = Administrator::start().await;
    let link = json!({ "uriTemplate": "https://crm.example.com/{{externalId.value}}" });
    let made = admin.create(SOURCES, &json!({ "name": "crm", "linkConfiguration": link })).await;
    assert_eq!((&made["active"], &made["linkConfiguration"]), (&json!(true), &link));
    assert_eq!(admin.post(SOURCES, &json!({ "name": "CRM" })).await.0, 409);
    assert_eq!(admin.post(SOURCES, &json!({ "active": true })).await.0, 400);
    let path = format!("{SOURCES}/{}", id(&made));
    let off = json!({ "name": "crm", "active": false });
    let (status, changed) = admin.put(&path, &off).await;
    assert_eq!((status, &changed["active"]), (200, &json!(false)));
    for number in 0..24 {
        admin.create(SOURCES, &json!({ "name": format!("source {number}") })).await;
    }
    let first = admin.get(&format!("{SOURCES}?limit=10")).await;
    let cursor = first["cursors"]["after"].as_str().expect("a cursor");
    assert_eq!(first["entities"].as_array().map(Vec::len), Some(10));
    let last = admin.get(&format!("{SOURCES}?limit=20&cursor={cursor}")).await;
    assert_eq!(last["entities"].as_array().map(Vec::len), Some(15));
    assert_eq!(last["cursors"], json!({}));
    assert_eq!(admin.get(&format!("{SOURCES}?name=CR")).await["entities"][0]["name"], "crm");
    assert_eq!(admin.call("GET", &format!("{SOURCES}?cursor=x"), None).await.0, 400);
}

#[tokio::test]
async fn the_secret_of_a_webhook_may_be_hidden() {
    let admin =
        Administrator::start_with(GenesysOptions { shows_webhook_secret: false, ..empty() }).await;
    let made =
        admin.create(INTEGRATIONS, &integration_body("lynn", "https://hook.example.com/x")).await;
    assert!(!made.to_string().contains(SECRET));
    assert!(!admin.get(INTEGRATIONS).await.to_string().contains(SECRET));
    assert!(admin.simulator.objects(ObjectKind::OpenIntegration)[0].to_string().contains(SECRET));
}

#[tokio::test]
async fn a_new_integration_takes_messages_and_delivers_webhooks() {
    let admin = Administrator::start_with(loopback()).await;
    let receiver = Receiver::start(&[200]).await;
    let mut body = integration_body("lynn", &receiver.url);
    body["webhookHeaders"] = json!({ "x-api-key": "k" });
    let integration = id(&admin.create(INTEGRATIONS, &body).await);
    admin.settled(&integration).await;
    let role = admin.role("bridge", "message", &["receive"]).await;
    let made = admin.client_with(&role).await;
    let token = admin.token_of(&id(&made), made["secret"].as_str().expect("text")).await;
    let bridge = admin.with_token(token.expect("a token"));

    let path = format!(
        "/conversations/messages/{integration}/inbound/open/message?prefetchConversationId=true"
    );
    let (status, answer) = bridge.post(&path, &message("x", "m-1", 1)).await;
    assert_eq!((status, &answer["channel"]["to"]["id"]), (200, &json!(integration)));
    let conversation = answer["conversationId"].as_str().expect("an id").to_owned();
    assert_missing(
        &bridge
            .patch(
                &format!("/conversations/messages/{conversation}"),
                &json!({ "state": "disconnected" }),
            )
            .await,
        "[conversation:communication:disconnect, conversation:message:park]",
    );
    assert_missing(
        &bridge
            .call("GET", &format!("/conversations/messages/{}/details", id(&answer)), None)
            .await,
        "[conversation:message:view, conversation:webmessaging:view]",
    );
    assert!(admin.simulator.agent_says("x", "hello").await.delivered);
    let received = receiver.take();
    let [webhook] = received.as_slice() else { panic!("one webhook") };
    let signature = format!("sha256={}", hmac_base64(SECRET.as_bytes(), &webhook.body));
    assert_eq!(webhook.header("x-hub-signature-256"), Some(signature.as_str()));
    assert_eq!(webhook.header("x-api-key"), Some("k"));
    let notification = webhook.json();
    assert_eq!(notification["conversationId"], json!(conversation));
    assert_eq!(notification["channel"]["id"], json!(integration));
    assert_eq!(notification["channel"]["from"]["nickname"], "lynn");
    let receipt = json!({
        "id": notification["id"], "status": "Delivered",
        "channel": { "to": { "id": "x" }, "time": "2026-03-04T05:06:10Z" },
    });
    let path = format!("/conversations/messages/{integration}/inbound/open/receipt");
    assert_eq!(bridge.post(&path, &receipt).await.0, 200);
    assert!(!admin.simulator.agent_types("x", 5000).await.delivered, "typing is off by default");
    assert_eq!(admin.violations(), Vec::<String>::new());

    let setting = admin.create(SETTINGS, &typing("lynn", "Disabled", "Enabled")).await;
    let change = json!({ "name": "lynn", "messagingSetting": { "id": id(&setting) } });
    assert_eq!(admin.patch(&format!("{INTEGRATIONS}/{integration}"), &change).await.0, 200);
    assert!(admin.simulator.agent_types("x", 5000).await.delivered);
}

#[tokio::test]
async fn a_contact_of_two_integrations_is_two_people() {
    let receivers = [Receiver::start(&[200]).await, Receiver::start(&[200]).await];
    let webhook_url = Some(receivers[0].url.clone());
    let options = GenesysOptions { loopback_webhooks: true, webhook_url, ..quiet() };
    let admin = Administrator::start_with(options).await;
    let first = admin.simulator.options().integration_id.clone();
    let second =
        id(&admin.create(INTEGRATIONS, &integration_body("second", &receivers[1].url)).await);
    admin.settled(&second).await;
    let mut conversations = Vec::new();
    for integration in [&first, &second] {
        let path = format!("/conversations/messages/{integration}/inbound/open/message");
        assert_eq!(admin.post(&path, &message("x", "m-1", 1)).await.0, 200);
        conversations.push(admin.simulator.conversation_id("x").expect("a conversation"));
        assert!(admin.simulator.agent_says("x", "hello").await.delivered);
    }
    assert_ne!(conversations[0], conversations[1]);
    assert_eq!(admin.simulator.duplicates(), Vec::<Value>::new());
    for (receiver, integration) in receivers.iter().zip([&first, &second]) {
        let received = receiver.take();
        assert_eq!(received.len(), 1);
        assert_eq!(received[0].json()["channel"]["id"], json!(integration));
    }
}
