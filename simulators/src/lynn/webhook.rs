//! Handles one post to the fake Lynn: recording, outage, authentication, scripted fault, webhook or
//! campaign.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::Inner;
use super::authentication::Denied;
use super::faults::LynnFault;
use super::sequence::counted;
use super::state::{Accepted, State};
use super::{EVENTS_PATH, PROACTIVE_PATH, TENANT_PATH, TOKEN_PATH, WEBHOOK_PATH, shape};
use crate::http::{Answer, Call, Handler, Reply};

impl Handler for Inner {
    async fn handle(self: Arc<Self>, call: Call) -> Reply {
        // Spawned as a task, because a server continues the work when the client has hung up.
        tokio::spawn(async move { self.process(call).await }).await.unwrap_or(Reply::Drop)
    }
}

impl Inner {
    async fn process(self: Arc<Self>, call: Call) -> Reply {
        let number = {
            let mut state = self.state();
            let record = call.record(state.started.elapsed());
            state.requests.push(record);
            state.requests.len() - 1
        };
        let reply = self.answer(&call).await;
        if let Some(request) = self.state().requests.get_mut(number) {
            request.status = reply.status();
        }
        self.changes.announce();
        reply
    }

    async fn answer(&self, call: &Call) -> Reply {
        if self.state().is_down {
            return Answer::empty(503).into();
        }
        if let (["files", name], &Method::GET) = (call.segments().as_slice(), &call.method) {
            return self.state().files.answer(name).into();
        }
        let is_campaign = call.path == PROACTIVE_PATH;
        let is_tenants = call.path.starts_with(TENANT_PATH);
        let is_life = self.options.hub_secret.is_some() && call.path == EVENTS_PATH;
        let is_known = [WEBHOOK_PATH, PROACTIVE_PATH, TOKEN_PATH].contains(&call.path.as_str());
        if !is_tenants && (!(is_known || is_life) || call.method != Method::POST) {
            self.state()
                .violations
                .push(format!("{} {}: no such endpoint", call.method, call.path));
            return Answer::empty(404).into();
        }
        if call.path == TOKEN_PATH {
            return self.create_token(call).into();
        }
        let fault = {
            let mut state = self.state();
            let faults = if is_campaign { &mut state.proactive_faults } else { &mut state.faults };
            if faults.front() == Some(&LynnFault::TokensRevoked) {
                faults.pop_front();
                state.tokens.clear();
            }
            let hub_signed = || self.is_hub_signed(call).map_err(Denied::Wrong);
            let authentic =
                self.authenticate(&state, call, !is_campaign).and_then(|()| hub_signed());
            if let Err(denied) = authentic {
                // A refused probe is not a violation: it only checks whether it is accepted.
                if let Denied::Wrong(problem) = denied
                    && !is_probe(call)
                {
                    state.violations.push(format!("POST {}: 401: {problem}", call.path));
                }
                return Answer::empty(401).into();
            }
            let faults = if is_campaign { &mut state.proactive_faults } else { &mut state.faults };
            faults.pop_front()
        };
        let work = || {
            let answer = match self.options.hub_secret {
                _ if is_campaign => self.receive_campaign(call),
                _ if is_tenants => self.state().tenants_answer(&call.path),
                Some(_) if is_life => self.receive_life(call),
                Some(_) if !is_probe(call) => self.receive_webhook(call),
                _ => self.receive_event(call),
            };
            self.changes.announce();
            answer
        };
        match fault {
            None | Some(LynnFault::TokensRevoked) => work().into(),
            Some(LynnFault::Status { code, retry_after: None }) => Answer::empty(code).into(),
            Some(LynnFault::Status { code, retry_after: Some(seconds) }) => {
                Answer::empty(code).with("retry-after", seconds).into()
            }
            Some(LynnFault::Delay(time)) => {
                sleep(time).await;
                work().into()
            }
            Some(LynnFault::AcceptThenHang(time)) => {
                let answer = work();
                sleep(time).await;
                answer.into()
            }
            Some(LynnFault::AcceptThenDrop) => {
                work();
                Reply::Drop
            }
            Some(LynnFault::DropConnectionBefore) => Reply::Drop,
            Some(LynnFault::SessionEnded) => {
                let answer = work();
                if answer.is_success() {
                    Answer::json(200, json!({ "session": "ended" }))
                } else {
                    answer
                }
                .into()
            }
        }
    }

    fn receive_event(&self, call: &Call) -> Answer {
        let mut state = self.state();
        if is_probe(call) {
            return match read(&mut state, call, shape::probe_problems) {
                Ok(_) => {
                    state.probes += 1;
                    Answer::empty(self.options.probe_status)
                }
                Err(answer) => answer,
            };
        }
        let problems =
            if self.options.checks_shape { shape::event_problems } else { |_: &_| vec![] };
        let body = match read(&mut state, call, problems) {
            Ok(body) => body,
            Err(answer) => return answer,
        };
        let contact = text(&body, "/contact/id").to_owned();
        if let Some(status) = state.refusals.get(&contact) {
            return Answer::json(*status, json!({ "error": "refused" }));
        }
        let is_active = body.pointer("/session/active") == Some(&Value::Bool(true));
        if is_active && state.sessions_over.contains(&contact) {
            return Answer::json(410, json!({ "error": "the session is over" }));
        }
        let identity = shape::identity(&body);
        let key = call.header("webhook-id").unwrap_or(&identity).to_owned();
        if let Some(place) = state.by_key.get(&(contact.clone(), key.clone())).copied() {
            accept_again(&mut state, place, body, &key);
        } else {
            let counted = counted(&contact, &body, self.options.conversation_per_session);
            accept(&mut state, (contact, counted), key, identity, body);
        }
        Answer::json(200, json!({}))
    }

