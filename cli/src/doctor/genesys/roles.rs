//! What an OAuth client may do by its roles, as an administrator sees them.

use serde_json::Value;

use crate::organization::{CallError, Kind, Object, Organization};

/// The roles of an organisation.
pub struct Roles<'a> {
    /// Sees them.
    administrator: &'a Organization,
}

impl<'a> Roles<'a> {
    /// As this client sees them.
    pub fn seen_by(administrator: &'a Organization) -> Self {
        Self { administrator }
    }

    /// Whether a client has any of these permissions; none when that cannot be seen.
    pub async fn allow(&self, client: &str, any: &[&str]) -> Option<bool> {
        let policies = self.policies(client).await.ok()?;
        Some(any.iter().any(|permission| policies.iter().any(|policy| covers(policy, permission))))
    }

    async fn policies(&self, client: &str) -> Result<Vec<Value>, CallError> {
        let client = self.administrator.get(&Kind::OAuthClient.one(client)).await?;
        let mut policies = Vec::new();
        for granted in array(&client.0, "roleDivisions") {
            let id = granted["roleId"].as_str().unwrap_or_default();
            let role = self.administrator.object(Kind::Role, id).await?;
            let Some(Object(role)) = role else { continue };
            policies.extend(array(&role, "permissionPolicies").cloned());
        }
        Ok(policies)
    }
}

fn array<'a>(object: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    object[key].as_array().into_iter().flatten()
}

/// Whether a policy holds a permission, `domain:entity:action`; `*` stands for anything.
fn covers(policy: &Value, permission: &str) -> bool {
    let fits = |known: &Value, wanted: &str| {
        known.as_str().is_some_and(|known| known == "*" || known.eq_ignore_ascii_case(wanted))
    };
    let mut parts = permission.splitn(3, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (domain, entity, action) = (next(), next(), next());
    fits(&policy["domain"], domain)
        && fits(&policy["entityName"], entity)
        && array(policy, "actionSet").any(|known| fits(known, action))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_policy_covers_its_own_and_what_a_star_stands_for() {
        let policy = json!({ "domain": "conversation", "entityName": "message", "actionSet": ["receive", "view"] });
        assert!(covers(&policy, "conversation:message:receive"));
        assert!(!covers(&policy, "conversation:message:create"));
        assert!(!covers(&policy, "conversation:webmessaging:view"));
        let all = json!({ "domain": "conversation", "entityName": "*", "actionSet": ["*"] });
        assert!(covers(&all, "conversation:communication:disconnect"));
        assert!(!covers(&json!({}), "conversation:message:receive"));
    }
}
