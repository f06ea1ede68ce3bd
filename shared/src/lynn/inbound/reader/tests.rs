//! Tests of the reader.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::broken::QUOTE;
use super::*;

fn value(node: &Node<'_>) -> Value {
    match node {
        Node::Null => Value::Null,
        Node::Bool(truth) => json!(truth),
        Node::Number(number) => serde_json::from_str(number).unwrap(),
        Node::Text(text) => json!(text),
        Node::Array(elements) => elements.iter().map(value).collect(),
        Node::Object(fields) => {
            fields.iter().map(|(key, node)| (key.to_string(), value(node))).collect()
        }
    }
}

fn read_text(json: &str) -> String {
    match read(json) {
        Ok(node) => node.as_text().expect("a text").to_owned(),
        Err(_) => panic!("{json} is refused"),
    }
}

fn refused(json: &str) -> (String, String) {
    match read(json) {
        Err(Unread::NotJson(error)) => (error.field, error.message),
        _ => panic!("{json} is not refused"),
    }
}

fn repeated(json: &str) -> Vec<String> {
    match read(json) {
        Err(Unread::Repeated(errors)) => errors.into_iter().map(|error| error.field).collect(),
        _ => panic!("{json} repeats no key"),
    }
}

#[test]
fn numbers_and_words_stay_as_they_were_written() {
    for number in
        ["1.10", "1234567890123456789012", "0445512345678", "+5215512345678", "-0", "1E400"]
    {
        assert_eq!(read_text(number), number);
    }
    assert_eq!((read_text("true"), read_text("false")), ("true".into(), "false".into()));
    assert!(matches!(read("undefined"), Ok(Node::Null)));
}

