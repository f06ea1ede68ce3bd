//! Reads a text with its escapes.

use std::borrow::Cow;

use super::Reader;
use super::broken::{Broken, JsonPath, Why};

impl<'a> Reader<'a> {
    pub(super) fn string(&mut self, path: &JsonPath<'_>) -> Result<Cow<'a, str>, Broken> {
        let (opened, text) = (self.at, self.text);
        self.at += 1;
        let mut begun = self.at;
        let mut taken: Option<String> = None;
        loop {
            let Some(byte) = self.peek() else {
                return Err(Broken { at: opened, why: Why::Endless(path.to_string()) });
            };
            match byte {
                b'"' => {
                    let rest = &text[begun..self.at];
                    self.at += 1;
                    return Ok(match taken {
                        None => Cow::Borrowed(rest),
                        Some(taken) => Cow::Owned(taken + rest),
                    });
                }
                b'\\' => {
                    let taken = taken.get_or_insert_default();
                    taken.push_str(&text[begun..self.at]);
                    self.escape(taken);
                    begun = self.at;
                }
                _ => self.at += 1,
            }
        }
    }

    /// An escape; a backslash that escapes nothing is kept.
    fn escape(&mut self, text: &mut String) {
        self.at += 1;
        let plain = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                match self.code_unit() {
                    Some(unit) => text.push(self.character(unit)),
                    None => text.push('\\'),
                }
                return;
            }
            _ => {
                text.push('\\');
                return;
            }
        };
        self.at += 1;
        text.push(plain);
    }

    /// The four digits after the current `u`. Without four digits, the position does not change.
    fn code_unit(&mut self) -> Option<u16> {
        let digits = self.text.as_bytes().get(self.at + 1..self.at + 5)?;
        let mut unit = 0_u32;
        for digit in digits {
            unit = unit * 16 + char::from(*digit).to_digit(16)?;
        }
        self.at += 5;
        u16::try_from(unit).ok()
    }

    /// The character of a code unit, with the second half of a pair if it follows. Half a pair
    /// becomes U+FFFD.
    fn character(&mut self, unit: u16) -> char {
        let after = self.at;
        let follows = self.text.as_bytes().get(after..after + 2) == Some(br"\u".as_slice());
        if (0xd800..0xdc00).contains(&unit) && follows {
            self.at += 1;
            let second = self.code_unit();
            let pair = second.and_then(|second| char::decode_utf16([unit, second]).next());
            if let Some(Ok(character)) = pair {
                return character;
            }
            self.at = after;
        }
        char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}
