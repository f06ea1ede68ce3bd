//! Parses the bytes of a request into an event.
//!
//! Rule: a JSON object is accepted with any content type, a form only with its own.

use serde_json::Value;

use super::arrival::{Arrival, Said};
use super::charset::{self, UnknownCharset};
use super::node::Node;
use super::reader::{self, Unread};
use super::{InboundEvent, form, parse};
use crate::ids::LynnEventId;
use crate::problem::FieldError;

/// A parsed event.
#[derive(Debug)]
pub struct Read {
    pub event: InboundEvent,
    /// The paths of fields that were omitted: variables that were not filled in, attributes without
    /// a name.
    pub left_out: Vec<String>,
    /// Whether some bytes were invalid in the declared charset and became U+FFFD.
    pub replaced: bool,
}

/// Why a body is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The body is neither JSON nor a form, by its content type and by its content. Contains the
    /// JSON parser's error if the body looks like JSON.
    OtherType(Option<FieldError>),
    /// The body is not UTF-8, and its declared charset is unknown: the charset's name.
    Charset(String),
    /// The body breaks the contract: all errors.
    Invalid(Vec<FieldError>),
}

impl From<UnknownCharset> for Refused {
    fn from(UnknownCharset(name): UnknownCharset) -> Self {
        Self::Charset(name)
    }
}

impl InboundEvent {
    /// Parses and validates the body of a request. `new_id` makes an id if neither body nor headers
    /// have one.
    ///
    /// # Errors
    /// The reason why the body is refused.
    pub fn read(
        bytes: &[u8],
        arrival: &Arrival,
        new_id: impl FnOnce() -> LynnEventId,
    ) -> Result<Read, Refused> {
        let body = charset::decode(bytes, arrival.charset.as_deref())?;
        let (node, replaced) = tree(&body.text, arrival)?;
        let spare = || {
            let new = || ("id", new_id().as_str().to_owned());
            Some(arrival.id.clone().unwrap_or_else(new))
        };
        let (event, left_out) = parse::event(&node, spare).map_err(Refused::Invalid)?;
        Ok(Read { event, left_out, replaced: replaced || body.replaced })
    }

    /// Parses and validates JSON that contains its id.
    ///
    /// # Errors
    /// All errors, each with its path.
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<FieldError>> {
        let body = charset::decode(bytes, None);
        let text = body.map_or_else(|_| String::from_utf8_lossy(bytes), |body| body.text);
        let node = reader::read(&text).map_err(|unread| match unread {
            Unread::NotJson(error) => vec![error],
            Unread::Repeated(errors) => errors,
        })?;
        parse::event(&node, || None).map(|(event, _)| event)
    }
}

/// The body of another system's request.
#[derive(Debug)]
pub struct Foreign {
    /// JSON of any form; an object of texts for a form, null for no body.
    pub body: Value,
    /// Whether some bytes were invalid in the declared charset and became U+FFFD.
    pub replaced: bool,
}

impl Foreign {
    /// Parses the body of a request that a template turns into events: as leniently as an event's.
    ///
    /// # Errors
    /// The reason why the body is refused.
    pub fn read(bytes: &[u8], arrival: &Arrival) -> Result<Self, Refused> {
        let body = charset::decode(bytes, arrival.charset.as_deref())?;
        if body.text.trim().is_empty() {
            return Ok(Self { body: Value::Null, replaced: body.replaced });
        }
        let (node, replaced) = tree_beginning_with(&['{', '['], &body.text, arrival)?;
        Ok(Self { body: node.to_value(), replaced: replaced || body.replaced })
    }
}

/// Parses a text into a tree; also tells whether a part of it became U+FFFD.
fn tree<'a>(text: &'a str, arrival: &Arrival) -> Result<(Node<'a>, bool), Refused> {
    tree_beginning_with(&['{'], text, arrival)
}

