//! Receivers and senders with a contract of their own: `lynn.templates`, `lynn.headers` and
//! `lynn.inboundTemplate`.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use simulators::{GenesysSimulator, LynnAuthentication, LynnSimulator, RecordedRequest};

use crate::harness::{Harness, KEY, SIGNING_SECRET, SOON, Setup, each};
use crate::signing::standard_signature;

const GATEWAY_KEY: &str = "key-of-the-gateway";

/// The beginning of the URLs of the tenant, in the configuration of an integration.
fn tenant(integration: &Value) -> String {
    let webhook = integration["lynn"]["webhookUrl"].as_str().expect("a URL");
    format!("{}/tenant", webhook.trim_end_matches("/webhook"))
}

/// A setup with templates that are made of the beginning of the tenant's URLs.
fn setup(templates: impl FnOnce(&str) -> Value + 'static) -> Setup {
    Setup::new().config(move |integration| {
        integration["lynn"]["templates"] = templates(&tenant(integration));
        integration["lynn"]["headers"] =
            json!([ { "name": "Ocp-Apim-Subscription-Key", "value": GATEWAY_KEY } ]);
    })
}

/// A harness with an open conversation of `ana`.
async fn talking(setup: Setup) -> Harness {
    let harness = setup.start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    harness
}

fn at_tenant(lynn: &LynnSimulator) -> Vec<RecordedRequest> {
    let mut requests = lynn.attempts();
    requests.retain(|request| request.path.starts_with("/tenant/") && request.status.is_some());
    requests
}

/// Waits until the tenant has answered `count` requests, and returns them.
async fn received(harness: &Harness, count: usize) -> Vec<RecordedRequest> {
    if !harness.lynn.wait_until(SOON, |lynn| at_tenant(lynn).len() >= count).await {
        harness.fail(&format!("the tenant got {:?}", at_tenant(&harness.lynn)));
    }
    let requests = at_tenant(&harness.lynn);
    assert_eq!(requests.len(), count, "{requests:?}");
    requests
}

#[tokio::test]
async fn an_event_becomes_the_request_that_its_template_describes() {
    let auth = LynnAuthentication::Bearer("token-of-the-tenant".to_owned());
    let setup = setup(|tenant| {
        json!({
            "message": { "method": "PUT", "url": format!("{tenant}/api/{{{{ event.session.id }}}}/text?said={{{{ event.text }}}}"),
                         "headers": { "x-channel": "{{ event.session.channel }}", "x-said": "said: {{ event.text }}" },
                         "body": { "Text": "{{ event.fallbackText }}", "Seq": "{{ event.sequence }}", "Agent": "{{ event.agent.name | default('') }}",
                                   "List": [ "{{ event.text }}!", 7 ] } },
            "typing": { "when": "{{ false }}" } })
    });
    let setup = setup.lynn(|options| options.auth = auth).config(|integration| {
        integration["lynn"]["auth"] = json!({ "type": "bearer", "token": "token-of-the-tenant" });
    });
    let harness = talking(setup).await;
    let text = "a/../b?c=\"d\"&{{ e }} ñ";
    let id = harness.agent("ana", text).await;
    let request = received(&harness, 1).await.remove(0);
    assert_eq!(request.method, "PUT");
    assert_eq!(request.path, "/tenant/api/session-ana/text");
    let said = "said=a%2F..%2Fb%3Fc%3D%22d%22%26%7B%7B%20e%20%7D%7D%20%C3%B1";
    assert_eq!(request.query.as_deref(), Some(said));
    assert_eq!(request.header("x-channel"), Some("web"));
    assert!(request.header("x-said").is_some_and(|value| value.starts_with("said: a/../b")));
    assert_eq!(request.header("ocp-apim-subscription-key"), Some(GATEWAY_KEY));
    assert_eq!(request.header("authorization"), Some("Bearer token-of-the-tenant"));
    assert_eq!(request.header("webhook-id"), Some(id.as_str()));
    let expected =
        json!({ "Text": text, "Seq": 1, "Agent": "", "List": [ format!("{text}!"), 7 ] });
    assert_eq!(request.body, expected);
    // The signature is over the rendered body; the simulated Lynn has checked it, too.
    let timestamp = request.header("webhook-timestamp").expect("a time");
    let body = request.body.to_string();
    let signature =
        standard_signature(SIGNING_SECRET, &id, timestamp.parse().unwrap(), body.as_bytes());
    assert_eq!(request.header("webhook-signature"), Some(signature.as_str()));
    harness.end();
}

