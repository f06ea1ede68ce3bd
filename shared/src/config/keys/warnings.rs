//! What is no error and yet will not work, or is weak.

use uuid::Uuid;

use super::{Checker, Form};
use crate::config::regions::is_region;

/// What examples have where a value belongs.
const PLACEHOLDER: char = '…';
/// The same as words, without the signs around and between them, in small letters.
const PLACEHOLDERS: [&str; 6] =
    ["changeme", "todo", "placeholder", "example", "replaceme", "yourvalue"];
/// The least characters of a key or secret that callers prove themselves with.
const LEAST: usize = 16;

/// Warns of a text that is no error.
pub(super) fn look(checker: &mut Checker<'_>, text: &str, form: Form, path: &str) {
    // What is said of a placeholder besides would only mislead.
    if is_placeholder(text) {
        checker.warn(path, "a placeholder stands here still; put the value in");
        return;
    }
    if form.is_secret() && text.trim() != text {
        checker.warn(path, "there are blanks around this secret; were they copied along?");
    }
    match form {
        Form::Domain if !is_region(text) => checker.warn(
            path,
            "this version knows no region of Genesys Cloud with this domain; compare it with the address of your Genesys Cloud in the browser",
        ),
        Form::Id if !is_uuid(text) => {
            checker.warn(path, "this is not a UUID, as every id of Genesys Cloud is");
        }
        Form::CallersKey | Form::CallersSigningSecret => {
            let key = text.trim().trim_start_matches("whsec_");
            if key.chars().count() < LEAST {
                checker.warn(
                    path,
                    "callers prove themselves with this, and it has under 16 characters: it can be guessed",
                );
            }
        }
        _ => {}
    }
}

/// Whether a text is what an example or a mask shows: `…`, `<your secret>`, `${SECRET}`, `{{ secret }}`, `YOUR_SECRET`, `xxxx`,
/// `abcd****`.
fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let stands_between = |start: &str, end: &str| text.starts_with(start) && text.ends_with(end);
    let words: String =
        text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_lowercase();
    let is_one_sign = |sign: char| text.len() > 2 && text.chars().all(|letter| letter == sign);
    text.contains(PLACEHOLDER)
        || text.ends_with("****")
        || stands_between("<", ">")
        || stands_between("{", "}")
        || stands_between("${", "}")
        || ['x', 'X', '.', '*'].into_iter().any(is_one_sign)
        || PLACEHOLDERS.contains(&words.as_str())
        || (words.starts_with("your") && text.contains(['_', '-', ' ']))
}

/// The one way in which Genesys Cloud writes an id.
fn is_uuid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}
