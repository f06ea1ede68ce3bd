//! The permissions of the bridge.

use std::collections::BTreeSet;

use super::grant::grant_path;
use super::*;

pub struct Role;

#[async_trait]
impl Rules for Role {
    fn differs(&self, found: &Object, run: &SetupRun<'_>) -> Decision {
        let is_right = permissions(&found.0) == permissions(&self.body(run));
        Decision::of(&[("permissions", !is_right)])
    }

    /// `POST` and `PUT /authorization/roles`: exactly the permissions of the bridge's calls.
    fn body(&self, run: &SetupRun<'_>) -> Value {
        let policy = |domain: &str, entity: &str, actions: &[&str]| json!({ "domain": domain, "entityName": entity, "actionSet": actions });
        let mut policies = vec![policy("conversation", "message", &["receive", "create", "view"])];
        if run.wanted.disconnects {
            policies.push(policy("conversation", "communication", &["disconnect"]));
        }
        policies.push(policy("analytics", "queueObservation", &["view"]));
        policies.push(policy("routing", "queue", &["view"]));
        json!({ "name": run.wanted.label, "description": run.wanted.mark(),
                "permissionPolicies": policies })
    }

    fn changes(&self, _: &Object, run: &SetupRun<'_>) -> (Method, Value) {
        (Method::PUT, self.body(run))
    }

    /// Takes the role from the administrator, who had it only to hand it on.
    async fn release(&self, run: &mut SetupRun<'_>, role: &Object) -> anyhow::Result<()> {
        if !run.record.made.contains_key(&Resource::Grant) {
            return Ok(());
        }
        let path = grant_path(run, role.id());
        run.organization.delete(&path).await?;
        run.record.disclaim(Resource::Grant)
    }
}

/// The permissions of a role, each as `domain:entity:action`.
fn permissions(role: &Value) -> BTreeSet<String> {
    let policies = role["permissionPolicies"].as_array().into_iter().flatten();
    let of = |policy: &Value| -> Vec<String> {
        let text = |key: &str| policy[key].as_str().unwrap_or_default().to_owned();
        let actions = policy["actionSet"].as_array().into_iter().flatten();
        let actions = actions.filter_map(Value::as_str);
        actions
            .map(|action| format!("{}:{}:{action}", text("domain"), text("entityName")))
            .collect()
    };
    policies.flat_map(of).collect()
}

/// Whether a role includes a permission, `domain:entity:action`; `*` in a role matches anything.
pub fn allows(role: &Object, permission: &str) -> bool {
    let fits = |(held, asked): (&str, &str)| held == "*" || held.eq_ignore_ascii_case(asked);
    let covers = |held: &String| held.split(':').zip(permission.split(':')).all(fits);
    permissions(&role.0).iter().any(covers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(policies: &[Value]) -> Value {
        json!({ "permissionPolicies": policies })
    }

    #[test]
    fn a_permission_more_or_less_is_a_difference_and_the_order_is_none() {
        let policy =
            |actions: &[&str]| json!({ "domain": "d", "entityName": "e", "actionSet": actions });
        let of = |policies: &[Value]| permissions(&role(policies));
        let whole = of(&[policy(&["a", "b"])]);
        assert_eq!(of(&[policy(&["b"]), policy(&["a"])]), whole);
        assert_ne!(of(&[policy(&["a"])]), whole);
        assert_ne!(of(&[policy(&["a", "b", "c"])]), whole);
    }

    #[test]
    fn a_role_allows_its_own_and_what_a_star_stands_for() {
        let of = |entity: &str, actions: &[&str]| {
            let policy =
                json!({ "domain": "conversation", "entityName": entity, "actionSet": actions });
            Object(role(&[policy]))
        };
        let some = of("message", &["receive", "view"]);
        assert!(allows(&some, "conversation:message:receive"));
        assert!(!allows(&some, "conversation:message:create"));
        assert!(!allows(&some, "conversation:webmessaging:view"));
        assert!(allows(&of("*", &["*"]), "conversation:communication:disconnect"));
        assert!(!allows(&Object(role(&[json!({})])), "conversation:message:receive"));
    }
}
