//! Detects variables that a flow did not fill in.

/// The texts that a variable without a value becomes when texts are joined.
const WORDS: [&str; 4] = ["undefined", "null", "NaN", "[object Object]"];

/// Whether a text, without surrounding white space, is empty or a variable without a value.
pub(super) fn is_unfilled(text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || WORDS.contains(&text)
        || (text.starts_with("{{") && text.ends_with("}}"))
        || (text.starts_with("${") && text.ends_with('}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_text_is_a_variable() {
        for text in ["", " \t", "undefined", " null ", "{{contact.id}}", "${id}", "{{a}}-{{b}}\n"] {
            assert!(is_unfilled(text), "{text}");
        }
        for text in ["0", "nullable", "Null", "{{a}} b", "a ${b}", "{a}", "@CRITERIA"] {
            assert!(!is_unfilled(text), "{text}");
        }
    }
}