#[tokio::test]
async fn what_when_skips_is_settled_and_uses_no_number() {
    let harness = talking(setup(|tenant| {
        json!({
            "message": { "when": "{{ event.text != 'internal' }}", "url": format!("{tenant}/text"), "body": "{{ event.sequence }}" },
            "typing": { "when": "{{ false }}" } })
    }))
    .await;
    harness.agent("ana", "one").await;
    let skipped = harness.agent("ana", "internal").await;
    let last = harness.agent("ana", "two").await;
    let bodies: Vec<Value> =
        received(&harness, 2).await.into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, [1, 2]);
    harness.logged(&[("event.name", "delivered"), ("event.id", &last)]).await;
    let line = harness.logged(&[("event.name", "settled"), ("event.id", &skipped)]).await;
    assert_eq!(line["reason"], "the when of its template is false");
    assert_eq!(harness.conversation("ana").await["sequence"], 2);
    // Nothing is reported of a message that was not posted.
    assert!(harness.genesys.receipts().is_empty());
    harness.end();
}

#[tokio::test]
async fn types_without_an_entry_are_posted_as_before() {
    let harness = talking(setup(|tenant| {
        json!({ "conversation.ended": { "url": format!("{tenant}/ended"), "body": { "Reason": "{{ event.reason }}" } } })
    }))
    .await;
    harness.agent("ana", "one").await;
    harness.heard("ana", 1).await;
    let posts = harness.lynn.attempts();
    let post = posts.iter().find(|request| request.path == "/webhook").expect("a post");
    assert_eq!(post.header("ocp-apim-subscription-key"), Some(GATEWAY_KEY));
    assert_eq!(post.body["text"], "one");
    assert!(at_tenant(&harness.lynn).is_empty());
    harness.end();
}

#[tokio::test]
async fn the_rest_of_the_types_has_one_entry() {
    let harness = talking(setup(|tenant| {
        json!({ "*": { "url": format!("{tenant}/{{{{ event.type }}}}"), "body": { "Type": "{{ event.type }}" } } })
    }))
    .await;
    harness.agent("ana", "one").await;
    let request = received(&harness, 1).await.remove(0);
    assert_eq!(
        (request.path.as_str(), &request.body["Type"]),
        ("/tenant/message", &json!("message"))
    );
    harness.end();
}

/// Puts the right field in place of the missing one.
fn repair(harness: &Harness) {
    harness.edit_config(|config| {
        let body = &mut config["integrations"][0]["lynn"]["templates"]["message"]["body"];
        body["Text"] = json!("{{ event.text }}");
    });
}

#[tokio::test]
async fn events_wait_for_the_repair_of_a_template() {
    let harness = talking(setup(|tenant| {
        json!({ "message": { "url": format!("{tenant}/text"), "body": { "Text": "{{ event.txt }}", "Seq": "{{ event.sequence }}" } } })
    }))
    .await;
    if !harness.is_deployed() {
        let place = "/templates/message/body/Text: event.txt is missing";
        let is_warning = |line: &Value| {
            line["event.name"] == "configuration.warning"
                && line["warning"].as_str().is_some_and(|warning| warning.contains(place))
        };
        // The warnings come before it.
        harness.logged(&[("event.name", "started")]).await;
        assert!(harness.lines().iter().any(is_warning), "{:?}", harness.lines());
    }
    let first = harness.agent("ana", "one").await;
    harness.agent("ana", "two").await;
    let line = harness.logged(&[("event.name", "retried"), ("event.id", &first)]).await;
    assert_eq!(line["error.code"], "template");
    let summary = line["error.summary"].as_str().expect("a summary");
    let named = "/templates/message/body/Text: event.txt is missing";
    assert!(summary.contains(named), "{summary}");
    // Other contacts and the other direction go on.
    harness.say("eva", "m-2", "Hello").await;
    harness.accepted("eva", 1).await;
    assert!(at_tenant(&harness.lynn).is_empty());
    repair(&harness);
    let bodies: Vec<Value> =
        received(&harness, 2).await.into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, [json!({ "Text": "one", "Seq": 1 }), json!({ "Text": "two", "Seq": 2 })]);
    assert!(harness.genesys.receipts().is_empty());
    harness.end();
}

