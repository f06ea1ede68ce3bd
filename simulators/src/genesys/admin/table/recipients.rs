//! `/api/v2/routing/message/recipients`: the flow for the messages of a channel.

use http::Method;
use serde_json::json;

use super::prelude::*;
use crate::genesys::admin::message_flow::Attributes;

const KIND: ObjectKind = ObjectKind::Recipient;
const MANAGE: Option<Needs> = Some(needs!("routing:message:manage"));

/// The type of flow for messages.
pub(in crate::genesys::admin) const MESSAGE_FLOW: &str = "inboundshortmessage";

/// A body without a flow detaches the attached one.
pub(super) const ROW: Kind = Kind {
    rights: Rights { list: MANAGE, view: MANAGE, edit: MANAGE, ..Rights::NONE },
    edited_by: &[Method::PUT],
    filters: &["messengerType", "name"],
    form: &[optional("flow", Rule::Any).not_stored(), ignored("name"), ignored("messengerType")],
    complete: |context, fields, recipient| {
        let given = fields.get("flow").filter(|flow| !flow.is_null());
        let known = given.map(|flow| {
            let id = Fields::of("flow", flow)?.only(&["id", "name", "selfUri"])?.text("id")?;
            let known = context.organization.find(ObjectKind::Flow, id);
            known.filter(|known| text(known, "type") == MESSAGE_FLOW).ok_or_else(|| {
                Refusal::bad_request(format!("There is no inbound message flow {id}"))
            })
        });
        let known = known.transpose()?;
        match (known, recipient.as_object_mut()) {
            (Some(flow), _) => {
                recipient["flow"] =
                    json!({ "id": flow["id"], "name": flow["name"], "selfUri": flow["selfUri"] });
            }
            (None, Some(fields)) => drop(fields.remove("flow")),
            (None, None) => {}
        }
        Ok(())
    },
    ..Kind::new(KIND, "recipient", "/routing/message/recipients")
};

impl Organization {
    /// The queue to which the flow of an integration transfers a conversation with these
    /// attributes.
    pub(in crate::genesys) fn queue_for(
        &self,
        integration: &str,
        attributes: &Attributes,
    ) -> Option<&str> {
        let integration = self.find(ObjectKind::OpenIntegration, integration)?;
        let recipient = self.find(KIND, text_at(integration, "/recipient/id"))?;
        let flow = text_at(recipient, "/flow/id");
        let queue = self.message_flows.get(flow)?.queue_for(attributes)?;
        self.flow_queues.get(flow)?.get(queue).map(String::as_str)
    }
}
