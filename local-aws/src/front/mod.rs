//! The part of API Gateway on AWS: takes HTTP requests, invokes the function of the route, and
//! returns its answer.
//!
//! Rule: the function's event and the client's answer are the same as with an HTTP API of API
//! Gateway with payload format 2.0. Behaviour that is missing in its documentation follows the
//! observations of its users, and the comment there says so.

mod answer;
mod event;
mod invoke;
mod routes;

use std::collections::BTreeMap;
use std::net::IpAddr;

use bytes::Bytes;
use http::{Request, Response};
use time::OffsetDateTime;

use crate::deployment::Deployment;
use crate::emulator::Emulator;
use crate::server::Service;
use invoke::Invoker;

pub use routes::Routes;

#[derive(Debug)]
pub struct Front {
    routes: Routes,
    /// The names of the functions on the emulator, by their names in the template.
    functions: BTreeMap<String, String>,
    invoker: Invoker,
}

impl Front {
    pub fn new(deployment: &Deployment, emulator: &Emulator) -> anyhow::Result<Self> {
        let routes = deployment.routes().clone();
        let name = |logical: &str| {
            deployment.function(logical).map(|name| (logical.to_owned(), name.to_owned()))
        };
        let functions = routes.functions().map(name).collect::<anyhow::Result<_>>()?;
        Ok(Self { routes, functions, invoker: Invoker::new(emulator) })
    }

    async fn answer(&self, request: &Request<Bytes>, caller: event::Caller) -> Response<Bytes> {
        let path = event::raw_path(request.uri().path());
        let Some(found) = self.routes.find(request.method(), &path) else {
            return answer::not_found();
        };
        let Some(function) = self.functions.get(found.function()) else {
            return answer::not_found();
        };
        let event = event::of(request, &path, &found, &caller);
        match self.invoker.invoke(function, &event).await {
            Ok(payload) => answer::of(&payload),
            Err(failure) => {
                eprintln!("local-aws: {function}: {failure}");
                answer::failed(&failure)
            }
        }
    }
}

impl Service for Front {
    /// The limit of API Gateway.
    const LARGEST_BODY: usize = 10 * 1024 * 1024;

    async fn respond(&self, request: Request<Bytes>, peer: IpAddr) -> Response<Bytes> {
        let caller =
            event::Caller { address: peer, time: now(), request: uuid::Uuid::new_v4().to_string() };
        self.answer(&request, caller).await
    }

    fn unreadable(&self, is_too_large: bool) -> Response<Bytes> {
        if is_too_large { answer::too_large() } else { answer::bad_request() }
    }
}

#[expect(clippy::disallowed_methods, reason = "the time of a request, on this machine only")]
fn now() -> OffsetDateTime {
    OffsetDateTime::from(std::time::SystemTime::now())
}