#[tokio::test]
async fn a_header_with_a_line_break_waits_as_well() {
    let harness = talking(setup(|tenant| {
        json!({ "message": { "url": format!("{tenant}/text"), "headers": { "x-said": "{{ event.text }}" }, "body": 1 } })
    }))
    .await;
    let id = harness.agent("ana", "a\r\nx-evil: 1").await;
    let line = harness.logged(&[("event.name", "retried"), ("event.id", &id)]).await;
    assert_eq!(line["error.code"], "template");
    assert!(line["error.summary"].as_str().unwrap().contains("/templates/message/headers/x-said"));
    assert!(at_tenant(&harness.lynn).is_empty());
    harness.end();
}

#[tokio::test]
async fn an_event_whose_template_is_not_repaired_in_time_is_given_up_and_told() {
    let setup = setup(
        |tenant| json!({ "message": { "url": format!("{tenant}/text"), "body": { "Text": "{{ event.txt }}" } } }),
    );
    let setup = setup.config(|integration| integration["delivery"] = json!({ "maxAgeMinutes": 1 }));
    let harness = talking(setup).await;
    let id = harness.agent("ana", "one").await;
    harness.logged(&[("event.name", "retried"), ("event.id", &id)]).await;
    let told = |genesys: &GenesysSimulator| !genesys.receipts().is_empty();
    assert!(harness.genesys.wait_until(SOON * 3, told).await);
    let receipts = harness.receipts(1).await;
    assert_eq!((&receipts[0]["id"], &receipts[0]["status"]), (&json!(id), &json!("Failed")));
    let line = harness.logged(&[("event.name", "failed"), ("event.id", &id)]).await;
    assert_eq!(line["error.code"], "expired");
    // The conversation goes on, and no number was used.
    repair(&harness);
    let next = harness.agent("ana", "two").await;
    assert_eq!(received(&harness, 1).await[0].body, json!({ "Text": "two" }));
    harness.logged(&[("event.name", "delivered"), ("event.id", &next)]).await;
    assert_eq!(harness.conversation("ana").await["sequence"], 1);
    harness.end();
}

#[tokio::test]
async fn the_answer_of_the_tenant_ends_the_session_and_a_campaign_has_its_template() {
    let setup = setup(|tenant| {
        json!({
            "message": { "url": format!("{tenant}/text"), "body": { "Text": "{{ event.text }}", "Seq": "{{ event.sequence }}" },
                         "sessionEnded": "{{ answer.status == 422 or answer.body.state | default('') == 'closed' }}" },
            "proactive": { "url": format!("{tenant}/campaigns/{{{{ campaign.id }}}}"),
                           "body": { "To": "{{ event.contact.id }}", "Text": "{{ event.text }}", "Active": "{{ event.session.active }}", "Seq": "{{ event.sequence }}" } } })
    });
    let setup =
        setup.config(|integration| integration["lynn"]["quietSession"] = json!("proactive"));
    let harness = talking(setup).await;
    harness.lynn.answer_as_tenant("/text", 200, json!({ "state": "open" }));
    harness.agent("ana", "one").await;
    received(&harness, 1).await;
    for (status, body, sequence) in [(200, json!({ "state": "closed" }), 2), (422, json!({}), 3)] {
        let before = at_tenant(&harness.lynn).len();
        harness.lynn.answer_as_tenant("/text", status, body);
        harness.agent("ana", "two").await;
        let asked = received(&harness, before + 2).await;
        assert_eq!(asked[before].path, "/tenant/text", "{status}");
        let campaign = &asked[before + 1];
        assert_eq!(campaign.path, "/tenant/campaigns/campaign-7");
        assert_eq!(campaign.header("ocp-apim-subscription-key"), Some(GATEWAY_KEY));
        assert_eq!((&campaign.body["To"], &campaign.body["Text"]), (&json!("ana"), &json!("two")));
        assert_eq!(
            (&campaign.body["Active"], &campaign.body["Seq"]),
            (&json!(false), &json!(sequence))
        );
        // The customer is back.
        harness.lynn.answer_as_tenant("/text", 200, json!({}));
        let known = harness.genesys.accepted_messages("ana").len();
        harness.say("ana", &format!("back-{status}"), "I am back").await;
        harness.accepted("ana", known + 1).await;
    }
    assert!(harness.genesys.receipts().is_empty());
    harness.end();
}