#[test]
fn a_text_holds_what_was_put_into_it() {
    let raw = "\"a\nb\tc\r\nd\u{0}\u{1b}\u{7f}\u{2028}\"";
    assert_eq!(read_text(raw), raw.trim_matches('"'));
    assert_eq!(read_text(r#""\"\\\/\b\f\n\r\t\u00e9""#), "\"\\/\u{8}\u{c}\n\r\t\u{e9}");
    // A backslash that escapes nothing.
    assert_eq!(read_text(r#""¯\_(ツ)_/¯ C:\dir \u12 \uñ""#), r"¯\_(ツ)_/¯ C:\dir \u12 \uñ");
}

#[test]
fn half_a_character_is_replaced() {
    assert_eq!(read_text(r#""\ud83d\ude00""#), "😀");
    assert_eq!(read_text(r#""cut \ud83d""#), "cut \u{fffd}");
    assert_eq!(
        read_text(r#""\ude00\ud83d!\ud83d\n\ud83d\u0041""#),
        "\u{fffd}\u{fffd}!\u{fffd}\n\u{fffd}A"
    );
    assert_eq!(read_text(r#""\ud83d\ud83d\ude00""#), "\u{fffd}😀");
    assert_eq!(read_text(r#""\ud83d\u12""#), "\u{fffd}\\u12");
}

#[test]
fn a_quote_inside_a_text_is_named_with_its_field() {
    for body in [
        r#"{"text":"He said "hi" to me"}"#,
        r#"{"text":"He said "hi", and left"}"#,
        r#"{"text":"a",b","id":"x"}"#,
        r#"{"text":"a","b" c"}"#,
        r#"{"text":"it ends so\"}"#,
    ] {
        let (field, message) = refused(body);
        assert_eq!(field, "text", "{body}");
        assert!(message.starts_with("is not valid JSON (line 1, column "), "{message}");
        assert!(message.ends_with(QUOTE), "{message}");
    }
    let body = "{\"contact\":{\"id\":5},\n\"history\":[{\"text\":\"a \"b\" c\"}]}";
    let (field, message) = refused(body);
    assert_eq!(field, "history[0].text");
    assert!(message.contains("line 2, column 24)"), "{message}");
    assert_eq!(refused(r#"["a "b" c"]"#).0, "[0]");
}

#[test]
fn anything_else_is_named_by_its_place() {
    for (json, path) in [
        (r#"{"type": "message","#, "line 1, column 19"),
        (r#"{"id":"#, "line 1, column 6"),
        ("{'id': 5}", "line 1, column 2"),
        ("[1 2]", "line 1, column 4"),
        ("12ab", "line 1, column 3"),
        ("nul", "line 1, column 1"),
        ("1.", "line 1, column 2"),
        ("{} {}", "line 1, column 4"),
        ("{{message}}", "line 1, column 2"),
    ] {
        let expected = (String::new(), format!("is not valid JSON ({path})"));
        assert_eq!(refused(json), expected, "{json}");
    }
}

#[test]
fn a_field_without_a_value_is_named() {
    let unfilled = "a variable was not filled in; a value is needed here";
    let bare = "a text must be in double quotes";
    for (json, field, path, why) in [
        ("{\n  \"id\": ,", "id", "line 2, column 9", unfilled),
        (r#"{"contact":{"id":}}"#, "contact.id", "line 1, column 18", unfilled),
        (r#"{"contact":{"id":{{ID}}}}"#, "contact.id", "line 1, column 18", unfilled),
        (r#"{"id":${ID}}"#, "id", "line 1, column 7", unfilled),
        (r#"{"id":@CRITERIA}"#, "id", "line 1, column 7", unfilled),
        (r#"{"a":[1,,2]}"#, "a[1]", "line 1, column 9", unfilled),
        (r#"{"text":Hello}"#, "text", "line 1, column 9", bare),
        (r#"{"text":hello}"#, "text", "line 1, column 9", bare),
        (r#"{"history":[{"text":'Hi'}]}"#, "history[0].text", "line 1, column 21", bare),
        (r#"{"text":¡Hola!}"#, "text", "line 1, column 9", bare),
    ] {
        let message = format!("is not valid JSON ({path}): {why}");
        assert_eq!(refused(json), (field.to_owned(), message), "{json}");
    }
}

#[test]
fn a_comma_too_many_and_a_body_without_anything_say_what_to_do() {
    for (json, path, end) in [
        (r#"{"a":1,}"#, "line 1, column 8", '}'),
        (r#"{"a":"b" , }"#, "line 1, column 12", '}'),
        ("{\"id\": 5,\n}", "line 2, column 1", '}'),
        (r#"{"a":[1,2,]}"#, "line 1, column 11", ']'),
    ] {
        let expected = format!("is not valid JSON ({path}): remove the comma before `{end}`");
        assert_eq!(refused(json), (String::new(), expected), "{json}");
    }
    for json in ["{,}", "[,]", "[,"] {
        assert!(!refused(json).1.contains("take it out"), "{json}");
    }
    for json in ["", " \r\n"] {
        assert_eq!(refused(json).1, "the body is empty; send a JSON object");
    }
}

#[test]
fn a_key_that_stands_twice_is_named() {
    assert_eq!(repeated(r#"{"id":1,"text":"a","id":2}"#), ["id"]);
    assert_eq!(repeated(r#"{"contact":{"id":1,"\u0069d":1}}"#), ["contact.id"]);
    assert_eq!(repeated(r#"{"a":[{},{"b":1,"b":2,"b":3}]}"#), ["a[1].b", "a[1].b"]);
    let many: String = (0..50).map(|number| format!("\"k{number}\":1,")).collect();
    assert_eq!(repeated(&format!("{{{many}\"k7\":2}}")), ["k7"]);
    let all: String = (0..500).map(|_| "\"k\":1,").collect();
    assert_eq!(repeated(&format!("{{{all}\"k\":2}}")).len(), NAMED);
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(read(&nested(DEEPEST)).is_ok());
    assert!(refused(&nested(DEEPEST + 1)).1.contains("at most 128 levels"));
    assert!(refused(&"[{\"a\":".repeat(100_000)).1.contains("at most 128 levels"));
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "(\\PC|\\n|\"|\\\\|\u{0}|\u{7f}){0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,6}", inner, 0..20)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn valid_json_is_read_as_any_parser_reads_it(expected in json(), pretty in any::<bool>()) {
        let text = if pretty {
            serde_json::to_string_pretty(&expected).unwrap()
        } else {
            expected.to_string()
        };
        let Ok(node) = read(&text) else { panic!("{text} is refused") };
        prop_assert_eq!(value(&node), expected);
        let mut again = String::new();
        node.write_json(&mut again);
        let Ok(second) = read(&again) else { panic!("{again} is refused") };
        prop_assert_eq!(value(&second), value(&node));
    }

    #[test]
    fn whatever_a_parser_takes_is_taken(text in "[\\[\\]{}:,\"\\\\a-u0-9eE.+\\- \n]{0,40}") {
        let parsed = serde_json::from_str::<Value>(&text);
        match (parsed, read(&text)) {
            (Ok(expected), Ok(node)) => prop_assert_eq!(value(&node), expected),
            (Ok(_), Err(Unread::NotJson(error))) => panic!("{text}: {}", error.message),
            _ => {}
        }
    }
}
