//! Makes a file name harmless where it is shown, saved or put into a header.
//!
//! Rule: keep the last part of a path and its ending, without invisible characters.

use std::path::Path;

/// The most characters of a name.
const LONGEST: usize = 150;
/// When a name is cut, its ending is kept if it has at most this many characters, the dot included.
const LONGEST_ENDING: usize = 16;

/// The name without a path, control characters and characters that change the writing direction,
/// cut to [`LONGEST`]. `None` when nothing is left.
pub(super) fn harmless(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim().is_empty())?;
    let visible: String = last.chars().filter(|character| !is_hidden(*character)).collect();
    let name = whole(&visible);
    if name.trim_start_matches('.').is_empty() { None } else { Some(whole(&cut(name)).to_owned()) }
}

/// Removes surrounding white space, and dots at the end: some systems remove them themselves.
fn whole(name: &str) -> &str {
    name.trim_start().trim_end_matches(|last: char| last == '.' || last.is_whitespace())
}

/// Whether a character is a control character, a line separator, changes the writing direction or
/// has no width. The joiner inside emoji is allowed.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        )
}

fn cut(name: &str) -> String {
    let length = name.chars().count();
    if length <= LONGEST {
        return name.to_owned();
    }
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
    let ending = ending.map(|ending| format!(".{ending}")).unwrap_or_default();
    let kept = ending.chars().count();
    let (ending, kept) = if kept > LONGEST_ENDING { ("", 0) } else { (ending.as_str(), kept) };
    let begin: String = name.chars().take(LONGEST - kept).collect();
    begin + ending
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_usual_name_stays() {
        for name in ["bill.pdf", "año 2026 (1).tar.gz", "👨\u{200d}👩.png", ".env", "a'b&c.txt"]
        {
            assert_eq!(harmless(name).as_deref(), Some(name));
        }
    }

    #[test]
    fn what_does_harm_is_taken_away() {
        for (given, expected) in [
            ("../../etc/passwd", "passwd"),
            (r"C:\Users\Ana\bill.pdf", "bill.pdf"),
            ("/tmp/dir/", "dir"),
            ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie: x=1.pdf"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("\u{feff} a\u{200b}\u{2066}.pdf. . ", "a.pdf"),
            ("a\0.pdf", "a.pdf"),
        ] {
            assert_eq!(harmless(given).as_deref(), Some(expected), "{given:?}");
        }
        for nothing in ["", "..", "../..", "///", " . ", "\r\n", "\u{202e}"] {
            assert_eq!(harmless(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let long = harmless(&format!("{}.pdf", "ñ".repeat(400))).unwrap();
        assert_eq!(long.chars().count(), LONGEST);
        assert!(long.ends_with("ñ.pdf"));
        assert_eq!(harmless(&format!("a.{}", "b".repeat(400))).unwrap().chars().count(), LONGEST);
    }

    proptest! {
        #[test]
        fn twice_is_as_good_as_once(name in "(\\PC|[./\\\\ \r\n\u{202e}]){0,200}") {
            if let Some(name) = harmless(&name) {
                let harmful = name.contains(['/', '\\', '\r', '\n', '\u{202e}']);
                prop_assert!(!harmful && name.chars().count() <= LONGEST);
                prop_assert_eq!(harmless(&name), Some(name));
            }
        }
    }
}
