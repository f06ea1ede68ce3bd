//! Checks a value against a model.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::super::refusal::{Checked, Refusal};
use super::exceptions::{NOT_REQUIRED, TAKEN};

/// A value's position in a body, so that a refusal can name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) models: &'a HashMap<String, Value>,
    /// The name of the field; for the body itself, the name of the model.
    pub(super) name: &'a str,
}

impl<'a> Place<'a> {
    fn at(self, name: &'a str) -> Self {
        Self { name, ..self }
    }

    /// Checks a value of a type in the notation of the SDKs: `str`, `list[X]`, `dict(str, X)`, a
    /// model.
    pub(super) fn check(self, kind: &str, value: &'a Value) -> Checked<()> {
        let is_right = match kind {
            "datetime" if !value.is_string() => {
                return Err(Refusal::invalid_date(self.name, &value.to_string()));
            }
            "str" | "datetime" | "date" => value.is_string(),
            "int" => value.is_i64() || value.is_u64(),
            "float" => value.is_number(),
            "bool" => value.is_boolean(),
            _ => return self.check_nested(kind, value),
        };
        if is_right { Ok(()) } else { Err(self.wrong(kind)) }
    }

    fn check_nested(self, kind: &str, value: &'a Value) -> Checked<()> {
        let inner = |start: &str, end: &str| kind.strip_prefix(start)?.strip_suffix(end);
        if let Some(kind) = inner("list[", "]") {
            let items = value.as_array().ok_or_else(|| self.wrong("array"))?;
            return items.iter().try_for_each(|item| self.check(kind, item));
        }
        let fields = |kind| value.as_object().ok_or_else(|| self.wrong(kind));
        if let Some(kind) = inner("dict(str, ", ")") {
            let mut entries = fields("object")?.iter();
            return entries.try_for_each(|(key, item)| self.at(key).check(kind, item));
        }
        match self.models.get(kind).and_then(Value::as_object) {
            Some(model) => self.check_fields(kind, model, fields(kind)?),
            None => Ok(()),
        }
    }

    fn check_fields(
        self,
        kind: &str,
        model: &'a Map<String, Value>,
        fields: &'a Map<String, Value>,
    ) -> Checked<()> {
        for (key, value) in fields {
            match model.get(key) {
                None if is_listed(&TAKEN, kind, key) => {}
                None => {
                    let problem = format!("Unrecognized field '{key}' in '{}' ({kind})", self.name);
                    return Err(Refusal::bad_request(problem));
                }
                Some(_) if value.is_null() => {}
                Some(Value::String(kind)) => self.at(key).check(kind, value)?,
                Some(field) => self.at(key).check_field(field, value)?,
            }
        }
        for (key, field) in model {
            let is_missing = fields.get(key).is_none_or(Value::is_null);
            if field["required"] == true && is_missing && !is_listed(&NOT_REQUIRED, kind, key) {
                let name = self.name;
                let problem = format!("'{name}' should have required property '.{key}' ({kind})");
                return Err(Refusal::bad_request(problem));
            }
        }
        Ok(())
    }

    /// Checks a field with more facts than its type. The SDKs ignore upper and lower case in
    /// allowed values.
    fn check_field(self, field: &'a Value, value: &'a Value) -> Checked<()> {
        self.check(field["type"].as_str().unwrap_or_default(), value)?;
        let (Some(word), Some(values)) = (value.as_str(), field["values"].as_array()) else {
            return Ok(());
        };
        let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        if values.iter().any(|known| known.eq_ignore_ascii_case(word)) {
            Ok(())
        } else {
            Err(Refusal::invalid_value(self.name, word, &values))
        }
    }

    fn wrong(self, kind: &str) -> Refusal {
        Refusal::bad_request(format!("'{}' should be {kind}", self.name))
    }
}

fn is_listed(list: &[(&str, &str, &str)], model: &str, field: &str) -> bool {
    list.iter().any(|(known, name, _)| *known == model && (*name == field || *name == "*"))
}
