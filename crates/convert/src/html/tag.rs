//! Reads one tag.
//!
//! Rule: only a complete tag of a known element is a tag.

use super::elements::{Effect, effect};

/// Attributes that HTML writes without a value. Any other word without a value shows that the text
/// is not a tag.
const FLAGS: &str = "allowfullscreen async autofocus autoplay checked controls defer disabled download hidden \
    loop multiple muted novalidate nowrap open readonly";

/// A complete tag.
pub(super) struct Tag<'a> {
    /// The position after the tag, in bytes.
    pub(super) end: usize,
    pub(super) effect: Effect,
    /// The element, in lower case.
    pub(super) name: String,
    pub(super) is_closing: bool,
    /// Whether the tag closes itself, as `<br/>` does.
    pub(super) is_closed: bool,
    /// The names and values as written; a flag has no value.
    attributes: Vec<(&'a str, &'a str)>,
}

impl Tag<'_> {
    /// The value of an attribute, if it is not blank.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let found = self.attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        // As browsers do: no NUL gets into a URL.
        let value = htmlize::unescape_attribute(found?.1).replace('\0', "\u{fffd}");
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    }
}

/// The complete tag of a known element that begins at `start`.
pub(super) fn tag(text: &str, start: usize) -> Option<Tag<'_>> {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    let is_closing = bytes.get(at) == Some(&b'/');
    if is_closing {
        at += 1;
    }
    let name_end = skip(bytes, at, |byte| byte.is_ascii_alphanumeric() || byte == b':');
    let name = text.get(at..name_end)?.to_ascii_lowercase();
    let effect = effect(&name)?;
    at = name_end;
    let mut attributes = Vec::new();
    loop {
        let next = skip(bytes, at, |byte| byte.is_ascii_whitespace());
        let (end, is_closed) = match bytes.get(next)? {
            b'>' => (next + 1, false),
            b'/' if bytes.get(next + 1) == Some(&b'>') => (next + 2, true),
            _ if next == at || is_closing => return None,
            _ => {
                let (name, value, end) = attribute(text, next)?;
                attributes.push((name, value));
                at = end;
                continue;
            }
        };
        return Some(Tag { end, effect, name, is_closing, is_closed, attributes });
    }
}

/// The attribute that begins at `start`: its name, its value and the position after it.
fn attribute(text: &str, start: usize) -> Option<(&str, &str, usize)> {
    let bytes = text.as_bytes();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:.@".contains(&byte);
    let name_end = skip(bytes, start, is_name);
    let name = text.get(start..name_end).filter(|name| !name.is_empty())?;
    let equals = skip(bytes, name_end, |byte| byte.is_ascii_whitespace());
    if bytes.get(equals) != Some(&b'=') {
        let is_flag = FLAGS.split(' ').any(|flag| name.eq_ignore_ascii_case(flag));
        return is_flag.then_some((name, "", name_end));
    }
    let value = skip(bytes, equals + 1, |byte| byte.is_ascii_whitespace());
    match *bytes.get(value)? {
        quote @ (b'"' | b'\'') => {
            let end = skip(bytes, value + 1, |byte| byte != quote);
            (end < bytes.len()).then_some((name, text.get(value + 1..end)?, end + 1))
        }
        _ => {
            let is_value = |byte: u8| !byte.is_ascii_whitespace() && !b"\"'<>`".contains(&byte);
            let end = skip(bytes, value, is_value);
            // In `<a href=x/>` the slash belongs to the value, as in every browser.
            (end > value).then_some((name, text.get(value..end)?, end))
        }
    }
}

/// The first position from `at` on whose byte does not fit.
fn skip(bytes: &[u8], at: usize, fits: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| fits(**byte)).count()
}
