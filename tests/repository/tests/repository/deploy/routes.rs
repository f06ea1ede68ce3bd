//! Each proxy passes on exactly the routes that the two vendors and `bridge doctor` use.

use serde_json::Value;

use super::yaml;

/// The routes that only the operator asks, from inside.
const PRIVATE: [&str; 2] = ["/ready", "/openapi.yaml"];

/// A path that a proxy passes on, with all below it or alone.
pub struct Public {
    pub path: String,
    pub with_all_below: bool,
}

impl Public {
    fn is_for(&self, path: &str) -> bool {
        let below = path.strip_prefix(&self.path).is_some_and(|rest| rest.starts_with('/'));
        path == self.path || (self.with_all_below && below)
    }
}

/// The differences between what a proxy passes on and what the contract has.
fn differences(public: &[Public], contract: &Value) -> Vec<String> {
    let paths: Vec<&String> = contract["paths"].as_object().expect("paths").keys().collect();
    let mut differences = Vec::new();
    for path in &paths {
        let is_passed_on = public.iter().any(|it| it.is_for(path));
        if is_passed_on == PRIVATE.contains(&path.as_str()) {
            differences.push(format!("{path} is passed on: {is_passed_on}"));
        }
    }
    for one in public.iter().filter(|one| !paths.iter().any(|path| one.is_for(path))) {
        differences.push(format!("the contract has no {}", one.path));
    }
    differences
}

pub fn assert_exact(public: &[Public]) {
    assert_eq!(differences(public, &yaml("openapi.yaml")), Vec::<String>::new());
}

#[test]
fn a_route_too_many_or_too_few_is_found() {
    let contract = serde_json::json!({ "paths": { "/a/{b}": {}, "/health": {}, "/ready": {} } });
    let public = |path: &str, with_all_below| Public { path: path.to_owned(), with_all_below };
    let found = |public: &[Public]| differences(public, &contract);
    assert!(found(&[public("/a", true), public("/health", false)]).is_empty());
    assert_eq!(found(&[public("/a", true)]), ["/health is passed on: false"]);
    let all = [public("/a", true), public("/health", false), public("/ready", false)];
    assert_eq!(found(&all), ["/ready is passed on: true"]);
    let old = [public("/a", true), public("/health", false), public("/old", true)];
    assert_eq!(found(&old), ["the contract has no /old"]);
}
