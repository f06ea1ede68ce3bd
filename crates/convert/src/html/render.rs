//! Writes texts and tags as plain text.
//!
//! Rule: typed line breaks are kept; line breaks of the markup never double them.

use super::elements::Effect;
use super::tag::Tag;

const BULLET: &str = "• ";

/// Marks that are directly before a URL, and directly after it.
const OPENING: &str = "([{<\"'«“¿¡";
const CLOSING: &str = ")]}>\"'»”.,;:!?…";

/// The separator between the text so far and the next text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Gap {
    #[default]
    None,
    /// A block began or ended: the next text starts a new line, unless it begins with its own line
    /// break.
    Block,
    /// A line break was written: a typed one directly after it does not count.
    Break,
    /// A bullet was written: white space after it belongs to the markup.
    Bullet,
}

/// The separator between the text so far and the next text on the same line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Joint {
    #[default]
    None,
    /// A space: a URL ends there or begins there.
    Url,
    /// This sign, if two numbers would become one.
    Number(char),
}

#[derive(Default)]
pub(super) struct Page {
    text: String,
    gap: Gap,
    joint: Joint,
    /// The start of the open link's text, in bytes, and its URL.
    link: Option<(usize, String)>,
}

impl Page {
    /// The text, with at most one empty line in a row and none at the ends.
    pub(super) fn into_text(mut self) -> String {
        self.end_link();
        let mut text = String::with_capacity(self.text.len());
        let mut empty_lines = 0;
        for line in self.text.split('\n') {
            let is_empty = line.trim().is_empty();
            empty_lines = if is_empty { empty_lines + 1 } else { 0 };
            if empty_lines < 2 {
                text.push_str(if is_empty { "" } else { line });
                text.push('\n');
            }
        }
        text.trim().to_owned()
    }

    pub(super) fn write(&mut self, text: &str) {
        let visible = text.trim_start_matches([' ', '\t', '\r']);
        let text = match self.gap {
            Gap::None => text,
            Gap::Bullet => text.trim_start(),
            Gap::Block | Gap::Break => visible.strip_prefix('\n').unwrap_or(visible),
        };
        let typed_break = visible.starts_with('\n');
        if text.is_empty() && !(typed_break && self.gap != Gap::Bullet) {
            return;
        }
        if self.gap == Gap::Block {
            self.text.push('\n');
        }
        self.gap = Gap::None;
        self.join(text);
        self.text.push_str(text);
    }

    /// Writes the separator in front of the next text.
    fn join(&mut self, next: &str) {
        let (Some(last), Some(first)) = (self.text.chars().last(), next.chars().next()) else {
            return;
        };
        let is_signed = first.is_numeric() || "+-\u{2212}".contains(first);
        let sign = match std::mem::take(&mut self.joint) {
            Joint::Url if is_glued(last, OPENING) && is_glued(first, CLOSING) => ' ',
            Joint::Number('^') if is_signed && (last.is_alphanumeric() || last == ')') => '^',
            Joint::Number(sign) if last.is_numeric() && first.is_numeric() => sign,
            _ => return,
        };
        self.text.push(sign);
    }

    pub(super) fn tag(&mut self, tag: &Tag<'_>) {
        match tag.effect {
            Effect::Break => self.line_break(),
            Effect::Block => self.block(),
            Effect::Item => self.item(!tag.is_closing),
            Effect::Cell if !tag.is_closing => self.cell(),
            Effect::Link => {
                self.end_link();
                if let Some(url) = tag.attribute("href").filter(|url| is_address(url)) {
                    self.begin_line();
                    self.link = Some((self.text.len(), url));
                }
            }
            Effect::Image => {
                let url = tag.attribute("src").filter(|url| is_page(url));
                self.media(tag.attribute("alt"), url);
            }
            Effect::Raised(sign) => {
                self.joint = Joint::Number(if tag.is_closing { ' ' } else { sign });
            }
            _ => {}
        }
    }

    /// Writes the line break that a block requires.
    fn begin_line(&mut self) {
        if self.gap == Gap::Block {
            self.text.push('\n');
            self.gap = Gap::None;
        }
    }

    /// Writes a picture, film or sound. An emoji needs no URL beside it.
    fn media(&mut self, alternative: Option<String>, url: Option<String>) {
        let Some(url) = url else {
            return self.write(&alternative.unwrap_or_default());
        };
        self.joint = Joint::Url;
        match alternative {
            Some(text) if !text.contains(char::is_alphanumeric) => {
                self.joint = Joint::None;
                return self.write(&text);
            }
            Some(text) if text != url => self.write(&format!("{text} ({url})")),
            _ => self.write(&url),
        }
        self.joint = Joint::Url;
    }

    fn trim_line(&mut self) {
        let end = self.text.trim_end_matches([' ', '\t', '\r']).len();
        self.text.truncate(end);
    }

    fn line_break(&mut self) {
        self.begin_line();
        self.trim_line();
        self.text.push('\n');
        self.gap = Gap::Break;
    }

    fn block(&mut self) {
        if self.gap == Gap::Bullet {
            return;
        }
        self.trim_line();
        let at_start = self.text.is_empty() || self.text.ends_with('\n');
        if !at_start {
            self.gap = Gap::Block;
        }
    }

    fn item(&mut self, is_start: bool) {
        if self.gap == Gap::Bullet {
            self.gap = Gap::Block;
        }
        self.block();
        if is_start {
            self.begin_line();
            self.text.push_str(BULLET);
            self.gap = Gap::Bullet;
        }
    }

    fn cell(&mut self) {
        let is_set_off = self.text.is_empty() || self.text.ends_with(char::is_whitespace);
        if self.gap == Gap::None && !is_set_off {
            self.text.push(' ');
        }
    }

    /// Adds the URL of the open link, unless its text is the URL.
    fn end_link(&mut self) {
        let Some((start, url)) = self.link.take() else { return };
        let shown = self.text.get(start..).unwrap_or_default().trim();
        let plain = ["mailto:", "tel:"].iter().find_map(|scheme| url.strip_prefix(scheme));
        if shown == url || plain == Some(shown) {
            self.joint = Joint::Url;
            return;
        }
        if shown.is_empty() {
            self.joint = Joint::Url;
            self.write(&url);
            self.joint = Joint::Url;
            return;
        }
        let end = self.text.trim_end().len();
        let after = self.text.split_off(end);
        self.text.push_str(&format!(" ({url})"));
        self.text.push_str(&after);
    }
}

/// Whether a character beside a URL would seem to be a part of it.
fn is_glued(beside: char, marks: &str) -> bool {
    !beside.is_whitespace() && !marks.contains(beside)
}

/// Whether a picture can be opened by its URL alone.
fn is_page(url: &str) -> bool {
    let url = url.to_ascii_lowercase();
    url.starts_with("https://") || url.starts_with("http://")
}

/// Whether a link leads outside its page.
fn is_address(url: &str) -> bool {
    let scheme_is = |scheme: &str| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    !url.starts_with('#') && !scheme_is("javascript:")
}
