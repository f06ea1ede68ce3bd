//! `/api/v2/routing/message/recipients`: the flow for the messages of a channel.

use http::Method;
use serde_json::json;

use super::super::fields::Fields;
use super::super::refusal::{Checked, Refusal};
use super::desk::{Desk, ECHOED, as_kept};
use super::inspection::ObjectKind;
use super::operation::{ID, Operation};
use super::organization::{Organization, text, text_at};
use super::permissions::Needs;
use crate::http::Answer;

const KIND: ObjectKind = ObjectKind::Recipient;
const MANAGE: Needs = Needs::All(&["routing:message:manage"]);
const ALL: &[&str] = &["routing", "message", "recipients"];
const ONE: &[&str] = &["routing", "message", "recipients", ID];

/// The type of flow for messages.
pub(super) const MESSAGE_FLOW: &str = "inboundshortmessage";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::GET, ALL, MANAGE, list),
    Operation::new(Method::GET, ONE, MANAGE, show),
    Operation::new(Method::PUT, ONE, MANAGE, attach),
];

fn list(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.list(KIND, &["messengerType", "name"], as_kept)
}

fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    Ok(Answer::json(200, desk.named(KIND)?.clone()))
}

/// Attaches a flow. A body without a flow detaches the attached one.
fn attach(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.named(KIND)?;
    let body = desk.body()?;
    let fields = Fields::of("recipient", &body)?
        .only_among(&[&["flow", "name", "messengerType"], ECHOED])?;
    let flow = match fields.get("flow").filter(|flow| !flow.is_null()) {
        None => None,
        Some(flow) => {
            let id = Fields::of("flow", flow)?.only(&["id", "name", "selfUri"])?.text("id")?;
            let known = desk
                .organization
                .find(ObjectKind::Flow, id)
                .filter(|known| text(known, "type") == MESSAGE_FLOW);
            let known = known.ok_or_else(|| {
                Refusal::bad_request(format!("There is no inbound message flow {id}"))
            })?;
            Some(
                json!({ "id": id, "name": text(known, "name"), "selfUri": text(known, "selfUri") }),
            )
        }
    };
    let recipient = desk.named_mut(KIND)?;
    match (flow, recipient.as_object_mut()) {
        (Some(flow), _) => recipient["flow"] = flow,
        (None, Some(fields)) => {
            fields.remove("flow");
        }
        (None, None) => {}
    }
    Ok(Answer::json(200, recipient.clone()))
}

impl Organization {
    /// The queue to which the flow of an integration transfers.
    pub(in crate::genesys) fn queue_of(&self, integration: &str) -> Option<&str> {
        let integration = self.find(ObjectKind::OpenIntegration, integration)?;
        let recipient = self.find(KIND, text_at(integration, "/recipient/id"))?;
        self.flow_queues.get(text_at(recipient, "/flow/id")).map(String::as_str)
    }
}
