//! The errors of the reader, each with the place at which it is found.

use std::fmt;

use super::DEEPEST;
use crate::problem::FieldError;

/// The path of a value.
pub(super) enum JsonPath<'p> {
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

pub(super) fn is_body(path: &JsonPath<'_>) -> bool {
    matches!(path, JsonPath::Body)
}

/// An error and its position.
pub(super) struct Broken {
    /// In bytes.
    pub(super) at: usize,
    pub(super) why: Why,
}

pub(super) enum Why {
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

pub(super) const QUOTE: &str = r#"a quote inside a text must be written \" (and a backslash \\)"#;

impl Broken {
    pub(super) fn told(self, text: &str) -> FieldError {
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
