//! The machinery that all kinds of objects share: to list, show, create, change and delete an
//! object, as the row of its kind says.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::super::fields::Fields;
use super::super::refusal::{Checked, Refusal};
use super::call_context::{CallContext, ECHOED};
use super::habits::PlatformHabits;
use super::inspection::ObjectKind;
use super::operation::{Operation, Run};
use super::organization::text_at;
use super::paging;
use super::permissions::Needs;
use super::shape::{self, Field};
use crate::http::Answer;

/// The permissions that a client needs for each operation. `None` for an operation that the kind
/// does not have, or that its row has in a form of its own.
pub(super) struct Rights {
    pub(super) list: Option<Needs>,
    pub(super) view: Option<Needs>,
    pub(super) add: Option<Needs>,
    pub(super) edit: Option<Needs>,
    pub(super) delete: Option<Needs>,
}

impl Rights {
    pub(super) const NONE: Self =
        Self { list: None, view: None, add: None, edit: None, delete: None };
}

/// The rights of a kind whose permissions have the usual names.
macro_rules! rights {
    ($entity:literal) => {
        $crate::genesys::admin::kind::Rights {
            list: Some(needs!($entity, ":view")),
            view: Some(needs!($entity, ":view")),
            add: Some(needs!($entity, ":add")),
            edit: Some(needs!($entity, ":edit")),
            delete: Some(needs!($entity, ":delete")),
        }
    };
}

/// The need of one permission.
macro_rules! needs {
    ($($part:literal),+) => {
        $crate::genesys::admin::permissions::Needs::All(&[concat!($($part),+)])
    };
}

pub(super) use {needs, rights};

/// How a list comes in pages. Without [`PlatformHabits::pages_by_next_uri`], every list comes by
/// number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Paging {
    Numbered,
    NextUri,
    /// As [`Self::NextUri`], with a size that no client chooses.
    NextUriOfFixedSize,
    /// By a cursor that the answer names, always.
    Cursor,
}

