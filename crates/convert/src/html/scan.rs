//! Finds the tags of a text and makes everything else safe for the tokenizer.
//!
//! Rules: one pass. Anything that looks like a tag but is not one is escaped, so that the tokenizer
//! returns it unchanged. A text is markup as a whole or not at all: one tag without its counterpart
//! makes it plain text.

use super::elements::{Effect, effect, is_shown_alone, is_void, may_be_left_open};

/// Attributes that HTML writes without a value. Any other word without a value shows that the text
/// is not a tag.
const FLAGS: [&str; 17] = [
    "allowfullscreen",
    "async",
    "autofocus",
    "autoplay",
    "checked",
    "controls",
    "defer",
    "disabled",
    "download",
    "hidden",
    "loop",
    "multiple",
    "muted",
    "novalidate",
    "nowrap",
    "open",
    "readonly",
];

/// A complete tag.
struct Tag {
    /// The position after the tag, in bytes.
    end: usize,
    effect: Effect,
    /// The element, in lower case.
    name: String,
    is_closing: bool,
    /// Whether the tag closes itself, as `<br/>` does.
    is_closed: bool,
}

/// The open elements, and whether any tag showed that the text is markup.
#[derive(Default)]
struct Open {
    names: Vec<String>,
    found: bool,
}

impl Open {
    /// Records a tag; `None` when a closing tag has no opening tag.
    fn take(&mut self, tag: Tag) -> Option<()> {
        if is_void(&tag.name) {
            self.found |= is_shown_alone(&tag.name);
            return Some(());
        }
        if !tag.is_closing {
            self.found |= tag.is_closed;
            if !tag.is_closed {
                self.names.push(tag.name);
            }
            return Some(());
        }
        while self.names.last().is_some_and(|open| *open != tag.name && may_be_left_open(open)) {
            self.names.pop();
        }
        self.found = true;
        self.names.pop().filter(|open| *open == tag.name).map(drop)
    }

    fn is_markup(&self) -> bool {
        self.found && self.names.is_empty()
    }
}

/// The text with its tags, everything else escaped, without comments, scripts and styles. `None`
/// when there is no tag, or when a tag is not closed.
pub(super) fn only_tags(text: &str) -> Option<String> {
    if !text.contains('<') {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let mut closers = Closers::of(&lower);
    let mut source = String::with_capacity(text.len() + 16);
    let mut open = Open::default();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(offset) = rest.find(['<', '&']) else {
            source.push_str(rest);
            break;
        };
        source.push_str(rest.get(..offset).unwrap_or_default());
        at += offset;
        let markup = text.get(at..).unwrap_or_default();
        if markup.starts_with('&') {
            source.push_str(if is_entity(markup) { "&" } else { "&amp;" });
            at += 1;
            continue;
        }
        if let Some(end) = closers.end_of_comment(&lower, at).or_else(|| end_of_doctype(&lower, at))
        {
            at = end;
            continue;
        }
        match tag(text, at) {
            Some(tag) if tag.effect == Effect::Dropped => {
                match closers.end_of_dropped(&lower, &tag) {
                    Some(end) => {
                        open.found = true;
                        at = end;
                    }
                    None => {
                        source.push_str("&lt;");
                        at += 1;
                    }
                }
            }
            Some(tag) => {
                let end = tag.end;
                source.push_str(text.get(at..end).unwrap_or_default());
                open.take(tag)?;
                at = end;
            }
            None => {
                source.push_str("&lt;");
                at += 1;
            }
        }
    }
    open.is_markup().then_some(source)
}

/// The positions of the last closing marks. Without them, a text full of opening marks would be
/// searched to its end for each of them.
struct Closers {
    comment: Option<usize>,
    script: Option<usize>,
    style: Option<usize>,
}

impl Closers {
    fn of(lower: &str) -> Self {
        Self {
            comment: lower.rfind("-->"),
            script: lower.rfind("</script"),
            style: lower.rfind("</style"),
        }
    }

