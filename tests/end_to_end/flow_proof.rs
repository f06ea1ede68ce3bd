//! Requests as flows build them: by joining texts and variables.
//!
//! Rule: the tests contain the exact bytes that a flow would send.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::harness::{Harness, KEY, Setup, each};

fn request(harness: &Harness) -> RequestBuilder {
    harness.request(Method::POST, "/lynn/support").header("x-api-key", KEY)
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.expect("JSON"))
}

/// Posts a body that the bridge must accept, and returns the id in the answer.
async fn taken(harness: &Harness, body: &str) -> String {
    let (status, answer) = answer(request(harness).body(body.to_owned())).await;
    assert_eq!(status, 202, "{body}: {answer}");
    answer["id"].as_str().expect("an id").to_owned()
}

/// Posts a body that the bridge must refuse, and returns the named fields, each with its message.
async fn refused(harness: &Harness, body: impl Into<reqwest::Body>) -> Vec<(String, String)> {
    let (status, answer) = answer(request(harness).body(body)).await;
    assert_eq!(status, 400, "{answer}");
    let text = |error: &Value, key: &str| error[key].as_str().unwrap().to_owned();
    let errors = answer["errors"].as_array().expect("errors").iter();
    errors.map(|error| (text(error, "field"), text(error, "message"))).collect()
}

fn names(errors: &[(String, String)]) -> Vec<&str> {
    errors.iter().map(|(field, _)| field.as_str()).collect()
}

#[tokio::test]
async fn what_is_written_without_quotes_is_taken_as_it_is_written() {
    let harness = Harness::start().await;
    let body = r#"{"type":"message","id":1234567890123456789012,"contact":{"id":5215512345678,"nickname":true,"lastName":7},
        "session":{"id":42,"channel":1},"text":12.50,
        "attributes":{"long":1234567890123456789012,"amount":1.10,"big":1E400,"vip":true,"none":null,"nested":{"a":[1.10]}}}"#;
    assert_eq!(taken(&harness, body).await, "1234567890123456789012");
    let accepted = harness.accepted("5215512345678", 1).await;
    assert_eq!(accepted[0]["text"], "12.50");
    assert_eq!(accepted[0]["channel"]["messageId"], "1234567890123456789012");
    assert_eq!(accepted[0]["channel"]["from"]["nickname"], "true");
    assert_eq!(accepted[0]["channel"]["from"]["lastName"], "7");
    assert_eq!(
        accepted[0]["channel"]["metadata"]["customAttributes"],
        json!({ "long": "1234567890123456789012", "amount": "1.10", "big": "1E400", "vip": "true",
                "nested": "{\"a\":[1.10]}", "session.id": "42", "session.channel": "1" })
    );
    // JavaScript joins a phone number with its plus, and a text entity with its leading zeros.
    let body = r#"{"type":"message","id":007,"contact":{"id":+5215512345678},"text":true}"#;
    assert_eq!(taken(&harness, body).await, "007");
    let accepted = harness.accepted("+5215512345678", 1).await;
    assert_eq!(
        (&accepted[0]["text"], &accepted[0]["channel"]["messageId"]),
        (&json!("true"), &json!("007"))
    );
    harness.end();
}