/// A row of the table: a kind of object.
pub(super) struct Kind {
    pub(super) object: ObjectKind,
    /// The name of one object in messages.
    pub(super) word: &'static str,
    /// The name of a body in messages.
    pub(super) body: &'static str,
    /// The path of the list, after `/api/v2`.
    pub(super) path: &'static str,
    pub(super) rights: Rights,
    pub(super) edited_by: &'static [Method],
    pub(super) paging: Paging,
    /// The query parameters of the list. Each keeps only the objects whose field of the same name
    /// begins with its value, in upper or lower case. A dot leads to a field inside a field.
    pub(super) filters: &'static [&'static str],
    pub(super) form: &'static [Field],
    /// Whether no two objects may have the same name.
    pub(super) has_unique_names: bool,
    /// Whether a change needs the current version.
    pub(super) has_versions: bool,
    /// Whether PUT returns a missing field to its default. Otherwise the field stays.
    pub(super) is_replaced: bool,
    /// The body of the default object, at `default` under the path, with the key of its id.
    pub(super) default: Option<(&'static str, &'static [Field])>,
    /// Whether a reader sees a change late, by the habits of the platform.
    pub(super) lags: bool,
    /// The objects that name an object of this kind, each with a pointer to the id. As long as they
    /// do, it cannot be deleted.
    pub(super) used_by: &'static [(ObjectKind, &'static str)],
    /// The default values of a new object.
    pub(super) blank: fn() -> Value,
    /// Checks a body beyond its form, and completes the object that it creates or changes.
    pub(super) complete: fn(&CallContext<'_>, Fields<'_>, &mut Value) -> Checked<()>,
    /// Stores what a body holds beside its object.
    pub(super) written: fn(&mut CallContext<'_>, &Value, &Value),
    /// Lets work proceed that a read finds in progress.
    pub(super) read: fn(&mut CallContext<'_>),
    pub(super) shown: fn(&CallContext<'_>, &Value) -> Value,
    /// Refuses to delete an object.
    pub(super) check_deletion: fn(&CallContext<'_>, &Value) -> Checked<()>,
    /// How long a deleted object can still be read.
    pub(super) lingers: fn(&PlatformHabits) -> Duration,
    /// Marks a deleted object that can still be read.
    pub(super) mark_deleted: fn(&mut Value),
    /// Removes what was stored beside a deleted object.
    pub(super) deleted: fn(&mut CallContext<'_>, &Value),
    /// Operations of this kind alone.
    pub(super) more: &'static [Operation],
}

impl Kind {
    /// A kind without any operation or habit.
    pub(super) const fn new(object: ObjectKind, word: &'static str, path: &'static str) -> Self {
        Self {
            object,
            word,
            body: word,
            path,
            rights: Rights::NONE,
            edited_by: &[],
            paging: Paging::Numbered,
            filters: &[],
            form: &[],
            has_unique_names: false,
            has_versions: false,
            is_replaced: false,
            default: None,
            lags: true,
            used_by: &[],
            blank: || json!({}),
            complete: |_, _, _| Ok(()),
            written: |_, _, _| {},
            read: |_| {},
            shown: |_, object| object.clone(),
            check_deletion: |_, _| Ok(()),
            lingers: |habits| habits.deletions_take,
            mark_deleted: |_| {},
            deleted: |_, _| {},
            more: &[],
        }
    }

    /// All operations of the kind.
    pub(super) fn operations(&'static self) -> Vec<Operation> {
        let mut all = self.more.to_vec();
        let mut add = |method: &Method, end: &str, needs, run| {
            if let Some(needs) = needs {
                let path = format!("{}{end}", self.path).into();
                all.push(Operation {
                    method: method.clone(),
                    path,
                    needs,
                    run: Run::Of(self, run),
                });
            }
        };
        let Rights { list, view, add: may_add, edit, delete } = &self.rights;
        add(&Method::GET, "", *list, list_all);
        add(&Method::GET, "/{}", *view, show);
        add(&Method::POST, "", *may_add, create);
        for method in self.edited_by {
            add(method, "/{}", *edit, change);
        }
        add(&Method::DELETE, "/{}", *delete, remove);
        if self.default.is_some() {
            add(&Method::GET, "/default", *view, show_default);
            add(&Method::PUT, "/default", *edit, set_default);
        }
        all
    }

    fn check<'b>(&self, context: &CallContext<'_>, body: &'b Value) -> Checked<Fields<'b>> {
        let fields = shape::check(context, self.body, body, self.form, ECHOED)?;
        let name = fields.get("name").filter(|_| self.has_unique_names);
        if let Some(name) = name.and_then(Value::as_str) {
            context.check_name(self.object, name)?;
        }
        Ok(fields)
    }
}

/// One page of the objects.
fn list_all(context: &mut CallContext<'_>, kind: &'static Kind) -> Checked<Answer> {
    let objects = context.organization.listed(kind.object);
    let wanted = kind.filters.iter().filter_map(|key| {
        Some((format!("/{}", key.replace('.', "/")), context.query(key)?.to_lowercase()))
    });
    let wanted: Vec<(String, String)> = wanted.collect();
    let fits = |object: &&Value| {
        let has =
            |(at, start): &(String, String)| text_at(object, at).to_lowercase().starts_with(start);
        wanted.iter().all(has)
    };
    let shown = objects.iter().filter(fits).map(|object| (kind.shown)(context, object)).collect();
    if kind.paging == Paging::Cursor {
        return paging::page_with_cursor(context, shown);
    }
    if kind.paging == Paging::Numbered || !context.organization.habits.pages_by_next_uri {
        return paging::page(context, shown);
    }
    paging::page_with_next_uri(context, shown, kind.paging == Paging::NextUri)
}

/// Also shows a deleted object that can still be read.
fn show(context: &mut CallContext<'_>, kind: &'static Kind) -> Checked<Answer> {
    if let Some(deleted) = context.organization.lingering(context.id(0)) {
        return Ok(Answer::json(200, (kind.shown)(context, &deleted)));
    }
    context.named(kind.object)?;
    (kind.read)(context);
    Ok(Answer::json(200, (kind.shown)(context, context.named(kind.object)?)))
}

fn create(context: &mut CallContext<'_>, kind: &'static Kind) -> Checked<Answer> {
    let body = context.body()?;
    let fields = kind.check(context, &body)?;
    let mut object = (kind.blank)();
    if kind.has_versions {
        object["version"] = json!(1);
    }
    shape::store(&mut object, &body, kind.form, true);
    (kind.complete)(context, fields, &mut object)?;
    let object = context.organization.add(kind.object, &object);
    (kind.written)(context, &object, &body);
    Ok(Answer::json(200, (kind.shown)(context, &object)))
}

fn change(context: &mut CallContext<'_>, kind: &'static Kind) -> Checked<Answer> {
    let body = context.body()?;
    let mut object = context.named(kind.object)?.clone();
    let fields = kind.check(context, &body)?;
    if kind.is_replaced && context.call.method == Method::PUT {
        shape::store(&mut object, &(kind.blank)(), kind.form, false);
    }
    shape::store(&mut object, &body, kind.form, false);
    (kind.complete)(context, fields, &mut object)?;
    if kind.has_versions {
        let version = &object["version"];
        if fields.required("version")? != version {
            return Err(Refusal::in_use(format!("The current version is {version}")));
        }
        object["version"] = json!(version.as_u64().unwrap_or_default() + 1);
    }
    context.named_mut(kind.object)?.clone_from(&object);
    (kind.written)(context, &object, &body);
    Ok(Answer::json(200, (kind.shown)(context, &object)))
}

/// An object in use cannot be deleted. The platform's answer is not documented; 409 is this
/// simulator's choice.
fn remove(context: &mut CallContext<'_>, kind: &'static Kind) -> Checked<Answer> {
    let (id, object) = (context.id(0), context.named(kind.object)?.clone());
    for (by, pointer) in kind.used_by {
        if context.organization.is_named(id, *by, pointer) {
            return Err(Refusal::in_use(format!("{id} is in use by a {}", by.word())));
        }
    }
    (kind.check_deletion)(context, &object)?;
    context.organization.remove(kind.object, id);
    context.organization.defaults.retain(|_, default| default != id);
    (kind.deleted)(context, &object);
    Ok(Answer::empty(204))
}

fn show_default(context: &mut CallContext<'_>, kind: &'static Kind) -> Checked<Answer> {
    let id = context.organization.default_of(kind.object).unwrap_or("default");
    Ok(Answer::json(200, context.organization.named(kind.object, id)?.clone()))
}

fn set_default(context: &mut CallContext<'_>, kind: &'static Kind) -> Checked<Answer> {
    let body = context.body()?;
    let (key, form) = kind.default.unwrap_or_default();
    let id = shape::check(context, "default", &body, form, &[])?.text(key)?;
    context.organization.named(kind.object, id)?;
    context.organization.defaults.insert(kind.object, id.to_owned());
    show_default(context, kind)
}
