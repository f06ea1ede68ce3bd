//! All data of an organisation. Objects are stored as JSON by kind, in the order of their creation.
//! Data that no answer shows (secrets, grants, work in progress) is stored beside them.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::super::login::Caller;
use super::super::refusal::{Checked, Refusal};
use super::absent;
use super::habits::PlatformHabits;
use super::inspection::ObjectKind;
use super::lag::{Lag, Objects};
use super::message_flow::MessageFlow;
use super::progress::Progress;
use super::table::Job;
use super::workflow_call::WorkflowCall;
use crate::clock;

/// A role of a subject in a division. The division `*` means all divisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) subject: String,
    pub(super) division: String,
    pub(super) role: String,
    pub(super) made_at: String,
    /// `None` for a grant of the initial state.
    pub(super) made: Option<Instant>,
}

/// A token that was refused while a grant was pending.
#[derive(Debug)]
pub(super) struct Refused {
    /// Grants made at or after this time do not count for the token.
    unknown_from: Instant,
    until: Instant,
}

#[derive(Debug, Default)]
pub(in crate::genesys) struct Organization {
    pub(in crate::genesys) id: String,
    pub(in crate::genesys) home_division: String,
    pub(in crate::genesys) habits: PlatformHabits,
    pub(super) objects: Objects,
    pub(super) lag: Lag,
    /// By token: the grants that it does not have because it was used too early.
    pub(super) refused: HashMap<String, Refused>,
    pub(super) grants: Vec<Grant>,
    /// By OAuth client.
    pub(super) secrets: HashMap<String, String>,
    /// By kind: the id of its default object.
    pub(super) defaults: BTreeMap<ObjectKind, String>,
    /// Work that is not finished, by the id of its object.
    pub(super) in_progress: HashMap<String, Progress>,
    /// The errors of the next integrations to be created.
    pub(super) creation_errors: VecDeque<String>,
    /// By integration: the body of its identity resolution.
    pub(super) identity_resolution: HashMap<String, Value>,
    /// By queue: its members, as user ids.
    pub(super) queue_members: HashMap<String, Vec<String>>,
    /// The estimated wait of every queue, in seconds.
    pub(in crate::genesys) estimated_wait: Option<u64>,
    /// By queue: the conversations that wait in it, counted before each call.
    pub(super) waiting: HashMap<String, usize>,
    /// By flow for messages: what it does.
    pub(super) message_flows: HashMap<String, MessageFlow>,
    /// By flow for messages: the queues to which it may transfer, by name.
    pub(super) flow_queues: HashMap<String, BTreeMap<String, String>>,
    /// By workflow: the call that it makes.
    pub(super) workflow_calls: HashMap<String, WorkflowCall>,
    /// By credential: its stored values.
    pub(super) credential_fields: HashMap<String, BTreeMap<String, String>>,
    /// Jobs that are not finished.
    pub(super) flow_jobs: HashMap<String, Job>,
    /// By kind of messenger: minutes, if they differ from the default.
    pub(super) timeline: BTreeMap<String, u64>,
    /// The minutes of the other kinds of messenger.
    pub(super) timeline_default: Option<u64>,
    /// By OAuth client: the permissions that its calls have needed.
    pub(super) needed: BTreeMap<String, BTreeSet<String>>,
    /// Method and path of every call that changed something.
    pub(super) changes: Vec<(String, String)>,
}