/// Parses a text into a tree; also tells whether a part of it became U+FFFD.
/// With one of `beginnings`, a text looks like JSON whatever its declared type is.
fn tree_beginning_with<'a>(
    beginnings: &[char],
    text: &'a str,
    arrival: &Arrival,
) -> Result<(Node<'a>, bool), Refused> {
    let looks_like_json = text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with(beginnings);
    match arrival.said {
        Said::Form if !looks_like_json => {
            let read = form::read(text, arrival.charset.as_deref());
            return read.map_err(|unread| match unread {
                form::Unread::Invalid(errors) => Refused::Invalid(errors),
                form::Unread::Charset(unknown) => unknown.into(),
            });
        }
        Said::Other if !looks_like_json => return Err(Refused::OtherType(None)),
        _ => {}
    }
    let read = reader::read(text).map_err(|unread| match unread {
        Unread::Repeated(errors) => Refused::Invalid(errors),
        Unread::NotJson(error) if arrival.said == Said::Other => Refused::OtherType(Some(error)),
        Unread::NotJson(error) => Refused::Invalid(vec![error]),
    });
    Ok((read?, false))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::super::InboundKind;
    use super::*;

    const EVENT: &str = r#"{"type":"typing","id":"t-1","contact":{"id":5215512345678}}"#;

    fn read(body: &str, content_type: Option<&str>) -> Result<Read, Refused> {
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type {
            headers.insert("content-type", content_type.parse().unwrap());
        }
        InboundEvent::read(body.as_bytes(), &Arrival::of(&headers), || LynnEventId::new("new"))
    }

    #[test]
    fn a_charset_that_is_not_known_is_refused_only_where_it_matters() {
        let json = "application/json; charset=klingon";
        assert!(read(EVENT, Some(json)).is_ok_and(|read| !read.replaced));
        let mut headers = HeaderMap::new();
        headers.insert("content-type", json.parse().unwrap());
        let new_id = || LynnEventId::new("new");
        let latin = b"{\"type\":\"typing\",\"contact\":{\"id\":\"ana\",\"nickname\":\"Mu\xf1oz\"}}";
        let refused = InboundEvent::read(latin, &Arrival::of(&headers), new_id).unwrap_err();
        assert_eq!(refused, Refused::Charset("klingon".to_owned()));
        headers.insert("content-type", "application/json; charset=windows-1252".parse().unwrap());
        let known = InboundEvent::read(latin, &Arrival::of(&headers), new_id).unwrap();
        assert_eq!(known.event.contact.nickname.as_deref(), Some("Muñoz"));
        assert!(!known.replaced);
        let bare = InboundEvent::read(latin, &Arrival::default(), new_id).unwrap();
        assert_eq!(bare.event.contact.nickname.as_deref(), Some("Mu\u{fffd}oz"));
        assert!(bare.replaced);
        let form = "application/x-www-form-urlencoded; charset=klingon";
        let refused = read("type=typing&contact.id=5&contact.nickname=%F1", Some(form));
        assert_eq!(refused.unwrap_err(), Refused::Charset("klingon".to_owned()));
        let form = read(
            "type=typing&contact.id=5&contact.nickname=%F1",
            Some("application/x-www-form-urlencoded"),
        );
        assert!(form.unwrap().replaced);
    }

    #[test]
    fn a_foreign_body_is_json_or_a_form() {
        let foreign = |body: &str, content_type: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("content-type", content_type.parse().unwrap());
            Foreign::read(body.as_bytes(), &Arrival::of(&headers)).map(|read| read.body.to_string())
        };
        let (json, form) = ("application/json", "application/x-www-form-urlencoded");
        for (body, content_type, expected) in [
            (
                "{\"a\": [1, -2, 1.5, true, null, \"x\ty\"]}",
                json,
                r#"{"a":[1,-2,1.5,true,null,"x\ty"]}"#,
            ),
            ("[{\"a\":1}]", "text/plain", r#"[{"a":1}]"#),
            ("\"text\"", json, "\"text\""),
            ("", json, "null"),
            (" \n", form, "null"),
            (
                "Body=a+b&From=%2B521&data.id=7",
                form,
                r#"{"Body":"a b","From":"+521","data":{"id":"7"}}"#,
            ),
            // A number that another form would change is a text.
            (r#"{"id":1234567890123456789012}"#, json, r#"{"id":"1234567890123456789012"}"#),
            (
                r#"{"id":1.10,"n":18446744073709551615}"#,
                json,
                r#"{"id":"1.10","n":18446744073709551615}"#,
            ),
            (r#"{"id":1e3,"n":-0}"#, json, r#"{"id":"1e3","n":"-0"}"#),
        ] {
            assert_eq!(foreign(body, content_type).as_deref(), Ok(expected), "{body}");
        }
        assert!(matches!(foreign("hello", "text/plain"), Err(Refused::OtherType(None))));
        assert!(matches!(foreign("{", json), Err(Refused::Invalid(_))));
        assert!(matches!(foreign("a=1&a=2", form), Err(Refused::Invalid(_))));
    }

    #[test]
    fn an_id_is_the_same_whatever_stands_around_it() {
        let id = |id: &str| {
            let body = format!(
                r#"{{"type":"message","id":"{id}","contact":{{"id":"{id}","lynnContactId":"{id}"}},"session":{{"id":"{id}"}},"reply":{{"to":"{id}","kind":"button","text":"a"}}}}"#
            );
            read(&body, None).map(|read| read.event)
        };
        let expected = id("m-1").unwrap();
        for same in [
            "m-1\n",
            " m-1",
            "\r\n m-1\t",
            "\u{a0}m-1",
            "\u{202a}m-1\u{202c}",
            "\u{200b}m-1\u{feff}",
        ] {
            assert_eq!(id(same).unwrap(), expected, "{same:?}");
        }
        for wrong in ["m\n1", "m\t1", "m\u{0}1", "\u{7f}m-1", "m-1\u{0}"] {
            let Err(Refused::Invalid(errors)) = id(wrong) else { panic!("{wrong:?}") };
            let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
            let all = ["id", "contact.id", "contact.lynnContactId", "session.id", "reply.to"];
            assert_eq!(fields, all, "{wrong:?}");
        }
        let receipt = r#"{"type":"receipt","id":"r","contact":{"id":"ana"},"status":"read","messageId":"g-1 "}"#;
        let InboundKind::Receipt(receipt) = read(receipt, None).unwrap().event.kind else {
            panic!()
        };
        assert_eq!(receipt.message_id.as_str(), "g-1");
    }

    #[test]
    fn numbers_and_booleans_are_texts_wherever_a_text_is_expected() {
        let receipt = r#"{"type":"receipt","id":7,"contact":{"id":+52155},"messageId":007,"status":"failed","reason":{"code":4,"message":false}}"#;
        let read_receipt = read(receipt, None).unwrap().event;
        assert_eq!((read_receipt.id.as_str(), read_receipt.contact.id.as_str()), ("7", "+52155"));
        let InboundKind::Receipt(receipt) = read_receipt.kind else { panic!() };
        assert_eq!(receipt.message_id.as_str(), "007");
        let reason = receipt.reason.unwrap();
        assert_eq!((reason.code.as_deref(), reason.message.as_deref()), (Some("4"), Some("false")));
        let message = r#"{"type":"message","contact":{"id":1,"lynnContactId":2},"reply":{"to":3,"kind":"button","text":4.50,"payload":true},"attachments":[{"url":"https://e.com/a","filename":5,"caption":6}],"history":[{"author":"bot","text":1e+21}]}"#;
        let event = read(message, None).unwrap().event;
        assert_eq!(event.contact.lynn_contact_id.as_deref(), Some("2"));
        let InboundKind::Message(message) = event.kind else { panic!() };
        let reply = message.reply.unwrap();
        assert_eq!((reply.to.as_str(), reply.text.as_str()), ("3", "4.50"));
        assert_eq!((reply.payload.as_str(), message.history[0].text.as_str()), ("true", "1e+21"));
        let file = &message.attachments[0];
        assert_eq!((file.filename.as_deref(), file.caption.as_deref()), (Some("5"), Some("6")));
    }

    #[test]
    fn a_detail_that_cannot_be_read_costs_itself_only() {
        let with = |more: &str| {
            let body = format!(
                r#"{{"type":"message","id":"m-1","contact":{{"id":"ana"}},"text":"Hola",{more}}}"#
            );
            let read = read(&body, None).unwrap_or_else(|refused| panic!("{more}: {refused:?}"));
            let InboundKind::Message(message) = read.event.kind else { panic!("{more}") };
            (read.event.time.map(|time| time.to_text()), message, read.left_out)
        };
        for time in [
            "1795933200000",
            "1795933200",
            r#""1795933200000""#,
            r#""2026-11-29 06:20:00""#,
            r#""2026-11-29T06:20:00""#,
            r#""2026-11-29T06:20:00Z""#,
            r#""2026-11-29T07:20:00+0100""#,
        ] {
            let (read, message, left_out) = with(&format!(
                r#""time":{time},"history":[{{"author":"bot","text":null,"time":{time}}}]"#
            ));
            assert_eq!(read.as_deref(), Some("2026-11-29T06:20:00.000Z"), "{time}");
            assert_eq!(message.history[0].time.unwrap().to_text(), read.unwrap());
            assert_eq!((message.history[0].text.as_str(), left_out), ("", vec![]));
        }
        for time in ["\"yesterday\"", "{}", "[1]", "true", "1e300"] {
            let (read, message, left_out) = with(&format!(
                r#""time":{time},"history":[{{"author":"bot","text":"Hi","time":{time}}}]"#
            ));
            assert_eq!((read, message.history[0].time), (None, None), "{time}");
            assert_eq!(left_out, ["time", "history[0].time"], "{time}");
        }
        // PHP and Lua write an empty table as an empty list.
        let (_, message, left_out) = with(r#""attributes":[],"session":[],"reply":[]"#);
        assert!(message.attributes.is_empty() && message.reply.is_none() && left_out.is_empty());
        let (_, message, _) = with(r#""attachments":{},"history":{}"#);
        assert!(message.attachments.is_empty() && message.history.is_empty());
        let body = r#"{"type":"message","contact":[],"text":"Hola"}"#;
        let Err(Refused::Invalid(errors)) = read(body, None) else { panic!() };
        assert_eq!(errors[0].field, "contact.id");
    }

    #[test]
    fn a_message_of_which_nothing_is_left_is_refused() {
        for nothing in [
            r#""text":" ""#,
            r#""attachments":[]"#,
            r#""attachments":{}"#,
            r#""attachments":"{{files}}""#,
            r#""reply":{}"#,
            r#""reply":[]"#,
            r#""reply":"{{reply}}","attachments":{},"text":null"#,
            r#""attachments":[{"url":""}]"#,
            r#""attachments":[null,"","{{file}}",{"url":"undefined","caption":null}]"#,
            r#""attachments":{"url":""}"#,
            r#""reply":{"to":"","kind":"","text":"","payload":""}"#,
            r#""reply":{"to":null,"text":"{{choice}}"},"attachments":[null]"#,
        ] {
            assert_eq!(refused(nothing), ["text: a message needs text, attachments or reply"]);
        }
        // The unclear field is named.
        for (given, problem) in [
            (r#""attachments":[{"filename":"a.pdf"}]"#, "attachments[0].url: is required"),
            (
                r#""text":"hola","attachments":[{"filename":"a.pdf"}]"#,
                "attachments[0].url: is required",
            ),
            (r#""text":"hola","attachments":[{}]"#, "attachments[0].url: is required"),
            (
                r#""text":"hola","reply":{"to":"g-1","kind":"button"}"#,
                "reply.text: a reply needs text or payload",
            ),
            (r#""reply":{"to":"g-1","text":""}"#, "reply.text: a reply needs text or payload"),
        ] {
            assert_eq!(refused(given), [problem]);
        }
    }

    fn refused(content: &str) -> Vec<String> {
        let body = format!(r#"{{"type":"message","contact":{{"id":"ana"}},{content}}}"#);
        let Err(Refused::Invalid(errors)) = read(&body, None) else { panic!("{content}") };
        errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect()
    }

    #[test]
    fn an_empty_slot_costs_no_words() {
        let message = |body: &str, content_type: Option<&str>| {
            let read = read(body, content_type).unwrap_or_else(|error| panic!("{body}: {error:?}"));
            let InboundKind::Message(message) = read.event.kind else { panic!("{body}") };
            (message, read.left_out)
        };
        for (slots, named) in [
            (r#""attachments":[{"url":""}]"#, vec!["attachments[0]"]),
            (r#""attachments":[null]"#, vec!["attachments[0]"]),
            (r#""attachments":{"url":""}"#, vec!["attachments"]),
            (r#""attachments":[{"url":"undefined"}]"#, vec!["attachments[0]"]),
            (r#""attachments":[{"url":"@CURRENT_FILE_URL"}]"#, vec!["attachments[0]"]),
            (r#""attachments":[{"mediaType":"image","url":""}]"#, vec!["attachments[0].url"]),
            (r#""reply":{"to":"","kind":"","text":"","payload":""}"#, vec!["reply"]),
            (r#""reply":{"to":null,"kind":null,"text":null,"payload":null}"#, vec!["reply"]),
            (r#""reply":{"to":"","kind":"quickReply","text":"{{a}}"}"#, vec!["reply"]),
            (r#""reply":{"to":"g-1","kind":"button","text":"","payload":""}"#, vec!["reply"]),
            (r#""reply":{},"history":[null]"#, vec!["reply", "history[0]"]),
        ] {
            let body =
                format!(r#"{{"type":"message","contact":{{"id":"ana"}},"text":"hola",{slots}}}"#);
            let (message, left_out) = message(&body, None);
            assert_eq!(message.text.as_deref(), Some("hola"), "{slots}");
            let is_empty = message.attachments.is_empty() && message.history.is_empty();
            assert!(is_empty && message.reply.is_none(), "{slots}");
            assert_eq!(left_out, named, "{slots}");
        }
        let form = "type=message&contact.id=ana&text=hola&attachments.0.url=&attachments.1.url=https://e.com/a\
                    &reply.to=&reply.kind=&reply.text=";
        let (message, left_out) = message(form, Some("application/x-www-form-urlencoded"));
        assert_eq!(message.text.as_deref(), Some("hola"));
        assert_eq!(message.attachments.len(), 1);
        assert_eq!(left_out, ["attachments[0]", "reply"]);
    }

    #[test]
    fn a_caption_stays_without_its_file() {
        let caption = r#"{"url":" ","filename":"a.jpg","caption":"my receipt"}"#;
        for (content, text) in [
            (format!(r#""attachments":[{caption}]"#), "my receipt"),
            (format!(r#""text":"hola","attachments":[{caption}]"#), "hola\nmy receipt"),
            (format!(r#""text":"my receipt","attachments":[{caption}]"#), "my receipt"),
            (
                format!(
                    r#""text":"hola","attachments":[{caption},{{"url":"","caption":"undefined"}}]"#
                ),
                "hola\nmy receipt",
            ),
        ] {
            let body = format!(r#"{{"type":"message","contact":{{"id":"ana"}},{content}}}"#);
            let read = read(&body, None).unwrap();
            let InboundKind::Message(message) = read.event.kind else { panic!() };
            assert_eq!(message.text.as_deref(), Some(text), "{content}");
            assert!(message.attachments.is_empty());
            let named = read.left_out.iter().any(|place| place == "attachments[0].url");
            assert!(named, "{content}: {:?}", read.left_out);
        }
    }

    #[test]
    fn a_long_picture_costs_itself_only() {
        let long = format!("https://e.com/{}", "a".repeat(8179));
        let body = format!(
            r#"{{"type":"message","contact":{{"id":"ana","imageUrl":"{long}"}},"text":"hola"}}"#
        );
        let read_long = read(&body, None).unwrap();
        assert_eq!(read_long.event.contact.image_url, None);
        assert_eq!(read_long.left_out, ["contact.imageUrl"]);
        let whole = &long[..8192];
        let body = format!(
            r#"{{"type":"message","contact":{{"id":"ana","imageUrl":"{whole}"}},"attachments":[{{"url":"{whole}"}}]}}"#
        );
        assert_eq!(read(&body, None).unwrap().event.contact.image_url.as_deref(), Some(whole));
        let problem = "attachments[0].url: must have at most 8192 characters";
        assert_eq!(
            refused(&format!(r#""text":"a","attachments":[{{"url":"{long}"}}]"#)),
            [problem]
        );
    }

    fn is_other_type(body: &str, content_type: &str) -> bool {
        matches!(read(body, Some(content_type)), Err(Refused::OtherType(_)))
    }

    #[test]
    fn an_object_is_taken_whatever_it_is_said_to_be() {
        let form = "application/x-www-form-urlencoded";
        for content_type in
            [None, Some("text/plain"), Some(form), Some("multipart/form-data"), Some("nonsense")]
        {
            let event = read(EVENT, content_type).unwrap().event;
            assert_eq!(event.contact.id.as_str(), "5215512345678");
        }
        let event = read("type=typing&contact.id=5&id=t-1", Some(form)).unwrap().event;
        assert_eq!((event.id.as_str(), event.contact.id.as_str()), ("t-1", "5"));
    }

    #[test]
    fn anything_else_is_refused_by_its_type() {
        for body in ["", "hello", "[]", r#"{"text":"a "b"}"#] {
            assert!(is_other_type(body, "text/plain"), "{body}");
            for content_type in [None, Some("application/json")] {
                assert!(matches!(read(body, content_type), Err(Refused::Invalid(_))), "{body}");
            }
        }
        assert!(is_other_type("--x\r\n", "multipart/form-data; boundary=x"));
        let twice = r#"{"id":1,"id":2}"#;
        assert!(matches!(read(twice, Some("text/plain")), Err(Refused::Invalid(_))));
    }

    #[test]
    fn only_an_absent_id_is_replaced() {
        let id = |id: &str| {
            let body = format!(r#"{{"type":"typing"{id},"contact":{{"id":"ana"}}}}"#);
            match read(&body, None) {
                Ok(read) => Ok(read.event.id.as_str().to_owned()),
                Err(Refused::Invalid(errors)) => Err(errors[0].field.clone()),
                Err(other) => panic!("{other:?}"),
            }
        };
        assert_eq!(id(""), Ok("new".to_owned()));
        assert_eq!(id(r#","id":17"#), Ok("17".to_owned()));
        for wrong in ["null", "undefined", r#""""#, r#"" ""#, r#""{{id}}""#, r#""null""#, "[1]"] {
            assert_eq!(id(&format!(r#","id":{wrong}"#)), Err("id".to_owned()), "{wrong}");
        }
    }
}
