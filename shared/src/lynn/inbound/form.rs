//! Parses a form, `application/x-www-form-urlencoded`, whose names have dots:
//! `contact.id=…&text=…&attachments.0.url=…`.
//!
//! Rules: every value is a text. A duplicate name is refused, and so is a name that is a field and
//! an object at once. The rest of a name after `attributes.` is the attribute's name, dots
//! included.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode;

use super::charset::{self, UnknownCharset};
use super::fields::NAMED;
use super::node::{Field, Node};
use crate::problem::FieldError;

/// Contains attributes by name.
const ATTRIBUTES: &str = "attributes";
/// Contain elements by number.
const ARRAYS: [&str; 2] = ["attachments", "history"];
/// The deepest nesting of names; the contract needs two.
const DEEPEST: usize = 8;

/// The value of a name, or the names below it.
#[derive(Default)]
struct Branch {
    value: Option<String>,
    fields: BTreeMap<String, Branch>,
}

/// The field with the customer's id.
const CONTACT_ID: &str = "contact.id";

/// Why a form is refused.
pub(super) enum Unread {
    /// All errors.
    Invalid(Vec<FieldError>),
    /// The escapes are in a charset that the bridge does not know.
    Charset(UnknownCharset),
}

/// Parses a form, and tells whether a part of it became U+FFFD. `charset` is the one that the
/// content type declares.
pub(super) fn read<'a>(form: &str, charset: Option<&str>) -> Result<(Node<'a>, bool), Unread> {
    let mut root = Branch::default();
    let mut errors = Vec::new();
    let mut replaced = false;
    let mut decoded = |text: &str| {
        let text = text.replace('+', " ");
        let bytes: Cow<'_, [u8]> = percent_decode(text.as_bytes()).into();
        let decoded = charset::decode_part(&bytes, charset).map_err(Unread::Charset)?;
        replaced |= decoded.replaced;
        Ok(decoded.text.into_owned())
    };
    for pair in form.trim_matches(['\r', '\n', '\0']).split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // The form in which errors give paths: `attachments[0].url`.
        let name = decoded(name)?.replace('[', ".").replace(']', "");
        let value = decoded(value)?;
        let put = if name == CONTACT_ID && has_lost_a_plus(&value) {
            Err("holds a blank where a plus was meant; in a form, a plus is written %2B")
        } else {
            root.put(&name, value)
        };
        if let Err(message) = put
            && errors.len() < NAMED
        {
            errors.push(FieldError::new(&name, message));
        }
    }
    if errors.is_empty() {
        Ok((root.into_object(), replaced))
    } else {
        Err(Unread::Invalid(errors))
    }
}

/// Whether an id is a phone number or e-mail address whose plus was not encoded. Without the plus
/// it would name another customer, and no answer would reach the right one.
fn has_lost_a_plus(id: &str) -> bool {
    let rest = id.trim_start_matches(' ');
    let begins = rest.len() < id.len();
    let is_number = rest.starts_with(|first: char| first.is_ascii_digit())
        && rest.trim_end().chars().all(|one| one.is_ascii_digit() || " -.()".contains(one));
    let is_address = rest.contains('@') && id.trim().contains(' ');
    (begins && is_number) || is_address
}

fn path(name: &str) -> Vec<&str> {
    match name.split_once('.') {
        Some((ATTRIBUTES, attribute)) => vec![ATTRIBUTES, attribute],
        _ => name.split('.').collect(),
    }
}