#[tokio::test]
async fn an_event_without_an_id_takes_the_headers_or_a_new_one() {
    let harness = Harness::start().await;
    let body = r#"{"type":"message","contact":{"id":"ana"},"text":"Hello"}"#;
    let with = |headers: &[(&str, &str)]| {
        headers
            .iter()
            .fold(request(&harness), |request, (name, value)| request.header(*name, *value))
    };
    let both = [("idempotency-key", "\"key-1\""), ("webhook-id", "msg_1")];
    for (headers, id) in [(&both[..], "msg_1"), (&both[..1], "key-1")] {
        let (status, answer) = answer(with(headers).body(body)).await;
        assert_eq!((status, &answer["id"]), (202, &json!(id)));
    }
    let first = taken(&harness, body).await;
    let second = taken(&harness, body).await;
    assert!(first != second && first.len() == 36, "{first} {second}");
    let accepted = harness.accepted("ana", 4).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["msg_1", "key-1", &first, &second]);
    // The body's own id has priority; an id without content is a mistake in the flow.
    let own = r#"{"type":"message","id":"m-1","contact":{"id":"ana"},"text":"Hello"}"#;
    let (_, named) = answer(with(&both).body(own)).await;
    assert_eq!(named["id"], "m-1");
    for id in ["null", r#""""#, r#""{{message.id}}""#, r#""${ID}""#, r#"" undefined ""#] {
        let body =
            format!(r#"{{"type":"message","id":{id},"contact":{{"id":"ana"}},"text":"Hello"}}"#);
        let (status, answer) = answer(with(&both).body(body)).await;
        assert_eq!((status, &answer["errors"][0]["field"]), (400, &json!("id")), "{id}");
    }
    let (status, answer) = answer(with(&[("webhook-id", &"x".repeat(129))]).body(body)).await;
    assert_eq!((status, &answer["errors"][0]["field"]), (400, &json!("webhook-id")));
    harness.accepted("ana", 5).await;
    harness.end();
}

#[tokio::test]
async fn a_variable_that_was_not_filled_in_is_named_or_left_out() {
    let harness = Harness::start().await;
    for id in ["{{contact.id}}", "${CRITERIA}", "@CRITERIA", " undefined", "null", " ", ""] {
        let body = format!(r#"{{"type":"typing","id":"t-1","contact":{{"id":"{id}"}}}}"#);
        assert_eq!(names(&refused(&harness, body).await), ["contact.id"], "{id}");
    }
    let receipt = r#"{"type":"receipt","id":"r-1","contact":{"id":"ana"},"messageId":"{{id}}","status":"read"}"#;
    assert_eq!(names(&refused(&harness, receipt).await), ["messageId"]);
    let reply = r#"{"type":"message","id":"m-1","contact":{"id":"ana"},"reply":{"to":"${to}","kind":"button","text":"a"}}"#;
    assert_eq!(names(&refused(&harness, reply).await), ["reply.to"]);
    // A variable may be without quotes, too, and leave nothing when it is empty.
    for id in ["{{contact.id}}", "${CRITERIA}", "@CRITERIA", "undefined", "null", ""] {
        let body = format!(r#"{{"type":"typing","id":"t-1","contact":{{"id":{id}}}}}"#);
        assert_eq!(names(&refused(&harness, body).await), ["contact.id"], "{id}");
        let body = format!(r#"{{"type":"typing","id":{id},"contact":{{"id":"ana"}}}}"#);
        assert_eq!(names(&refused(&harness, body).await), ["id"], "{id}");
    }
    // Optional fields that contain only a placeholder are left out, but a text is unchanged.
    let body = r#"{"type":"message","id":"m-1","time":"{{now}}","contact":{"id":"ana","idType":"{{type}}","nickname":"{{name}}",
        "imageUrl":"{{image}}","lastName":"Null"},"session":{"id":"undefined","channel":"${channel}"},
        "text":"{{text}}","attachments":"","history":"{{history}}","attributes":{"":"x","  ":"y","topic":"{{topic}}"}}"#;
    taken(&harness, body).await;
    let accepted = harness.accepted("ana", 1).await;
    assert_eq!(accepted[0]["text"], "{{text}}");
    assert_eq!(
        accepted[0]["channel"]["from"],
        json!({ "id": "ana", "idType": "Opaque", "lastName": "Null" })
    );
    assert_eq!(
        accepted[0]["channel"]["metadata"]["customAttributes"],
        json!({ "topic": "{{topic}}" })
    );
    let line = harness.logged(&[("event.name", "left_out"), ("event.id", "m-1")]).await;
    let fields = line["fields"].as_str().unwrap();
    for field in ["time", "contact.nickname", "session.id", "session.channel", "history"] {
        assert!(fields.split(' ').any(|known| known == field), "{fields}");
    }
    harness.end();
}

#[tokio::test]
async fn line_breaks_and_other_characters_inside_a_text_are_taken() {
    let harness = Harness::start().await;
    let texts = [
        ("first\nsecond\r\n\tthird", "first\nsecond\r\n\tthird"),
        ("bell \u{7}, escape \u{1b}, delete \u{7f}", "bell \u{7}, escape \u{1b}, delete \u{7f}"),
        (r"cut \ud83d", "cut \u{fffd}"),
        (r"whole \ud83d\ude00", "whole 😀"),
        (r"¯\_(ツ)_/¯ and C:\dir", r"¯\_(ツ)_/¯ and C:\dir"),
    ];
    for (number, (raw, _)) in texts.iter().enumerate() {
        let body = format!(
            r#"{{"type":"message","id":"m-{number}","contact":{{"id":"ana","nickname":"half \ud83d"}},"text":"{raw}",
                "attributes":{{"raw":"{raw}"}}}}"#
        );
        taken(&harness, &body).await;
    }
    let accepted = harness.accepted("ana", texts.len()).await;
    let expected: Vec<&str> = texts.iter().map(|(_, text)| *text).collect();
    assert_eq!(each(&accepted, "/text"), expected);
    assert_eq!(accepted[0]["channel"]["from"]["nickname"], "half \u{fffd}");
    assert_eq!(each(&accepted, "/channel/metadata/customAttributes/raw"), expected);
    harness.end();
}

