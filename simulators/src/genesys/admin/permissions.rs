//! What a client may do: the permissions of all roles granted to it. In which division a role is granted makes no
//! difference here; the platform asks for it where an object belongs to a division.

use serde_json::Value;

use super::super::login::Caller;
use super::super::refusal::{Checked, Refusal};
use super::inspection::ObjectKind;
use super::organization::{Organization, text};

/// What a call needs, each permission as `domain:entity:action`.
#[derive(Clone, Copy, Debug)]
pub(in crate::genesys) enum Needs {
    Nothing,
    All(&'static [&'static str]),
    Any(&'static [&'static str]),
}

impl Needs {
    /// The refusal of a client that has none of them; none where nothing is needed.
    pub(in crate::genesys) fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Nothing => None,
            Self::All(all) => Some(Refusal::missing_permissions(all)),
            Self::Any(any) => Some(Refusal::missing_any_permission(any)),
        }
    }
}

impl Organization {
    /// Refuses a client whose roles do not allow what is needed.
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

/// Whether a policy holds a permission; `*` stands for anything.
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
