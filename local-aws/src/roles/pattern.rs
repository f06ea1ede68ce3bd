//! The patterns of policies: `*` stands for any text, `?` for one character.

/// Whether a text fits a pattern as a whole.
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut pattern = pattern.chars();
    let Some(first) = pattern.next() else { return text.is_empty() };
    let rest = pattern.as_str();
    let mut characters = text.chars();
    match first {
        '*' => ends(text).any(|end| fits(rest, end)),
        '?' => characters.next().is_some() && fits(rest, characters.as_str()),
        own => characters.next() == Some(own) && fits(rest, characters.as_str()),
    }
}

/// The text itself, and what remains of it after each of its characters.
fn ends(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices().map(|(at, _)| &text[at..]).chain([""])
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_any_text_and_a_question_mark_for_one_character() {
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("a*", "a"),
            ("conv#*", "conv#support#ana"),
            ("*:secret:bridge/*/send-??????", "arn:secret:bridge/a/b/send-é12345"),
            ("a*b*c", "abbcbc"),
        ] {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("?", ""),
            ("conv#*", "conv"),
            ("a*b", "abc"),
            ("send-??????", "send-12345"),
        ] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }
}
