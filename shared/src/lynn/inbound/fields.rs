//! Reads the fields of an object and notes everything that is wrong with them.
//!
//! Rules: a note names the place and what is expected there, never the value. A detail that says nothing, or cannot be what it is
//! to be, is left out rather than refused where the message is worth more than it.

use super::node::{Field, Node};
use super::unfilled::is_unfilled;
use super::web_url;
use crate::problem::FieldError;
use crate::time::Timestamp;

/// So many fields that were left out are named.
const LEFT_OUT: usize = 20;

/// So many problems are named; who repairs them all is told of the next. A body of the largest size could hold a hundred thousand.
pub(super) const NAMED: usize = 100;

/// Everything that is wrong so far, and what was left out.
#[derive(Default)]
pub(super) struct Problems {
    errors: Vec<FieldError>,
    left_out: Vec<String>,
}

impl Problems {
    pub(super) fn add(&mut self, field: impl AsRef<str>, message: impl Into<String>) {
        if self.errors.len() < NAMED {
            self.errors.push(FieldError::new(field.as_ref(), message));
        }
    }

    /// How many errors there are so far.
    pub(super) fn count(&self) -> usize {
        self.errors.len()
    }

    /// Notes a field that is not passed on.
    pub(super) fn leave_out(&mut self, field: &str) {
        if self.left_out.len() < LEFT_OUT {
            self.left_out.push(FieldError::shown(field));
        }
    }

    /// The value and what was left out, if nothing is wrong.
    pub(super) fn unless_any<T>(
        self,
        value: Option<T>,
    ) -> Result<(T, Vec<String>), Vec<FieldError>> {
        match value {
            Some(value) if self.errors.is_empty() => Ok((value, self.left_out)),
            _ => Err(self.errors),
        }
    }
}

/// An object and where it stands.
pub(super) struct Fields<'a> {
    object: &'a [Field<'a>],
    path: String,
}

impl<'a> Fields<'a> {
    /// Notes when the value is no object.
    pub(super) fn of(value: &'a Node<'a>, path: String, problems: &mut Problems) -> Option<Self> {
        match value {
            Node::Object(object) => Some(Self { object, path }),
            _ => {
                problems.add(path, "must be an object");
                None
            }
        }
    }

