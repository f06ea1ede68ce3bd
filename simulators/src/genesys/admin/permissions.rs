//! The permissions of a client: those of all roles granted to it. The division of a grant is
//! ignored here; the platform checks it for an object that belongs to a division.

use serde_json::Value;

use super::super::login::Caller;
use super::super::refusal::{Checked, Refusal};
use super::inspection::ObjectKind;
use super::organization::{Organization, text};

/// The permissions for a call, each as `domain:entity:action`.
#[derive(Clone, Copy, Debug)]
pub(in crate::genesys) enum Needs {
    Nothing,
    All(&'static [&'static str]),
    Any(&'static [&'static str]),
}

impl Needs {
    /// The refusal of a client without any of them; `None` if no permission is needed.
    pub(in crate::genesys) fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Nothing => None,
            Self::All(all) => Some(Refusal::missing_permissions(all)),
            Self::Any(any) => Some(Refusal::missing_any_permission(any)),
        }
    }
}

impl Organization {
    /// Notes the permissions that an allowed call has needed.
    pub(super) fn note_needed(&mut self, caller: &Caller, needs: Needs) {
        let all = match needs {
            Needs::Nothing => return,
            Needs::All(all) => all,
            // One is enough, and the first is the usual one.
            Needs::Any(any) => any.get(..1).unwrap_or_default(),
        };
        let noted = self.needed.entry(caller.client.clone()).or_default();
        noted.extend(all.iter().map(|one| (*one).to_owned()));
    }

    /// Refuses a client whose roles lack the needed permissions.
    pub(super) fn check(&self, caller: &Caller, needs: Needs) -> Checked<()> {
        match needs {
            Needs::Nothing => Ok(()),
            Needs::All(all) => {
                let missing: Vec<&str> =
                    all.iter().copied().filter(|one| !self.allows(caller, one)).collect();
                if missing.is_empty() {
                    Ok(())
                } else {
                    Err(Refusal::missing_permissions(&missing))
                }
            }
            Needs::Any(any) if any.iter().any(|one| self.allows(caller, one)) => Ok(()),
            Needs::Any(any) => Err(Refusal::missing_any_permission(any)),
        }
    }

    fn allows(&self, caller: &Caller, permission: &str) -> bool {
        self.grants_of(caller)
            .filter_map(|grant| self.find(ObjectKind::Role, &grant.role))
            .flat_map(|role| role.get("permissionPolicies").and_then(Value::as_array))
            .flatten()
            .any(|policy| covers(policy, permission))
    }
}

/// Whether a policy contains a permission; `*` matches anything.
fn covers(policy: &Value, permission: &str) -> bool {
    let mut parts = permission.split(':');
    let mut fits = |known: &str| parts.next().is_some_and(|part| known == "*" || known == part);
    if !fits(text(policy, "domain")) || !fits(text(policy, "entityName")) {
        return false;
    }
    let action = parts.next();
    let actions = policy.get("actionSet").and_then(Value::as_array).into_iter().flatten();
    actions.filter_map(Value::as_str).any(|known| known == "*" || Some(known) == action)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::covers;

    #[test]
    fn a_policy_covers_its_domain_entity_and_actions() {
        let policy = json!({
            "domain": "conversation", "entityName": "message", "actionSet": ["receive", "view"],
        });
        assert!(covers(&policy, "conversation:message:receive"));
        assert!(!covers(&policy, "conversation:message:create"));
        assert!(!covers(&policy, "conversation:webmessaging:view"));
        assert!(!covers(&policy, "messaging:message:view"));
        let all = json!({ "domain": "messaging", "entityName": "*", "actionSet": ["*"] });
        assert!(covers(&all, "messaging:setting:add"));
        assert!(!covers(&all, "routing:queue:add"));
    }
}
