//! JSON as a template sees it.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};
use serde_json::Value as Json;

use crate::absences::{Absences, joined};
use crate::json;

/// A value that notes which of its fields are asked for and are not there. `path` is the value's
/// name in a template.
pub(crate) fn value(json: &Json, path: &str, absences: &Arc<Absences>) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(value), ..) => Value::from(value),
            (None, Some(value), _) => Value::from(value),
            (None, None, value) => Value::from(value.unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => {
            let item =
                |(place, item): (usize, &Json)| value(item, &format!("{path}[{place}]"), absences);
            let items = items.iter().enumerate().map(item).collect();
            let (path, absences) = (path.to_owned(), Arc::clone(absences));
            Value::from_object(List { items, path, absences })
        }
        Json::Object(fields) => {
            let field = |(name, field): (&String, &Json)| {
                (name.clone(), value(field, &format!("{path}.{name}"), absences))
            };
            let fields = fields.iter().map(field).collect();
            let (path, absences) = (path.to_owned(), Arc::clone(absences));
            Value::from_object(Fields { fields, path, absences })
        }
    }
}

struct Fields {
    /// In the order of the JSON.
    fields: Vec<(String, Value)>,
    path: String,
    absences: Arc<Absences>,
}

impl fmt::Debug for Fields {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fields({})", self.fields.len())
    }
}

impl Object for Fields {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        let found = self.fields.iter().find(|(field, _)| field == name);
        match found {
            Some((_, value)) => Some(value.clone()),
            None => Some(self.absences.value(joined(&self.path, key))),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let names = self.fields.iter().map(|(name, _)| Value::from(name.as_str()));
        Enumerator::Values(names.collect())
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        json::render(&Value::from_dyn_object(Arc::clone(self)), formatter)
    }
}

struct List {
    items: Vec<Value>,
    path: String,
    absences: Arc<Absences>,
}

impl fmt::Debug for List {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "List({})", self.items.len())
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let place = key.as_i64().and_then(|place| match place {
            0.. => usize::try_from(place).ok(),
            _ => self.items.len().checked_sub(usize::try_from(place.unsigned_abs()).ok()?),
        });
        let found = place.and_then(|place| self.items.get(place)).cloned();
        Some(found.unwrap_or_else(|| self.absences.value(joined(&self.path, key))))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.items.clone())
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        json::render(&Value::from_dyn_object(Arc::clone(self)), formatter)
    }
}
