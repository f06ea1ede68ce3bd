//! Handles one call to the fake Genesys Cloud: recording, outage, token, rate limit, scripted
//! fault, endpoint.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use super::admin::Needs;
use super::faults::{Effect, Endpoint};
use super::login::Caller;
use super::rate::Rate;
use super::refusal::{Checked, Refusal};
use super::route::Route;
use super::{Inner, admin, facts, login, rate};
use crate::clock;
use crate::http::{Answer, Call, Handler, Reply};

/// `request.bytes.max` of the platform.
const LARGEST_REQUEST: usize = 512_000;

const MAY_RECEIVE: Needs = Needs::All(&["conversation:message:receive"]);
const MAY_VIEW: Needs =
    Needs::Any(&["conversation:message:view", "conversation:webmessaging:view"]);
const MAY_DISCONNECT: Needs =
    Needs::Any(&["conversation:communication:disconnect", "conversation:message:park"]);

const CORRELATION_ID: &str = "inin-correlation-id";

impl Handler for Inner {
    async fn handle(self: Arc<Self>, call: Call) -> Reply {
        // Spawned as a task, because a server continues the work when the client has hung up.
        tokio::spawn(async move { self.process(call).await }).await.unwrap_or(Reply::Drop)
    }
}

impl Inner {
    async fn process(self: Arc<Self>, call: Call) -> Reply {
        let number = self.record_arrival(&call);
        let correlation_id = Uuid::new_v4().to_string();
        let reply = match self.answer(&call, &correlation_id).await {
            Reply::Answer(answer) => {
                Reply::Answer(self.dated(answer.with(CORRELATION_ID, correlation_id)))
            }
            Reply::Drop => Reply::Drop,
        };
        if let Some(request) = self.state().requests.get_mut(number) {
            request.status = reply.status();
        }
        self.changes.announce();
        reply
    }

    /// Sets the `date` of an answer if the simulated clock differs from this machine's clock.
    fn dated(&self, answer: Answer) -> Answer {
        match self.state().clock_ahead {
            0 => answer,
            ahead => answer.with("date", clock::write_http(ahead)),
        }
    }

    fn record_arrival(&self, call: &Call) -> usize {
        let mut state = self.state();
        let record = call.record(state.started.elapsed());
        state.requests.push(record);
        state.requests.len() - 1
    }

    async fn answer(self: &Arc<Self>, call: &Call, correlation_id: &str) -> Reply {
        let route = Route::of(call);
        if self.state().is_down {
            return Refusal::scripted(503, None).answer(correlation_id).into();
        }
        let rate = match self.admit(&route, call) {
            (rate, Ok(())) => rate,
            (rate, Err(refusal)) => {
                return self.refuse(call, &refusal, rate, correlation_id).into();
            }
        };
        let fault = self.state().take_fault(route.endpoint(), call);
        let work = || self.work(&route, call, rate, correlation_id);
        match fault {
            None => {
                let answer = work();
                if route.endpoint() == Endpoint::Message {
                    self.note_given_id(&answer);
                }
                answer.into()
            }
            Some(Effect::Status { code, retry_after }) => {
                with_rate(rate, Refusal::scripted(code, retry_after).answer(correlation_id)).into()
            }
            Some(Effect::Forbidden) => match self.needs(&route, call).refusal() {
                Some(refusal) => with_rate(rate, refusal.answer(correlation_id)).into(),
                None => work().into(),
            },
            Some(Effect::Delay(time)) => {
                sleep(time).await;
                work().into()
            }
            Some(Effect::DropConnectionBefore) => Reply::Drop,
            Some(Effect::AcceptThenHang(time)) => {
                let answer = work();
                sleep(time).await;
                answer.into()
            }
            Some(Effect::AcceptThenDrop) => {
                work();
                Reply::Drop
            }
            Some(Effect::WithoutMessageId) => {
                let answer = work();
                if answer.is_success() { Answer { body: None, ..answer } } else { answer }.into()
            }
        }
    }

    /// Checks the token and the rate limit. A login and an upload need neither.
    fn admit(&self, route: &Route, call: &Call) -> (Option<Rate>, Checked<()>) {
        if matches!(route, Route::Login | Route::Upload { .. }) {
            return (None, Ok(()));
        }
        let mut state = self.state();
        if matches!(route, Route::Download { file } if !state.files.needs_token(file)) {
            return (None, Ok(()));
        }
        let token = match login::authenticate(&state, call) {
            Ok(token) => token,
            Err(refusal) => return (None, Err(refusal)),
        };
        let rate = rate::count(
            &mut state,
            &token,
            self.options.rate_limit_per_minute,
            self.options.rate_window,
        );
        (rate, rate.map_or(Ok(()), Rate::check))
    }

    fn refuse(
        &self,
        call: &Call,
        refusal: &Refusal,
        rate: Option<Rate>,
        correlation_id: &str,
    ) -> Answer {
        if refusal.is_violation {
            let violation = format!(
                "{} {}: {} {}: {}",
                call.method, call.path, refusal.status, refusal.code, refusal.message
            );
            self.state().violations.push(violation);
        }
        with_rate(rate, refusal.answer(correlation_id))
    }

