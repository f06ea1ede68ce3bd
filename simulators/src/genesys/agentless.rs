//! `POST /api/v2/conversations/messages/agentless`: a message to a customer without an agent. It is
//! sent to the webhook like any other message.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Inner;
use super::admin::Needs;
use super::api::{json_body, only};
use super::fields::Fields;
use super::login::Caller;
use super::outbound::Sender;
use super::refusal::{Checked, Refusal};
use crate::clock;
use crate::http::{Answer, Call};

const MAY_CREATE: Needs = Needs::All(&["conversation:message:create"]);
const KEYS: &[&str] = &[
    "fromAddress",
    "toAddress",
    "toAddressMessengerType",
    "textBody",
    "messagingTemplate",
    "useExistingActiveConversation",
    "useUserFromAddress",
];
const MESSENGERS: [&str; 3] = ["sms", "whatsapp", "open"];
const LONGEST_TEXT: usize = 2000;

impl Inner {
    pub(super) fn send_agentless(
        self: &Arc<Self>,
        call: &Call,
        caller: &Caller,
    ) -> Checked<Answer> {
        only(call, &Method::POST)?;
        self.check_permission(caller, MAY_CREATE)?;
        let body = json_body(call)?;
        let fields = Fields::of("message", &body)?.only(KEYS)?;
        let integration = fields.text("fromAddress")?;
        let messenger = fields.word("toAddressMessengerType", &MESSENGERS)?;
        let contact = fields.text("toAddress")?.to_owned();
        let text = fields.text("textBody")?.to_owned();
        let joins = fields.optional_flag("useExistingActiveConversation")?.unwrap_or_default();
        if text.chars().count() > LONGEST_TEXT {
            let problem = format!("'textBody' should be at most {LONGEST_TEXT} characters");
            return Err(Refusal::bad_request(problem));
        }
        if messenger != "open" || !self.state().organization.is_in_use(integration) {
            return Err(Refusal::bad_request(format!("There is no sender {integration}")));
        }
        self.begin_agentless(&contact, integration, joins);
        let id = Uuid::new_v4().simple().to_string();
        let notification =
            self.message_notification(&id, Sender::Agent, &contact, Some(&text), Value::Null);
        let answer = json!({
            "id": id,
            "conversationId": notification.get("conversationId"),
            "fromAddress": integration,
            "toAddress": contact,
            "messengerType": "open",
            "textBody": text,
            "timestamp": clock::now(),
            "selfUri": format!("/api/v2/conversations/messages/agentless/{id}"),
        });
        let (inner, bytes) = (Arc::clone(self), self.on_the_wire(notification));
        tokio::spawn(async move { inner.deliver(id, bytes).await });
        Ok(Answer::json(202, answer))
    }

    /// Such a message begins a new conversation, unless it asks to join the open one.
    fn begin_agentless(&self, contact: &str, integration: &str, joins: bool) {
        let mut state = self.state();
        state.arrive(contact, integration);
        if !joins {
            state.contact(contact).conversation = None;
        }
    }
}
