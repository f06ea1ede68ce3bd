//! Parses JSON as flows write it: by joining texts and variables.
//!
//! Rules: all valid JSON is parsed as by any parser. Invalid JSON is accepted if it has only one
//! meaning: a line break or another control character inside a text, half a surrogate pair
//! (`\ud83d`), a backslash that escapes nothing, a number with a `+` or leading zeros, `undefined`.
//! A quote inside a text has several meanings, so it is refused, and so is a duplicate key. The
//! time is linear in the length of the text, and the depth is limited.

use std::borrow::Cow;
use std::fmt;

use super::fields::NAMED;
use super::node::{Field, Node};
use crate::problem::FieldError;

/// The most arrays and objects that may be nested.
const DEEPEST: usize = 128;

/// Objects with at most this many keys are compared key by key.
const FEW: usize = 12;

/// Why a text is refused.
pub(super) enum Unread {
    NotJson(FieldError),
    /// Valid, but with duplicate keys.
    Repeated(Vec<FieldError>),
}

/// Parses a text that is one JSON value.
pub(super) fn read(text: &str) -> Result<Node<'_>, Unread> {
    let mut reader = Reader { text, at: 0, repeated: Vec::new() };
    let node = reader.whole().map_err(|broken| Unread::NotJson(broken.told(text)))?;
    if reader.repeated.is_empty() { Ok(node) } else { Err(Unread::Repeated(reader.repeated)) }
}

/// The path of a value.
enum JsonPath<'p> {
    Body,
    Field(&'p JsonPath<'p>, &'p str),
    Element(&'p JsonPath<'p>, usize),
}

impl fmt::Display for JsonPath<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JsonPath::Body => Ok(()),
            JsonPath::Field(JsonPath::Body, key) => formatter.write_str(key),
            JsonPath::Field(parent, key) => write!(formatter, "{parent}.{key}"),
            JsonPath::Element(parent, index) => write!(formatter, "{parent}[{index}]"),
        }
    }
}

fn is_body(path: &JsonPath<'_>) -> bool {
    matches!(path, JsonPath::Body)
}

/// An error and its position.
struct Broken {
    /// In bytes.
    at: usize,
    why: Why,
}

enum Why {
    /// The body holds only blanks.
    Empty,
    /// A character is not expected here.
    Syntax,
    /// A comma is before this bracket, which ends the object or the array.
    CommaBefore(char),
    /// A character is not expected here, right after the end of this field's text. The cause is
    /// usually a quote inside the text.
    AfterText(String),
    /// The text of this field, which begins here, has no end.
    Endless(String),
    /// This field has no value, but a variable that was not filled in, or nothing.
    Unfilled(String),
    /// The value of this field is a text without quotes.
    Bare(String),
    TooDeep,
}

const QUOTE: &str = r#"a quote inside a text must be written \" (and a backslash \\)"#;

impl Broken {
    fn told(self, text: &str) -> FieldError {
        // At the end of the text, report the last character.
        let at = if self.at >= text.len() { text.len().saturating_sub(1) } else { self.at };
        let (mut line, mut column) = (1_usize, 0_usize);
        let mut before = text.char_indices().take_while(|(index, _)| *index <= at).peekable();
        while let Some((_, character)) = before.next() {
            column += 1;
            if character == '\n' && before.peek().is_some() {
                (line, column) = (line + 1, 0);
            }
        }
        let path = format!("is not valid JSON (line {line}, column {column})");
        let (field, message) = match self.why {
            Why::Empty => (String::new(), "the body is empty; send a JSON object".to_owned()),
            Why::Syntax => (String::new(), path),
            Why::CommaBefore(end) => {
                (String::new(), format!("{path}: remove the comma before `{end}`"))
            }
            Why::TooDeep => (String::new(), format!("{path}: at most {DEEPEST} levels are taken")),
            Why::AfterText(field) => {
                (field, format!("{path}: the text has ended before this place; {QUOTE}"))
            }
            Why::Endless(field) => {
                (field, format!("{path}: the text that begins here has no end; {QUOTE}"))
            }
            Why::Unfilled(field) => {
                (field, format!("{path}: a variable was not filled in; a value is needed here"))
            }
            Why::Bare(field) => (field, format!("{path}: a text must be in double quotes")),
        };
        FieldError::new(&field, message)
    }
}

struct Reader<'a> {
    text: &'a str,
    /// In bytes, always at a character boundary.
    at: usize,
    repeated: Vec<FieldError>,
}

