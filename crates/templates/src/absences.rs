//! Finds out whether a template uses a field that is not there.
//!
//! Rule: a field that is not there is a value of its own. `default` and `is defined` clear it; what
//! is not cleared when the text is rendered is a fault. So `event.agent.name | default('')` holds
//! whether the agent or only the name is missing, and no operator hides a missing field.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use minijinja::value::{Object, ObjectRepr, Rest, Value};
use minijinja::{Error, ErrorKind};
use shared::lock::lock;

/// The fields that were asked for and are not there.
#[derive(Default)]
pub(crate) struct Absences(Mutex<Open>);

#[derive(Default)]
struct Open {
    next: u64,
    paths: BTreeMap<u64, String>,
}

impl Absences {
    /// The value of a field that is not there.
    pub(crate) fn value(self: &Arc<Self>, path: String) -> Value {
        let mut open = self.open();
        let id = open.next;
        open.next += 1;
        open.paths.insert(id, path.clone());
        drop(open);
        Value::from_object(Absent { id, path, absences: Arc::clone(self) })
    }

    /// The first path that was not cleared. Afterwards there is none.
    pub(crate) fn take(&self) -> Option<String> {
        let paths = std::mem::take(&mut self.open().paths);
        paths.into_values().next()
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        lock(&self.0)
    }
}

impl fmt::Debug for Absences {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Absences({})", self.open().paths.len())
    }
}

/// A field that is not there.
pub(crate) struct Absent {
    id: u64,
    path: String,
    absences: Arc<Absences>,
}

impl Absent {
    fn clear(&self) {
        self.absences.open().paths.remove(&self.id);
    }
}

impl fmt::Debug for Absent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Absent")
    }
}

impl Object for Absent {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    /// A field of a field that is not there is not there either.
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.clear();
        Some(self.absences.value(joined(&self.path, key)))
    }

    fn is_true(self: &Arc<Self>) -> bool {
        false
    }
}

/// A path and a key below it.
pub(crate) fn joined(path: &str, key: &Value) -> String {
    match key.as_str() {
        Some(name) => format!("{path}.{name}"),
        None => format!("{path}[{key}]"),
    }
}

/// Whether the value is a field that is not there.
pub(crate) fn is_absent(value: &Value) -> bool {
    value.downcast_object_ref::<Absent>().is_some()
}

/// Clears a value, and tells whether it is missing.
fn cleared(value: &Value) -> bool {
    let absent = value.downcast_object_ref::<Absent>();
    absent.inspect(|absent| absent.clear());
    absent.is_some() || value.is_undefined()
}

/// The filter `default`, as the engine's own: another value for a missing one, and with `true` for
/// one that is empty or null, too.
pub(crate) fn default(value: &Value, others: Rest<Value>) -> Result<Value, Error> {
    let (other, lax) = match &others[..] {
        [] => (Value::from(""), false),
        [other] => (other.clone(), false),
        [other, lax] => (other.clone(), lax.is_true()),
        _ => return Err(Error::from(ErrorKind::TooManyArguments)),
    };
    if cleared(value) || (lax && !value.is_true()) {
        return Ok(other);
    }
    cleared(&other);
    Ok(value.clone())
}

/// The test `defined`.
pub(crate) fn is_defined(value: &Value) -> bool {
    !cleared(value)
}

/// The test `undefined`.
pub(crate) fn is_undefined(value: &Value) -> bool {
    cleared(value)
}
