//! The permissions that the administrator's OAuth client needs for `bridge setup` and `bridge
//! doctor`: a table, which docs/genesys-setup.md shows.
//!
//! Source: the vendor's documentation of each call. Some calls that only read need another
//! permission than one to read: reading a recipient needs `routing:message:manage`.

/// The permissions for one kind of object.
#[derive(Clone, Copy, Debug)]
struct Permissions {
    /// Domain and entity, as `oauth:client`.
    entity: &'static str,
    /// The actions that setup needs, including rotation and removal.
    setup: &'static [&'static str],
    /// The actions that doctor needs.
    doctor: &'static [&'static str],
    /// The features that need the permissions.
    when: &'static str,
}

const ALL: &[&str] = &["view", "add", "edit", "delete"];
const VIEW: &[&str] = &["view"];
const ALWAYS: &str = "always";
const EVENTS: &str = "events by EventBridge or workflows";
const WORKFLOWS: &str = "events by workflows";
const IDENTITY: &str = "identity resolution by an external source";

const fn needs(
    entity: &'static str,
    setup: &'static [&'static str],
    doctor: &'static [&'static str],
    when: &'static str,
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

/// The table as docs/genesys-setup.md shows it.
fn markdown() -> String {
    let actions = |actions: &[&str]| {
        let actions: Vec<String> = actions.iter().map(|action| format!("`{action}`")).collect();
        actions.join(", ")
    };
    let row = |row: &Permissions| {
        let (setup, doctor) = (actions(row.setup), actions(row.doctor));
        format!("| `{}` | {setup} | {doctor} | {} |\n", row.entity, row.when)
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
