//! The permissions that the administrator's OAuth client needs for `bridge setup` and `bridge
//! doctor`: a table, which docs/genesys-setup.md shows and of which a role is made.
//!
//! Source: the vendor's documentation of each call. Some calls that only read need another
//! permission than one to read: reading a recipient needs `routing:message:manage`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// The permissions for one kind of object.
#[derive(Clone, Copy, Debug)]
struct Permissions {
    /// Domain and entity, as `oauth:client`.
    entity: &'static str,
    /// The actions that setup needs, including rotation and removal.
    setup: &'static [&'static str],
    /// The actions that doctor needs.
    doctor: &'static [&'static str],
    /// The part of a set-up that needs the permissions.
    when: Part,
}

/// A part of a set-up that needs permissions of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Always,
    /// Events, by whichever way.
    Events,
    Workflows,
    Identity,
}

impl Part {
    #[cfg(test)]
    fn word(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Events => "events by EventBridge or workflows",
            Self::Workflows => "events by workflows",
            Self::Identity => "identity resolution by an external source",
        }
    }
}

const ALL: &[&str] = &["view", "add", "edit", "delete"];
const VIEW: &[&str] = &["view"];
const ALWAYS: Part = Part::Always;
const EVENTS: Part = Part::Events;
const WORKFLOWS: Part = Part::Workflows;
const IDENTITY: Part = Part::Identity;

const fn needs(
    entity: &'static str,
    setup: &'static [&'static str],
    doctor: &'static [&'static str],
    when: Part,
) -> Permissions {
    Permissions { entity, setup, doctor, when }
}

const TABLE: [Permissions; 17] = [
    needs("messaging:integration", ALL, VIEW, ALWAYS),
    needs("messaging:supportedContent", ALL, VIEW, ALWAYS),
    needs("messaging:setting", ALL, VIEW, ALWAYS),
    needs("routing:queue", &["view", "add", "delete"], VIEW, ALWAYS),
    needs("routing:message", &["manage"], &["manage"], ALWAYS),
    needs("architect:flow", &["view", "add", "edit", "delete", "publish"], VIEW, ALWAYS),
    needs("architect:job", &["create", "view"], &[], ALWAYS),
    needs("architect:dependencyTracking", &[], VIEW, ALWAYS),
    needs("authorization:role", ALL, VIEW, ALWAYS),
    needs("authorization:grant", &["view", "add", "delete"], &[], ALWAYS),
    needs("oauth:client", ALL, VIEW, ALWAYS),
    needs("conversation:threadingTimeline", &["view", "edit"], VIEW, ALWAYS),
    needs("integrations:integration", ALL, VIEW, EVENTS),
    needs("integrations:action", ALL, VIEW, WORKFLOWS),
    needs("processautomation:trigger", ALL, VIEW, WORKFLOWS),
    needs("externalContacts:externalSource", ALL, VIEW, IDENTITY),
    needs("messaging:identityResolutionOpen", &["view", "edit"], VIEW, IDENTITY),
];

/// The body of a role with exactly what the administrator's client needs for these parts, and
/// always for those that every set-up has.
pub fn administrator_role(name: &str, description: &str, parts: &[Part]) -> Value {
    let needed = TABLE.iter().filter(|row| row.when == ALWAYS || parts.contains(&row.when));
    let policies: Vec<Value> = needed
        .map(|row| {
            let (domain, entity) = row.entity.split_once(':').unwrap_or((row.entity, ""));
            let actions: BTreeSet<&str> = row.setup.iter().chain(row.doctor).copied().collect();
            json!({ "domain": domain, "entityName": entity, "actionSet": actions })
        })
        .collect();
    json!({ "name": name, "description": description, "permissionPolicies": policies })
}

/// The table as docs/genesys-setup.md shows it.
#[cfg(test)]
fn markdown() -> String {
    let actions = |actions: &[&str]| {
        let actions: Vec<String> = actions.iter().map(|action| format!("`{action}`")).collect();
        actions.join(", ")
    };
    let row = |row: &Permissions| {
        let (setup, doctor) = (actions(row.setup), actions(row.doctor));
        format!("| `{}` | {setup} | {doctor} | {} |\n", row.entity, row.when.word())
    };
    let head = "| of | `bridge setup` | `bridge doctor` | when |\n|---|---|---|---|\n";
    let rows: String = TABLE.iter().map(row).collect();
    format!("{head}{rows}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::assert_generated;

    #[test]
    fn the_permissions_of_the_page_are_generated() {
        assert_generated("docs/genesys-setup.md", "permissions", &format!("\n{}\n", markdown()));
    }
}