    fn needs(&self, route: &Route, call: &Call) -> Needs {
        match route {
            Route::Administration => admin::needs(call),
            Route::Inbound { .. } => MAY_RECEIVE,
            Route::Conversation { .. } if call.method == Method::PATCH => MAY_DISCONNECT,
            Route::MessageDetails { .. } => MAY_VIEW,
            _ => Needs::Nothing,
        }
    }

    /// Runs the endpoint when no fault prevents it.
    fn work(
        self: &Arc<Self>,
        route: &Route,
        call: &Call,
        rate: Option<Rate>,
        correlation_id: &str,
    ) -> Answer {
        if let Err(refusal) = self.check_model(route, call) {
            return self.refuse(call, &refusal, rate, correlation_id);
        }
        let done = match route {
            Route::Login => Ok(self.login(call)),
            Route::TokensMe => only(call, &Method::GET).map(|()| self.tokens_me(call)),
            Route::Upload { job } => self.upload(job, call),
            Route::Download { file } => {
                only(call, &Method::GET).map(|()| self.state().files.answer(file))
            }
            Route::Administration => self.administer(call, &self.caller(call)),
            Route::Inbound { integration, endpoint } => self.inbound(integration, *endpoint, call),
            Route::Agentless => self.send_agentless(call, &self.caller(call)),
            Route::Conversation { id } if call.method == Method::GET => self.show_conversation(id),
            Route::Conversation { id } => only(call, &Method::PATCH)
                .and_then(|()| self.check_permission(&self.caller(call), MAY_DISCONNECT))
                .and_then(|()| json_body(call))
                .and_then(|body| self.patch_conversation(id, &body)),
            Route::MessageDetails { id } => only(call, &Method::GET)
                .and_then(|()| self.check_permission(&self.caller(call), MAY_VIEW))
                .and_then(|()| self.show_message(id)),
            Route::Nowhere => Err(Refusal::not_found(&call.path)),
        };
        let answer = match done {
            Ok(answer) => with_rate(rate, answer),
            Err(refusal) => self.refuse(call, &refusal, rate, correlation_id),
        };
        self.changes.announce();
        answer
    }

    /// Refuses a request that does not match Genesys' own SDKs. The permission is checked first: a
    /// call without permission is not checked here.
    fn check_model(&self, route: &Route, call: &Call) -> Checked<()> {
        let is_checked = match route {
            Route::Login | Route::Upload { .. } | Route::Download { .. } | Route::Nowhere => false,
            Route::Administration => self.state().organization.habits.checks_requests,
            _ => true,
        };
        if is_checked && self.check_permission(&self.caller(call), self.needs(route, call)).is_ok()
        {
            return facts::check(call);
        }
        Ok(())
    }

    fn inbound(
        self: &Arc<Self>,
        integration: &str,
        endpoint: Endpoint,
        call: &Call,
    ) -> Checked<Answer> {
        only(call, &Method::POST)?;
        self.check_permission(&self.caller(call), MAY_RECEIVE)?;
        if !self.state().organization.is_in_use(integration) {
            return Err(Refusal::not_found(&format!("integration {integration}")));
        }
        let body = json_body(call)?;
        match endpoint {
            Endpoint::Message => self.receive_message(integration, &body, prefetches(call)?),
            Endpoint::StructuredResponse => self.receive_structured_response(integration, &body),
            Endpoint::Event => self.receive_event(integration, &body),
            Endpoint::Receipt => self.receive_receipt(integration, &body),
            _ => Err(Refusal::not_found(&call.path)),
        }
    }

    /// The client whose token the call carries.
    fn caller(&self, call: &Call) -> Caller {
        let state = self.state();
        let Ok(token) = login::authenticate(&state, call) else { return Caller::default() };
        let client = state.tokens.get(&token).map(|known| known.client.clone());
        Caller { client: client.unwrap_or_default(), token }
    }

    fn tokens_me(&self, call: &Call) -> Answer {
        let client = self.caller(call).client;
        let name = self.state().organization.client_name(&client).to_owned();
        let organization = json!({ "id": self.organization_id, "name": "Simulated organization" });
        Answer::json(
            200,
            json!({
                "organization": organization,
                "homeOrganization": organization,
                "authorizedScope": [],
                "OAuthClient": { "id": client, "name": name, "organization": organization },
            }),
        )
    }
}

fn with_rate(rate: Option<Rate>, answer: Answer) -> Answer {
    match rate {
        Some(rate) => rate.write(answer),
        None => answer,
    }
}

pub(super) fn only(call: &Call, method: &Method) -> Checked<()> {
    if call.method == *method { Ok(()) } else { Err(Refusal::method_not_allowed()) }
}

pub(super) fn json_body(call: &Call) -> Checked<Value> {
    if !call.says_json() {
        return Err(Refusal::unsupported_media_type());
    }
    if call.body.len() > LARGEST_REQUEST {
        return Err(Refusal::too_large(LARGEST_REQUEST));
    }
    serde_json::from_slice(&call.body)
        .map_err(|error| Refusal::bad_request(format!("The request body is not JSON: {error}")))
}

/// Whether the query has `prefetchConversationId=true`.
fn prefetches(call: &Call) -> Checked<bool> {
    let query = call.query.as_deref().unwrap_or_default();
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if key == "prefetchConversationId" {
            return match value.as_ref() {
                "true" => Ok(true),
                "false" => Ok(false),
                other => {
                    Err(Refusal::invalid_value("prefetchConversationId", other, &["true", "false"]))
                }
            };
        }
    }
    Ok(false)
}