impl<'a> Reader<'a> {
    fn whole(&mut self) -> Result<Node<'a>, Broken> {
        self.skip_blanks();
        if self.peek().is_none() {
            return Err(Broken { at: self.at, why: Why::Empty });
        }
        let node = self.value(&JsonPath::Body, 0)?;
        self.skip_blanks();
        if self.peek().is_some() { Err(self.broken()) } else { Ok(node) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn broken(&self) -> Broken {
        Broken { at: self.at, why: Why::Syntax }
    }

    fn comma_before(&self, end: char) -> Broken {
        Broken { at: self.at, why: Why::CommaBefore(end) }
    }

    /// The error here, after the field `key` with this value.
    fn broken_after(&self, parent: &JsonPath<'_>, key: Option<&str>, value: &Node<'_>) -> Broken {
        let ended = matches!(value, Node::Text(_)) && self.peek().is_some();
        let field = match key {
            Some(key) => JsonPath::Field(parent, key).to_string(),
            None => parent.to_string(),
        };
        Broken { at: self.at, why: if ended { Why::AfterText(field) } else { Why::Syntax } }
    }

    fn value(&mut self, path: &JsonPath<'_>, depth: usize) -> Result<Node<'a>, Broken> {
        self.skip_blanks();
        match self.peek() {
            Some(b'{') if !is_body(path) && self.text[self.at..].starts_with("{{") => {
                Err(self.without_value(path))
            }
            Some(b'{' | b'[') if depth == DEEPEST => Err(Broken { at: self.at, why: Why::TooDeep }),
            Some(b'{') => self.object(path, depth),
            Some(b'[') => self.array(path, depth),
            Some(b'"') => self.string(path).map(Node::Text),
            Some(b'-' | b'+' | b'0'..=b'9') => self.number(),
            Some(b'a'..=b'z') => self.word(path),
            _ => Err(self.without_value(path)),
        }
    }

    /// The error for a field that has no value here. A flow writes an empty variable as nothing,
    /// and forgets the quotes around a text.
    fn without_value(&self, path: &JsonPath<'_>) -> Broken {
        let rest = &self.text[self.at..];
        let why = match rest.as_bytes() {
            _ if is_body(path) => Why::Syntax,
            [] => Why::Syntax,
            [b',' | b'}' | b']' | b'@', ..] | [b'{', b'{', ..] | [b'$', b'{', ..] => {
                Why::Unfilled(path.to_string())
            }
            _ => Why::Bare(path.to_string()),
        };
        Broken { at: self.at, why }
    }

    fn object(&mut self, path: &JsonPath<'_>, depth: usize) -> Result<Node<'a>, Broken> {
        let mut fields: Vec<Field<'a>> = Vec::new();
        self.at += 1;
        self.skip_blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Node::Object(fields));
        }
        loop {
            let key = self.key(path, fields.last())?;
            let value = self.value(&JsonPath::Field(path, &key), depth + 1)?;
            self.skip_blanks();
            let next = self.peek();
            if !matches!(next, Some(b',' | b'}')) {
                return Err(self.broken_after(path, Some(&key), &value));
            }
            self.at += 1;
            fields.push((key, value));
            if next == Some(b'}') {
                self.note_repeated(path, &fields);
                return Ok(Node::Object(fields));
            }
        }
    }

    /// A key and its colon. `before` is the previous field.
    fn key(
        &mut self,
        path: &JsonPath<'_>,
        before: Option<&Field<'a>>,
    ) -> Result<Cow<'a, str>, Broken> {
        let broken = |reader: &Self| match before {
            Some((key, value)) => reader.broken_after(path, Some(key), value),
            None => reader.broken(),
        };
        self.skip_blanks();
        match self.peek() {
            Some(b'"') => {}
            Some(b'}') if before.is_some() => return Err(self.comma_before('}')),
            _ => return Err(broken(self)),
        }
        let key = self.string(path)?;
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(broken(self));
        }
        self.at += 1;
        Ok(key)
    }

    fn array(&mut self, path: &JsonPath<'_>, depth: usize) -> Result<Node<'a>, Broken> {
        let mut elements = Vec::new();
        self.at += 1;
        self.skip_blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Node::Array(elements));
        }
        loop {
            let element = JsonPath::Element(path, elements.len());
            let value = self.value(&element, depth + 1)?;
            self.skip_blanks();
            let next = self.peek();
            if !matches!(next, Some(b',' | b']')) {
                return Err(self.broken_after(&element, None, &value));
            }
            self.at += 1;
            elements.push(value);
            if next == Some(b']') {
                return Ok(Node::Array(elements));
            }
            self.skip_blanks();
            if self.peek() == Some(b']') {
                return Err(self.comma_before(']'));
            }
        }
    }

    fn string(&mut self, path: &JsonPath<'_>) -> Result<Cow<'a, str>, Broken> {
        let (opened, text) = (self.at, self.text);
        self.at += 1;
        let mut begun = self.at;
        let mut taken: Option<String> = None;
        loop {
            let Some(byte) = self.peek() else {
                return Err(Broken { at: opened, why: Why::Endless(path.to_string()) });
            };
            match byte {
                b'"' => {
                    let rest = &text[begun..self.at];
                    self.at += 1;
                    return Ok(match taken {
                        None => Cow::Borrowed(rest),
                        Some(taken) => Cow::Owned(taken + rest),
                    });
                }
                b'\\' => {
                    let taken = taken.get_or_insert_default();
                    taken.push_str(&text[begun..self.at]);
                    self.escape(taken);
                    begun = self.at;
                }
                _ => self.at += 1,
            }
        }
    }

    /// An escape; a backslash that escapes nothing is kept.
    fn escape(&mut self, text: &mut String) {
        self.at += 1;
        let plain = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                match self.code_unit() {
                    Some(unit) => text.push(self.character(unit)),
                    None => text.push('\\'),
                }
                return;
            }
            _ => {
                text.push('\\');
                return;
            }
        };
        self.at += 1;
        text.push(plain);
    }

    /// The four digits after the current `u`. Without four digits, the position does not change.
    fn code_unit(&mut self) -> Option<u16> {
        let digits = self.text.as_bytes().get(self.at + 1..self.at + 5)?;
        let mut unit = 0_u32;
        for digit in digits {
            unit = unit * 16 + char::from(*digit).to_digit(16)?;
        }
        self.at += 5;
        u16::try_from(unit).ok()
    }

    /// The character of a code unit, with the second half of a pair if it follows. Half a pair
    /// becomes U+FFFD.
    fn character(&mut self, unit: u16) -> char {
        let after = self.at;
        let follows = self.text.as_bytes().get(after..after + 2) == Some(br"\u".as_slice());
        if (0xd800..0xdc00).contains(&unit) && follows {
            self.at += 1;
            let second = self.code_unit();
            let pair = second.and_then(|second| char::decode_utf16([unit, second]).next());
            if let Some(Ok(character)) = pair {
                return character;
            }
            self.at = after;
        }
        char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// A number as written. The `+` of a phone number and leading zeros are accepted, although JSON
    /// has none.
    fn number(&mut self) -> Result<Node<'a>, Broken> {
        let begun = self.at;
        if let Some(b'-' | b'+') = self.peek() {
            self.at += 1;
        }
        self.digits()?;
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'-' | b'+') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Node::Number(Cow::Borrowed(&self.text[begun..self.at])))
    }

    fn digits(&mut self) -> Result<(), Broken> {
        let begun = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == begun { Err(self.broken()) } else { Ok(()) }
    }

    /// JavaScript writes `undefined` when it joins a variable that is not set.
    fn word(&mut self, path: &JsonPath<'_>) -> Result<Node<'a>, Broken> {
        let rest = &self.text[self.at..];
        let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let node = match &rest[..length] {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            "null" | "undefined" => Node::Null,
            _ => return Err(self.without_value(path)),
        };
        self.at += length;
        Ok(node)
    }

    fn note_repeated(&mut self, path: &JsonPath<'_>, fields: &[Field<'_>]) {
        let keys = fields.iter().map(|(key, _)| key.as_ref());
        let repeated: Vec<&str> = if fields.len() <= FEW {
            let known = |index: usize, key: &str| fields[..index].iter().any(|(k, _)| k == key);
            keys.enumerate().filter(|(index, key)| known(*index, key)).map(|(_, key)| key).collect()
        } else {
            let mut sorted: Vec<&str> = keys.collect();
            sorted.sort_unstable();
            let pairs = sorted.windows(2);
            pairs.filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect()
        };
        for key in repeated {
            if self.repeated.len() < NAMED {
                let field = JsonPath::Field(path, key).to_string();
                self.repeated.push(FieldError::new(&field, "this key appears twice"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

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
}
