//! Stands between the functions and the emulator, and refuses as AWS does what a function's role
//! does not permit.
//!
//! Rule: a refusal is said on stderr, because a function may bear it; `tools/test-deployed` fails
//! if there was one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError, RwLock};

use anyhow::Context;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::json;
use tokio::net::TcpListener;

use super::access::{self, Access, Keys};
use super::granted;
use super::policy::Policy;
use crate::emulator::Emulator;
use crate::server::Service;

/// Judges the calls of all functions.
#[derive(Debug)]
pub struct Guard {
    emulator: Emulator,
    /// The roles of the functions.
    roles: BTreeMap<String, String>,
    policies: RwLock<BTreeMap<String, Policy>>,
    /// The roles of which a call was permitted already.
    seen: Mutex<BTreeSet<String>>,
}

impl Guard {
    /// Reads the roles of all functions, and leads the functions to the listener: the first part of
    /// the path of their calls is their name, since the emulator gives all the same credentials.
    pub async fn start(emulator: &Emulator, listener: &TcpListener) -> anyhow::Result<Self> {
        let (mut of_functions, mut policies) = (BTreeMap::new(), BTreeMap::new());
        let address = listener.local_addr()?;
        for function in granted::functions(emulator).await.context("the functions")? {
            let role = function.role.clone();
            let policy = granted::policy(emulator, &role).await.context("the roles")?;
            function.lead_to(emulator, &format!("http://{address}/{}", function.name)).await?;
            policies.insert(role.clone(), policy);
            of_functions.insert(function.name, role);
        }
        Ok(Self {
            emulator: emulator.clone(),
            roles: of_functions,
            policies: RwLock::new(policies),
            seen: Mutex::default(),
        })
    }

    /// Whether a role permits a call; otherwise the access that it lacks. A role that refuses is
    /// read again, since a test may have changed it.
    async fn judge(&self, role: &str, accesses: &[Access]) -> Result<(), Access> {
        if self.lacks(role, accesses).is_none() {
            return Ok(());
        }
        if let Ok(policy) = granted::policy(&self.emulator, role).await {
            let mut policies = self.policies.write().unwrap_or_else(PoisonError::into_inner);
            policies.insert(role.to_owned(), policy);
        }
        self.lacks(role, accesses).map_or(Ok(()), Err)
    }

    fn lacks(&self, role: &str, accesses: &[Access]) -> Option<Access> {
        let policies = self.policies.read().unwrap_or_else(PoisonError::into_inner);
        let policy = policies.get(role);
        let permits = |access: &&Access| policy.is_some_and(|policy| policy.permits(access));
        accesses.iter().find(|access| !permits(access)).cloned()
    }

    /// Says once for each role that its calls come this way.
    fn note(&self, role: &str) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.insert(role.to_owned()) {
            eprintln!("local-aws: judged by its role: {role}");
        }
    }

    async fn forward(
        &self,
        request: Request<Bytes>,
        path: &str,
    ) -> Result<Response<Bytes>, reqwest::Error> {
        let (mut head, body) = request.into_parts();
        head.headers.remove(HOST);
        let query = head.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let url = format!("{}{path}{query}", self.emulator.endpoint());
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
        let whole = request.uri().path().trim_start_matches('/').to_owned();
        let (function, path) = whole.split_once('/').unwrap_or((&whole, ""));
        let path = format!("/{path}");
        let Some(role) = self.roles.get(function) else {
            eprintln!("local-aws: denied: a call of no function: {whole}");
            return refusal(&request, "no function makes this call");
        };
        let (method, headers) = (request.method(), request.headers());
        let Some(accesses) = access::of(method, &path, headers, request.body()) else {
            let call = unknown(method, &path, headers);
            eprintln!("local-aws: denied: {role}: a call that is not understood: {call}");
            return refusal(&request, "the call is not understood");
        };
        if let Err(lacking) = self.judge(role, &accesses).await {
            eprintln!("local-aws: denied: {role}: {}", said(&lacking));
            return refusal(&request, &said(&lacking));
        }
        self.note(role);
        self.forward(request, &path).await.unwrap_or_else(|error| {
            eprintln!("local-aws: {function}: the emulator failed: {error}");
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
