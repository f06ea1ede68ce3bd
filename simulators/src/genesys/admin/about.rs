//! The read-only objects: the organisation itself, and the IP addresses from which the platform
//! calls.

use http::Method;
use serde_json::json;

use super::super::refusal::Checked;
use super::call_context::CallContext;
use super::operation::Operation;
use super::permissions::Needs;
use crate::http::Answer;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::own(Method::GET, "/organizations/me", Needs::Nothing, organization),
    Operation::own(Method::GET, "/ipranges", Needs::Nothing, ip_ranges),
];

fn organization(context: &mut CallContext<'_>) -> Checked<Answer> {
    let id = &context.organization.id;
    Ok(Answer::json(
        200,
        json!({
            "id": id,
            "name": "Simulated organization",
            "thirdPartyOrgId": "simulated",
            "domain": "simulated",
            "state": "active",
            "selfUri": format!("/api/v2/organizations/{id}"),
        }),
    ))
}

/// Addresses that are reserved for documentation, so no real system uses them.
fn ip_ranges(_: &mut CallContext<'_>) -> Checked<Answer> {
    let range = |cidr: &str, service: &str, direction: &str| json!({ "cidr": cidr, "service": service, "region": "us-east-1", "direction": direction });
    let entities = [
        range("192.0.2.0/28", "open-messaging", "both"),
        range("192.0.2.16/28", "data-actions", "outbound"),
        range("198.51.100.0/24", "smtp", "inbound"),
    ];
    Ok(Answer::json(200, json!({ "entities": entities })))
}
