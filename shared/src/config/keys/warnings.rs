//! What is no error and yet will not work, or is weak.

use uuid::Uuid;

use super::{Checker, Form};
use crate::config::regions::is_region;

/// What examples have where a value belongs.
const PLACEHOLDER: char = '…';
/// The least characters of a key or secret that callers prove themselves with.
const LEAST: usize = 16;

/// Warns of a text that is no error.
pub(super) fn look(checker: &mut Checker<'_>, text: &str, form: Form, path: &str) {
    // What is said of a placeholder besides would only mislead.
    if text.contains(PLACEHOLDER) {
        checker.warn(path, "the placeholder … stands here still; put the value in");
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

/// The one way in which Genesys Cloud writes an id.
fn is_uuid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}
