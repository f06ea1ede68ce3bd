//! A model of Lynn: the webhook, the campaign, the token, and the sessions of the customers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use http::header::AUTHORIZATION;
use secrecy::SecretString;
use serde_json::{Value, json};
use shared::genesys::signature;
use shared::ports::{Direction, VendorRequest};

use crate::acts;
use crate::canaries::INTEGRATIONS;
use crate::configuration;
use crate::effects::Effect;
use crate::environment::ProcessId;
use crate::genesys::text;
use crate::lock;
use crate::run::Simulation;
use crate::scenario::Speech;
use crate::speech;
use crate::vendor::Handled;

/// The posts of the bridge.
struct Told<'a> {
    integration: usize,
    /// In the bridge's own JSON.
    event: Value,
    /// As it was posted.
    said: &'a str,
    /// Whether it asks for a campaign.
    campaign: bool,
}

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
        let speech = simulation.setup(integration).speech;
        if speech == Speech::Dialect && service == "hook" {
            check_hub_signature(simulation, integration, request);
        }
        let campaign = service == "campaign";
        let event = speech::read(speech, service, &body, campaign);
        let said = String::from_utf8_lossy(&request.body);
        self.event(simulation, process, &Told { integration, event, said: &said, campaign })
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

    fn event(&self, simulation: &Arc<Simulation>, process: ProcessId, told: &Told<'_>) -> Handled {
        let Told { integration, event: body, said, campaign } = told;
        let (integration, campaign) = (*integration, *campaign);
        let setup = simulation.setup(integration);
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
        let no_session = over && says_active && !campaign;
        // An engine of Open Messaging shows what it gets, and says besides that there is no
        // session, where nothing else is to be done about it.
        let shows = setup.speech == Speech::Dialect
            && (setup.quiet_session == "webhook" || text(body, "/type") != "message");
        let unseen = no_session && !shows;
        let answer = speech::answer(setup.speech, no_session);
        // A campaign will show the message instead.
        if unseen && setup.quiet_session == "proactive" && text(body, "/type") == "message" {
            return Handled::answer(200, &answer);
        }
        if unseen && simulation.environment.random(|random| random.one_in(2)) {
            return Handled::answer(410, &Value::Null);
        }
        let effect = self.effect(simulation, process, (integration, &contact), body, said);
        let key = (integration, contact.clone(), effect.id.clone());
        let is_known = lock(&self.state).known.contains_key(&key);
        if is_known && simulation.scenario.setup.lynn_recognises && effect.kind != "typing" {
            simulation.effects.recognised(simulation, &effect);
            return Handled::answer(200, &answer);
        }
        lock(&self.state).known.insert(key, effect.sequence);
        let (kind, id) = (effect.kind.clone(), effect.id.clone());
        let taken = simulation.effects.take(simulation, effect);
        if kind == "message" && !unseen && !contact.is_empty() {
            acts::lynn_receipts(simulation, integration, &contact, &id);
        }
        let gone = no_session && shows && simulation.environment.random(|random| random.one_in(2));
        let status = if gone { 410 } else { 200 };
        Handled { effect: Some(taken), ..Handled::answer(status, &answer) }
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

/// The bridge signs what it relays like Genesys.
fn check_hub_signature(simulation: &Simulation, integration: usize, request: &VendorRequest) {
    let secret = SecretString::from(speech::hub_secret(integration));
    let expected = signature::sign(&secret, &request.body);
    let given = request.headers.get(signature::HEADER).and_then(|value| value.to_str().ok());
    if given != Some(expected.as_str()) {
        simulation.environment.broken(|| "a webhook to Lynn is not signed".to_owned());
    }
}
