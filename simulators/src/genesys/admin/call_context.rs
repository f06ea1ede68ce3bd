//! The input of an operation: the call, and the organisation that it reads or changes.

use std::collections::HashMap;

use serde_json::Value;

use super::super::api::json_body;
use super::super::login::Caller;
use super::super::options::GenesysOptions;
use super::super::refusal::{Checked, Refusal};
use super::super::state::Token;
use super::absent;
use super::inspection::ObjectKind;
use super::organization::{Organization, text};
use crate::http::Call;

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

pub(super) struct CallContext<'a> {
    pub(super) call: &'a Call,
    pub(super) ids: Vec<&'a str>,
    pub(super) caller: &'a Caller,
    pub(super) options: &'a GenesysOptions,
    pub(super) organization: &'a mut Organization,
    pub(super) tokens: &'a mut HashMap<String, Token>,
}

impl<'a> CallContext<'a> {
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

    /// The object that the path names.
    pub(super) fn named(&self, kind: ObjectKind) -> Checked<&Value> {
        self.organization.named(kind, self.id(0))
    }

    /// The object that the path names, to change it.
    pub(super) fn named_mut(&mut self, kind: ObjectKind) -> Checked<&mut Value> {
        let id = self.id(0);
        self.organization.find_mut(kind, id).ok_or_else(|| absent(kind.word(), id))
    }

    /// Refuses a name that another object of the kind has. The platform's answer is not documented;
    /// 409 is this simulator's choice.
    pub(super) fn check_name(&self, kind: ObjectKind, name: &str) -> Checked<()> {
        let is_taken = self.organization.objects(kind).iter().any(|object| {
            text(object, "name").eq_ignore_ascii_case(name) && text(object, "id") != self.id(0)
        });
        if is_taken { Err(Refusal::duplicate(kind.word(), name)) } else { Ok(()) }
    }
}