#[tokio::test]
async fn an_answer_that_the_template_cannot_read_does_not_repeat_the_event() {
    let harness = talking(setup(|tenant| {
        json!({ "message": { "url": format!("{tenant}/text"), "body": "{{ event.text }}", "sessionEnded": "{{ answer.body.state == 'closed' }}" } })
    }))
    .await;
    harness.agent("ana", "one").await;
    received(&harness, 1).await;
    let line = harness.logged(&[("event.name", "answer_unread")]).await;
    assert!(line["error"].as_str().unwrap().contains("/templates/message/sessionEnded"));
    harness.agent("ana", "two").await;
    received(&harness, 2).await;
    assert_eq!(harness.conversation("ana").await["session"]["active"], true);
    harness.end();
}

#[tokio::test]
async fn the_headers_go_with_the_call_for_a_token() {
    let auth = LynnAuthentication::Token {
        access_token: "access".into(),
        access_token_secret: "secret-of-access".into(),
        tenant: "12".into(),
    };
    let setup = setup(|_| json!({})).lynn(|options| options.auth = auth).config(|integration| {
        let endpoint = tenant(integration).trim_end_matches("/tenant").to_owned();
        integration["lynn"]["auth"] = json!({
            "type": "lynnToken", "endpoint": endpoint, "accessToken": "access",
            "accessTokenSecret": "secret-of-access", "tenant": 12 });
    });
    let harness = talking(setup).await;
    harness.agent("ana", "one").await;
    harness.heard("ana", 1).await;
    let calls = harness.lynn.attempts();
    assert_eq!(harness.lynn.logins(), 1);
    let without =
        |call: &&RecordedRequest| call.header("ocp-apim-subscription-key") != Some(GATEWAY_KEY);
    assert!(calls.len() >= 2 && calls.iter().find(without).is_none(), "{calls:?}");
    harness.end();
}

/// A harness whose requests become events by this template.
async fn receiving(template: Value) -> Harness {
    Setup::new()
        .config(|integration| integration["lynn"]["inboundTemplate"] = template)
        .start()
        .await
}

/// The status and the body of an answer to a request of another system.
async fn post(harness: &Harness, query: &str, content_type: &str, body: String) -> (u16, Value) {
    let path = format!("/lynn/support{query}");
    let request = harness.request(Method::POST, &path).header("x-api-key", KEY);
    let request = request.header(CONTENT_TYPE, content_type).header("x-source", "n8n").body(body);
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn a_request_of_another_system_becomes_an_event() {
    let harness = receiving(json!({
        "type": "message", "id": "{{ body.MessageId }}", "contact": { "id": "{{ body.Criteria }}" }, "text": "{{ body.Text }}",
        "attributes": { "source": "{{ headers['x-source'] }}", "via": "{{ method }}", "campaign": "{{ query.campaign | default('no-campaign') }}",
                        "key": "{{ headers['x-api-key'] | default('hidden') }}" } }))
    .await;
    harness.until_listed().await;
    let body = json!({ "MessageId": "m-1", "Criteria": "ana", "Text": "He said \"{{ hi }}\"" });
    let accepted = json!({ "id": "m-1", "status": "accepted" });
    for _ in 0..2 {
        assert_eq!(
            post(&harness, "?campaign=7", JSON, body.to_string()).await,
            (202, accepted.clone())
        );
    }
    let form = "MessageId=17&Criteria=ana&Text=a+%26+b".to_owned();
    assert_eq!(
        post(&harness, "", FORM, form).await,
        (202, json!({ "id": "17", "status": "accepted" }))
    );
    // As a flow writes it: a number, a raw line break, any content type.
    let raw =
        "{\"MessageId\": 1234567890123456789012, \"Criteria\": \"ana\", \"Text\": \"two\nlines\"}";
    let id = json!({ "id": "1234567890123456789012", "status": "accepted" });
    assert_eq!(post(&harness, "", "text/plain", raw.to_owned()).await, (202, id));
    let messages = harness.accepted("ana", 3).await;
    assert_eq!(each(&messages, "/text"), ["He said \"{{ hi }}\"", "a & b", "two\nlines"]);
    let attributes = "/channel/metadata/customAttributes";
    let first = messages[0].pointer(attributes).expect("attributes");
    for (name, value) in [("source", "n8n"), ("via", "POST"), ("campaign", "7"), ("key", "hidden")]
    {
        assert_eq!(first[name], value, "{first}");
    }
    assert_eq!(messages[1].pointer(attributes).unwrap()["campaign"], "no-campaign");
    // The other routes stay as they are.
    assert_eq!(harness.conversation("ana").await["status"], "open");
    harness.end();
}

#[tokio::test]
async fn every_event_of_a_list_is_accepted_and_named() {
    let harness = receiving(json!([
        { "type": "session.started", "id": "{{ body.Id }}-s", "contact": { "id": "{{ body.From }}" } },
        { "type": "message", "id": "{{ body.Id }}", "contact": { "id": "{{ body.From }}" }, "text": "{{ body.Text }}" } ]))
    .await;
    harness.until_listed().await;
    let body = json!({ "Id": "m-1", "From": "ana", "Text": "Hello" }).to_string();
    let accepted = json!({ "id": "m-1-s", "ids": ["m-1-s", "m-1"], "status": "accepted" });
    for _ in 0..2 {
        assert_eq!(post(&harness, "", JSON, body.clone()).await, (202, accepted.clone()));
    }
    assert_eq!(harness.accepted("ana", 1).await[0]["text"], "Hello");
    // One wrong event of a list refuses all of them, and names its place.
    let wrong = json!({ "Id": "m-2", "From": "ana", "Text": null }).to_string();
    let (status, problem) = post(&harness, "", JSON, wrong).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (400, &json!("[1].text")));
    assert_eq!(harness.genesys.accepted_messages("ana").len(), 1);
    harness.end();
}

