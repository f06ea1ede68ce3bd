//! Events of the requests of other systems.

use serde_json::{Value, json};

use crate::receiving;

fn made(template: Value, request: Value) -> Result<Value, String> {
    let config = receiving(template);
    let template = templates::inbound(&config).unwrap();
    assert!(std::ptr::eq(template, templates::inbound(&config).unwrap()), "compiled once");
    template.render(&request).map_err(|faults| faults.to_string())
}

#[test]
fn a_request_becomes_an_event() {
    let template = json!({ "type": "message", "id": "{{ body.MessageId }}", "contact": { "id": "{{ body.Criteria }}" },
        "text": "{{ body.Text }}", "session": { "channel": "{{ query.channel | default('web') }}" },
        "attributes": { "agent": "{{ headers['user-agent'] }}", "method": "{{ method }}" } });
    let request = json!({ "method": "POST", "query": {}, "headers": { "user-agent": "n8n" },
        "body": { "MessageId": 17, "Criteria": "ana", "Text": "He said \"{{ hi }}\"" } });
    let expected = json!({ "type": "message", "id": 17, "contact": { "id": "ana" },
        "text": "He said \"{{ hi }}\"", "session": { "channel": "web" },
        "attributes": { "agent": "n8n", "method": "POST" } });
    assert_eq!(made(template, request), Ok(expected));
    let list = json!([ { "id": "{{ body[0].id }}" }, { "id": "{{ body[1].id }}" } ]);
    let request = json!({ "body": [ { "id": "a" }, { "id": "b" } ] });
    assert_eq!(made(list, request.clone()), Ok(json!([ { "id": "a" }, { "id": "b" } ])));
    assert_eq!(made(json!("{{ body }}"), request), Ok(json!([ { "id": "a" }, { "id": "b" } ])));
}

#[test]
fn every_missing_field_is_named() {
    let template =
        json!({ "id": "{{ body.MessageId }}", "contact": { "id": "{{ body.Criteria }}" } });
    for body in [json!({}), json!(null), json!("text")] {
        let error = made(template.clone(), json!({ "body": body })).unwrap_err();
        assert!(error.contains("/inboundTemplate/id: "), "{error}");
        assert!(error.contains("/inboundTemplate/contact/id: "), "{error}");
    }
    let error = made(json!("{{ event.id }}"), json!({})).unwrap_err();
    let expected = "/inboundTemplate: there is nothing called event here; there is method, query, headers, body";
    assert_eq!(error, expected);
}
