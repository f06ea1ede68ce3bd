//! The files of `deploy` fit the program, the contract and the template, and are valid.

mod compose;
mod image;
mod kubernetes;
mod routes;
mod systemd;
mod terraform;

use serde_json::Value;

use crate::files::text;

/// A YAML file.
fn yaml(name: &str) -> Value {
    serde_saphyr::from_str(&text(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The texts of a list.
fn texts(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap_or_else(|| panic!("{list} is no list"));
    list.iter().map(|it| it.as_str().unwrap_or_else(|| panic!("{it} is no text"))).collect()
}

/// The value of a constant such as `LAST_DELIVERIES: Duration = Duration::from_secs(25)`.
fn seconds(file: &str, constant: &str) -> u64 {
    let source = text(file);
    let after = source.split(&format!("const {constant}: Duration")).nth(1).expect(constant);
    let number = after.split("from_secs(").nth(1).and_then(|rest| rest.split(')').next());
    number.and_then(|number| number.parse().ok()).expect("seconds")
}
