//! The declared form of a body: which fields it may have, and what each of them may be.

use serde_json::{Value, json};

use super::super::fields::Fields;
use super::super::refusal::{Checked, Refusal};
use super::call_context::CallContext;
use super::inspection::ObjectKind;

/// The bodies that need a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needed {
    Always,
    /// Bodies of a whole object: all but those of a PATCH.
    InWhole,
    Never,
}

/// The bodies whose value is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stored {
    Always,
    AtFirst,
    Never,
}

/// The values that a field may have.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    Any,
    /// A string that is not empty.
    Text,
    String,
    Flag,
    /// A whole number between two bounds, both included.
    Number(u64, u64),
    Word(&'static [&'static str]),
    /// Strings, at least one.
    Strings,
    /// An object whose values are strings.
    StringMap,
    /// An object with these fields only.
    Object(&'static [Field]),
    /// An object with these fields and others.
    Open(&'static [Field]),
    /// Objects, each with these fields only.
    List(&'static [Field]),
    /// An object with the id of an existing object. Only its id and its address are stored.
    Reference(ObjectKind),
}

#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) key: &'static str,
    rule: Rule,
    needed: Needed,
    stored: Stored,
}

pub(super) const fn needed(key: &'static str, rule: Rule) -> Field {
    Field { key, rule, needed: Needed::Always, stored: Stored::Always }
}

/// A field that only a PATCH may omit.
pub(super) const fn needed_in_whole(key: &'static str, rule: Rule) -> Field {
    Field { needed: Needed::InWhole, ..needed(key, rule) }
}

pub(super) const fn optional(key: &'static str, rule: Rule) -> Field {
    Field { needed: Needed::Never, ..needed(key, rule) }
}

/// A field that may have any value and is not stored.
pub(super) const fn ignored(key: &'static str) -> Field {
    optional(key, Rule::Any).not_stored()
}

impl Field {
    /// A change does not store the field.
    pub(super) const fn stored_at_first(self) -> Self {
        Self { stored: Stored::AtFirst, ..self }
    }

    pub(super) const fn not_stored(self) -> Self {
        Self { stored: Stored::Never, ..self }
    }
}

/// Checks a body that may have the fields of a form and the fields `more`.
pub(super) fn check<'b>(
    context: &CallContext<'_>,
    name: &'b str,
    body: &'b Value,
    form: &[Field],
    more: &[&str],
) -> Checked<Fields<'b>> {
    let fields = Fields::of(name, body)?;
    let known: Vec<&str> = form.iter().map(|field| field.key).chain(more.iter().copied()).collect();
    check_known(context, fields.only(&known)?, form)?;
    Ok(fields)
}

fn check_known(context: &CallContext<'_>, fields: Fields<'_>, form: &[Field]) -> Checked<()> {
    for Field { key, rule, needed, .. } in form {
        let is_needed = match needed {
            Needed::Always => true,
            Needed::InWhole => context.call.method != http::Method::PATCH,
            Needed::Never => false,
        };
        if is_needed {
            fields.required(key)?;
        }
        if let Some(value) = fields.get(key) {
            rule.check(context, fields, key, value)?;
        }
    }
    Ok(())
}

impl Rule {
    fn check(
        self,
        context: &CallContext<'_>,
        fields: Fields<'_>,
        key: &'static str,
        value: &Value,
    ) -> Checked<()> {
        match self {
            Self::Any => Ok(()),
            Self::Text => fields.text(key).map(drop),
            Self::String => fields.optional_text(key).map(drop),
            Self::Flag => fields.optional_flag(key).map(drop),
            Self::Number(least, most) => fields.optional_number(key, (least, most)).map(drop),
            Self::Word(words) => fields.word(key, words).map(drop),
            Self::Strings => match fields.list(key)? {
                [] => Err(no_strings(key)),
                items if items.iter().all(Value::is_string) => Ok(()),
                _ => Err(no_strings(key)),
            },
            Self::StringMap => fields.string_map(key),
            Self::Object(form) => check(context, key, value, form, &[]).map(drop),
            Self::Open(form) => check_known(context, Fields::of(key, value)?, form),
            Self::List(form) => {
                let mut items = fields.list(key)?.iter();
                items.try_for_each(|item| check(context, key, item, form, &[]).map(drop))
            }
            Self::Reference(kind) => {
                context.organization.referred(kind, Fields::of(key, value)?.text("id")?).map(drop)
            }
        }
    }
}

fn no_strings(key: &str) -> Refusal {
    Refusal::bad_request(format!("'{key}' should be an array of strings"))
}

/// Copies the stored fields of a form from a body into an object.
pub(super) fn store(object: &mut Value, body: &Value, form: &[Field], is_first: bool) {
    for Field { key, rule, stored, .. } in form {
        if *stored == Stored::Never || (*stored == Stored::AtFirst && !is_first) {
            continue;
        }
        if let Some(value) = body.get(key) {
            object[*key] = match rule {
                Rule::Reference(kind) => {
                    let id = &value["id"];
                    json!({ "id": id, "selfUri": kind.address(id.as_str().unwrap_or_default()) })
                }
                _ => value.clone(),
            };
        }
    }
}
