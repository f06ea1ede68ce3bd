//! Genesys Cloud's reaction to a call of the API, and its reports afterwards.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};
use shared::ports::{Direction, VendorRequest};

use crate::acts;
use crate::canaries::CONTACTS;
use crate::effects::Effect;
use crate::environment::ProcessId;
use crate::genesys::{Conversation, Genesys, conversation_id, of_conversation_id, text};
use crate::lock;
use crate::run::Simulation;
use crate::scenario::Recognition;
use crate::vendor::Handled;

impl Genesys {
    pub(crate) fn call(
        &self,
        simulation: &Arc<Simulation>,
        process: ProcessId,
        integration: usize,
        request: &VendorRequest,
    ) -> Handled {
        let path = request.url.split("/conversations/messages/").nth(1).unwrap_or_default();
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let parts: Vec<&str> = path.split('/').collect();
        let said = String::from_utf8_lossy(&request.body);
        let call = Call { simulation, process, integration, body: &body, said: &said };
        match (&request.method, parts.as_slice()) {
            (&Method::POST, [_, "inbound", "open", "message"]) => {
                self.message(&call, query.contains("prefetchConversationId=true"))
            }
            (&Method::POST, [_, "inbound", "open", "structured", "response"]) => {
                self.structured(&call)
            }
            (&Method::POST, [_, "inbound", "open", "event"]) => self.typing(&call),
            (&Method::POST, [_, "inbound", "open", "receipt"]) => self.receipt(&call),
            (&Method::GET, [message, "details"]) => self.details(message),
            (&Method::GET, [conversation]) => self.view_conversation(conversation),
            (&Method::PATCH, [conversation]) => self.disconnect(simulation, conversation),
            _ => Handled::answer(404, &json!({ "code": "not.found" })),
        }
    }

    fn message(&self, call: &Call<'_>, prefetch: bool) -> Handled {
        if call.said.contains(acts::REFUSED) && !call.simulation.is_repaired(call.integration) {
            return Handled::answer(400, &json!({ "code": "bad.request", "message": "refused" }));
        }
        let id = text(call.body, "/channel/messageId").to_owned();
        let contact = text(call.body, "/channel/from/id").to_owned();
        let key = (call.integration, contact.clone(), id.clone());
        let known = lock(&self.state).messages.get(&key).cloned();
        if let Some(known) = &known
            && call.simulation.scenario.setup.genesys != Recognition::Never
        {
            call.simulation
                .effects
                .recognised(call.simulation, &call.effect("message", &id, &contact));
            if call.simulation.scenario.setup.genesys == Recognition::Conflict {
                return Handled::answer(409, &json!({ "code": "conflict" }));
            }
            return Handled::answer(200, &json!({ "id": known }));
        }
        let effect =
            call.simulation.effects.take(call.simulation, call.effect("message", &id, &contact));
        let (own, conversation) = {
            let mut state = lock(&self.state);
            let own = format!("g-in-{}", state.next());
            state.messages.insert(key, own.clone());
            let window = call.simulation.setup(call.integration).window_minutes;
            let now = call.simulation.environment.now();
            let conversation =
                state.conversations.entry((call.integration, contact.clone())).or_default();
            conversation.enter(now, window);
            (own, conversation_id(call.integration, &contact, conversation.number))
        };
        call.simulation.effects.named(effect, &own);
        acts::receipts(call.simulation, call.integration, &contact, (&own, &id));
        let mut answer = json!({ "id": own });
        if prefetch {
            answer["conversationId"] = json!(conversation);
        }
        Handled { effect: Some(effect), ..Handled::answer(200, &answer) }
    }

    /// Genesys accepts the answer to a choice only inside a conversation.
    fn structured(&self, call: &Call<'_>) -> Handled {
        let contact = text(call.body, "/channel/from/id").to_owned();
        let open = lock(&self.state)
            .conversations
            .get(&(call.integration, contact))
            .is_some_and(|conversation| conversation.open);
        if open {
            return self.message(call, false);
        }
        Handled::answer(400, &json!({ "code": "bad.request" }))
    }

