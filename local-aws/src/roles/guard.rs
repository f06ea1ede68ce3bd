//! Stands between the functions and the emulator, and refuses as AWS does what a function's role
//! does not permit.
//!
//! Rule: a refusal is said on stderr, because a function may bear it; `tools/test-deployed` fails
//! if there was one.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::access::{self, Access, Keys};
use super::granted;
use super::policy::Policy;
use crate::emulator::Emulator;
use crate::server::{self, Service};

/// Judges the calls of one function.
#[derive(Debug)]
pub struct Guard {
    emulator: Emulator,
    role: String,
    policy: RwLock<Policy>,
    has_said: AtomicBool,
}

/// Starts a guard for each function and serves until an error.
pub async fn serve(emulator: &Emulator, guards: Vec<(TcpListener, Guard)>) -> anyhow::Result<()> {
    let mut serving = JoinSet::new();
    for (listener, guard) in guards {
        serving.spawn(server::serve(listener, Arc::new(guard)));
    }
    let ended = serving.join_next().await.context("the emulator has no functions")?;
    ended.with_context(|| format!("between the functions and {}", emulator.endpoint()))?
}

/// Reads the roles of all functions, and leads each function to a listener of its own, since the
/// emulator gives all the same credentials. Neither the host nor the path of a call changes on the
/// way: links to S3 are signed with both.
pub async fn between(
    emulator: &Emulator,
    host: IpAddr,
) -> anyhow::Result<Vec<(TcpListener, Guard)>> {
    let mut guards = Vec::new();
    for function in granted::functions(emulator).await.context("the functions")? {
        let policy = granted::policy(emulator, &function.role).await.context("the roles")?;
        let listener = TcpListener::bind((host, 0)).await?;
        function.lead_to(emulator, &format!("http://{}", listener.local_addr()?)).await?;
        let (policy, has_said) = (RwLock::new(policy), AtomicBool::default());
        let guard = Guard { emulator: emulator.clone(), role: function.role, policy, has_said };
        guards.push((listener, guard));
    }
    Ok(guards)
}

impl Guard {
    /// Whether the role permits a call; otherwise the access that it lacks. A role that refuses is
    /// read again, since a test may have changed it.
    async fn judge(&self, accesses: &[Access]) -> Result<(), Access> {
        if self.lacks(accesses).is_none() {
            return Ok(());
        }
        if let Ok(policy) = granted::policy(&self.emulator, &self.role).await {
            *self.policy.write().unwrap_or_else(PoisonError::into_inner) = policy;
        }
        self.lacks(accesses).map_or(Ok(()), Err)
    }

    fn lacks(&self, accesses: &[Access]) -> Option<Access> {
        let policy = self.policy.read().unwrap_or_else(PoisonError::into_inner);
        accesses.iter().find(|access| !policy.permits(access)).cloned()
    }

    /// Says once that the calls come this way.
    fn note(&self) {
        if !self.has_said.swap(true, Ordering::Relaxed) {
            eprintln!("local-aws: judged by its role: {}", self.role);
        }
    }

    async fn forward(&self, request: Request<Bytes>) -> Result<Response<Bytes>, reqwest::Error> {
        let (head, body) = request.into_parts();
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let url = format!("{}{path}", self.emulator.endpoint());
        let call = self.emulator.client().request(head.method, url).headers(head.headers);
        let answer = call.body(body).send().await?;
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        headers.remove(TRANSFER_ENCODING);
        let mut response = Response::new(answer.bytes().await?);
        (*response.status_mut(), *response.headers_mut()) = (status, headers);
        Ok(response)
    }
}

impl Service for Guard {
    /// Larger than the largest file that is copied.
    const LARGEST_BODY: usize = 256 * 1024 * 1024;

    async fn respond(&self, request: Request<Bytes>, _: IpAddr) -> Response<Bytes> {
        let (method, path, headers) = (request.method(), request.uri().path(), request.headers());
        let role = &self.role;
        let Some(accesses) = access::of(method, path, headers, request.body()) else {
            let call = unknown(method, path, headers);
            eprintln!("local-aws: denied: {role}: a call that is not understood: {call}");
            return refusal(&request, "the call is not understood");
        };
        if let Err(lacking) = self.judge(&accesses).await {
            eprintln!("local-aws: denied: {role}: {}", said(&lacking));
            return refusal(&request, &said(&lacking));
        }
        self.note();
        self.forward(request).await.unwrap_or_else(|error| {
            eprintln!("local-aws: {role}: the emulator failed: {error}");
            answer(StatusCode::BAD_GATEWAY, "text/plain", String::new())
        })
    }

    fn unreadable(&self, _: bool) -> Response<Bytes> {
        answer(StatusCode::BAD_REQUEST, "text/plain", String::new())
    }
}

fn unknown(method: &Method, path: &str, headers: &HeaderMap) -> String {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    target.map_or_else(|| format!("{method} {path}"), ToOwned::to_owned)
}

/// An access in words: with the kinds of the keys only, since the rest names people.
fn said(access: &Access) -> String {
    let kind = |key: &String| key.split('#').next().unwrap_or_default().to_owned();
    let keys = match &access.keys {
        Keys::Named(keys) => {
            format!(", items {}", keys.iter().map(kind).collect::<Vec<_>>().join(" "))
        }
        Keys::Unknown => String::new(),
    };
    format!("{} on {}{keys}", access.action, access.resource)
}

/// The answer of AWS to a call that no policy permits.
fn refusal(request: &Request<Bytes>, why: &str) -> Response<Bytes> {
    let message = format!("the role does not permit it: {why}");
    if request.headers().contains_key("x-amz-target") {
        let body = json!({ "__type": "com.amazon.coral.service#AccessDeniedException", "message": message });
        return answer(StatusCode::BAD_REQUEST, "application/x-amz-json-1.0", body.to_string());
    }
    let body = format!("<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>");
    answer(StatusCode::FORBIDDEN, "application/xml", body)
}

fn answer(status: StatusCode, kind: &'static str, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static(kind));
    response
}