#[tokio::test]
async fn a_quote_in_a_text_is_refused_with_how_to_escape_it() {
    let harness = Harness::start().await;
    for words in [r#"She said "hello""#, r#"a 15" screen, please"#, r#"a","text":"b" c"#] {
        let body =
            format!(r#"{{"type":"message","id":"m-1","contact":{{"id":"ana"}},"text":"{words}"}}"#);
        let errors = refused(&harness, body).await;
        assert_eq!(names(&errors), ["text"], "{words}");
        assert!(errors[0].1.contains(r#"must be written \""#), "{errors:?}");
    }
    let twice =
        r#"{"type":"message","id":"m-1","contact":{"id":"ana","id":"bea"},"text":"a","text":"b"}"#;
    assert_eq!(names(&refused(&harness, twice).await), ["contact.id", "text"]);
    let inside = r#"{"type":"message","id":"m-1","contact":{"id":"ana"},"text":"a","attributes":{"x":{"y":1,"y":2}}}"#;
    assert_eq!(names(&refused(&harness, inside).await), ["attributes.x.y"]);
    let deep = format!(
        r#"{{"type":"typing","id":"t-1","contact":{{"id":"ana"}},"x":{}}}"#,
        "[".repeat(100_000)
    );
    assert!(refused(&harness, deep).await[0].1.contains("128 levels"));
    assert_eq!(harness.genesys.accepted_count(), 0);
    harness.end();
}

#[tokio::test]
async fn a_body_is_json_or_a_form_whatever_its_type_says() {
    let harness = Harness::start().await;
    let json = |id: usize| {
        format!(r#"{{"type":"message","id":"m-{id}","contact":{{"id":"ana"}},"text":"Sí"}}"#)
    };
    let types =
        ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream", "nonsense"];
    for (number, name) in types.into_iter().enumerate() {
        let sent = request(&harness).header("content-type", name).body(json(number));
        assert_eq!(answer(sent).await.0, 202, "{name}");
    }
    let latin: Vec<u8> =
        json(4).chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let sent = request(&harness)
        .header("content-type", "application/json; charset=ISO-8859-1")
        .body(latin);
    assert_eq!(answer(sent).await.0, 202);
    let wide: Vec<u8> = json(5).encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(answer(request(&harness).body(wide)).await.0, 202);
    assert_eq!(answer(request(&harness).body(format!("\u{feff}{}", json(6)))).await.0, 202);
    let form = "type=message&id=m-7&contact.id=bea&contact.nickname=Ana+Ruiz&text=S%C3%AD&attributes.topic=billing\
                &attributes.order.id=7&attachments.0.url=https%3A%2F%2Fexample.com%2Fa.png&attachments.0.mediaType=image\
                &history.0.author=bot&history.0.text=Hola";
    let sent = request(&harness)
        .header("content-type", "application/x-www-form-urlencoded; charset=UTF-8")
        .body(form);
    assert_eq!(answer(sent).await, (202, json!({ "id": "m-7", "status": "accepted" })));
    let accepted = harness.accepted("ana", 7).await;
    assert_eq!(each(&accepted, "/text"), ["Sí"; 7]);
    let accepted = harness.accepted("bea", 3).await;
    assert!(accepted[0]["text"].as_str().unwrap().ends_with("Bot: Hola"));
    assert_eq!(accepted[1]["text"], "Sí");
    assert_eq!(accepted[1]["channel"]["from"]["nickname"], "Ana Ruiz");
    assert_eq!(
        accepted[1]["channel"]["metadata"]["customAttributes"],
        json!({ "topic": "billing", "order.id": "7" })
    );
    assert_eq!(accepted[2]["content"][0]["attachment"]["url"], "https://example.com/a.png");
    for (name, body) in [
        ("text/plain", "hello"),
        ("text/plain", "[]"),
        ("text/plain", r#"{"type":"message","text":"a "b"}"#),
        ("application/xml", "<a/>"),
        ("multipart/form-data; boundary=x", "--x\r\n\r\n--x--"),
    ] {
        let (status, problem) =
            answer(request(&harness).header("content-type", name).body(body)).await;
        assert_eq!((status, &problem["status"]), (415, &json!(415)), "{name}");
    }
    for (name, body) in
        [("application/json", "hello"), ("application/x-www-form-urlencoded", "hello")]
    {
        assert_eq!(
            answer(request(&harness).header("content-type", name).body(body)).await.0,
            400,
            "{name}"
        );
    }
    harness.end();
}

#[tokio::test]
async fn the_key_may_be_a_bearer_token() {
    let harness = Harness::start().await;
    let send = |name: &'static str, value: String| {
        let request = harness.request(Method::POST, "/lynn/support").header(name, value);
        answer(
            request.body(r#"{"type":"message","id":"m-1","contact":{"id":"ana"},"text":"Hello"}"#),
        )
    };
    for value in [format!("Bearer {KEY}"), format!("bearer  {KEY}")] {
        assert_eq!(send("authorization", value).await.0, 202);
    }
    for value in
        [KEY.to_owned(), format!("Basic {KEY}"), "Bearer".to_owned(), format!("Bearer x{KEY}")]
    {
        assert_eq!(send("authorization", value).await.0, 401);
    }
    harness.accepted("ana", 1).await;
    let asked = harness.request(Method::GET, "/lynn/support/conversations/ana").bearer_auth(KEY);
    assert_eq!(answer(asked).await.0, 200);
    harness.end();
}

#[tokio::test]
async fn words_in_any_charset_are_read_or_said_to_be_damaged() {
    let harness = Harness::start().await;
    let form = "application/x-www-form-urlencoded";
    let bodies: [(&str, String, &[u8], &str); 4] = [
        (
            "m-1",
            "application/json; charset=windows-1251".into(),
            b"\xcf\xf0\xe8\xe2\xe5\xf2",
            "Привет",
        ),
        ("m-2", "application/json; charset=Shift_JIS".into(), b"\x95\x5c", "表"),
        ("m-3", format!("{form}; charset=iso-8859-15"), b"Ma%F1ana+%A4", "Mañana €"),
        ("m-4", format!("{form}; charset=windows-1250"), b"%9alut%FD", "šlutý"),
    ];
    let body = |id: &str, is_form: bool, words: &[u8]| {
        let (before, after) = match is_form {
            true => (format!("type=message&id={id}&contact.id=ana&text="), ""),
            false => (
                format!(r#"{{"type":"message","id":"{id}","contact":{{"id":"ana"}},"text":""#),
                "\"}",
            ),
        };
        [before.as_bytes(), words, after.as_bytes()].concat()
    };
    for (id, content_type, words, _) in &bodies {
        let sent = request(&harness).header("content-type", content_type);
        let sent = sent.body(body(id, content_type.starts_with(form), words));
        assert_eq!(answer(sent).await.0, 202, "{id}");
    }
    let wide = format!(" \r\n{}", String::from_utf8(body("m-5", false, b"wide")).unwrap());
    let wide: Vec<u8> = wide.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(answer(request(&harness).body(wide)).await.0, 202);
    // These bytes have no known charset: the rest is delivered, and the log tells the operator.
    let sent = request(&harness).header("content-type", form).body(body("m-6", true, b"ma%F1ana"));
    assert_eq!(answer(sent).await.0, 202);
    let accepted = harness.accepted("ana", 6).await;
    let mut expected: Vec<&str> = bodies.iter().map(|(_, _, _, words)| *words).collect();
    expected.extend(["wide", "ma\u{fffd}ana"]);
    assert_eq!(each(&accepted, "/text"), expected);
    harness.logged(&[("event.name", "characters_replaced"), ("event.id", "m-6")]).await;
    let replaced =
        harness.lines().iter().filter(|line| line["event.name"] == "characters_replaced").count();
    assert_eq!(replaced, 1);
    let unknown = request(&harness).header("content-type", "application/json; charset=klingon");
    let (status, problem) = answer(unknown.body(body("m-7", false, b"ma\xf1ana"))).await;
    assert_eq!((status, &problem["status"]), (415, &json!(415)));
    assert_eq!(problem["detail"], "The charset klingon is not taken. Send UTF-8.");
    harness.end();
}

#[tokio::test]
async fn blanks_around_an_id_make_no_other_customer() {
    let harness = Harness::start().await;
    for (number, id) in
        ["5215512345678", "5215512345678\\n", " 5215512345678", "\u{200b}5215512345678"]
            .into_iter()
            .enumerate()
    {
        let body = format!(
            r#"{{"type":"message","id":"m-{number} ","contact":{{"id":"{id}"}},"text":"Hola"}}"#
        );
        assert_eq!(taken(&harness, &body).await, format!("m-{number}"));
    }
    let accepted = harness.accepted("5215512345678", 4).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-0", "m-1", "m-2", "m-3"]);
    let path = "/lynn/support/conversations/%205215512345678%0A";
    let asked = harness.request(Method::GET, path).header("x-api-key", KEY);
    let (status, conversation) = answer(asked).await;
    assert_eq!((status, &conversation["contact"]["id"]), (200, &json!("5215512345678")));
    let form = |id: &str| {
        let body = format!("type=message&id=m-9&contact.id={id}&text=Hola");
        request(&harness).header("content-type", "application/x-www-form-urlencoded").body(body)
    };
    for id in ["+5215512345678", "ana+tag@example.com"] {
        let (status, problem) = answer(form(id)).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (400, &json!("contact.id")), "{id}");
        assert!(problem["detail"].as_str().unwrap().contains("written %2B"), "{problem}");
    }
    assert_eq!(answer(form("%2B5215512345678")).await.0, 202);
    harness.accepted("+5215512345678", 1).await;
    let inside = "{\"type\":\"typing\",\"id\":\"t-1\",\"contact\":{\"id\":\"a\nb\"}}";
    let errors = refused(&harness, inside).await;
    assert_eq!(names(&errors), ["contact.id"]);
    assert!(errors[0].1.contains("control character"), "{errors:?}");
    harness.end();
}

#[tokio::test]
async fn a_detail_that_cannot_be_read_does_not_cost_the_message() {
    let harness = Harness::start().await;
    let body = r#"{"type":"message","id":"m-1","time":"soon","contact":{"id":"ana"},"text":"Hola","attributes":[],
        "history":[{"author":"bot","text":"Hi","time":1795341600000},{"author":"customer","text":null,"time":"2026-11-22 10:00:00"}]}"#;
    taken(&harness, body).await;
    let accepted = harness.accepted("ana", 2).await;
    assert_eq!(accepted[1]["text"], "Hola");
    let line = harness.logged(&[("event.name", "left_out"), ("event.id", "m-1")]).await;
    assert_eq!(line["fields"], "time");
    harness.end();
}

#[tokio::test]
async fn the_bounds_are_held_and_named() {
    let harness = Harness::start().await;
    let event = |changes: Value| {
        let mut event =
            json!({ "type": "message", "id": "m-1", "contact": { "id": "ana" }, "text": "Hello" });
        for (key, value) in changes.as_object().unwrap() {
            event[key] = value.clone();
        }
        event.to_string()
    };
    let x = |count: usize| "ñ".repeat(count);
    let files = |count: usize| {
        (0..count)
            .map(|n| json!({ "url": format!("https://example.com/{n}.png") }))
            .collect::<Value>()
    };
    let attributes =
        |count: usize| Value::Object((0..count).map(|n| (format!("a{n}"), json!(n))).collect());
    let named = |name: String| Value::Object([(name, json!("v"))].into_iter().collect());
    for (changes, field) in [
        (json!({ "id": x(129) }), "id"),
        (json!({ "contact": { "id": x(257) } }), "contact.id"),
        (json!({ "contact": { "id": "ana", "nickname": x(257) } }), "contact.nickname"),
        (json!({ "contact": { "id": "ana", "firstName": x(257) } }), "contact.firstName"),
        (json!({ "session": { "id": x(257) } }), "session.id"),
        (json!({ "session": { "channel": x(257) } }), "session.channel"),
        (json!({ "reply": { "to": x(129), "kind": "button", "text": "a" } }), "reply.to"),
        (json!({ "type": "receipt", "messageId": x(129), "status": "read" }), "messageId"),
        (json!({ "attachments": files(21) }), "attachments"),
        (json!({ "attributes": attributes(51) }), "attributes"),
        (json!({ "attributes": named(x(257)) }), "attributes"),
        (json!({ "attributes": { "a": x(2001) } }), "attributes.a"),
    ] {
        assert_eq!(names(&refused(&harness, event(changes)).await), [field]);
    }
    let history: Value =
        (0..150).map(|n| json!({ "author": "bot", "text": format!("line {n}") })).collect();
    let most = json!({
        "id": x(128), "contact": { "id": "ana", "nickname": x(256), "lastName": x(256) },
        "session": { "id": x(256), "channel": x(256) }, "attachments": files(20), "history": history,
        "attributes": Value::Object((0..50).map(|n| (format!("{n:0>256}"), json!(x(2000)))).collect()),
    });
    taken(&harness, &event(most)).await;
    let accepted = harness.accepted("ana", 22).await;
    let transcript = accepted[0]["text"].as_str().unwrap();
    assert!(transcript.contains("(50 earlier lines left out)\nBot: line 50\n"), "{transcript}");
    assert!(transcript.ends_with("Bot: line 149"));
    harness.end();
}

#[tokio::test]
async fn files_have_valid_urls_harmless_names_and_captions_of_any_length() {
    let harness = Harness::start().await;
    let caption = "word ".repeat(840);
    let event = json!({ "type": "message", "id": "m-1", "contact": { "id": "ana", "imageUrl": " https://example.com/a b.png\n" },
        "attachments": [
            { "url": " https://f.example.com/mi archivo ñ.pdf\n", "filename": "../../etc/pass\r\nwd\u{202e}fdp.exe" },
            { "url": "https://f.example.com/a.pdf?X-Sig=a%2Fb", "filename": "..", "caption": format!("<b>{caption}</b>") },
        ] });
    taken(&harness, &event.to_string()).await;
    let accepted = harness.accepted("ana", 4).await;
    assert_eq!(accepted[0]["channel"]["from"]["image"], "https://example.com/a%20b.png");
    let first = &accepted[0]["content"][0]["attachment"];
    assert_eq!(first["url"], "https://f.example.com/mi%20archivo%20%C3%B1.pdf");
    assert_eq!(first["filename"], "passwdfdp.exe");
    let second = &accepted[1]["content"][0]["attachment"];
    assert_eq!(second["url"], "https://f.example.com/a.pdf?X-Sig=a%2Fb");
    assert_eq!(second.get("filename"), None);
    let pieces = [&second["text"], &accepted[2]["text"], &accepted[3]["text"]]
        .map(|text| text.as_str().unwrap());
    assert!(pieces.iter().all(|piece| piece.chars().count() <= 2000));
    assert_eq!(pieces.concat().trim_end(), caption.trim_end());
    let long = format!("https://{}", "a".repeat(8_185));
    for url in ["https://", "f.example.com/a.pdf", "https://a b/c", long.as_str()] {
        let body = json!({ "type": "message", "id": "m-2", "contact": { "id": "ana" }, "attachments": [ { "url": url } ] });
        assert_eq!(names(&refused(&harness, body.to_string()).await), ["attachments[0].url"]);
    }
    harness.end();
}

#[tokio::test]
async fn another_text_under_a_used_id_is_a_message_of_its_own() {
    let setup = Setup::new().genesys(|options| options.automatic_receipts = true);
    let harness = setup.start().await;
    let say = |text: &'static str| harness.say("ana", "m-1", text);
    say("the first words").await;
    // At once, while the first message is still being delivered, and later, when it is recorded.
    say("the second words").await;
    harness.accepted("ana", 2).await;
    say("the third words").await;
    for text in ["the first words", "the second words", "the third words", "the second words"] {
        say(text).await;
    }
    let accepted = harness.accepted("ana", 3).await;
    assert_eq!(
        each(&accepted, "/text"),
        ["the first words", "the second words", "the third words"]
    );
    let ids = each(&accepted, "/channel/messageId");
    assert_eq!(ids[0], "m-1");
    assert!(
        ids[1].as_str().unwrap().starts_with("m-1~")
            && ids[2].as_str().unwrap().starts_with("m-1~")
    );
    assert_ne!(ids[1], ids[2]);
    // Lynn gets the receipt of each under the id with which it was delivered.
    let heard = harness.heard("ana", 3).await;
    // Genesys does not guarantee an order of its receipts.
    let told = each(&heard, "/messageId");
    assert!(ids.iter().all(|id| told.contains(id)), "{told:?}");
    assert_eq!(each(&heard, "/status"), ["published"; 3]);
    harness.logged(&[("event.name", "id_reused"), ("event.used_id", "m-1")]).await;
    say("the fourth words").await;
    harness.accepted("ana", 4).await;
    harness.end();
}

#[tokio::test]
async fn a_message_under_a_used_id_that_fails_is_told_and_redriven_as_itself() {
    use crate::command::run;
    use crate::harness::{fault, status};
    let harness = Harness::start().await;
    harness.say("ana", "m-1", "the first words").await;
    harness.accepted("ana", 1).await;
    harness.genesys.script(fault(simulators::Endpoint::Message, status(400)));
    harness.say("ana", "m-1", "the second words").await;
    let heard = harness.heard("ana", 1).await;
    let id = heard[0]["messageId"].as_str().expect("an id").to_owned();
    assert!(id.starts_with("m-1~"), "{id}");
    assert_eq!(heard[0]["status"], "failed");
    if harness.is_deployed() {
        return harness.end();
    }
    let data = harness.data_directory();
    let data = data.to_str().expect("UTF-8");
    run(&["dead-letters", "redrive", "--all", "--data", data], &[]).await.good();
    let accepted = harness.accepted("ana", 2).await;
    assert_eq!(each(&accepted, "/text"), ["the first words", "the second words"]);
    assert_eq!(accepted[1]["channel"]["messageId"], id);
    harness.end();
}

#[tokio::test]
async fn a_message_that_was_given_up_is_repaired_under_its_id_and_its_first_words_are_redriven() {
    use crate::command::run;
    use crate::harness::{fault, status};
    let harness = Harness::start().await;
    harness.genesys.script(fault(simulators::Endpoint::Message, status(400)));
    harness.say("ana", "m-1", "the first words").await;
    harness.heard("ana", 1).await;
    harness.say("ana", "m-1", "the repaired words").await;
    let accepted = harness.accepted("ana", 1).await;
    assert_eq!(accepted[0]["channel"]["messageId"], "m-1");
    if harness.is_deployed() {
        return harness.end();
    }
    let data = harness.data_directory();
    let data = data.to_str().expect("UTF-8");
    run(&["dead-letters", "redrive", "--all", "--data", data], &[]).await.good();
    let accepted = harness.accepted("ana", 2).await;
    assert_eq!(each(&accepted, "/text"), ["the repaired words", "the first words"]);
    assert!(accepted[1]["channel"]["messageId"].as_str().unwrap().starts_with("m-1~"));
    harness.end();
}