    fn typing(&self, call: &Call<'_>) -> Handled {
        let contact = text(call.body, "/channel/from/id").to_owned();
        let effect = call.effect("typing", "", &contact);
        let effect = call.simulation.effects.take(call.simulation, effect);
        Handled { effect: Some(effect), ..Handled::answer(200, &json!({})) }
    }

    fn receipt(&self, call: &Call<'_>) -> Handled {
        let id =
            format!("{}#{}", text(call.body, "/id"), text(call.body, "/status").to_lowercase());
        let contact = text(call.body, "/channel/to/id").to_owned();
        let effect = call.effect("receipt", &id, &contact);
        let effect = call.simulation.effects.take(call.simulation, effect);
        let status = text(call.body, "/status");
        let answer = json!({ "id": text(call.body, "/id"), "type": "Receipt", "status": status });
        Handled { effect: Some(effect), ..Handled::answer(200, &answer) }
    }

    fn details(&self, message: &str) -> Handled {
        let state = lock(&self.state);
        let known = state.messages.iter().find(|(_, own)| *own == message);
        let id = known.and_then(|((integration, contact, _), _)| {
            let conversation = state.conversations.get(&(*integration, contact.clone()))?;
            Some(conversation_id(*integration, contact, conversation.number))
        });
        match id {
            Some(id) => Handled::answer(200, &json!({ "conversationId": id })),
            None => Handled::answer(404, &json!({ "code": "not.found" })),
        }
    }

    fn view_conversation(&self, conversation: &str) -> Handled {
        let state = lock(&self.state);
        let found = of_conversation_id(conversation).and_then(|(integration, contact, number)| {
            let known = state.conversations.get(&(integration, contact))?;
            Some((known.clone(), number))
        });
        let Some((known, number)) = found else {
            return Handled::answer(404, &json!({ "code": "not.found" }));
        };
        let is_over = number < known.number || !known.open;
        let mut customer = json!({ "purpose": "customer", "state": "connected" });
        if is_over {
            customer = json!({
                "purpose": "customer", "state": "disconnected", "disconnectType": known.end_type,
                "endTime": acts::instant(known.ended_at),
            });
        }
        let mut participants = vec![customer];
        if let Some(since) = known.agent_since.filter(|_| !is_over) {
            participants.push(json!({
                "purpose": "agent", "state": "connected", "connectedTime": acts::instant(since),
            }));
        }
        Handled::answer(200, &json!({ "id": conversation, "participants": participants }))
    }

    fn disconnect(&self, simulation: &Arc<Simulation>, conversation: &str) -> Handled {
        let Some((integration, contact, _)) = of_conversation_id(conversation) else {
            return Handled::answer(404, &json!({ "code": "not.found" }));
        };
        let place = CONTACTS.iter().position(|known| *known == contact).unwrap_or_default();
        acts::end(simulation, integration, place, "CLIENT");
        Handled::answer(200, &json!({}))
    }
}

impl Conversation {
    /// A message arrives: in the open conversation, in an ended one inside its window, or in a new
    /// one.
    pub(crate) fn enter(&mut self, now: i64, window_minutes: u32) {
        if self.open {
            return;
        }
        let resumes = self.number > 0 && now < self.ended_at + i64::from(window_minutes) * 60_000;
        if !resumes {
            self.number += 1;
        }
        self.open = true;
        self.agent_since = None;
        self.ring = None;
    }
}

struct Call<'a> {
    simulation: &'a Arc<Simulation>,
    process: ProcessId,
    integration: usize,
    body: &'a Value,
    said: &'a str,
}

impl Call<'_> {
    fn effect(&self, kind: &'static str, id: &str, contact: &str) -> Effect {
        Effect {
            direction: Direction::Inbound,
            integration: self.integration,
            contact: contact.to_owned(),
            kind: kind.to_owned(),
            id: id.to_owned(),
            time: text(self.body, "/channel/time").to_owned(),
            sequence: 0,
            words: self.simulation.copies.words(self.simulation, self.said),
            about: String::new(),
            own_id: String::new(),
            process: self.process,
            at: self.simulation.environment.now(),
            answered: false,
            place: None,
        }
    }
}
