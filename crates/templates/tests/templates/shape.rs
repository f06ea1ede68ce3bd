//! Nothing that a person wrote changes the shape of a body, a URL or a header.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{body, receiving, rendered};

/// Words of a person, often with the signs that mean something in JSON, in a URL, in a header or
/// in a template.
fn words() -> impl Strategy<Value = String> {
    let signs = prop::sample::select(vec![
        "\"",
        "\\",
        "\\u0022",
        "}",
        "{",
        "]",
        "[",
        ",",
        ":",
        "{{",
        "}}",
        "{%",
        "%}",
        "{{ event.id }}",
        "/",
        "..",
        ".",
        "%2e",
        "%2F",
        "?",
        "&",
        "=",
        "#",
        "@",
        "//",
        ";",
        "+",
        " ",
        "\t",
        "\r\n",
        "\n",
        "\r",
        "\u{0}",
        "\u{2028}",
        "x-evil: 1",
        "ñ",
        "😀",
        "null",
        "true",
        "7",
        "a",
    ]);
    prop_oneof![
        prop::collection::vec(signs, 0..8).prop_map(|signs| signs.concat()),
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn of_a_body(text in words(), other in words()) {
        let template = json!({ "a": "{{ event.text }}", "b": [ "({{ event.text }}{{ event.fallbackText }})", 7 ],
                               "c": "{% if event.text %}{{ event.text | trim }}{% endif %}" });
        let body = body(template, json!({ "text": text, "fallbackText": other })).unwrap();
        prop_assert_eq!(&body["a"], &json!(text));
        prop_assert_eq!(&body["b"], &json!([ format!("({text}{other})"), 7 ]));
        prop_assert_eq!(&body["c"], &json!(text.trim()));
        prop_assert_eq!(body.as_object().unwrap().len(), 3);
    }

    #[test]
    fn of_a_url(text in words()) {
        let url = "https://lynn.example.com/a/{{ event.text }}/b{{ event.text }}?q={{ event.text }}&r=1";
        match rendered(json!({ "url": url }), json!({ "text": text })) {
            Ok(request) => {
                let url = request.unwrap().url.unwrap();
                let (path, query) = url.as_str().split_once('?').unwrap();
                let parts: Vec<&str> = path.split('/').collect();
                prop_assert_eq!(&parts[..4], &["https:", "", "lynn.example.com", "a"]);
                prop_assert_eq!(parts.len(), 6);
                prop_assert!(parts[5].starts_with('b'));
                let pairs: Vec<&str> = query.split('&').collect();
                prop_assert_eq!(pairs.len(), 2);
                prop_assert!(pairs[0].starts_with("q=") && !pairs[0][2..].contains(['=', '#', '?']));
                prop_assert_eq!(pairs[1], "r=1");
            }
            // The only texts that no URL can hold.
            Err(error) => {
                prop_assert!(text == "." || text == "..", "{}", error);
                prop_assert!(error.starts_with("/templates/message/url: "));
            }
        }
    }

    #[test]
    fn of_a_header(text in words()) {
        let entry = json!({ "headers": { "x-a": "{{ event.text }}", "x-b": "b={{ event.text }};" } });
        match rendered(entry, json!({ "text": text })) {
            Ok(request) => {
                let headers = request.unwrap().headers;
                prop_assert_eq!(headers.len(), 2);
                let value = headers["x-b"].as_bytes();
                let expected = format!("b={text};");
                prop_assert_eq!(value, expected.as_bytes());
                prop_assert!(!value.iter().any(|byte| (*byte < 32 && *byte != b'\t') || *byte == 127));
            }
            Err(error) => {
                prop_assert!(text.chars().any(char::is_control), "{}", error);
                prop_assert!(error.contains("/templates/message/headers/x-"));
            }
        }
    }

    #[test]
    fn of_an_event(text in words()) {
        let config = receiving(json!({ "type": "message", "contact": { "id": "ana" }, "text": "{{ body.Text }}" }));
        let request = json!({ "body": { "Text": text } });
        let event = templates::inbound(&config).unwrap().render(&request).unwrap();
        let expected: Value = json!({ "type": "message", "contact": { "id": "ana" }, "text": text });
        prop_assert_eq!(event, expected);
    }
}