impl Branch {
    fn put(&mut self, name: &str, value: String) -> Result<(), &'static str> {
        let path = path(name);
        if path.len() > DEEPEST {
            return Err("has too many dots");
        }
        let mut branch = self;
        for part in path {
            if branch.value.is_some() {
                return Err("is a field and an object at once");
            }
            branch = branch.fields.entry(part.to_owned()).or_default();
        }
        if branch.value.is_some() {
            return Err("this name appears twice");
        }
        if !branch.fields.is_empty() {
            return Err("is a field and an object at once");
        }
        branch.value = Some(value);
        Ok(())
    }

    fn into_object<'a>(self) -> Node<'a> {
        let field = |(name, branch): (String, Branch)| -> Field<'a> {
            let is_array = ARRAYS.contains(&name.as_str());
            let node = match branch.value {
                Some(value) => Node::Text(Cow::Owned(value)),
                None if is_array => branch.into_array(),
                None => branch.into_object(),
            };
            (Cow::Owned(name), node)
        };
        Node::Object(self.fields.into_iter().map(field).collect())
    }

    /// The elements in the order of their numbers; numbers may be missing. With other names the
    /// result is an object.
    fn into_array<'a>(self) -> Node<'a> {
        let numbers: Option<Vec<usize>> = self.fields.keys().map(|key| key.parse().ok()).collect();
        let Some(numbers) = numbers else { return self.into_object() };
        let mut elements: Vec<(usize, Branch)> =
            numbers.into_iter().zip(self.fields.into_values()).collect();
        elements.sort_by_key(|(number, _)| *number);
        let element = |(_, branch): (usize, Branch)| match branch.value {
            Some(value) => Node::Text(Cow::Owned(value)),
            None => branch.into_object(),
        };
        Node::Array(elements.into_iter().map(element).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(form: &str) -> String {
        let mut json = String::new();
        match read(form, None) {
            Ok((node, _)) => node.write_json(&mut json),
            Err(_) => panic!("{form} is refused"),
        }
        json
    }

    fn wrong(form: &str) -> Vec<String> {
        let Err(Unread::Invalid(errors)) = read(form, None) else { panic!("{form} is read") };
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn names_with_dots_become_objects() {
        let form = "type=message&contact.id=%2B521&text=Hola+%C3%B1+%26+%3D&attributes.order.id=5&flag\r\n";
        let expected = r#"{"attributes":{"order.id":"5"},"contact":{"id":"+521"},"flag":"","text":"Hola ñ & =","type":"message"}"#;
        assert_eq!(json(form), expected);
        let form =
            "attachments.10.url=c&attachments.2.url=b&attachments[0].url=a&attachments.0.mime=m";
        assert_eq!(
            json(form),
            r#"{"attachments":[{"mime":"m","url":"a"},{"url":"b"},{"url":"c"}]}"#
        );
        assert_eq!(
            json("attributes.1=a&history.0.text=x"),
            r#"{"attributes":{"1":"a"},"history":[{"text":"x"}]}"#
        );
        assert_eq!(json("attachments.first.url=a"), r#"{"attachments":{"first":{"url":"a"}}}"#);
        assert_eq!(json("&&"), "{}");
    }

    #[test]
    fn a_name_that_stands_twice_is_refused() {
        assert_eq!(wrong("text=a&text=b"), ["text"]);
        assert_eq!(wrong("contact=a&contact.id=b"), ["contact.id"]);
        assert_eq!(wrong("contact.id=b&contact=a"), ["contact"]);
        assert_eq!(wrong(&format!("{}=1", "a.".repeat(50_000))).len(), 1);
        assert_eq!(wrong(&"a=1&".repeat(500)).len(), NAMED);
    }

    #[test]
    fn a_form_may_be_in_any_charset() {
        for (form, charset, expected) in [
            ("text=ma%F1ana", "iso-8859-1", "mañana"),
            ("text=Ma%F1ana+%A4", "iso-8859-15", "Mañana €"),
            ("text=%83A%95%5C", "Shift_JIS", "ア表"),
            ("text=%C3%B1", "windows-1251", "ñ"),
        ] {
            let Ok((Node::Object(fields), false)) = read(form, Some(charset)) else { panic!() };
            assert_eq!(fields[0].1.as_text(), Some(expected), "{charset}");
        }
        assert_eq!(json("text=%F0%9F%98%80%ZZ%F1"), "{\"text\":\"😀%ZZ\u{fffd}\"}");
        assert!(matches!(read("text=%F1", None), Ok((_, true))));
        assert!(matches!(read("text=%F1", Some("klingon")), Err(Unread::Charset(_))));
        assert!(matches!(read("text=n", Some("klingon")), Ok((_, false))));
    }

    #[test]
    fn a_plus_that_was_not_encoded_is_named() {
        for id in ["+5215512345678", "+52-155+1234", "++52+(155)", "ana+tag@example.com", "+52 "] {
            assert_eq!(wrong(&format!("contact.id={id}&text=a")), [CONTACT_ID], "{id}");
            assert_eq!(wrong(&format!("contact[id]={id}")), [CONTACT_ID], "{id}");
        }
        for id in ["%2B5215512345678", "5215512345678", "5215512345678+", "+ana", "ana+ruiz", "+"] {
            assert!(read(&format!("contact.id={id}"), None).is_ok(), "{id}");
        }
        assert_eq!(json("text=+5"), r#"{"text":" 5"}"#);
    }
}