    fn receive_campaign(&self, call: &Call) -> Answer {
        let mut state = self.state();
        let body = match read(&mut state, call, shape::proactive_problems) {
            Ok(body) => body,
            Err(answer) => return answer,
        };
        let contact = text(&body, "/contactId").to_owned();
        if let Some(status) = state.refusals.get(&contact) {
            return Answer::json(*status, json!({ "error": "refused" }));
        }
        let key =
            call.header("webhook-id").unwrap_or_else(|| text(&body, "/message/id")).to_owned();
        if !state.proactive_keys.insert((contact.clone(), key)) {
            state.duplicates += 1;
            return Answer::json(200, json!({}));
        }
        if let Some(sequence) = body.pointer("/message/sequence").and_then(Value::as_u64) {
            let message = body.get("message").unwrap_or(&Value::Null);
            let counted = counted(&contact, message, self.options.conversation_per_session);
            state.sequences.note_campaign(text(message, "/integration"), &counted, sequence);
        }
        state.ends.note_other(&contact);
        let said = said(body.get("message").unwrap_or(&Value::Null));
        state.say(&contact, "agent", format!("(by campaign) {said}"));
        state.proactive.push(body);
        Answer::json(200, json!({}))
    }
}

/// Whether the body says that it is a probe, which is not an event.
fn is_probe(call: &Call) -> bool {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or(Value::Null);
    text(&body, "/type") == "probe"
}

/// Returns the body if its shape is right.
fn read(
    state: &mut State,
    call: &Call,
    problems: fn(&Value) -> Vec<String>,
) -> Result<Value, Answer> {
    if !call.says_json() {
        state.violations.push(format!("POST {}: 415: the body is not said to be JSON", call.path));
        return Err(Answer::empty(415));
    }
    let body: Value = serde_json::from_slice(&call.body).unwrap_or(Value::Null);
    let problems = problems(&body);
    if problems.is_empty() {
        return Ok(body);
    }
    for problem in &problems {
        state.violations.push(format!("POST {}: 400: {problem}", call.path));
    }
    Err(Answer::json(400, json!({ "errors": problems })))
}

fn accept(
    state: &mut State,
    (contact, counted): (String, String),
    key: String,
    identity: String,
    body: Value,
) {
    if let Some(other) = state.identities.insert((contact.clone(), identity.clone()), key.clone()) {
        state
            .violations
            .push(format!("{identity} of {contact} came as webhook-id {other} and again as {key}"));
    }
    let sequence = body.get("sequence").and_then(Value::as_u64).unwrap_or_default();
    if let Err(problem) = state.sequences.accept(text(&body, "/integration"), &counted, sequence) {
        state.violations.push(problem);
    }
    let problems = state.ends.accept(&contact, &body);
    state.violations.extend(problems);
    tell(state, &contact, &body);
    let place = state.events.len();
    state.by_key.insert((contact.clone(), key), place);
    state.events.push(Accepted { contact, body });
}

/// A repeat changes nothing, with one exception: an event sent again because its session is over
/// replaces the first one.
fn accept_again(state: &mut State, place: usize, body: Value, key: &str) {
    let Some(first) = state.events.get_mut(place) else {
        return;
    };
    let mut violation = None;
    if first.body.get("sequence") != body.get("sequence") {
        violation = Some(format!("webhook-id {key} came again with another sequence"));
    } else if shape::identity(&first.body) != shape::identity(&body) {
        violation = Some(format!("webhook-id {key} came again with another event"));
    }
    if first.body.pointer("/session/active") == body.pointer("/session/active") {
        state.duplicates += 1;
    } else {
        first.body = body;
    }
    state.violations.extend(violation);
}

/// Adds the event to the transcript.
fn tell(state: &mut State, contact: &str, body: &Value) {
    match text(body, "/type") {
        "message" => {
            let author = if text(body, "/author") == "bot" { "bot" } else { "agent" };
            state.say(contact, author, said(body));
        }
        "receipt" if text(body, "/status") == "failed" => {
            state.say(
                contact,
                "system",
                format!("Message {} was not delivered.", text(body, "/messageId")),
            );
        }
        "conversation.agentConnected" => state.say(contact, "system", "An agent is connected."),
        "conversation.ended" => {
            state.say(
                contact,
                "system",
                format!("The conversation has ended: {}.", text(body, "/reason")),
            );
        }
        _ => {}
    }
}

/// The text of a message on a channel that shows only plain text.
fn said(message: &Value) -> &str {
    let fallback = text(message, "/fallbackText");
    if fallback.is_empty() { text(message, "/text") } else { fallback }
}

fn text<'a>(body: &'a Value, pointer: &str) -> &'a str {
    body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