impl Organization {
    pub(super) fn objects(&self, kind: ObjectKind) -> &[Value] {
        self.objects.get(&kind).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn find(&self, kind: ObjectKind, id: &str) -> Option<&Value> {
        self.objects(kind).iter().find(|object| text(object, "id") == id)
    }

    pub(super) fn find_mut(&mut self, kind: ObjectKind, id: &str) -> Option<&mut Value> {
        self.objects.get_mut(&kind)?.iter_mut().find(|object| text(object, "id") == id)
    }

    /// The object that a path or a query names.
    pub(super) fn named(&self, kind: ObjectKind, id: &str) -> Checked<&Value> {
        self.find(kind, id).ok_or_else(|| absent(kind.word(), id))
    }

    /// The object that a body names.
    pub(super) fn referred(&self, kind: ObjectKind, id: &str) -> Checked<&Value> {
        let missing = || format!("The {} {id} does not exist", kind.word());
        self.find(kind, id).ok_or_else(|| Refusal::bad_request(missing()))
    }

    /// The id of the default object of a kind.
    pub(super) fn default_of(&self, kind: ObjectKind) -> Option<&str> {
        self.defaults.get(&kind).map(String::as_str)
    }

    /// The work on an object, if a read finds it finished.
    pub(super) fn take_if_done(&mut self, id: &str) -> Option<Progress> {
        let is_done = self.in_progress.get_mut(id)?.is_done_at_read();
        if is_done { self.in_progress.remove(id) } else { None }
    }

    /// Adds an object with the fields of `body`, a new id, and the fields that all objects have.
    pub(super) fn add(&mut self, kind: ObjectKind, body: &Value) -> Value {
        self.add_as(kind, &Uuid::new_v4().to_string(), body)
    }

    /// As [`Self::add`], with a given id.
    pub(super) fn add_as(&mut self, kind: ObjectKind, id: &str, body: &Value) -> Value {
        let now = clock::now();
        let mut object = json!({ "id": id });
        if let (Some(object), Some(fields)) = (object.as_object_mut(), body.as_object()) {
            object.extend(fields.clone());
        }
        object["dateCreated"] = json!(now);
        object["dateModified"] = json!(now);
        object["selfUri"] = json!(kind.address(id));
        self.objects.entry(kind).or_default().push(object.clone());
        object
    }

    pub(super) fn remove(&mut self, kind: ObjectKind, id: &str) -> Option<Value> {
        let objects = self.objects.get_mut(&kind)?;
        let place = objects.iter().position(|object| text(object, "id") == id)?;
        Some(objects.remove(place))
    }

    /// Grants a role. An existing grant stays unchanged.
    pub(super) fn grant(
        &mut self,
        subject: &str,
        division: &str,
        role: &str,
        made: Option<Instant>,
    ) {
        let is_same = |known: &Grant| {
            known.subject == subject && known.division == division && known.role == role
        };
        if !self.grants.iter().any(is_same) {
            self.grants.push(Grant {
                subject: subject.to_owned(),
                division: division.to_owned(),
                role: role.to_owned(),
                made_at: clock::now(),
                made,
            });
        }
    }

    /// Whether a grant is effective and shown at a time.
    pub(super) fn is_effective(&self, grant: &Grant, at: Instant) -> bool {
        grant.made.is_none_or(|made| made + self.habits.grants_take <= at)
    }

    /// The grants that are effective for the caller's token.
    pub(super) fn grants_of<'a>(&'a self, caller: &'a Caller) -> impl Iterator<Item = &'a Grant> {
        let now = Instant::now();
        let refused = self.refused.get(&caller.token).filter(|refused| now < refused.until);
        let known = move |grant: &Grant| match (refused, grant.made) {
            (Some(refused), Some(made)) => made < refused.unknown_from,
            _ => true,
        };
        self.grants.iter().filter(move |grant| {
            grant.subject == caller.client && self.is_effective(grant, now) && known(grant)
        })
    }

    /// Records a refusal for lack of permissions while a grant is pending: the token keeps being
    /// refused.
    pub(super) fn note_refusal<T>(&mut self, caller: &Caller, checked: &Checked<T>) {
        let now = Instant::now();
        if !checked.as_ref().is_err_and(|refusal| refusal.status == 403)
            || self.refused.get(&caller.token).is_some_and(|refused| now < refused.until)
        {
            return;
        }
        let grants = self.grants.iter().filter(|grant| grant.subject == caller.client);
        let on_their_way = grants.filter(|grant| !self.is_effective(grant, now));
        if let Some(unknown_from) = on_their_way.filter_map(|grant| grant.made).min() {
            let until = now + self.habits.refusals_are_cached;
            self.refused.insert(caller.token.clone(), Refused { unknown_from, until });
        }
    }

    /// The login data of an OAuth client: its secret, its state, and the life of its tokens in
    /// seconds if the client sets it.
    pub(in crate::genesys) fn login_of(&self, client: &str) -> Option<Login<'_>> {
        let object = self.find(ObjectKind::OAuthClient, client)?;
        Some(Login {
            secret: self.secrets.get(client)?,
            is_active: text(object, "state") == "active",
            validity_seconds: object.get("accessTokenValiditySeconds").and_then(Value::as_u64),
        })
    }

    pub(in crate::genesys) fn client_name(&self, client: &str) -> &str {
        self.find(ObjectKind::OAuthClient, client).map_or("", |object| text(object, "name"))
    }
}

/// The data of an OAuth client for a login.
pub(in crate::genesys) struct Login<'a> {
    pub(in crate::genesys) secret: &'a str,
    pub(in crate::genesys) is_active: bool,
    pub(in crate::genesys) validity_seconds: Option<u64>,
}

/// The text of a field; empty if there is none.
pub(super) fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The text at a JSON pointer; empty if there is none.
pub(super) fn text_at<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
