//! The input of an operation: the call, and the organisation that it reads or changes.

use std::collections::HashMap;

use serde_json::Value;

use super::super::api::json_body;
use super::super::login::Caller;
use super::super::options::GenesysOptions;
use super::super::refusal::{Checked, Refusal};
use super::super::state::Token;
use super::inspection::ObjectKind;
use super::open_integrations::SECRET;
use super::organization::{Organization, text};
use super::{absent, paging};
use crate::http::{Answer, Call};

/// Keys of answers. A client that reads an object, changes it and writes it back sends them too.
/// They change nothing.
pub(super) const ECHOED: &[&str] = &[
    "id",
    "selfUri",
    "version",
    "dateCreated",
    "dateModified",
    "createdBy",
    "modifiedBy",
    "createStatus",
    "status",
    "recipient",
];

/// The kinds that are listed without page numbers.
const PAGED_BY_NEXT_URI: [ObjectKind; 2] = [ObjectKind::OAuthClient, ObjectKind::Trigger];

pub(super) struct Desk<'a> {
    pub(super) call: &'a Call,
    pub(super) ids: Vec<&'a str>,
    pub(super) caller: &'a Caller,
    pub(super) options: &'a GenesysOptions,
    pub(super) organization: &'a mut Organization,
    pub(super) tokens: &'a mut HashMap<String, Token>,
}

impl<'a> Desk<'a> {
    /// The id at position `place` among the ids in the path.
    pub(super) fn id(&self, place: usize) -> &'a str {
        self.ids.get(place).copied().unwrap_or_default()
    }

    pub(super) fn body(&self) -> Checked<Value> {
        json_body(self.call)
    }

    /// The first value of a query parameter.
    pub(super) fn query(&self, key: &str) -> Option<String> {
        let query = self.call.query.as_deref().unwrap_or_default();
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(known, _)| known == key)
            .map(|(_, value)| value.into_owned())
    }

    /// One page of the objects of a kind, each in the form that `shown` returns. A query parameter
    /// of `filters` keeps only the objects whose field of the same name begins with its value, in
    /// upper or lower case.
    pub(super) fn list(
        &self,
        kind: ObjectKind,
        filters: &[&str],
        shown: impl Fn(&Organization, &Value) -> Value,
    ) -> Checked<Answer> {
        let wanted: Vec<(&str, String)> = filters
            .iter()
            .filter_map(|key| Some((*key, self.query(key)?.to_lowercase())))
            .collect();
        let fits = |object: &&Value| {
            wanted.iter().all(|(key, wanted)| text(object, key).to_lowercase().starts_with(wanted))
        };
        let objects = self.organization.listed(kind);
        let objects = objects.iter().filter(fits);
        let shown = objects.map(|object| shown(self.organization, object)).collect();
        if self.organization.habits.pages_by_next_uri && PAGED_BY_NEXT_URI.contains(&kind) {
            return paging::page_with_next_uri(self, shown, kind != ObjectKind::OAuthClient);
        }
        paging::page(self, shown)
    }

    /// An object without the fields that this platform hides.
    pub(super) fn visible(&self, mut object: Value) -> Value {
        if !self.options.shows_webhook_secret
            && let Some(fields) = object.as_object_mut()
        {
            fields.remove(SECRET);
        }
        object
    }

    /// The object that the path names.
    pub(super) fn named(&self, kind: ObjectKind) -> Checked<&Value> {
        let id = self.id(0);
        self.organization.find(kind, id).ok_or_else(|| absent(kind.word(), id))
    }

    /// The object that the path names, to change it.
    pub(super) fn named_mut(&mut self, kind: ObjectKind) -> Checked<&mut Value> {
        let id = self.id(0);
        self.organization.find_mut(kind, id).ok_or_else(|| absent(kind.word(), id))
    }

    /// Removes the object that the path names.
    pub(super) fn delete(&mut self, kind: ObjectKind) -> Checked<Value> {
        let id = self.id(0);
        self.organization.remove(kind, id).ok_or_else(|| absent(kind.word(), id))
    }

    /// Refuses a name that another object of the kind has. The platform's answer is not documented;
    /// 409 is this simulator's choice.
    pub(super) fn check_name(&self, kind: ObjectKind, name: &str, own_id: &str) -> Checked<()> {
        let is_taken = self.organization.objects(kind).iter().any(|object| {
            text(object, "name").eq_ignore_ascii_case(name) && text(object, "id") != own_id
        });
        if is_taken { Err(Refusal::duplicate(kind.word(), name)) } else { Ok(()) }
    }
}

/// An object in its stored form.
pub(super) fn as_kept(_: &Organization, object: &Value) -> Value {
    object.clone()
}

/// Copies the given fields of a body into an object.
pub(super) fn merge(object: &mut Value, body: &Value, keys: &[&str]) {
    let Some(fields) = object.as_object_mut() else { return };
    for key in keys {
        if let Some(value) = body.get(*key) {
            fields.insert((*key).to_owned(), value.clone());
        }
    }
}
