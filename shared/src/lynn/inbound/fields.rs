//! Reads the fields of an object and collects all errors.
//!
//! Rules: an error has the path and the expectation, never the value. A detail that is empty or has
//! a wrong form is omitted, not refused, if the message is worth more than the detail.

use super::node::{Field, Node};
use super::unfilled::is_unfilled;
use super::web_url;
use crate::problem::FieldError;
use crate::time::Timestamp;

/// The most omitted fields that are listed.
const LEFT_OUT: usize = 20;

/// The most errors that are listed; later ones are reported once these are fixed. A body of the
/// largest size could have a hundred thousand.
pub(super) const NAMED: usize = 100;

/// The most characters of a URL, after it was made valid.
const LONGEST_URL: usize = 8192;

/// The errors and the omitted fields so far.
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

    pub(super) fn count(&self) -> usize {
        self.errors.len()
    }

    /// Records an omitted field.
    pub(super) fn leave_out(&mut self, field: &str) {
        if self.left_out.len() < LEFT_OUT {
            self.left_out.push(FieldError::shown(field));
        }
    }

    /// The value and the omitted fields, if there is no error.
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

/// An object and its path.
pub(super) struct Fields<'a> {
    object: &'a [Field<'a>],
    path: String,
}

impl<'a> Fields<'a> {
    /// Records an error if the value is not an object.
    pub(super) fn of(value: &'a Node<'a>, path: String, problems: &mut Problems) -> Option<Self> {
        match value {
            Node::Object(object) => Some(Self { object, path }),
            _ => {
                problems.add(path, "must be an object");
                None
            }
        }
    }

    /// The path of the object.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The path of a field.
    pub(super) fn place(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a field, even if it is `null`.
    pub(super) fn given(&self, key: &str) -> Option<&'a Node<'a>> {
        self.object.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The value of a field, unless it is missing or `null`.
    pub(super) fn value(&self, key: &str) -> Option<&'a Node<'a>> {
        self.given(key).filter(|value| !matches!(value, Node::Null))
    }

    /// The value of a field, or `None` with its error.
    fn checked<T>(
        &self,
        key: &str,
        found: Result<T, impl Into<String>>,
        problems: &mut Problems,
    ) -> Option<T> {
        found.map_err(|problem| problems.add(self.place(key), problem)).ok()
    }

    /// The value of a field; without one, the field is omitted.
    fn usable<T>(&self, key: &str, found: Option<T>, problems: &mut Problems) -> Option<T> {
        if found.is_none() {
            problems.leave_out(&self.place(key));
        }
        found
    }

    /// An optional text, unchanged; a blank one counts as missing.
    pub(super) fn text(&self, key: &str, problems: &mut Problems) -> Option<String> {
        let text = self.value(key)?.as_text().ok_or("must be a string");
        let text = self.checked(key, text, problems)?;
        (!text.trim().is_empty()).then(|| text.to_owned())
    }

    /// An optional text of at most `longest` characters. A variable that was not filled in is
    /// omitted.
    pub(super) fn short(
        &self,
        key: &str,
        longest: usize,
        problems: &mut Problems,
    ) -> Option<String> {
        let text = self.filled(key, problems)?;
        self.checked(key, within(text, longest), problems)
    }

    /// Like [`Fields::short`], for a detail that the message does not need: a longer text is
    /// omitted too.
    pub(super) fn hint(
        &self,
        key: &str,
        longest: usize,
        problems: &mut Problems,
    ) -> Option<String> {
        let text = self.filled(key, problems)?;
        self.usable(key, within(text, longest).ok(), problems)
    }

    /// An optional text of any length. A variable that was not filled in is omitted.
    pub(super) fn filled(&self, key: &str, problems: &mut Problems) -> Option<String> {
        let text = self.text(key, problems)?;
        self.usable(key, Some(text).filter(|text| !is_unfilled(text)), problems)
    }

    /// A required id of 1 to `longest` characters that is not a variable without a value.
    pub(super) fn id(&self, key: &str, longest: usize, problems: &mut Problems) -> Option<String> {
        let id = match self.value(key).map(Node::as_text) {
            None => Err("is required".to_owned()),
            Some(None) => Err("must be a string".to_owned()),
            Some(Some(text)) if is_unfilled(text) => {
                Err("is empty or a variable that was not filled in; an id is needed here"
                    .to_owned())
            }
            Some(Some(text)) => checked_id(text, longest),
        };
        self.checked(key, id, problems).map(str::to_owned)
    }

    /// Like [`Fields::id`], but optional. A variable that was not filled in is omitted.
    pub(super) fn optional_id(
        &self,
        key: &str,
        longest: usize,
        problems: &mut Problems,
    ) -> Option<String> {
        let text = self.filled(key, problems)?;
        self.checked(key, checked_id(&text, longest), problems).map(str::to_owned)
    }

    /// An optional instant. An unreadable one is omitted: the message matters more than its time.
    pub(super) fn time(&self, key: &str, problems: &mut Problems) -> Option<Timestamp> {
        let given = self.value(key).filter(|value| !value.is_blank())?;
        let text = given.as_text().filter(|text| !is_unfilled(text));
        self.usable(key, text.and_then(Timestamp::read), problems)
    }

    /// A required web URL, made valid if possible.
    pub(super) fn url(&self, key: &str, problems: &mut Problems) -> Option<String> {
        let given = self.value(key).filter(|value| !value.is_blank());
        let url = match given.map(|value| value.as_text().and_then(web_url::normalised)) {
            None => Err("is required".to_owned()),
            Some(None) => Err("must be an http or https URL".to_owned()),
            Some(Some(url)) => within(url, LONGEST_URL),
        };
        self.checked(key, url, problems)
    }

    /// An optional web URL of at most [`LONGEST_URL`] characters; anything else is omitted.
    pub(super) fn optional_url(&self, key: &str, problems: &mut Problems) -> Option<String> {
        let text = self.text(key, problems)?;
        let url = web_url::normalised(&text).filter(|url| !is_longer(url, LONGEST_URL));
        self.usable(key, url, problems)
    }

    /// A required word out of `words`, in any letter case. The error for any other text lists all
    /// words.
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

    /// An optional word out of `words`, in any letter case; anything else is omitted.
    pub(super) fn optional_word<T: Copy>(
        &self,
        key: &str,
        words: &[(&str, T)],
        problems: &mut Problems,
    ) -> Option<T> {
        if self.is_left_out(key, problems) { None } else { self.word(key, words, problems) }
    }

    /// An optional object; a blank text or an empty list counts as missing.
    pub(super) fn object(&self, key: &str, problems: &mut Problems) -> Option<Fields<'a>> {
        if self.is_left_out(key, problems) {
            return None;
        }
        Fields::of(self.value(key)?, self.place(key), problems)
    }

    /// The objects of an optional array that say anything; a blank text counts as missing. An empty
    /// place in the array is omitted, such as `null` or an object of blank texts.
    pub(super) fn objects(&self, key: &str, problems: &mut Problems) -> Vec<Fields<'a>> {
        if self.is_left_out(key, problems) {
            return Vec::new();
        }
        match self.value(key) {
            // Lua writes an empty list as an empty object.
            Some(Node::Object(fields)) if fields.is_empty() => Vec::new(),
            Some(Node::Array(elements)) => elements
                .iter()
                .enumerate()
                .filter_map(|(index, element)| {
                    let place = format!("{}[{index}]", self.place(key));
                    // An object without any key shows that the flow is wrong, not that a
                    // variable is empty.
                    let is_bare = matches!(element, Node::Object(fields) if fields.is_empty());
                    if !says_anything(element) && !is_bare {
                        problems.leave_out(&place);
                        return None;
                    }
                    Fields::of(element, place, problems)
                })
                .collect(),
            Some(slot @ Node::Object(_)) if !says_anything(slot) => {
                problems.leave_out(&self.place(key));
                Vec::new()
            }
            _ => {
                problems.add(self.place(key), "must be an array");
                Vec::new()
            }
        }
    }

