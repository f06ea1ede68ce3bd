//! A collector of traces, as strict as OpenTelemetry's: it takes OTLP over HTTP in JSON.

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use serde_json::{Value, json};

use crate::http::{Answer, Call, Handler, Reply, Server};

/// A collector on a free port of `127.0.0.1`.
#[derive(Debug)]
pub struct Collector {
    inner: Arc<Inner>,
    server: Server,
}

#[derive(Debug)]
struct Inner {
    spans: Mutex<Vec<Value>>,
    /// Where each span is appended, as a line.
    file: Option<PathBuf>,
}

impl Collector {
    /// Starts it. With a `file`, each span is appended to it as a line.
    ///
    /// # Errors
    ///
    /// No port can be bound.
    pub async fn start(file: Option<PathBuf>) -> io::Result<Self> {
        let inner = Arc::new(Inner { spans: Mutex::default(), file });
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::start(address, Arc::clone(&inner)).await?;
        Ok(Self { inner, server })
    }

    /// The value of `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// The spans as they came, each with its `service`.
    pub fn spans(&self) -> Vec<Value> {
        self.inner.spans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Handler for Inner {
    async fn handle(self: Arc<Self>, call: Call) -> Reply {
        if call.method != Method::POST || call.path != "/v1/traces" {
            return Answer::empty(404).into();
        }
        if !call.says_json() {
            return Answer::empty(415).into();
        }
        let body = serde_json::from_slice(&call.body).unwrap_or(Value::Null);
        match spans(&body) {
            Ok(spans) => self.keep(spans).into(),
            Err(problem) => Answer::json(400, json!({ "code": 3, "message": problem })).into(),
        }
    }
}

impl Inner {
    fn keep(&self, spans: Vec<Value>) -> Answer {
        if let Some(file) = &self.file {
            let lines: String = spans.iter().map(|span| format!("{span}\n")).collect();
            let opened = std::fs::OpenOptions::new().create(true).append(true).open(file);
            if opened.and_then(|mut file| file.write_all(lines.as_bytes())).is_err() {
                return Answer::empty(503);
            }
        }
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).extend(spans);
        Answer::json(200, json!({ "partialSuccess": {} }))
    }
}

/// All spans of a request, or what is wrong with it.
fn spans(body: &Value) -> Result<Vec<Value>, String> {
    let mut all = Vec::new();
    for resource in list(body, "resourceSpans")? {
        let attributes = list(&resource["resource"], "attributes")?;
        let service = attributes.iter().find(|attribute| attribute["key"] == "service.name");
        let service = service.and_then(|service| service["value"]["stringValue"].as_str());
        let service = service.ok_or("a resource without service.name")?;
        for scope in list(resource, "scopeSpans")? {
            for span in list(scope, "spans")? {
                check(span)?;
                let mut span = span.clone();
                span["service"] = json!(service);
                all.push(span);
            }
        }
    }
    Ok(all)
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>, String> {
    value[key].as_array().ok_or_else(|| format!("{key} is no list"))
}

/// Source: the specification of OTLP, "JSON Protobuf Encoding", and its `trace.proto`.
fn check(span: &Value) -> Result<(), String> {
    let id = |key: &str, digits: usize| {
        let id = span[key].as_str().unwrap_or_default();
        let is_one = id.len() == digits
            && id.bytes().all(|byte| byte.is_ascii_hexdigit())
            && id.bytes().any(|byte| byte != b'0');
        if is_one { Ok(()) } else { Err(format!("{key} is {id:?}")) }
    };
    id("traceId", 32)?;
    id("spanId", 16)?;
    if !span["parentSpanId"].is_null() {
        id("parentSpanId", 16)?;
    }
    let time = |key: &str| {
        let text = span[key].as_str().ok_or_else(|| format!("{key} is no text"))?;
        text.parse::<u64>().map_err(|_| format!("{key} is {text:?}"))
    };
    if time("endTimeUnixNano")? < time("startTimeUnixNano")? {
        return Err("a span ends before it begins".to_owned());
    }
    if span["name"].as_str().is_none_or(str::is_empty) || !span["kind"].is_u64() {
        return Err("a span without a name or a kind".to_owned());
    }
    for attribute in list(span, "attributes")? {
        let value = attribute["value"].as_object().filter(|value| value.len() == 1);
        let is_known = value.is_some_and(|value| {
            value.iter().all(|(kind, value)| match kind.as_str() {
                "stringValue" => value.is_string(),
                "boolValue" => value.is_boolean(),
                "intValue" => value.as_str().is_some_and(|text| text.parse::<i64>().is_ok()),
                _ => false,
            })
        });
        if !is_known || !attribute["key"].is_string() {
            return Err(format!("an attribute that is none: {attribute}"));
        }
    }
    Ok(())
}
