//! An entry of the list: one event that needs no further work, in a few characters.
//!
//! Form: `KEY,END,PARTS CONTENT,PEER,BEFORE`. `KEY` is the record's sort key in short; `END` the
//! end of the record's time in seconds since 1970, hexadecimal; `PARTS` one digit; `PEER` Genesys'
//! id of the message, if the entry holds the message mapping too; `BEFORE` how long before `END`
//! the time is that the message carries, in milliseconds, hexadecimal. An entry without `PARTS`
//! says that the item under its key is stored by itself.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use shared::ids::LynnEventId;
use shared::ports::{Change, Expected, Item, Write};
use shared::time::Timestamp;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::message_link::MessageLink;
use crate::record::EventRecord;

/// Between two entries.
pub(super) const END: char = ';';
/// Between two fields of an entry.
const FIELD: char = ',';
/// The longest id that is worth a place in the list.
const LONGEST: usize = 200;
/// Before an id that is a UUID and is written in 22 characters.
const UUID_MARK: char = '*';

/// The families of items that the list can hold, and the letter of each. `p` is the family of
/// message mappings; the others are records of events.
const FAMILIES: [(char, &str); 8] = [
    ('m', "msg#in#"),
    ('n', "msg#out#"),
    ('r', "receipt#in#"),
    ('s', "receipt#out#"),
    ('t', "session#in#"),
    ('k', "lifecycle#in#"),
    ('l', "lifecycle#out#"),
    (LINK, "peer#"),
];
const LINK: char = 'p';
const MESSAGE: char = 'm';

/// A sort key in short. `None` if the list cannot hold such an item.
pub(super) fn short(sort: &str) -> Option<String> {
    let (letter, id) =
        FAMILIES.iter().find_map(|(letter, prefix)| Some((*letter, sort.strip_prefix(prefix)?)))?;
    let mut short = String::with_capacity(1 + id.len());
    short.push(letter);
    push_id(&mut short, id)?;
    Some(short)
}

fn push_id(text: &mut String, id: &str) -> Option<()> {
    let is_plain = |c: u8| c.is_ascii_graphic() && !matches!(c, b'"' | b'\\' | b',' | b';' | b'|');
    if id.is_empty() || id.len() > LONGEST || !id.bytes().all(is_plain) || id.starts_with(UUID_MARK)
    {
        return None;
    }
    match uuid(id) {
        Some((bytes, rest)) => {
            text.push(UUID_MARK);
            BASE64.encode_string(bytes, text);
            text.push_str(rest);
        }
        None => text.push_str(id),
    }
    Some(())
}

/// The bytes of a UUID at the beginning, and what follows it. Only the form with lower-case digits
/// and hyphens, since the id must come back as it was.
fn uuid(id: &str) -> Option<([u8; 16], &str)> {
    let (text, rest) = id.split_at_checked(Hyphenated::LENGTH)?;
    let uuid = Uuid::try_parse(text).ok()?;
    let written = uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text;
    written.then_some((uuid.into_bytes(), rest))
}

/// The sort key of a short one.
fn long(short: &str) -> Option<String> {
    let mut characters = short.chars();
    let letter = characters.next()?;
    let (_, prefix) = FAMILIES.iter().find(|(known, _)| *known == letter)?;
    Some(format!("{prefix}{}", long_id(characters.as_str())?))
}

fn long_id(id: &str) -> Option<Cow<'_, str>> {
    let Some(packed) = id.strip_prefix(UUID_MARK) else { return Some(Cow::Borrowed(id)) };
    let (packed, rest) = packed.split_at_checked(22)?;
    let bytes: [u8; 16] = BASE64.decode(packed).ok()?.try_into().ok()?;
    Some(Cow::Owned(format!("{}{rest}", Uuid::from_bytes(bytes).hyphenated())))
}

/// The end of an item's time in seconds since 1970, rounded up as the store does.
fn seconds(end: Timestamp) -> i64 {
    (end + Duration::from_millis(999)).seconds()
}