#[tokio::test]
async fn a_list_in_the_body_may_be_passed_on_as_it_is() {
    let harness = receiving(json!("{{ body }}")).await;
    harness.until_listed().await;
    let event =
        |id: &str| json!({ "type": "message", "id": id, "contact": { "id": "ana" }, "text": id });
    let (status, answer) =
        post(&harness, "", JSON, json!([event("a"), event("b")]).to_string()).await;
    assert_eq!((status, &answer["ids"]), (202, &json!(["a", "b"])));
    assert_eq!(each(&harness.accepted("ana", 2).await, "/text"), ["a", "b"]);
    let (status, answer) = post(&harness, "", JSON, "[]".to_owned()).await;
    assert_eq!((status, &answer["ids"]), (202, &json!([])));
    let many: Vec<Value> = (0..101).map(|number| event(&number.to_string())).collect();
    assert_eq!(post(&harness, "", JSON, json!(many).to_string()).await.0, 400);
    harness.end();
}

#[tokio::test]
async fn a_field_that_the_template_misses_is_named_to_the_caller() {
    let harness = receiving(json!({
        "type": "message", "id": "{{ body.MessageId }}", "contact": { "id": "{{ body.Criteria }}" }, "text": "{{ body.Text | default('') }}" }))
    .await;
    harness.until_listed().await;
    for (content_type, body) in [(JSON, "{\"Criteria\":\"ana\"}"), (FORM, "Criteria=ana")] {
        let (status, problem) = post(&harness, "", content_type, body.to_owned()).await;
        assert_eq!(status, 400);
        assert_eq!(problem["errors"][0]["field"], "/inboundTemplate/id");
        let message = problem["errors"][0]["message"].as_str().expect("a message");
        assert!(message.contains("body.MessageId is missing"), "{message}");
    }
    // The template's result is read as any event.
    let body =
        json!({ "MessageId": "m-1", "Criteria": "${CRITERIA}", "Text": "Hello" }).to_string();
    let (status, problem) = post(&harness, "", JSON, body).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (400, &json!("contact.id")));
    let (status, _) = post(&harness, "", "text/plain", "Hello".to_owned()).await;
    assert_eq!(status, 415);
    let unproved = harness.request(Method::POST, "/lynn/support").body("{}");
    assert_eq!(unproved.send().await.expect("an answer").status(), 401);
    assert_eq!(harness.genesys.accepted_count(), 0);
    harness.end();
}

#[tokio::test]
async fn a_template_that_cannot_be_compiled_asks_the_caller_to_come_again() {
    let harness = receiving(json!({ "type": "message", "text": "{{ body.Text" })).await;
    harness.until_listed().await;
    let request = harness.request(Method::POST, "/lynn/support").header("x-api-key", KEY);
    let answer = request.json(&json!({ "Text": "Hello" })).send().await.expect("an answer");
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    let line = harness.logged(&[("event.name", "inbound_template_failed")]).await;
    assert!(line["error"].as_str().unwrap().contains("/inboundTemplate/text"), "{line}");
    harness.end();
}