    /// The position after the comment that begins at `at`, if it is closed.
    fn end_of_comment(&self, lower: &str, at: usize) -> Option<usize> {
        let body = at + "<!--".len();
        if !lower.get(at..)?.starts_with("<!--") || self.comment? < body {
            return None;
        }
        lower.get(body..)?.find("-->").map(|offset| body + offset + "-->".len())
    }

    /// The position after the script or style that this tag opens, closing tag included.
    fn end_of_dropped(&mut self, lower: &str, tag: &Tag) -> Option<usize> {
        let last = if tag.name == "script" { &mut self.script } else { &mut self.style };
        if tag.is_closing || (*last)? < tag.end {
            return None;
        }
        let closer = format!("</{}", tag.name);
        let start = tag.end + lower.get(tag.end..)?.find(&closer)?;
        let end = self::tag(lower, start).map(|tag| tag.end);
        if end.is_none() {
            // The closing tag is invalid: do not search for this element again.
            *last = None;
        }
        end
    }
}

/// The position after the document type that begins at `at`, if it is closed.
fn end_of_doctype(lower: &str, at: usize) -> Option<usize> {
    let rest = lower.get(at..)?;
    let name = rest.strip_prefix("<!doctype")?;
    let is_one = name.starts_with(|c: char| c.is_ascii_whitespace() || c == '>');
    rest.find('>').filter(|_| is_one).map(|offset| at + offset + 1)
}

/// Whether a text begins with a complete character reference: `&name;`, `&#65;`, `&#x41;`.
fn is_entity(text: &str) -> bool {
    let body = text.get(1..).unwrap_or_default();
    let (body, is_part): (&str, fn(char) -> bool) = match body.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => (hexadecimal, |c| c.is_ascii_hexdigit()),
            None => (number, |c| c.is_ascii_digit()),
        },
        None => (body, |c| c.is_ascii_alphanumeric()),
    };
    let after = body.trim_start_matches(is_part);
    after.len() < body.len() && after.starts_with(';')
}

/// The complete tag of a known element that begins at `start`.
fn tag(text: &str, start: usize) -> Option<Tag> {
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
    loop {
        let next = skip(bytes, at, |byte| byte.is_ascii_whitespace());
        match bytes.get(next)? {
            b'>' => return Some(Tag { end: next + 1, effect, name, is_closing, is_closed: false }),
            b'/' if bytes.get(next + 1) == Some(&b'>') => {
                return Some(Tag { end: next + 2, effect, name, is_closing, is_closed: true });
            }
            _ if next == at || is_closing => return None,
            _ => at = attribute(text, next)?,
        }
    }
}

/// The position after the attribute that begins at `start`.
fn attribute(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:.@".contains(&byte);
    let name_end = skip(bytes, start, is_name);
    let name = text.get(start..name_end).filter(|name| !name.is_empty())?;
    let equals = skip(bytes, name_end, |byte| byte.is_ascii_whitespace());
    if bytes.get(equals) != Some(&b'=') {
        return FLAGS.iter().any(|flag| name.eq_ignore_ascii_case(flag)).then_some(name_end);
    }
    let value = skip(bytes, equals + 1, |byte| byte.is_ascii_whitespace());
    match *bytes.get(value)? {
        quote @ (b'"' | b'\'') => {
            let end = skip(bytes, value + 1, |byte| byte != quote);
            (end < bytes.len()).then_some(end + 1)
        }
        _ => {
            let is_value = |byte: u8| !byte.is_ascii_whitespace() && !b"\"'<>`".contains(&byte);
            let end = skip(bytes, value, is_value);
            // In `<a href=x/>` the slash belongs to the value, as in every browser.
            (end > value).then_some(end)
        }
    }
}

/// The first position from `at` on whose byte does not fit.
fn skip(bytes: &[u8], at: usize, fits: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| fits(**byte)).count()
}