/// Reads the hexadecimal form of an end.
pub(super) fn read_end(text: &str) -> Option<Timestamp> {
    let seconds = i64::from_str_radix(text, 16).ok()?;
    Some(Timestamp::from_milliseconds(seconds.saturating_mul(1000)))
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a>(Cow<'a, str>);

impl<'a> Entry<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// The entry that says that the item under this short key is stored by itself until then.
    pub(super) fn apart(short: &str, until: Option<Timestamp>) -> Self {
        let end = until.map_or(i64::MAX / 1000, seconds);
        Self(Cow::Owned(format!("{short}{FIELD}{end:x}")))
    }

    /// The one entry that says everything that these writes store; `None` if they say more than an
    /// entry can.
    pub(super) fn of(writes: &[&Write]) -> Option<Entry<'static>> {
        let (record, link) = match writes {
            [record] => (record, None),
            [one, other] if one.key.sort.starts_with("peer#") => (other, Some(one)),
            [one, other] => (one, Some(other)),
            _ => return None,
        };
        let (body, until) = new_item(record)?;
        let short = short(&record.key.sort)?;
        if short.starts_with(LINK) {
            return None;
        }
        let said: EventRecord = serde_json::from_str(body).ok()?;
        let (parts, content) = said.brief()?;
        let mut text = format!("{short}{FIELD}{:x}{FIELD}{parts}", seconds(until));
        text.push_str(content.as_deref().unwrap_or_default());
        if let Some(link) = link {
            let (body, _) = new_item(link)?;
            let mapping: MessageLink = serde_json::from_str(body).ok()?;
            let own = record.key.sort.strip_prefix("msg#in#")?;
            if mapping != whole(own) {
                return None;
            }
            text.push(FIELD);
            push_id(&mut text, link.key.sort.strip_prefix("peer#")?)?;
        }
        if let Some(time) = said.first_time {
            let before = seconds(until).saturating_mul(1000).saturating_sub(time.milliseconds());
            let no_peer = if link.is_some() { "" } else { "," };
            text.push_str(&format!("{no_peer}{FIELD}{before:x}"));
        }
        Some(Entry(Cow::Owned(text)))
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }

    fn fields(&self) -> [Option<&str>; 5] {
        let mut fields = self.0.split(FIELD);
        std::array::from_fn(|_| fields.next())
    }

    /// Whether this entry is about the item under a short key.
    pub(super) fn is_about(&self, short: &str) -> bool {
        let own = self.0.strip_prefix(short).is_some_and(|rest| rest.starts_with(FIELD));
        own || short.strip_prefix(LINK).is_some_and(|id| self.peer() == Some(id))
    }

    fn peer(&self) -> Option<&str> {
        self.0.split(FIELD).nth(3).filter(|id| !id.is_empty())
    }

    /// The end of its time.
    pub(super) fn end(&self) -> Timestamp {
        let end = self.0.split(FIELD).nth(1);
        end.and_then(read_end).unwrap_or(Timestamp::from_milliseconds(0))
    }

    /// Whether the item is stored by itself.
    pub(super) fn is_apart(&self) -> bool {
        self.0.splitn(3, FIELD).nth(2).is_none()
    }

    /// The short keys of all that the entry holds.
    pub(super) fn keys(&self) -> Vec<String> {
        let [own, ..] = self.fields();
        let link = self.peer().map(|id| format!("{LINK}{id}"));
        own.map(str::to_owned).into_iter().chain(link).collect()
    }

    /// The item under a short key, as it was written.
    pub(super) fn item(&self, short: &str) -> Option<Item> {
        let [own, _, rest, _, before] = self.fields();
        let body = match short.strip_prefix(LINK) {
            Some(_) => {
                let own = own?.strip_prefix(MESSAGE)?;
                serde_json::to_string(&whole(&long_id(own)?)).ok()?
            }
            None => {
                let (parts, content) = rest?.split_at_checked(1)?;
                let before = before.and_then(|before| i64::from_str_radix(before, 16).ok());
                let time = before.map(|before| {
                    Timestamp::from_milliseconds(self.end().milliseconds().saturating_sub(before))
                });
                let record = EventRecord::from_brief(parts.parse().ok()?, content, time);
                serde_json::to_string(&record).ok()?
            }
        };
        Some(Item { body, version: 1 })
    }

    /// Everything that the entry holds: the sort key and the item.
    pub(super) fn items(&self) -> Vec<(String, Item)> {
        let keys = self.keys().into_iter();
        keys.filter_map(|short| Some((long(&short)?, self.item(&short)?))).collect()
    }
}

/// The mapping of a message that was sent in one part.
fn whole(message: &str) -> MessageLink {
    MessageLink { message: LynnEventId::new(message), part: 0, parts: 1 }
}

/// The body and the end of a new item that no index finds.
fn new_item(write: &Write) -> Option<(&str, Timestamp)> {
    match (&write.change, write.expected) {
        (Change::Put { body, expires_at, index: None, due: None }, Expected::Absent) => {
            Some((body, (*expires_at)?))
        }
        _ => None,
    }
}
