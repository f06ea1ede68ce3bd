//! A model of Lynn: the webhook, the campaign, the token, and the sessions of the customers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use http::header::AUTHORIZATION;
use serde_json::{Value, json};
use shared::ports::{Direction, VendorRequest};

use crate::acts;
use crate::canaries::INTEGRATIONS;
use crate::configuration;
use crate::environment::ProcessId;
use crate::genesys::text;
use crate::ledger::Effect;
use crate::lock;
use crate::run::Simulation;
use crate::vendor::Handled;

#[derive(Default)]
pub(crate) struct Lynn {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    tokens: BTreeMap<String, (usize, u32)>,
    last: u32,
    /// Whether the session of each contact is over.
    over: BTreeMap<(usize, String), bool>,
    /// The sequence number of everything that Lynn accepted, by its id.
    known: BTreeMap<(usize, String, String), u64>,
}

impl Lynn {
    /// Revokes every token, or with an integration those of it that an older secret than `version`
    /// made.
    pub(crate) fn revoke(&self, integration: Option<usize>, version: u32) {
        lock(&self.state).tokens.retain(|_, (of, made)| {
            integration.is_some_and(|integration| integration != *of || *made >= version)
        });
    }

    /// Starts or ends a session.
    pub(crate) fn session(&self, integration: usize, contact: &str, over: bool) {
        lock(&self.state).over.insert((integration, contact.to_owned()), over);
    }

    pub(crate) fn handle(
        &self,
        simulation: &Arc<Simulation>,
        process: ProcessId,
        request: &VendorRequest,
    ) -> Handled {
        let path = request.url.split("lynn.test/").nth(1).unwrap_or_default();
        let mut parts = path.split('/');
        let (service, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let integration = INTEGRATIONS.iter().position(|known| *known == name).unwrap_or_default();
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if service == "token" {
            return self.login(simulation, integration, &body);
        }
        if !self.is_authentic(simulation, integration, request) {
            return Handled::answer(401, &Value::Null);
        }
        match service {
            "campaign" => self.event(
                simulation,
                process,
                integration,
                body.get("message").unwrap_or(&Value::Null),
                true,
            ),
            _ => self.event(simulation, process, integration, &body, false),
        }
    }

    fn login(&self, simulation: &Arc<Simulation>, integration: usize, body: &Value) -> Handled {
        let secret = text(body, "/accessTokenSecret");
        let versions = simulation.accepted_versions(integration, |versions| versions.lynn);
        let version = versions
            .into_iter()
            .find(|version| configuration::lynn_secret(integration, *version) == secret);
        let Some(version) = version else { return Handled::answer(401, &Value::Null) };
        let mut state = lock(&self.state);
        state.last += 1;
        let token = format!("{}-lynn-token-{}", crate::canaries::SECRET, state.last);
        state.tokens.insert(token.clone(), (integration, version));
        Handled::answer(200, &json!({ "token": token }))
    }

    fn is_authentic(
        &self,
        simulation: &Arc<Simulation>,
        integration: usize,
        request: &VendorRequest,
    ) -> bool {
        let header = request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(token) = header.and_then(|header| header.strip_prefix("Bearer ")) else {
            return false;
        };
        if simulation.setup(integration).lynn_token {
            lock(&self.state).tokens.get(token).is_some_and(|(of, _)| *of == integration)
        } else {
            token == configuration::bearer(integration)
        }
    }

    fn event(
        &self,
        simulation: &Arc<Simulation>,
        process: ProcessId,
        integration: usize,
        body: &Value,
        campaign: bool,
    ) -> Handled {
        let said = body.to_string();
        if text(body, "/type") == "message"
            && said.contains(acts::REFUSED)
            && !simulation.is_repaired(integration)
        {
            return Handled::answer(422, &Value::Null);
        }
        let contact = text(body, "/contact/id").to_owned();
        let says_active = body.pointer("/session/active") == Some(&json!(true));
        let over = {
            let state = lock(&self.state);
            state.over.get(&(integration, contact.clone())).copied().unwrap_or_default()
        };
        let unseen = over && says_active && !campaign;
        let answer = if unseen { json!({ "session": "ended" }) } else { Value::Null };
        // A campaign will show the message instead.
        if unseen
            && simulation.setup(integration).quiet_session == "proactive"
            && text(body, "/type") == "message"
        {
            return Handled::answer(200, &answer);
        }
        if unseen && simulation.environment.random(|random| random.one_in(2)) {
            return Handled::answer(410, &Value::Null);
        }
        let effect = self.effect(simulation, process, (integration, &contact), body, &said);
        let key = (integration, contact.clone(), effect.id.clone());
        let is_known = lock(&self.state).known.contains_key(&key);
        if is_known && simulation.scenario.setup.lynn_recognises && effect.kind != "typing" {
            simulation.ledger.recognised(simulation, &effect);
            return Handled::answer(200, &answer);
        }
        lock(&self.state).known.insert(key, effect.sequence);
        let (kind, id) = (effect.kind.clone(), effect.id.clone());
        let taken = simulation.ledger.take(simulation, effect);
        if kind == "message" && !unseen {
            acts::lynn_receipts(simulation, integration, &contact, &id);
        }
        Handled { effect: Some(taken), ..Handled::answer(200, &answer) }
    }

    fn effect(
        &self,
        simulation: &Arc<Simulation>,
        process: ProcessId,
        (integration, contact): (usize, &str),
        body: &Value,
        said: &str,
    ) -> Effect {
        Effect {
            direction: Direction::Outbound,
            integration,
            contact: contact.to_owned(),
            kind: text(body, "/type").to_owned(),
            id: text(body, "/id").to_owned(),
            time: text(body, "/time").to_owned(),
            sequence: body.get("sequence").and_then(Value::as_u64).unwrap_or_default(),
            words: simulation.copies.words(simulation, said),
            about: format!("{}#{}", text(body, "/messageId"), text(body, "/status")),
            own_id: text(body, "/conversationId").to_owned(),
            process,
            at: simulation.environment.now(),
            answered: false,
            place: None,
        }
    }
}
