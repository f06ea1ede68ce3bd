//! Texts of people: HTML becomes text, long text is split, and nothing of it is lost.

use convert::{html, split};

/// The first byte is the longest part, the rest the text.
pub fn text(input: &[u8]) {
    let Some((longest, rest)) = input.split_first() else { return };
    let (longest, text) = (usize::from(*longest).max(2), String::from_utf8_lossy(rest));
    let plain = html::to_text(&text);
    assert!(text.contains('<') || plain == text, "a text without a tag stays as it is");
    // A link is followed by its address, and a list item has a bullet.
    assert!(plain.len() <= text.len() * 4 + 64, "{} bytes of {}", plain.len(), text.len());
    let parts = split::split(&text, longest);
    for part in &parts {
        assert!(split::length(part) <= longest, "{} code units", split::length(part));
        assert!(!part.trim().is_empty());
    }
    let words = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(words(&parts.concat()), words(&text), "the parts in a row are the text");
}
