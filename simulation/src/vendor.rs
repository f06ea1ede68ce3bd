//! The vendors as a process of the simulation sees them: the models, behind faults of the network.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue};
use serde_json::Value;
use shared::ports::{Vendor, VendorError, VendorRequest, VendorResponse};

use crate::effects::EffectId;
use crate::ports::Link;
use crate::run::Simulation;
use crate::scenario::{FaultKind, Port};

/// The result of a call at a vendor.
pub(crate) struct Handled {
    pub(crate) response: VendorResponse,
    /// The effect of the call, if it had one.
    pub(crate) effect: Option<EffectId>,
}

impl Handled {
    /// The answer to a call that changed nothing.
    pub(crate) fn answer(status: u16, body: &Value) -> Self {
        Self { response: response(status, body), effect: None }
    }
}

pub(crate) fn response(status: u16, body: &Value) -> VendorResponse {
    VendorResponse { status, headers: HeaderMap::new(), body: Bytes::from(body.to_string()) }
}

/// The vendor that a call goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Genesys,
    Lynn,
}

/// HTTP to both vendors.
pub(crate) struct SimulatedVendor {
    pub(crate) link: Link,
    pub(crate) simulation: Arc<Simulation>,
}

#[derive(Debug, thiserror::Error)]
#[error("the simulation says so")]
struct Simulated;

fn port(url: &str) -> (Host, Port) {
    if url.contains("/oauth/token") {
        (Host::Genesys, Port::GenesysLogin)
    } else if url.contains("genesys.test") {
        (Host::Genesys, Port::Genesys)
    } else if url.contains("/CreateToken") {
        (Host::Lynn, Port::LynnLogin)
    } else {
        (Host::Lynn, Port::Lynn)
    }
}

/// The answer of a vendor in trouble, which does not look at the call.
fn failing_response(fault_kind: FaultKind) -> Option<VendorResponse> {
    let later = |status| {
        let mut response = response(status, &Value::Null);
        response.headers.insert(RETRY_AFTER, HeaderValue::from_static("3"));
        response
    };
    match fault_kind {
        FaultKind::Limited => Some(later(429)),
        FaultKind::Unavailable => Some(later(503)),
        FaultKind::Broken => Some(response(500, &Value::Null)),
        _ => None,
    }
}

#[async_trait]
impl Vendor for SimulatedVendor {
    async fn call(&self, request: VendorRequest) -> Result<VendorResponse, VendorError> {
        let (environment, process) = (&self.link.environment, self.link.process);
        let (host, port) = port(&request.url);
        let login = self.simulation.genesys.begin_login(environment, process, &request, port);
        if matches!(port, Port::GenesysLogin | Port::LynnLogin) {
            environment.login();
        }
        let fault_kind = environment.enter(process, port).await;
        let path = request.url.split(".test").nth(1).unwrap_or_default().to_owned();
        if let Some(fault_kind) = fault_kind {
            environment
                .trace(|| format!("{host:?} {path} by process {}: {fault_kind:?}", process.0));
        }
        let timeout = i64::try_from(request.timeout.as_millis()).unwrap_or(i64::MAX);
        let silence = self.simulation.silence.begin(&request);
        match fault_kind {
            Some(FaultKind::FailsBefore) => {
                self.simulation.silence.end(silence);
                return Err(VendorError::NotSent(Box::new(Simulated)));
            }
            Some(FaultKind::HangsBefore) => {
                environment.sleep(timeout).await;
                return Err(VendorError::Uncertain(Box::new(Simulated)));
            }
            _ => {}
        }
        if let Some(response) = fault_kind.and_then(failing_response) {
            environment.moment().await;
            self.simulation.silence.end(silence);
            return Ok(response);
        }
        let handled = match host {
            Host::Genesys => self.simulation.genesys.handle(&self.simulation, process, &request),
            Host::Lynn => self.simulation.lynn.handle(&self.simulation, process, &request),
        };
        let status = handled.response.status;
        environment.trace(|| format!("{host:?} {path} by process {}: {status}", process.0));
        match fault_kind {
            Some(FaultKind::FailsAfter) => return Err(VendorError::Uncertain(Box::new(Simulated))),
            Some(FaultKind::HangsAfter) => {
                environment.sleep(timeout).await;
                return Err(VendorError::Uncertain(Box::new(Simulated)));
            }
            _ => {}
        }
        // A slow answer stays within the caller's time limit.
        environment
            .leave(process, fault_kind.filter(|fault_kind| *fault_kind != FaultKind::SlowBefore))
            .await;
        drop(login);
        self.simulation.silence.end(silence);
        if let Some(effect) = handled.effect {
            self.simulation.effects.answered(effect);
        }
        Ok(handled.response)
    }
}