    /// Where a field stands.
    pub(super) fn place(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a field, also `null`.
    pub(super) fn given(&self, key: &str) -> Option<&'a Node<'a>> {
        self.object.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The value of a field, unless it is missing or `null`.
    pub(super) fn value(&self, key: &str) -> Option<&'a Node<'a>> {
        self.given(key).filter(|value| !matches!(value, Node::Null))
    }

    /// An optional text as it is written; a blank one is missing.
    pub(super) fn text(&self, key: &str, problems: &mut Problems) -> Option<String> {
        let text = self.value(key)?.as_text();
        if text.is_none() {
            problems.add(self.place(key), "must be a string");
        }
        text.filter(|text| !text.trim().is_empty()).map(str::to_owned)
    }

    /// An optional text of at most `longest` characters. A variable that was not filled in is left out.
    pub(super) fn short(
        &self,
        key: &str,
        longest: usize,
        problems: &mut Problems,
    ) -> Option<String> {
        let text = self.filled(key, problems)?;
        if is_longer(&text, longest) {
            problems.add(self.place(key), format!("must have at most {longest} characters"));
            return None;
        }
        Some(text)
    }

    /// The same for a hint that the message can do without: a longer one is left out too.
    pub(super) fn hint(
        &self,
        key: &str,
        longest: usize,
        problems: &mut Problems,
    ) -> Option<String> {
        let text = self.filled(key, problems)?;
        if is_longer(&text, longest) {
            problems.leave_out(&self.place(key));
            return None;
        }
        Some(text)
    }

    fn filled(&self, key: &str, problems: &mut Problems) -> Option<String> {
        let text = self.text(key, problems)?;
        if is_unfilled(&text) {
            problems.leave_out(&self.place(key));
            return None;
        }
        Some(text)
    }

    /// An id that must be there, of 1 to `longest` characters, and not a variable without its value.
    pub(super) fn id(&self, key: &str, longest: usize, problems: &mut Problems) -> Option<String> {
        let Some(value) = self.value(key) else {
            problems.add(self.place(key), "is required");
            return None;
        };
        let Some(text) = value.as_text() else {
            problems.add(self.place(key), "must be a string");
            return None;
        };
        if is_unfilled(text) {
            let problem = "is empty or a variable that was not filled in; an id is needed here";
            problems.add(self.place(key), problem);
            return None;
        }
        match checked_id(text, longest) {
            Ok(id) => Some(id.to_owned()),
            Err(problem) => {
                problems.add(self.place(key), problem);
                None
            }
        }
    }

    /// The same where there need be none. A variable that was not filled in is left out.
    pub(super) fn optional_id(
        &self,
        key: &str,
        longest: usize,
        problems: &mut Problems,
    ) -> Option<String> {
        let text = self.filled(key, problems)?;
        match checked_id(&text, longest) {
            Ok(id) => Some(id.to_owned()),
            Err(problem) => {
                problems.add(self.place(key), problem);
                None
            }
        }
    }

    /// An optional instant. One that cannot be read is left out: when something was said matters less
    /// than that it was.
    pub(super) fn time(&self, key: &str, problems: &mut Problems) -> Option<Timestamp> {
        let time = self.value(key)?.as_text().filter(|text| !is_unfilled(text));
        let time = time.and_then(Timestamp::read);
        if time.is_none() && !self.value(key).is_some_and(Node::is_blank) {
            problems.leave_out(&self.place(key));
        }
        time
    }

    /// A URL of the web that must be there; made valid where that is possible.
    pub(super) fn url(&self, key: &str, problems: &mut Problems) -> Option<String> {
        let given = self.value(key);
        if given.is_none_or(Node::is_blank) {
            problems.add(self.place(key), "is required");
            return None;
        }
        let url = given.and_then(Node::as_text).and_then(web_url::normalised);
        if url.is_none() {
            problems.add(self.place(key), "must be an http or https URL");
        }
        url
    }

    /// An optional URL of the web; what is none is left out.
    pub(super) fn optional_url(&self, key: &str, problems: &mut Problems) -> Option<String> {
        let text = self.text(key, problems)?;
        let url = web_url::normalised(&text);
        if url.is_none() {
            problems.leave_out(&self.place(key));
        }
        url
    }

    /// One of several words, whatever its case, that must be there; anything else is noted with all of them.
    pub(super) fn word<T: Copy>(
        &self,
        key: &str,
        words: &[(&str, T)],
        problems: &mut Problems,
    ) -> Option<T> {
        let text = self.value(key).and_then(Node::as_text).map_or("", str::trim);
        let found = words.iter().find(|(word, _)| text.eq_ignore_ascii_case(word));
        if found.is_none() {
            let is_missing = self.value(key).is_none();
            let expected = if is_missing { "is required: one of" } else { "must be one of" };
            let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            problems.add(self.place(key), format!("{expected} {}", allowed.join(", ")));
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// The same for a word that may be missing or blank, or a variable that was not filled in.
    pub(super) fn optional_word<T: Copy>(
        &self,
        key: &str,
        words: &[(&str, T)],
        problems: &mut Problems,
    ) -> Option<T> {
        if self.is_left_out(key, problems) { None } else { self.word(key, words, problems) }
    }

    /// An optional object; a blank text in its place, or an empty list, is missing.
    pub(super) fn object(&self, key: &str, problems: &mut Problems) -> Option<Fields<'a>> {
        if self.is_left_out(key, problems) {
            return None;
        }
        Fields::of(self.value(key)?, self.place(key), problems)
    }

    /// The objects of an optional array; a blank text in its place is missing.
    pub(super) fn objects(&self, key: &str, problems: &mut Problems) -> Vec<Fields<'a>> {
        if self.is_left_out(key, problems) {
            return Vec::new();
        }
        match self.value(key) {
            // Lua writes an empty list so.
            Some(Node::Object(fields)) if fields.is_empty() => Vec::new(),
            Some(Node::Array(elements)) => elements
                .iter()
                .enumerate()
                .filter_map(|(index, element)| {
                    Fields::of(element, format!("{}[{index}]", self.place(key)), problems)
                })
                .collect(),
            _ => {
                problems.add(self.place(key), "must be an array");
                Vec::new()
            }
        }
    }

    /// Whether nothing stands there, or a variable that was not filled in.
    fn is_left_out(&self, key: &str, problems: &mut Problems) -> bool {
        match self.value(key) {
            None => true,
            Some(value) if value.is_blank() => true,
            Some(Node::Text(text)) if is_unfilled(text) => {
                problems.leave_out(&self.place(key));
                true
            }
            Some(_) => false,
        }
    }

    /// The fields in their order.
    pub(super) fn entries(&self) -> &'a [Field<'a>] {
        self.object
    }
}

/// An id without what cannot be seen around it, which would make it another one; or what is wrong with it.
pub(super) fn checked_id(text: &str, longest: usize) -> Result<&str, String> {
    let id = trimmed_id(text);
    if id.is_empty() || is_longer(id, longest) {
        return Err(format!("must have 1 to {longest} characters"));
    }
    if id.chars().any(char::is_control) {
        return Err("must not hold a line break or another control character".to_owned());
    }
    Ok(id)
}

/// An id without blanks, line breaks and marks without width around it.
pub fn trimmed_id(text: &str) -> &str {
    let is_unseen = |one: char| {
        let is_mark = matches!(one, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}');
        one.is_whitespace() || is_mark
    };
    text.trim_matches(is_unseen)
}

/// Whether a text has more than so many characters.
pub(super) fn is_longer(text: &str, longest: usize) -> bool {
    text.len() > longest && text.chars().count() > longest
}
