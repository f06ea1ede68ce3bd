//! Checks a configuration file against the table, reports all errors at once and adds warnings.
//! Texts from environment variables and files are inserted.
//!
//! Rule: an error names the key and what is expected, never the value: it may be a secret in the
//! wrong place.

use std::net::SocketAddr;
use std::path::{Component, Path};

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::checker::Checker;
use super::{Default, Form, Key, Kind, outside, table, together, warnings};
use crate::config::error::join;
use crate::config::lynn_authentication::is_taken;
use crate::config::masks;
use crate::config::shape::one_of;
use crate::config::values::{BaseUrl, COLON, EMPTY, NO_DOMAIN, UNCLEAN, is_clean, is_domain};
use crate::ids::IntegrationName;
use crate::standard_webhooks::SigningSecret;

/// The most errors reported. A file with more is probably not a configuration file.
const MOST_ERRORS: usize = 100;

impl Checker<'_> {
    /// Checks a whole document. `one_machine`: the file is for `bridge serve`, which also needs
    /// values that a deployed stack provides itself.
    pub(in crate::config) fn file(&mut self, document: &mut Value, one_machine: bool) {
        self.object(document, table::FILE, "");
        together::check(document, one_machine, &mut self.errors);
        together::warn(document, &mut self.warnings);
        self.errors.truncate(MOST_ERRORS);
    }

    fn value(&mut self, value: &mut Value, kind: &Kind, path: &str) {
        match kind {
            Kind::Object(keys) => self.object(value, keys, path),
            Kind::Tagged(kinds) => self.tagged(value, kinds, path),
            Kind::List(of, missing) => match value {
                Value::Array(elements) if elements.is_empty() => self.wrong(path, *missing),
                Value::Array(elements) => self.elements(elements, of, path),
                _ => self.wrong(path, "expected a list"),
            },
            Kind::AnyList(of) => match value {
                Value::Array(elements) => self.elements(elements, of, path),
                _ => self.wrong(path, "expected a list"),
            },
            Kind::Entries(names, of) => self.entries(value, names, of, path),
            Kind::Headers => self.headers(value, path),
            Kind::Template => self.unmasked(value, path),
            Kind::Text(form) => {
                if let Some(text) = self.text(value, path, "expected a string") {
                    self.form(&text, *form, path);
                }
            }
            Kind::NumberOrText if value.is_number() => {}
            Kind::NumberOrText => {
                if let Some(text) = self.text(value, path, "expected a string or a number") {
                    self.filled(&text, path);
                }
            }
            Kind::Whole(least, most) => {
                if !value.as_u64().is_some_and(|number| (*least..=*most).contains(&number)) {
                    self.wrong(path, format!("expected a whole number from {least} to {most}"));
                }
            }
            Kind::Bool if value.is_boolean() => {}
            Kind::Bool => self.wrong(path, "expected true or false"),
            Kind::Choice(words) => {
                let expected = one_of(*words);
                if let Some(text) = self.text(value, path, &expected)
                    && !words.contains(&text.as_str())
                {
                    self.wrong(path, expected);
                }
            }
        }
    }

    fn elements(&mut self, elements: &mut [Value], of: &Kind, path: &str) {
        for (position, element) in elements.iter_mut().enumerate() {
            self.value(element, of, &format!("{path}[{position}]"));
        }
    }

    fn entries(&mut self, value: &mut Value, names: &[&str], of: &Kind, path: &str) {
        let Value::Object(fields) = value else { return self.wrong(path, "expected an object") };
        for (name, entry) in fields {
            let path = join(path, name);
            match names.contains(&name.as_str()) {
                true => self.value(entry, of, &path),
                false => self.wrong(&path, format!("unknown key; {}", one_of(names))),
            }
        }
    }

    fn headers(&mut self, value: &mut Value, path: &str) {
        let Value::Object(fields) = value else { return self.wrong(path, "expected an object") };
        for (name, text) in fields {
            let path = join(path, name);
            if let Some(problem) = problem_with(name, Form::HeaderName) {
                self.wrong(&path, problem);
            }
            self.value(text, &Kind::Text(Form::Template), &path);
        }
    }

    /// JSON of any form, in which no text is a masked secret.
    fn unmasked(&mut self, value: &Value, path: &str) {
        let is_masked = match value {
            Value::String(text) => text.contains(masks::MASK),
            Value::Array(items) => return items.iter().for_each(|item| self.unmasked(item, path)),
            Value::Object(fields) => {
                return fields.values().for_each(|field| self.unmasked(field, path));
            }
            _ => false,
        };
        if is_masked {
            self.wrong(path, masks::problem());
        }
    }

    fn object(&mut self, value: &mut Value, keys: &[Key], path: &str) {
        let Value::Object(fields) = value else { return self.wrong(path, "expected an object") };
        self.unknown(fields, keys, &[], path);
        self.keys(fields, keys, path);
    }

    fn unknown(&mut self, fields: &Map<String, Value>, keys: &[Key], more: &[&str], path: &str) {
        let names: Vec<&str> =
            more.iter().copied().chain(keys.iter().map(|key| key.name)).collect();
        for name in fields.keys().filter(|name| !names.contains(&name.as_str())) {
            let expected = one_of(&names);
            self.wrong(&join(path, name), format!("unknown key; {expected}"));
        }
    }

    fn keys(&mut self, fields: &mut Map<String, Value>, keys: &[Key], path: &str) {
        for key in keys {
            let path = join(path, key.name);
            match (fields.get_mut(key.name), &key.default) {
                (None, Default::Required) => self.wrong(&path, "this key is required"),
                (None, _) | (Some(Value::Null), Default::Null | Default::NullOr(_)) => {}
                (Some(value), _) => self.value(value, &key.kind, &path),
            }
        }
    }

    fn tagged(&mut self, value: &mut Value, kinds: &[(&'static str, &[Key])], path: &str) {
        let Value::Object(fields) = value else { return self.wrong(path, "expected an object") };
        let types: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
        let expected = one_of(&types);
        let type_path = join(path, "type");
        let Some(tag) = fields.get_mut("type") else {
            return self.wrong(&type_path, "this key is required");
        };
        let Some(tag) = self.text(tag, &type_path, &expected) else { return };
        match kinds.iter().find(|(name, _)| *name == tag.as_str()) {
            Some((_, keys)) => {
                self.unknown(fields, keys, &["type"], path);
                self.keys(fields, keys, path);
            }
            None => self.wrong(&type_path, expected),
        }
    }

    /// The text of a value; an object that refers to a variable or a file is replaced by its text.
    fn text(&mut self, value: &mut Value, path: &str, expected: &str) -> Option<Zeroizing<String>> {
        if value.is_object() {
            *value = outside::bring(self, value, path, expected)?;
        }
        let Some(text) = value.as_str() else {
            self.wrong(path, expected);
            return None;
        };
        if text.contains(masks::MASK) {
            self.wrong(path, masks::problem());
            return None;
        }
        Some(Zeroizing::new(text.to_owned()))
    }

    /// Whether a text has one line and is not blank.
    fn filled(&mut self, text: &str, path: &str) -> bool {
        let problem = match text {
            _ if !is_clean(text) => UNCLEAN,
            _ if text.trim().is_empty() => EMPTY,
            _ => return true,
        };
        self.wrong(path, problem);
        false
    }

    fn form(&mut self, text: &str, form: Form, path: &str) {
        let may_be_blank = matches!(form, Form::Username | Form::Template | Form::Secret(0));
        let is_filled = may_be_blank || self.filled(text, path);
        if !is_filled {
            return;
        }
        match problem_with(text, form) {
            Some(problem) => self.wrong(path, problem),
            None => warnings::check(self, text, form, path),
        }
    }
}

/// The error in a text that is not blank.
fn problem_with(text: &str, form: Form) -> Option<&'static str> {
    let wrong = |is_wrong: bool, problem| is_wrong.then_some(problem);
    match form {
        Form::Name => {
            wrong(!IntegrationName::is_valid(text), "a name has 1 to 64 of A-Z a-z 0-9 - _")
        }
        Form::Domain => wrong(!is_domain(text), NO_DOMAIN),
        Form::Url => BaseUrl::parse(text).err(),
        Form::BaseUrl => BaseUrl::parse_base(text).err(),
        Form::Address => wrong(
            text.parse::<SocketAddr>().is_err(),
            "this is not an address and a port such as 127.0.0.1:8787",
        ),
        Form::HeaderName if is_taken(text) => {
            Some("the bridge or HTTP itself sets this header; take another")
        }
        Form::HeaderName => wrong(
            http::HeaderName::from_bytes(text.as_bytes()).is_err(),
            "this is not the name of a header",
        ),
        Form::HeaderValue => wrong(
            http::HeaderValue::from_str(text).is_err(),
            "this cannot be sent as the value of a header",
        ),
        Form::ClientId => wrong(text.contains(':'), COLON),
        Form::Username if !is_clean(text) => Some(UNCLEAN),
        Form::Username => {
            wrong(text.contains(':'), "a colon ends the user's name in this scheme; take another")
        }
        Form::Secret(_) if !is_clean(text) => Some(UNCLEAN),
        Form::Secret(least) => {
            wrong(text.chars().count() < least, "a webhook secret has at least 16 characters")
        }
        Form::SigningSecret | Form::CallersSigningSecret => {
            wrong(SigningSecret::parse(text).is_none(), SigningSecret::FORM)
        }
        Form::Folder => folder(text),
        Form::Id | Form::Label | Form::CallersKey | Form::HubSecret | Form::Template => None,
    }
}

/// The bridge uses its data folder alone. Refuse a folder that is surely not its own.
fn folder(text: &str) -> Option<&'static str> {
    if text.starts_with('~') {
        return Some("a ~ is not read as a home folder here; write the whole path");
    }
    let mut names = Vec::new();
    for part in Path::new(text).components() {
        match part {
            Component::Normal(_) => names.push(part),
            Component::ParentDir if names.last().is_none_or(|name| *name == part) => {
                names.push(part);
            }
            Component::ParentDir => drop(names.pop()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    let is_own = matches!(names.last(), Some(Component::Normal(_)));
    (!is_own).then_some("this folder is not the bridge's own; name one that it has to itself")
}
