//! `/api/v2/authorization/roles`: the permissions of each role, as policies of domain, entity and
//! actions.

use http::Method;
use serde_json::json;

use super::prelude::*;

pub(super) const ROW: Kind = Kind {
    rights: rights!("authorization:role"),
    edited_by: &[Method::PUT, Method::PATCH],
    filters: &["name"],
    form: &[
        needed_in_whole("name", Rule::Text),
        optional("description", Rule::String),
        optional("permissionPolicies", Rule::List(POLICY)),
        ignored("permissions"),
        ignored("default"),
        ignored("base"),
        ignored("userCount"),
        ignored("defaultRoleId"),
    ],
    has_unique_names: true,
    is_replaced: true,
    blank: || json!({ "description": "", "permissionPolicies": [] }),
    deleted: |context, role| {
        let id = text(role, "id");
        context.organization.grants.retain(|grant| grant.role != id);
    },
    ..Kind::new(ObjectKind::Role, "role", "/authorization/roles")
};

const POLICY: &[Field] = &[
    needed("domain", Rule::Text),
    needed("entityName", Rule::Text),
    needed("actionSet", Rule::Strings),
    ignored("policyName"),
    ignored("policyDescription"),
    ignored("allowConditions"),
    ignored("resourceConditionNode"),
];