    /// Whether a field is missing or blank, or a variable that was not filled in.
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

    /// Whether a field has a value, other than a variable that was not filled in.
    pub(super) fn says(&self, key: &str) -> bool {
        self.value(key).is_some_and(says_anything)
    }

    /// Whether any field has a value, other than a variable that was not filled in.
    pub(super) fn say_anything(&self) -> bool {
        self.object.iter().any(|(_, value)| says_anything(value))
    }

    /// The fields in their order.
    pub(super) fn entries(&self) -> &'a [Field<'a>] {
        self.object
    }
}

/// Whether a value is more than blank texts and variables that were not filled in.
fn says_anything(value: &Node<'_>) -> bool {
    match value {
        Node::Null => false,
        Node::Bool(_) | Node::Number(_) => true,
        Node::Text(text) => !is_unfilled(text),
        Node::Array(elements) => elements.iter().any(says_anything),
        Node::Object(fields) => fields.iter().any(|(_, value)| says_anything(value)),
    }
}

/// An id without invisible characters around it, which would make it another id; or its error.
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

/// An id without white space, line breaks and zero-width marks around it.
pub fn trimmed_id(text: &str) -> &str {
    let is_unseen = |one: char| {
        let is_mark = matches!(one, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}');
        one.is_whitespace() || is_mark
    };
    text.trim_matches(is_unseen)
}

/// A text of at most `longest` characters, or the error.
fn within(text: String, longest: usize) -> Result<String, String> {
    if is_longer(&text, longest) {
        return Err(format!("must have at most {longest} characters"));
    }
    Ok(text)
}

/// Whether a text has more than `longest` characters.
pub(super) fn is_longer(text: &str, longest: usize) -> bool {
    text.len() > longest && text.chars().count() > longest
}
