//! Remembers objects that were made or changed a moment ago: Genesys Cloud shows them late, and for
//! a while refuses calls that refer to them.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use http::Method;
use serde_json::Value;
use shared::lock::lock;
use shared::time::Timestamp;

use super::settling::{ACTIVE, SHOWN};
use super::{CallError, Problem};

/// When each object was made or changed, by id.
#[derive(Debug, Default)]
pub(crate) struct Fresh(Mutex<HashMap<String, Timestamp>>);

impl Fresh {
    /// Notes that an object was made or changed at this time.
    pub(crate) fn expect(&self, id: &str, at: Timestamp) {
        if id.is_empty() {
            return;
        }
        let mut known = lock(&self.0);
        let last = known.entry(id.to_owned()).or_insert(at);
        *last = at.max(*last);
    }

    /// Notes that an object was deleted, so that a 404 for it is believed.
    pub(crate) fn forget(&self, id: &str) {
        lock(&self.0).remove(id);
    }

    /// How much longer an object may not show, if that takes at most `most`; `None` if the object
    /// is not new.
    pub(crate) fn left(&self, id: &str, now: Timestamp, most: Duration) -> Option<Duration> {
        let known = lock(&self.0);
        left(*known.get(id)?, now, most)
    }

    /// How long to retry a failed call; `None` if retries cannot help.
    pub(crate) fn patience(
        &self,
        method: &Method,
        path: &str,
        body: &Value,
        error: &CallError,
        now: Timestamp,
    ) -> Option<Duration> {
        let Problem::Refused(refusal) = &error.problem else { return None };
        let is_write = matches!(*method, Method::POST | Method::PUT | Method::PATCH);
        let path = path.split('?').next().unwrap_or_default();
        let known = lock(&self.0);
        let longest = |most: Duration, is_meant: &dyn Fn(&str) -> bool| {
            let meant = known.iter().filter(|(id, _)| is_meant(id));
            meant.filter_map(|(_, at)| left(*at, now, most)).max()
        };
        let in_path = |id: &str| path.split('/').any(|part| part == id);
        let anywhere = |id: &str| in_path(id) || mentions(body, id);
        match refusal.status {
            404 if is_write => longest(ACTIVE, &anywhere),
            404 => longest(SHOWN, &in_path),
            400 if is_write => longest(ACTIVE, &anywhere),
            // The role cannot be handed on yet. A missing permission does not appear by waiting.
            403 if is_write && refusal.missing.is_empty() => {
                longest(ACTIVE, &|id| mentions(body, id))
            }
            _ => None,
        }
    }
}

fn left(at: Timestamp, now: Timestamp, most: Duration) -> Option<Duration> {
    most.checked_sub(now.elapsed_since(at)).filter(|left| !left.is_zero())
}

/// Whether a string in the value equals this text.
fn mentions(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found == text,
        Value::Array(items) => items.iter().any(|item| mentions(item, text)),
        Value::Object(fields) => fields.values().any(|field| mentions(field, text)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Refusal;
    use super::*;

    #[test]
    fn only_what_may_still_come_is_waited_for() {
        let fresh = Fresh::default();
        let at = Timestamp::from_milliseconds(1_000_000);
        fresh.expect("q-1", at);
        let patience = |method: Method, path: &str, body: Value, status: u16, seconds: u64| {
            let refusal = Refusal { status, ..Refusal::default() };
            let problem = Problem::Refused(Box::new(refusal));
            let error = CallError { method: method.clone(), path: path.to_owned(), problem };
            let now = at + Duration::from_secs(seconds);
            fresh.patience(&method, path, &body, &error, now).map(|left| left.as_secs())
        };
        let refers = || json!({ "target": { "id": "q-1" } });
        assert_eq!(patience(Method::GET, "/queues/q-1?expand=x", Value::Null, 404, 2), Some(28));
        assert_eq!(patience(Method::GET, "/queues/q-1", Value::Null, 404, 30), None);
        assert_eq!(patience(Method::GET, "/queues/q-11", Value::Null, 404, 2), None);
        assert_eq!(patience(Method::GET, "/queues/q-1", Value::Null, 400, 2), None);
        assert_eq!(patience(Method::DELETE, "/queues/q-1", Value::Null, 404, 2), Some(28));
        assert_eq!(patience(Method::DELETE, "/queues/q-1", Value::Null, 409, 2), None);
        for status in [400, 403, 404] {
            assert_eq!(patience(Method::POST, "/triggers", refers(), status, 20), Some(40));
            assert_eq!(patience(Method::POST, "/triggers", json!({}), status, 20), None);
        }
        assert_eq!(patience(Method::POST, "/triggers", refers(), 409, 2), None);
        fresh.forget("q-1");
        assert_eq!(patience(Method::GET, "/queues/q-1", Value::Null, 404, 2), None);
    }

    #[test]
    fn a_permission_that_is_missing_is_not_waited_for() {
        let fresh = Fresh::default();
        let at = Timestamp::from_milliseconds(1_000_000);
        fresh.expect("r-1", at);
        let missing = vec!["oauth:client:add".to_owned()];
        let refusal = Refusal { status: 403, missing, ..Refusal::default() };
        let error = CallError {
            method: Method::POST,
            path: "/clients".to_owned(),
            problem: Problem::Refused(Box::new(refusal)),
        };
        let body = json!({ "roleDivisions": [ { "roleId": "r-1" } ] });
        assert_eq!(fresh.patience(&Method::POST, "/clients", &body, &error, at), None);
    }
}
