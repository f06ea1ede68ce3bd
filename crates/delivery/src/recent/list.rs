//! The list in the body of a conversation's item, as the member `recent` before all others.
//!
//! Form: pages, then `|`, then entries; both separated by `;`. A page is `NUMBER,END,MARKS`: where
//! older entries are stored, the end of their time, and two characters for each key on it.

use std::borrow::Cow;
use std::fmt::Write as _;

use shared::time::Timestamp;

use super::entry::{self, END, Entry};

const BEGIN: &str = "{\"recent\":\"";
const AFTER_PAGES: char = '|';
const FIELD: char = ',';

/// The mark of a short key: two characters out of 64. A key whose mark is not on a page is not on
/// the page; of 4,096 other keys, one has the same mark.
fn mark(short: &str) -> [u8; 2] {
    // FNV-1a: the marks are stored, so they must not depend on a version of a library.
    let hash = short.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    const CHARACTERS: &[u8; 64] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let folded = hash ^ (hash >> 32);
    let at = |shift: u32| CHARACTERS[usize::try_from((folded >> shift) & 63).unwrap_or_default()];
    [at(0), at(6)]
}

/// The key for the mark of an item that is stored by itself.
fn apart(short: &str) -> String {
    format!("~{short}")
}

fn marks(entry: &Entry<'_>) -> Vec<u8> {
    let keys = entry.keys().into_iter();
    keys.flat_map(|key| mark(&if entry.is_apart() { apart(&key) } else { key })).collect()
}

/// Older entries in an item of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Page<'a> {
    number: u64,
    end: Timestamp,
    marks: Cow<'a, str>,
}

impl<'a> Page<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut fields = text.split(FIELD);
        let number = u64::from_str_radix(fields.next()?, 16).ok()?;
        let end = entry::read_end(fields.next()?)?;
        Some(Self { number, end, marks: fields.next()?.into() })
    }

    fn has_mark(&self, wanted: [u8; 2]) -> bool {
        self.marks.as_bytes().chunks(2).any(|mark| mark == wanted)
    }
}

/// A page that leaves the list.
pub(super) struct NewPage {
    pub(super) sort: String,
    pub(super) body: String,
    pub(super) until: Timestamp,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RecentList<'a> {
    pages: Vec<Page<'a>>,
    entries: Vec<Entry<'a>>,
}

/// The sort key of a page.
fn page_sort(number: u64) -> String {
    format!("page#{number:08x}")
}

/// The text of the list in a body, and where the rest of the body begins.
fn text(body: &str) -> Option<(&str, usize)> {
    let (text, _) = body.strip_prefix(BEGIN)?.split_once('"')?;
    Some((text, BEGIN.len() + text.len() + 1))
}

/// Removes the list from the body.
pub(super) fn strip(body: &mut String) {
    if let Some((_, end)) = text(body) {
        let end = if body[end..].starts_with(FIELD) { end + 1 } else { end };
        body.replace_range(..end, "{");
    }
}

/// The body without the list.
pub(super) fn stripped(body: &str) -> String {
    let mut state = body.to_owned();
    strip(&mut state);
    state
}

/// The entries of a page that have not expired.
pub(super) fn of_page(body: &str, now: Timestamp) -> impl Iterator<Item = Entry<'_>> {
    entries(body.trim_matches('"'), now)
}

fn entries(text: &str, now: Timestamp) -> impl Iterator<Item = Entry<'_>> {
    let entries = text.split(END).filter(|entry| !entry.is_empty()).map(Entry::read);
    entries.filter(move |entry| entry.end() > now)
}

impl<'a> RecentList<'a> {
    /// The list in a body, without what has expired.
    pub(super) fn read(body: &'a str, now: Timestamp) -> Self {
        let Some((text, _)) = text(body) else { return Self::default() };
        let (pages, own) = text.split_once(AFTER_PAGES).unwrap_or(("", text));
        Self {
            pages: pages.split(END).filter_map(Page::read).filter(|page| page.end > now).collect(),
            entries: entries(own, now).collect(),
        }
    }

