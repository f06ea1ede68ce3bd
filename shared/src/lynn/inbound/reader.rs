//! Parses JSON as flows write it: by joining texts and variables.
//!
//! Rules: all valid JSON is parsed as by any parser. Invalid JSON is accepted if it has only one
//! meaning: a line break or another control character inside a text, half a surrogate pair
//! (`\ud83d`), a backslash that escapes nothing, a number with a `+` or leading zeros, `undefined`.
//! A quote inside a text has several meanings, so it is refused, and so is a duplicate key. The
//! time is linear in the length of the text, and the depth is limited.

mod broken;
mod text;

use std::borrow::Cow;

use self::broken::{Broken, JsonPath, Why, is_body};
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
mod tests;
