//! Cuts a long text into parts that fit.
//!
//! Rule: the length counts UTF-16 code units, so that a part fits whether the vendor counts code
//! units or characters. Joined, the parts are the text; only parts of white space are omitted.

use unicode_segmentation::UnicodeSegmentation;

/// The length in UTF-16 code units, as JavaScript and Java count it.
pub fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Cuts a text into parts of at most `longest` UTF-16 code units. A cut is after the last white
/// space that fits. A longer word is cut between graphemes, a longer grapheme between characters.
/// If `longest` is less than 2, a character that does not fit is a part of its own.
pub fn split(text: &str, longest: usize) -> Vec<&str> {
    pieces(text, longest).into_iter().filter(|piece| !piece.trim().is_empty()).collect()
}

/// Like [`split`], but keeps parts of white space: joined, the parts are the text.
fn pieces(text: &str, longest: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    // A character has at least as many bytes as UTF-16 code units.
    while rest.len() > longest {
        match cut(rest, longest) {
            Some(at) => {
                let (piece, after) = rest.split_at(at);
                pieces.push(piece);
                rest = after;
            }
            None => break,
        }
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// The end of the first part, in bytes: more than 0, at a character boundary. `None` when the whole
/// text fits.
fn cut(text: &str, longest: usize) -> Option<usize> {
    let mut used = 0;
    let mut after_white_space = None;
    for (index, grapheme) in text.grapheme_indices(true) {
        used += length(grapheme);
        if used > longest {
            let inside_word = Some(index).filter(|index| *index > 0);
            return after_white_space
                .or(inside_word)
                .or_else(|| Some(cut_grapheme(grapheme, longest)))
                .filter(|at| *at < text.len());
        }
        if grapheme.chars().all(char::is_whitespace) {
            after_white_space = Some(index + grapheme.len());
        }
    }
    None
}

/// The end of the first part of a grapheme that is too long: as many characters as fit, at least
/// one.
fn cut_grapheme(grapheme: &str, longest: usize) -> usize {
    let mut used = 0;
    let mut end = 0;
    for character in grapheme.chars() {
        used += character.len_utf16();
        if used > longest && end > 0 {
            break;
        }
        end += character.len_utf8();
        if used > longest {
            break;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cuts_after_the_last_white_space_that_fits() {
        assert_eq!(split("one two three", 8), ["one two ", "three"]);
        assert_eq!(split("one\ntwo", 4), ["one\n", "two"]);
        assert_eq!(split("short", 2000), ["short"]);
        assert!(split("", 5).is_empty());
        assert!(split("     ", 2).is_empty());
    }

    #[test]
    fn cuts_long_words_between_graphemes_and_long_graphemes_between_characters() {
        assert_eq!(split("abcdef", 4), ["abcd", "ef"]);
        assert_eq!(split("e\u{301}e\u{301}e\u{301}", 4), ["e\u{301}e\u{301}", "e\u{301}"]);
        let family = "👨\u{200d}👩\u{200d}👧";
        assert_eq!(split(family, 5).concat(), family);
        assert!(split(family, 5).iter().all(|part| length(part) <= 5));
        assert_eq!(split("😀😀", 3), ["😀", "😀"]);
        assert_eq!(pieces("a\r\nb", 2), ["a", "\r\n", "b"]);
    }

    #[test]
    fn never_hangs_on_no_room() {
        assert_eq!(split("ab😀", 0), ["a", "b", "😀"]);
        assert_eq!(split("ab😀", 1), ["a", "b", "😀"]);
    }

    proptest! {
        #[test]
        fn pieces_in_a_row_are_the_text(text in "(\\PC|[ \\n\\r\\t]|😀|e\u{301}){0,60}", longest in 2_usize..20) {
            prop_assert_eq!(pieces(&text, longest).concat(), text.as_str());
            for piece in pieces(&text, longest) {
                prop_assert!(length(piece) <= longest);
            }
            let kept: String = split(&text, longest).concat();
            let visible = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(visible(&kept), visible(&text));
        }

        #[test]
        fn any_room_at_all_ends(text in "\\PC{0,40}", longest in 0_usize..3) {
            prop_assert_eq!(pieces(&text, longest).concat(), text);
        }
    }
}
