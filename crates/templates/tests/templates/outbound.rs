//! Requests to Lynn.

use http::{HeaderMap, Method};
use serde_json::{Value, json};
use templates::Context;

use crate::{body, rendered, sample, sending};

#[test]
fn the_example_of_the_contract_becomes_a_request() {
    let entry = json!({
        "method": "POST", "url": "https://lynn.example.com/api/{{ event.session.id }}/text",
        "headers": { "x-tenant": "{{ event.session.channel }}" },
        "body": { "Text": "{{ event.fallbackText }}", "Seq": "{{ event.sequence }}", "Agent": "{{ event.agent.name | default('') }}" },
        "when": "{{ event.author == 'agent' }}", "sessionEnded": "{{ answer.body.state == 'closed' }}" });
    let request = rendered(entry.clone(), json!({})).unwrap().unwrap();
    assert_eq!(request.method, Some(Method::POST));
    assert_eq!(request.url.unwrap().as_str(), "https://lynn.example.com/api/session-1/text");
    assert_eq!(request.headers["x-tenant"], "whatsapp");
    assert_eq!(request.body.unwrap(), r#"{"Text":"Good morning","Seq":1,"Agent":"Maria"}"#);
    let named = json!({ "agent": { "id": "a-1", "name": "Ana" } });
    let request = rendered(entry.clone(), named).unwrap().unwrap();
    assert!(request.body.unwrap().ends_with(r#""Agent":"Ana"}"#));
    for agent in [json!(null), json!({ "id": "a-1" })] {
        let request = rendered(entry.clone(), json!({ "agent": agent })).unwrap().unwrap();
        assert!(request.body.unwrap().ends_with(r#""Agent":""}"#));
    }
    assert!(rendered(entry, json!({ "author": "bot" })).unwrap().is_none());
}

#[test]
fn a_single_expression_keeps_the_type_of_its_value() {
    let changes =
        json!({ "conversationId": null, "attachments": [ { "url": "https://f.example.com/a" } ] });
    for (text, expected) in [
        ("{{ event.sequence }}", json!(1)),
        ("{{event.sequence+1}}", json!(2)),
        ("{{- event.sequence -}}", json!(1)),
        ("{{ event.session.active }}", json!(true)),
        ("{{ event.conversationId }}", json!(null)),
        ("{{ event.attachments }}", json!([ { "url": "https://f.example.com/a" } ])),
        ("{{ event.attachments[0].url }}", json!("https://f.example.com/a")),
        ("{{ event.attachments | length }}", json!(1)),
        ("{{ event.contact }}", json!({ "id": "5215512345678", "idType": "phone" })),
        ("{{ {'a': event.sequence, 'b': [1.5, true]} }}", json!({ "a": 1, "b": [1.5, true] })),
        ("{{ 'a' if event.author == 'agent' else 'b' }}", json!("a")),
        ("{{ \"}}{{\" }}", json!("}}{{")),
        // Anything around an expression makes a text of it.
        ("{{ event.sequence }} ", json!("1 ")),
        ("{{ event.sequence }}{{ event.sequence }}", json!("11")),
        ("{{ event.sequence }} of {{ event.sequence }}", json!("1 of 1")),
        ("no {{ event.conversationId }}.", json!("no .")),
        ("it is {{ event.session.active }}", json!("it is true")),
        ("files: {{ event.attachments }}", json!("files: [{\"url\":\"https://f.example.com/a\"}]")),
        ("{% if event.author == 'agent' %}A{% else %}B{% endif %}", json!("A")),
        ("{# a comment #}a\n", json!("a\n")),
        ("plain } text {", json!("plain } text {")),
        ("", json!("")),
    ] {
        assert_eq!(body(json!(text), changes.clone()).as_ref(), Ok(&expected), "{text}");
    }
    let nested =
        json!({ "a": [ "{{ event.sequence }}", 7, null, { "{{ key }}": "{{ event.author }}" } ] });
    let expected = json!({ "a": [ 1, 7, null, { "{{ key }}": "agent" } ] });
    assert_eq!(body(nested, json!({})), Ok(expected));
}

#[test]
fn a_missing_field_is_named_with_its_place() {
    let place = "/templates/message/body/Text";
    for (text, path) in [
        ("{{ event.missing }}", Some("event.missing")),
        ("a {{ event.missing }}", Some("event.missing")),
        ("{{ event.missing.deeper }}", Some("event.missing.deeper")),
        ("{{ event.missing ~ 'a' }}", Some("event.missing")),
        ("{{ event.missing == 'a' }}", Some("event.missing")),
        ("{{ event.missing | upper }}", Some("event.missing")),
        ("{{ event.missing or 'a' }}", Some("event.missing")),
        ("{{ 'a' in event.missing }}", Some("event.missing")),
        ("{{ [event.missing] }}", Some("event.missing")),
        ("{% for item in event.missing %}a{% endfor %}", Some("event.missing")),
        ("{% if event.missing %}a{% endif %}", Some("event.missing")),
        ("{{ event.missing | default(event.other) }}", Some("event.other")),
        ("{{ event.attachments[0].url }}", Some("event.attachments[0].url")),
        ("{{ event.session.id.x }}", None),
        // A key that comes from the event is not shown.
        ("{{ event[event.text] }}", None),
    ] {
        let error = body(json!({ "Text": text }), json!({})).unwrap_err();
        let path = path.map_or_else(|| "a field".to_owned(), str::to_owned);
        assert!(error.starts_with(&format!("{place}: {path} is missing;")), "{text}: {error}");
        assert!(!error.contains("Good morning"), "{error}");
    }
    for text in [
        "{{ event.missing | default('x') }}",
        "{{ event.missing | d('x') }}",
        "{{ event.missing.deeper.still | default('x') }}",
        "{{ event.missing[0].deeper | default('x') }}",
        "{{ event.attachments[0].url | default('x') }}",
        "{{ event.attachments[-1] | default('x') }}",
        "{{ event.datePicker.title | default('x') }}",
        "{{ event.conversationId | default('x', true) }}",
        "{{ 'y' if event.missing is defined else 'x' }}",
        "{{ 'x' if event.missing is undefined else 'y' }}",
        "{{ event.missing | default(event.other) | default('x') }}",
        "{% if event.missing is defined and event.missing.a %}y{% else %}x{% endif %}",
    ] {
        let text = json!({ "Text": text });
        let changes = json!({ "conversationId": null });
        assert_eq!(body(text.clone(), changes), Ok(json!({ "Text": "x" })), "{text}");
    }
    // An unused value is not missing.
    let text = json!("{{ event.text | default(event.other) }}");
    assert_eq!(body(text, json!({})), Ok(json!("Good morning")));
    // Everything is named at once.
    let all = json!({ "a": "{{ event.a }}", "b/c": [ "{{ event.b }}" ] });
    let error = body(all, json!({})).unwrap_err();
    assert!(error.contains("/templates/message/body/a: "), "{error}");
    assert!(error.contains("/templates/message/body/b~1c/0: "), "{error}");
}

#[test]
fn what_cannot_be_compiled_is_named_and_fails_each_event() {
    for (entry, place, words) in [
        (
            json!({ "body": { "a": "{{ event.text" } }),
            "body/a",
            "this is not a template: unexpected",
        ),
        (json!({ "body": "{{ event.text }} {% if %}" }), "body", "this is not a template"),
        (json!({ "body": "{% include 'x' %}" }), "body", "this is not a template"),
        (
            json!({ "when": "{{ evnt.author }}" }),
            "when",
            "there is nothing called evnt here; there is event",
        ),
        (json!({ "body": "a {{ answer }}" }), "body", "there is nothing called answer here"),
        (json!({ "url": "{{ event.text }}" }), "url", "write the scheme and the host out"),
        (json!({ "url": "http://lynn.example.com/a" }), "url", "the URL must start with https://"),
    ] {
        let error = rendered(entry.clone(), json!({})).unwrap_err();
        assert!(
            error.contains(&format!("/templates/message/{place}: {words}")),
            "{entry}: {error}"
        );
        let config = sending(json!({ "message": entry }));
        assert_eq!(templates::outbound(&config).unwrap().faults().0.len(), 1);
    }
}

#[test]
fn work_and_size_are_bounded() {
    for text in [
        "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
        "{{ 'x' * 100000000 }}",
        "{% for a in range(10000) %}{{ event.text }}{% endfor %}",
        "{{ range(1000000000) | list | length }}",
    ] {
        let error = body(json!(text), json!({ "text": "x".repeat(1000) })).unwrap_err();
        let is_bounded = ["too much work", "more than 1048576 bytes", "invalid operation"];
        assert!(is_bounded.iter().any(|words| error.contains(words)), "{text}: {error}");
    }
    // A value that is named again and again.
    let list = format!("{{{{ [{}] }}}}", vec!["event"; 2000].join(","));
    let error = body(json!(list), json!({ "text": "x".repeat(10_000) })).unwrap_err();
    assert!(error.contains("more than 1048576 bytes"), "{error}");
    let texts = vec!["{{ event.text }}"; 200];
    let error = body(json!(texts), json!({ "text": "x".repeat(10_000) })).unwrap_err();
    assert!(error.contains("more than 1048576 bytes"), "{error}");
    // A long message fits.
    let long = "ñ\"\n".repeat(100_000);
    assert_eq!(body(json!("{{ event.text }}"), json!({ "text": long })), Ok(json!(long)));
    assert!(body(json!("a {{ event.text | upper }}"), json!({ "text": long })).is_ok());
}

#[test]
fn a_condition_is_true_or_false() {
    let applies = |when: &str| rendered(json!({ "when": when }), json!({})).map(|it| it.is_some());
    assert_eq!(applies("{{ true }}"), Ok(true));
    assert_eq!(applies(" {{ event.author == 'bot' }}\n"), Ok(false));
    assert_eq!(applies("{{ event.text is defined and not event.cards }}"), Ok(true));
    for when in ["true", "{{ event.text }}", "{{ 1 }}", "{{ none }}", "", "{{ true }}{{ true }}"] {
        let error = applies(when).unwrap_err();
        assert!(error.starts_with("/templates/message/when: the result must be true"), "{error}");
    }
    assert!(applies("{{ event.missing }}").unwrap_err().contains("event.missing is missing"));
}

#[test]
fn a_header_or_a_url_that_cannot_be_sent_is_a_fault() {
    let header = |text: &str| {
        rendered(json!({ "headers": { "x-a": "{{ event.text }}" } }), json!({ "text": text }))
            .map(|request| request.unwrap().headers.get("x-a").cloned())
    };
    assert_eq!(header("a b").unwrap().unwrap(), "a b");
    assert_eq!(header("Muñoz 😀").unwrap().unwrap().as_bytes(), "Muñoz 😀".as_bytes());
    assert_eq!(header(" a\t").unwrap().unwrap(), "a");
    for text in ["a\nb", "a\r\nx-b: c", "a\u{0}b", "\n", "a\u{7f}"] {
        let error = header(text).unwrap_err();
        assert!(error.starts_with("/templates/message/headers/x-a: the value cannot"), "{error}");
    }
    let null =
        rendered(json!({ "headers": { "x-a": "{{ event.text }}" } }), json!({ "text": null }));
    assert!(null.unwrap().unwrap().headers.is_empty());

    let url = |text: Value| {
        let url = "https://lynn.example.com/a/{{ event.text }}/b?q={{ event.text }}";
        let request = rendered(json!({ "url": url }), json!({ "text": text }))?;
        Ok::<_, String>(request.unwrap().url.unwrap().as_str().to_owned())
    };
    let expected = "https://lynn.example.com/a/a%2Fb%3F%26%23%20%C3%B1/b?q=a%2Fb%3F%26%23%20%C3%B1";
    assert_eq!(url(json!("a/b?&# ñ")).as_deref(), Ok(expected));
    for text in [".", ".."] {
        assert!(url(json!(text)).unwrap_err().contains("`.` or `..`"), "{text}");
    }
    assert!(url(json!(null)).unwrap_err().contains("/templates/message/url: the value is null"));
    let query = json!({ "url": "https://lynn.example.com/a?q={{ event.text }}&r=1" });
    let request = rendered(query, json!({ "text": null })).unwrap().unwrap();
    assert_eq!(request.url.unwrap().as_str(), "https://lynn.example.com/a?q=&r=1");
}

#[test]
fn the_answer_tells_whether_the_session_is_over() {
    let config = sending(json!({
        "message": { "sessionEnded": "{{ answer.status == 409 or answer.body.state == 'closed' or answer.headers['x-state'] | default('') == 'closed' }}" },
        "typing": {} }));
    let entry = templates::outbound(&config).unwrap().of_type("message").unwrap();
    let ended = |status: u16, body: &str| {
        let context = Context::event(&sample("message", json!({})));
        entry
            .session_ended(&context.with_answer(status, &HeaderMap::new(), body.as_bytes()))
            .unwrap()
    };
    assert_eq!(ended(200, r#"{"state":"closed"}"#), Ok(true));
    assert_eq!(ended(200, "\u{feff}{\"state\":\"open\"}"), Ok(false));
    assert_eq!(ended(409, ""), Ok(true));
    for body in ["", "closed", "{}", "[]"] {
        let fault = ended(200, body).unwrap_err().to_string();
        assert!(fault.starts_with("/templates/message/sessionEnded: "), "{fault}");
    }
    let typing = templates::outbound(&config).unwrap().of_type("typing").unwrap();
    assert!(typing.session_ended(&Context::event(&json!({}))).is_none());
}

#[test]
fn the_rest_has_an_entry_and_a_campaign_one_of_its_own() {
    let config = sending(json!({
        "message": { "body": "m" }, "*": { "body": "{{ event.type }}" },
        "proactive": { "body": { "Campaign": "{{ campaign.id }}", "Text": "{{ event.text }}" } } }));
    let templates = templates::outbound(&config).unwrap();
    assert!(std::ptr::eq(templates, templates::outbound(&config).unwrap()), "compiled once");
    let body = |kind: &str| {
        let context = Context::event(&sample(kind, json!({})));
        templates.of_type(kind).unwrap().request(&context).unwrap().unwrap().body.unwrap()
    };
    assert_eq!(body("message"), "\"m\"");
    assert_eq!(body("typing"), "\"typing\"");
    assert_eq!(body("conversation.ended"), "\"conversation.ended\"");
    let context = Context::event(&sample("message", json!({}))).with_campaign(&json!(7));
    let campaign = templates.proactive().unwrap().request(&context).unwrap().unwrap();
    assert_eq!(campaign.body.unwrap(), r#"{"Campaign":7,"Text":"Good morning"}"#);
    let rest = sending(json!({ "*": {} }));
    assert!(templates::outbound(&rest).unwrap().proactive().is_none());
    assert!(templates::outbound(&sending(json!({}))).is_none());
}
