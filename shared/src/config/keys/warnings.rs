//! Warnings about valid settings that will not work, or are weak.

use uuid::Uuid;

use super::Form;
use super::checker::Checker;
use crate::config::regions::is_region;

/// The character that examples show in place of a value.
const PLACEHOLDER: char = '…';
/// Words that examples show in place of a value, in lower case, letters and digits only.
const PLACEHOLDERS: [&str; 6] =
    ["changeme", "todo", "placeholder", "example", "replaceme", "yourvalue"];
/// The recommended least number of characters of a key or secret with which callers authenticate.
const LEAST: usize = 16;

pub(super) fn check(checker: &mut Checker<'_>, text: &str, form: Form, path: &str) {
    // The braces of a template are meant.
    if form == Form::Template {
        return;
    }
    // Further warnings about a placeholder would mislead.
    if is_placeholder(text) {
        checker.warn(path, "replace the placeholder with the value");
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
        Form::HubSecret if text.trim().chars().count() < LEAST => checker.warn(
            path,
            "this signs what the bridge posts, and it has under 16 characters: it can be guessed",
        ),
        _ => {}
    }
}

/// Whether a text looks like an example or a mask: `…`, `<your secret>`, `${SECRET}`,
/// `{{ secret }}`, `YOUR_SECRET`, `xxxx`, `abcd****`.
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

/// Genesys Cloud writes ids only in this form: 36 characters with hyphens.
fn is_uuid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}
