//! Checks calls against the newest official model of the API: path and method, query parameters,
//! fields, required fields, allowed values. `make genesys-facts` takes `facts/genesys-api.json`
//! from Genesys' own SDKs. `exceptions.rs` lists the known differences of the platform.

mod exceptions;
mod model;

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::api::json_body;
use super::refusal::{Checked, Refusal};
use crate::http::Call;
use exceptions::QUERIES;
use model::Place;

static FACTS: LazyLock<Facts> = LazyLock::new(|| {
    Facts::read(serde_json::from_str(include_str!("../../../facts/genesys-api.json")).ok())
});

/// The facts of the SDKs. Empty if the file cannot be read; then every checked call is refused.
#[derive(Debug, Default)]
struct Facts {
    operations: Vec<Operation>,
    /// By name and field: the type of the field, or an object with its type and other facts.
    models: HashMap<String, Value>,
}

#[derive(Debug)]
struct Operation {
    /// `GET /api/v2/routing/queues/{queueId}`.
    name: String,
    query: Vec<String>,
    body: Option<String>,
    needs_body: bool,
    is_deprecated: bool,
}

impl Facts {
    fn read(file: Option<Value>) -> Self {
        let Some(Value::Object(mut file)) = file else { return Self::default() };
        let mut take = |key: &str| match file.remove(key) {
            Some(Value::Object(entries)) => entries,
            _ => serde_json::Map::new(),
        };
        let operations = take("operations").into_iter().map(Operation::read).collect();
        Self { operations, models: take("models").into_iter().collect() }
    }

    /// The operation of a call. If two match, the operation with fewer path parameters is used.
    fn find(&self, method: &str, path: &str) -> Option<&Operation> {
        let fitting = self.operations.iter().filter(|operation| operation.fits(method, path));
        fitting.min_by_key(|operation| operation.name.matches('{').count())
    }
}

impl Operation {
    fn read((name, facts): (String, Value)) -> Self {
        let query = facts["query"].as_array().into_iter().flatten();
        Self {
            name,
            query: query.filter_map(Value::as_str).map(str::to_owned).collect(),
            body: facts["body"].as_str().map(str::to_owned),
            needs_body: facts["bodyRequired"] == true,
            is_deprecated: facts["deprecated"] == true,
        }
    }

    fn fits(&self, method: &str, path: &str) -> bool {
        self.name.split_once(' ').is_some_and(|(own, _)| own == method) && self.fits_path(path)
    }

    fn fits_path(&self, path: &str) -> bool {
        let own = self.name.split_once(' ').map_or("", |(_, path)| path);
        own.split('/').count() == path.split('/').count()
            && own
                .split('/')
                .zip(path.split('/'))
                .all(|(own, part)| own.starts_with('{') || own == part)
    }

    fn takes(&self, parameter: &str) -> bool {
        self.query.iter().any(|known| known == parameter)
            || QUERIES.iter().any(|(name, known, _)| *name == self.name && *known == parameter)
    }
}

/// Refuses a call that does not match the model.
pub(super) fn check(call: &Call) -> Checked<()> {
    let path = call.path.trim_end_matches('/');
    let Some(operation) = FACTS.find(call.method.as_str(), path) else {
        if FACTS.operations.iter().any(|operation| operation.fits_path(path)) {
            return Err(Refusal::method_not_allowed());
        }
        return Err(Refusal::bad_request(format!("{} {path} is in no model", call.method)));
    };
    if operation.is_deprecated {
        return Err(Refusal::bad_request(format!("{} is deprecated", operation.name)));
    }
    let query = call.query.as_deref().unwrap_or_default();
    for (parameter, _) in url::form_urlencoded::parse(query.as_bytes()) {
        if !operation.takes(&parameter) {
            return Err(Refusal::bad_request(format!(
                "{} has no query parameter '{parameter}'",
                operation.name
            )));
        }
    }
    check_body(operation, call)
}

fn check_body(operation: &Operation, call: &Call) -> Checked<()> {
    let Some(model) = &operation.body else {
        return if call.body.is_empty() {
            Ok(())
        } else {
            Err(Refusal::bad_request(format!("{} takes no body", operation.name)))
        };
    };
    if call.body.is_empty() && !operation.needs_body {
        return Ok(());
    }
    // The operation itself refuses a body that is not JSON or too long.
    let Ok(body) = json_body(call) else { return Ok(()) };
    Place { models: &FACTS.models, name: model }.check(model, &body)
}

/// Whether the SDKs have an operation. A test checks with it that the simulator has no other
/// operations.
#[cfg(test)]
pub(super) fn knows(method: &str, path: &str) -> bool {
    FACTS.find(method, path).is_some()
}

#[cfg(test)]
mod tests {
    use super::FACTS;
    use super::exceptions::{NOT_REQUIRED, QUERIES, TAKEN};

    #[test]
    fn the_table_is_read_whole() {
        assert!(FACTS.operations.len() > 50 && FACTS.models.len() > 50);
        let deprecated = FACTS.operations.iter().filter(|operation| operation.is_deprecated);
        assert_eq!(deprecated.count(), 1, "a new one: see whether it is still called");
    }

    #[test]
    fn the_more_exact_path_holds() {
        let name = |path| FACTS.find("GET", path).map(|operation| operation.name.as_str());
        assert_eq!(
            name("/api/v2/integrations/credentials/listing"),
            Some("GET /api/v2/integrations/credentials/listing")
        );
        assert_eq!(
            name("/api/v2/integrations/credentials/x"),
            Some("GET /api/v2/integrations/credentials/{credentialId}")
        );
        assert_eq!(name("/api/v2/integrations/x/y"), None);
    }

    /// An exception that the SDKs have adopted is no longer an exception.
    #[test]
    fn the_exceptions_are_exceptions() {
        for (model, field, _) in TAKEN {
            assert!(FACTS.models[model].get(field).is_none(), "{model}.{field}");
        }
        for (model, _, _) in NOT_REQUIRED {
            assert!(FACTS.models[model].to_string().contains("required"), "{model}");
        }
        for (name, parameter, _) in QUERIES {
            let known = FACTS.operations.iter().find(|known| known.name == name);
            assert!(!known.expect("it is there").query.iter().any(|known| known == parameter));
        }
    }
}
