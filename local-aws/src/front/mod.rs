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
mod server;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use tokio::net::TcpListener;

use crate::deployment::Deployment;
use crate::emulator::Emulator;
use invoke::Invoker;

pub use routes::Routes;
pub use server::bind;

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

    /// Serves until an error.
    pub async fn serve(self, listener: TcpListener) -> anyhow::Result<()> {
        server::serve(listener, Arc::new(self)).await
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
