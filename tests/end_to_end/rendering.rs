//! `bridge render`, and what `bridge config check` says of templates.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command::{Ended, run};

const SECRET: &str = "planted-secret-of-the-templates";

/// A folder with a configuration file.
struct Rendering {
    folder: TempDir,
}

impl Rendering {
    /// The configuration of one integration, with a change of its `lynn`.
    fn new(change: impl FnOnce(&mut Value)) -> Self {
        Self::of(vec![integration("support", change)])
    }

    fn of(integrations: Vec<Value>) -> Self {
        let rendering = Self { folder: TempDir::new().unwrap() };
        rendering.put("bridge.json", &json!({ "integrations": integrations }));
        rendering
    }

    fn put(&self, name: &str, content: &Value) -> String {
        let path = self.path(name);
        std::fs::write(&path, content.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn render(&self, arguments: &[&str]) -> Ended {
        let config = self.path("bridge.json");
        let all = [&["render", "--config", config.to_str().unwrap()], arguments].concat();
        let ended = run(&all, &[]).await;
        assert!(!format!("{ended:?}").contains(SECRET), "{ended:?}");
        ended
    }

    async fn check(&self) -> Ended {
        run(&["config", "check", self.path("bridge.json").to_str().unwrap()], &[]).await
    }
}

fn integration(name: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut integration = json!({
        "name": name,
        "genesys": { "domain": "mypurecloud.com", "integrationId": "5d0d331e-6a0b-4b55-8b55-5d6b0f2a1c11",
                     "oauthClients": [ { "clientId": "5d0d331e-6a0b-4b55-8b55-5d6b0f2a1c11", "clientSecret": SECRET } ], "webhookSecrets": [ SECRET ] },
        "lynn": { "webhookUrl": format!("https://lynn.example.com/hook?key={SECRET}"),
                  "auth": { "type": "bearer", "token": SECRET },
                  "signingSecret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                  "headers": [ { "name": "x-gateway", "value": SECRET } ],
                  "proactive": { "url": "https://lynn.example.com/campaign", "campaignId": 7 },
                  "inboundAuth": [ { "type": "apiKey", "key": SECRET } ] } });
    change(&mut integration["lynn"]);
    integration
}

fn templates(lynn: &mut Value) {
    lynn["templates"] = json!({
        "message": { "method": "PUT", "url": "https://lynn.example.com/{{ event.session.id }}?said={{ event.text }}",
                     "headers": { "x-channel": "{{ event.session.channel }}", "x-api-token": SECRET },
                     "body": { "Text": "{{ event.fallbackText }}", "Seq": "{{ event.sequence }}" } },
        "typing": { "when": "{{ false }}" },
        "receipt": { "method": "GET", "url": "https://lynn.example.com/receipts/{{ event.messageId }}" },
        "proactive": { "body": { "Campaign": "{{ campaign.id }}", "Active": "{{ event.session.active }}" } } });
    lynn["inboundTemplate"] = json!({
        "type": "message", "id": "{{ body.Id }}", "contact": { "id": "{{ body.From }}" }, "text": "{{ body.Text }}",
        "attributes": { "source": "{{ headers['x-source'] | default('none') }}", "page": "{{ query.page | default(1) }}" } });
}

/// The lines before the body, and the body.
fn request(output: &str) -> (Vec<&str>, Value) {
    let (head, body) = output.split_once("\n\n").unwrap_or((output, "null"));
    (head.lines().collect(), serde_json::from_str(body).unwrap())
}

#[tokio::test]
async fn a_sample_of_each_type_can_be_rendered() {
    let rendering = Rendering::new(templates);
    let output = rendering.render(&["--type", "message"]).await.good();
    let (head, body) = request(&output);
    assert_eq!(head[0], "PUT https://lynn.example.com/session-1?said=Good%20morning");
    assert!(head.contains(&"content-type: application/json"), "{output}");
    assert!(head.contains(&"x-channel: whatsapp"), "{output}");
    for masked in ["x-gateway", "x-api-token", "webhook-signature"] {
        assert!(head.contains(&&*format!("{masked}: (masked)")), "{output}");
    }
    assert!(head.contains(&"authorization: Bearer (masked)"), "{output}");
    assert_eq!(body, json!({ "Text": "Good morning", "Seq": 1 }));

    let output = rendering.render(&["--type", "typing"]).await.good();
    assert!(output.contains("nothing is posted"), "{output}");
    let output = rendering.render(&["--type", "receipt"]).await.good();
    let (head, body) = request(&output);
    assert_eq!((head[0], body), ("GET https://lynn.example.com/receipts/m-1", Value::Null));
    let output = rendering.render(&["--type", "conversation.ended"]).await.good();
    let (head, body) = request(&output);
    assert_eq!(head[0], "POST https://lynn.example.com/hook?(masked)");
    assert_eq!(body["reason"], "agent");
    let output = rendering.render(&["--type", "proactive"]).await.good();
    let (head, body) = request(&output);
    assert_eq!(head[0], "POST https://lynn.example.com/campaign");
    assert_eq!(body, json!({ "Campaign": 7, "Active": false }));
    let said = rendering.render(&["--type", "presence"]).await.bad(2);
    assert!(said.contains("there are samples of message, typing"), "{said}");
}

#[tokio::test]
async fn an_event_or_a_request_of_ones_own_can_be_rendered() {
    let rendering = Rendering::new(templates);
    let event = json!({ "type": "message", "id": "g-1", "text": "a&b", "fallbackText": "a&b", "sequence": 3, "session": { "id": "s", "channel": "web" } });
    let output = rendering.render(&["--event", &rendering.put("event.json", &event)]).await.good();
    let (head, body) = request(&output);
    assert_eq!(head[0], "PUT https://lynn.example.com/s?said=a%26b");
    assert_eq!(body, json!({ "Text": "a&b", "Seq": 3 }));
    let missing = json!({ "type": "message", "text": "a", "sequence": 3 });
    let said =
        rendering.render(&["--event", &rendering.put("missing.json", &missing)]).await.bad(2);
    for pointer in
        ["/templates/message/url: event.session.id is missing", "/templates/message/body/Text: "]
    {
        assert!(said.contains(pointer), "{said}");
    }

    let body = json!({ "Id": 17, "From": "ana", "Text": "Hello" });
    let made = |source: &str, page: Value| json!({ "type": "message", "id": 17, "contact": { "id": "ana" }, "text": "Hello", "attributes": { "source": source, "page": page } });
    let alone = rendering.render(&["--inbound", &rendering.put("body.json", &body)]).await.json();
    assert_eq!(alone, made("none", json!(1)));
    let whole = json!({ "method": "POST", "query": { "page": "2" }, "headers": { "X-Source": "n8n" }, "body": body });
    let whole = rendering.render(&["--inbound", &rendering.put("whole.json", &whole)]).await.json();
    assert_eq!(whole, made("n8n", json!("2")));
    let said = rendering
        .render(&["--inbound", &rendering.put("missing.json", &json!({ "From": "ana" }))])
        .await
        .bad(2);
    assert!(said.contains("/inboundTemplate/id: body.Id is missing"), "{said}");
    let refused = json!({ "Id": "", "From": "ana", "Text": "Hello" });
    let said =
        rendering.render(&["--inbound", &rendering.put("refused.json", &refused)]).await.bad(2);
    assert!(said.contains("refuses this event with 400: id "), "{said}");
}

#[tokio::test]
async fn of_several_integrations_one_is_named() {
    let rendering =
        Rendering::of(vec![integration("sales", templates), integration("support", |_| {})]);
    let said = rendering.render(&["--type", "message"]).await.bad(2);
    assert!(said.contains("give --integration; it has sales, support"), "{said}");
    let output = rendering.render(&["--integration", "support", "--type", "message"]).await.good();
    assert!(output.starts_with("POST https://lynn.example.com/hook?(masked)"), "{output}");
    let output = rendering.render(&["--integration", "sales", "--type", "message"]).await.good();
    assert!(output.starts_with("PUT "), "{output}");
    let said = rendering.render(&["--integration", "service", "--type", "message"]).await.bad(2);
    assert!(said.contains("--integration service:"), "{said}");
    let file = rendering.put("body.json", &json!({}));
    let said = rendering.render(&["--integration", "support", "--inbound", &file]).await.bad(2);
    assert!(said.contains("lynn.inboundTemplate is not configured"), "{said}");
    for wrong in [&[][..], &["--type", "typing", "--event", "x"]] {
        rendering.render(&[&["--integration", "support"], wrong].concat()).await.bad(2);
    }
}

#[tokio::test]
async fn a_template_that_fails_on_a_sample_is_an_error_of_the_configuration() {
    assert_eq!(Rendering::new(templates).check().await.code, Some(0));
    let rendering = Rendering::of(vec![
        integration("support", |lynn| {
            lynn["templates"] = json!({
                "message": { "body": { "Text": "{{ event.txt }}", "File": "{{ event.attachments[0].url }}" } },
                "typing": { "when": "{{ event.durationMs }}" },
                "*": { "url": "https://lynn.example.com/{{ event.reason }}" },
                "proactive": { "headers": { "x-a": "{{ campaign.name }}" } } });
        }),
        integration("sales", |lynn| {
            lynn["templates"] = json!({ "message": { "body": "{{ event.text | nonsense }}" }, "typing": { "body": "{{ evnt }}" } });
            lynn["inboundTemplate"] = json!({ "text": "{{ body.Text" });
        }),
        integration("service", |lynn| {
            lynn["templates"] = json!({ "message": { "body": 1, "sessionEnded": "{{ answer.body.state | nonsense }}" } });
            lynn["inboundTemplate"] =
                json!({ "text": "{{ body.Text | loudly }}", "id": "{{ body.Id }}" });
        }),
    ]);
    let said = rendering.check().await.bad(2);
    for expected in [
        "support: lynn: /templates/message/body/Text: event.txt is missing",
        "with the sample message (a text of an agent), and 6 more",
        "/templates/message/body/File: event.attachments[0].url is missing",
        "/templates/typing/when: the result must be true or false",
        "/templates/*/url: event.reason is missing",
        "with the sample receipt (published)",
        "/templates/proactive/headers/x-a: campaign.name is missing",
        "sales: lynn: /templates/message/body: the template fails: filter nonsense is unknown",
        "sales: lynn: /templates/typing/body: there is nothing called evnt here",
        "service: lynn: /templates/message/sessionEnded: the template fails: filter nonsense",
        "service: lynn: /inboundTemplate/text: the template fails: filter loudly",
        "sales: lynn: /inboundTemplate/text: this is not a template",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(!said.contains(SECRET));
}

/// Lynn may name no session, and agents write two lines: a template that fails on that holds a
/// conversation up, although it works for many tenants.
#[tokio::test]
async fn a_template_that_fails_on_a_rare_event_is_warned_of() {
    let rendering = Rendering::new(|lynn| {
        lynn["templates"] = json!({ "message": {
            "url": "https://lynn.example.com/{{ event.session.id }}",
            "headers": { "x-text": "{{ event.text | default('', true) }}" }, "body": 1 } });
    });
    let ended = rendering.check().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for expected in [
        "support: lynn: /templates/message/url: the value is null",
        "without session.id, session.channel and conversationId",
        "/templates/message/headers/x-text: the value cannot be sent in a header",
        "a text of two lines",
    ] {
        assert!(ended.said.contains(expected), "{expected}: {}", ended.said);
    }
    let robust = Rendering::new(|lynn| {
        lynn["templates"] =
            json!({ "message": { "body": { "Session": "{{ event.session.id }}" } } });
    });
    assert!(!robust.check().await.said.contains("lynn:"));
}

#[tokio::test]
async fn an_inbound_template_that_can_never_be_an_event_is_an_error() {
    for (template, expected) in [
        (json!({ "type": "messages" }), "/inboundTemplate/type: it must be one of message"),
        (json!({ "text": "{{ body.Text }}" }), "/inboundTemplate: an event needs a type"),
        (json!([]), "/inboundTemplate: the list has no event"),
        (json!("hello"), "/inboundTemplate: this is neither an event nor a list"),
        (json!([{ "type": "message" }, 5]), "/inboundTemplate/1: this is neither an event"),
    ] {
        let rendering = Rendering::new(|lynn| lynn["inboundTemplate"] = template);
        let said = rendering.check().await.bad(2);
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

/// In the dialect, Genesys Cloud's own body is posted.
#[tokio::test]
async fn what_is_relayed_or_not_posted_has_nothing_to_render() {
    let dialect = |lynn: &mut Value| {
        lynn["dialect"] = json!("genesys");
        lynn["hubSecret"] = json!(SECRET);
        lynn["templates"] =
            json!({ "message": { "body": 1 }, "conversation.queued": { "body": 1 } });
    };
    let rendering = Rendering::new(dialect);
    let said = rendering.render(&["--type", "message"]).await.bad(2);
    assert!(said.contains("is relayed byte for byte"), "{said}");
    let said = rendering.render(&["--type", "conversation.ended"]).await.bad(2);
    assert!(said.contains("without lynn.eventsUrl"), "{said}");
    let said = rendering.check().await.said;
    for expected in [
        "lynn.templates.message: with dialect genesys",
        "lynn.templates.conversation.queued: lynn.events does not list",
        "lynn.inboundAuth: with dialect genesys, Lynn's engine logs in with an oauthClient",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let rendering = Rendering::new(|lynn| {
        dialect(lynn);
        lynn["eventsUrl"] = json!("https://lynn.example.com/events");
    });
    rendering.render(&["--type", "conversation.ended"]).await.good();
}

#[tokio::test]
async fn a_form_and_a_query_may_be_given_as_they_are_sent() {
    let rendering = Rendering::new(templates);
    let whole = json!({
        "query": "page=2", "headers": { "content-type": "application/x-www-form-urlencoded" },
        "body": "Id=17&From=ana&Text=Hello+you" });
    let made = rendering.render(&["--inbound", &rendering.put("form.json", &whole)]).await.json();
    assert_eq!((&made["text"], &made["attributes"]["page"]), (&json!("Hello you"), &json!("2")));
}
