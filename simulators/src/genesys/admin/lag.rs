//! The readers' view of objects that were just created, changed or deleted. The organisation always
//! has the current state. This module keeps the earlier states with their times.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::super::refusal::{Checked, Refusal};
use super::absent;
use super::call_context::CallContext;
use super::habits::PlatformHabits;
use super::inspection::ObjectKind;
use super::organization::{Organization, text, text_at};

pub(super) type Objects = BTreeMap<ObjectKind, Vec<Value>>;

/// The changes of objects, by id.
#[derive(Debug, Default)]
pub(super) struct Lag {
    created: HashMap<String, (ObjectKind, Instant)>,
    /// The states of an object before each change, the earliest first.
    before: HashMap<String, Vec<(Instant, Value)>>,
    deleted: Vec<Deleted>,
}

#[derive(Debug)]
struct Deleted {
    kind: ObjectKind,
    object: Value,
    at: Instant,
}

impl Lag {
    /// Records the changes that a call made to the objects.
    pub(super) fn note(&mut self, before: &Objects, after: &Objects) {
        let at = Instant::now();
        let (before, after) = (lagging(before), lagging(after));
        for ((kind, id), object) in &before {
            let object = Value::clone(object);
            match after.get(&(*kind, *id)) {
                None => self.deleted.push(Deleted { kind: *kind, object, at }),
                Some(now) if **now != object => {
                    self.before.entry((*id).to_owned()).or_default().push((at, object));
                }
                Some(_) => {}
            }
        }
        for (kind, id) in after.keys().filter(|key| !before.contains_key(key)) {
            self.created.insert((*id).to_owned(), (*kind, at));
        }
    }

    /// The time since an object was created or last changed.
    fn age(&self, id: &str) -> Option<Duration> {
        let created = self.created.get(id).map(|(_, at)| *at);
        let changed = self.before.get(id).and_then(|before| before.last()).map(|(at, _)| *at);
        created.max(changed).map(|at| at.elapsed())
    }
}

/// The objects whose changes are seen late.
fn lagging(objects: &Objects) -> BTreeMap<(ObjectKind, &str), &Value> {
    let kinds = objects.iter().filter(|(kind, _)| kind.row().lags);
    let keyed = |kind: ObjectKind| move |object| ((kind, text(object, "id")), object);
    kinds.flat_map(|(kind, objects)| objects.iter().map(keyed(*kind))).collect()
}

/// The view of one reader, by the habits and the recorded changes.
impl Organization {
    /// The kind of the object if reads do not find it yet.
    fn unseen(&self, id: &str) -> Option<ObjectKind> {
        let (kind, at) = self.lag.created.get(id)?;
        (at.elapsed() < self.habits.reads_lag).then_some(*kind)
    }

    /// Whether other objects cannot use the object yet.
    pub(super) fn is_activating(&self, id: &str) -> bool {
        self.lag.age(id).is_some_and(|age| age < self.habits.activations_take)
    }

    /// Refuses the use of an object that is not active yet.
    pub(super) fn check_active(&self, what: &str, id: &str) -> Checked<()> {
        if self.is_activating(id) {
            return Err(Refusal::not_ready(format!("The {what} {id} is not active yet")));
        }
        Ok(())
    }

    /// The objects of a kind as a list shows them.
    pub(super) fn listed(&self, kind: ObjectKind) -> Vec<Value> {
        let lag = self.habits.lists_lag;
        let as_seen = |object: &Value| {
            let id = text(object, "id");
            if self.lag.created.get(id).is_some_and(|(_, at)| at.elapsed() < lag) {
                return None;
            }
            let mut before = self.lag.before.get(id).into_iter().flatten();
            let shown = before.find(|(at, _)| at.elapsed() < lag).map(|(_, object)| object);
            Some(shown.unwrap_or(object).clone())
        };
        let mut listed: Vec<Value> = self.objects(kind).iter().filter_map(as_seen).collect();
        let deleted = self.lag.deleted.iter().filter(|deleted| deleted.kind == kind);
        let shown = deleted.filter(|deleted| {
            deleted.at.elapsed() < lag.max(deleted.lingers(&self.habits))
                // A deleted object that no list has shown does not appear.
                && self.lag.created.get(text(&deleted.object, "id")).is_none_or(|(_, at)| {
                    deleted.at.duration_since(*at) >= lag
                })
        });
        listed.extend(shown.map(Deleted::shown));
        listed
    }

    /// A deleted object that can still be read.
    pub(super) fn lingering(&self, id: &str) -> Option<Value> {
        let lingers = |deleted: &&Deleted| deleted.at.elapsed() < deleted.lingers(&self.habits);
        let mut deleted = self.lag.deleted.iter().filter(lingers);
        deleted.find(|deleted| text(&deleted.object, "id") == id).map(Deleted::shown)
    }

    /// Whether an object of the kind names `id` at a pointer, or did a short while ago, before it
    /// was changed or deleted.
    pub(super) fn is_named(&self, id: &str, by: ObjectKind, pointer: &str) -> bool {
        let names = |object: &Value| text_at(object, pointer) == id;
        let is_user = self.objects(by).iter().any(|object| {
            let before = self.lag.before.get(text(object, "id")).into_iter().flatten();
            let lately = |at: &Instant| at.elapsed() < self.habits.detachments_take;
            names(object) || before.into_iter().any(|(at, object)| lately(at) && names(object))
        });
        let deleted = self.lag.deleted.iter().filter(|deleted| deleted.kind == by);
        is_user
            || deleted.into_iter().any(|deleted| {
                deleted.at.elapsed() < self.habits.deletions_take && names(&deleted.object)
            })
    }
}

impl Deleted {
    /// How long it can still be read.
    fn lingers(&self, habits: &PlatformHabits) -> Duration {
        (self.kind.row().lingers)(habits)
    }

    fn shown(&self) -> Value {
        let mut object = self.object.clone();
        (self.kind.row().mark_deleted)(&mut object);
        object
    }
}

/// Refuses a call that names an object that is not found yet: 404 for its path or query, 400 for
/// its body.
pub(super) fn check_seen(context: &CallContext<'_>) -> Checked<()> {
    if context.organization.habits.reads_lag.is_zero() {
        return Ok(());
    }
    let query = context.call.query.as_deref().unwrap_or_default();
    let query = url::form_urlencoded::parse(query.as_bytes()).map(|(_, value)| value.into_owned());
    let ids = context.ids.iter().map(|id| (*id).to_owned());
    for id in ids.chain(query) {
        if let Some(kind) = context.organization.unseen(&id) {
            return Err(absent(kind.word(), &id));
        }
    }
    let body: Value = serde_json::from_slice(&context.call.body).unwrap_or_default();
    match unseen_in(context.organization, &body) {
        Some((kind, id)) => {
            Err(Refusal::not_ready(format!("The {} {id} does not exist", kind.word())))
        }
        None => Ok(()),
    }
}

fn unseen_in<'v>(organization: &Organization, value: &'v Value) -> Option<(ObjectKind, &'v str)> {
    match value {
        Value::String(text) => organization.unseen(text).map(|kind| (kind, text.as_str())),
        Value::Array(items) => items.iter().find_map(|item| unseen_in(organization, item)),
        Value::Object(fields) => fields.values().find_map(|item| unseen_in(organization, item)),
        _ => None,
    }
}