    /// Puts the list into the body of a conversation.
    pub(super) fn put_into(&self, body: &str) -> String {
        let Some(rest) = body.strip_prefix('{').filter(|_| !self.is_empty()) else {
            return body.to_owned();
        };
        let entries: usize = self.entries.iter().map(|entry| entry.text().len() + 1).sum();
        let mut whole = String::with_capacity(BEGIN.len() + entries + body.len() + 8);
        whole.push_str(BEGIN);
        let mut between = "";
        for Page { number, end, marks } in &self.pages {
            // Writing to a string cannot fail.
            let _ = write!(whole, "{between}{number:x},{:x},{marks}", end.seconds());
            between = ";";
        }
        whole.push(AFTER_PAGES);
        let mut between = "";
        for entry in &self.entries {
            whole.push_str(between);
            whole.push_str(entry.text());
            between = ";";
        }
        whole.push_str(if rest == "}" { "\"" } else { "\"," });
        whole.push_str(rest);
        whole
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pages.is_empty() && self.entries.is_empty()
    }

    pub(super) fn find(&self, short: &str) -> Option<&Entry<'a>> {
        self.entries.iter().find(|entry| entry.is_about(short))
    }

    pub(super) fn remove(&mut self, short: &str) -> Option<Entry<'a>> {
        let place = self.entries.iter().position(|entry| entry.is_about(short))?;
        Some(self.entries.remove(place))
    }

    pub(super) fn add(&mut self, entry: Entry<'a>) {
        self.entries.push(entry);
    }

    pub(super) fn entries(&self) -> &[Entry<'a>] {
        &self.entries
    }

    /// The sort keys of the pages that may hold the item, the latest first.
    pub(super) fn pages_of(&self, short: &str) -> impl Iterator<Item = String> {
        let wanted = mark(short);
        let pages = self.pages.iter().rev().filter(move |page| page.has_mark(wanted));
        pages.map(|page| page_sort(page.number))
    }

    /// Whether an item stored by itself may have left the list with a page, which has its mark
    /// but not its entry.
    pub(super) fn may_be_apart(&self, short: &str) -> bool {
        let wanted = mark(&apart(short));
        self.pages.iter().any(|page| page.has_mark(wanted))
    }

    pub(super) fn pages(&self) -> impl Iterator<Item = String> {
        self.pages.iter().map(|page| page_sort(page.number))
    }

    /// The bytes that name the pages.
    pub(super) fn directory_bytes(&self) -> usize {
        const BESIDE_MARKS: usize = 14;
        self.pages.iter().map(|page| page.marks.len() + BESIDE_MARKS).sum()
    }

    /// Moves the older two thirds of the entries to a page if they have more bytes than `most`.
    pub(super) fn turn(&mut self, most: usize) -> Option<NewPage> {
        let size = |entries: &[Entry<'_>]| -> usize {
            entries.iter().map(|entry| entry.text().len() + 1).sum()
        };
        let whole = size(&self.entries);
        if whole <= most {
            return None;
        }
        let (mut count, mut moved) = (0, 0);
        while moved < whole * 2 / 3 && count + 1 < self.entries.len() {
            moved += self.entries[count].text().len() + 1;
            count += 1;
        }
        let mut old: Vec<_> = self.entries.drain(..count).collect();
        let end = old.iter().map(Entry::end).max()?;
        let marks: Vec<u8> = old.iter().flat_map(marks).collect();
        // An item by itself is found without its entry. Its mark is for concurrent writers.
        old.retain(|entry| !entry.is_apart());
        let number = self.pages.last().map_or(0, |page| page.number + 1);
        let marks = String::from_utf8(marks).unwrap_or_default().into();
        self.pages.push(Page { number, end, marks });
        if old.is_empty() {
            return None;
        }
        let texts: Vec<&str> = old.iter().map(Entry::text).collect();
        Some(NewPage {
            sort: page_sort(number),
            body: format!("\"{}\"", texts.join(";")),
            until: end,
        })
    }
}
