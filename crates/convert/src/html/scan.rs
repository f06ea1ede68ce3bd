//! Finds the tags and character references of a text.
//!
//! Rules: one pass. Anything that looks like a tag but is not one is text. A text is markup as a
//! whole or not at all: one tag without its counterpart makes it plain text.

use super::elements::{Effect, is_shown_alone, is_void, may_be_left_open};
use super::render::Page;
use super::tag::{Tag, tag};

/// The open elements, and whether any tag showed that the text is markup.
#[derive(Default)]
struct Open {
    names: Vec<String>,
    found: bool,
}

impl Open {
    /// Records a tag; `None` when a closing tag has no opening tag.
    fn take(&mut self, tag: Tag<'_>) -> Option<()> {
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

/// Writes a text that is markup as plain text. `None` when there is no tag, or when a tag is not
/// closed.
pub(super) fn plain(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let mut closers = Closers::of(&lower);
    let mut page = Page::default();
    let mut open = Open::default();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(offset) = rest.find(['<', '&']) else {
            page.write(rest);
            break;
        };
        let (before, markup) = rest.split_at(offset);
        page.write(before);
        at += offset;
        if markup.starts_with('&') {
            let (reference, _) = markup.split_at(end_of_reference(markup).unwrap_or(1));
            page.write(&htmlize::unescape(reference));
            at += reference.len();
            continue;
        }
        let ignored = closers.end_of_comment(&lower, at).or_else(|| end_of_doctype(&lower, at));
        let end = match tag(text, at) {
            None => ignored,
            Some(tag) if tag.effect == Effect::Dropped => {
                let end = closers.end_of_dropped(&lower, &tag);
                open.found |= end.is_some();
                end
            }
            Some(tag) => {
                page.tag(&tag);
                let end = tag.end;
                open.take(tag)?;
                Some(end)
            }
        };
        at = end.unwrap_or_else(|| {
            page.write("<");
            at + 1
        });
    }
    open.is_markup().then(|| page.into_text())
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
    fn end_of_dropped(&mut self, lower: &str, tag: &Tag<'_>) -> Option<usize> {
        let last = if tag.name == "script" { &mut self.script } else { &mut self.style };
        if tag.is_closing || (*last)? < tag.end {
            return None;
        }
        let closer = format!("</{}", tag.name);
        let start = tag.end + lower.get(tag.end..)?.find(&closer)?;
        let end = super::tag::tag(lower, start).map(|tag| tag.end);
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

/// The position after the complete character reference that a text begins with: `&name;`, `&#65;`,
/// `&#x41;`.
fn end_of_reference(text: &str) -> Option<usize> {
    let body = text.get(1..)?;
    let (body, is_part): (&str, fn(char) -> bool) = match body.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => (hexadecimal, |c| c.is_ascii_hexdigit()),
            None => (number, |c| c.is_ascii_digit()),
        },
        None => (body, |c| c.is_ascii_alphanumeric()),
    };
    let after = body.trim_start_matches(is_part);
    (after.len() < body.len() && after.starts_with(';')).then(|| text.len() - after.len() + 1)
}
