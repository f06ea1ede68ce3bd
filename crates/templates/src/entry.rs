//! One entry of `lynn.templates`: the request for the events of one type.

use http::{HeaderMap, HeaderName, Method};
use minijinja::value::Value;
use serde_json::Value as Json;
use shared::config::{BaseUrl, TemplateEntry};

use crate::absences::Absences;
use crate::body::Body;
use crate::context::Context;
use crate::engine::Engine;
use crate::fault::{Faults, Problem, below};
use crate::json::SizeLeft;
use crate::text::{Compiler, Renderer, Text};
use crate::{LARGEST, target};

/// How an expression names the agent or the queue of an event.
const NAMED_LATE: [&str; 6] =
    [".agent", "['agent']", "[\"agent\"]", ".queue", "['queue']", "[\"queue\"]"];

/// A compiled entry. A part that the configuration leaves out is `None`.
pub struct Entry {
    engine: Engine,
    pointer: String,
    when: Option<Text>,
    /// Whether `when` may use a name that is known only when the event is sent.
    waits_for_names: bool,
    method: Option<Method>,
    url: Option<Text>,
    headers: Vec<(HeaderName, Text)>,
    body: Option<Body>,
    session_ended: Option<Text>,
    /// The faults that keep it from being compiled.
    faults: Faults,
}

/// The result of an entry for an event. A part that the entry leaves out is `None`.
#[derive(Debug, Default)]
pub struct Request {
    pub method: Option<Method>,
    pub url: Option<BaseUrl>,
    pub headers: HeaderMap,
    /// JSON.
    pub body: Option<String>,
}

impl Entry {
    /// Compiles an entry. `known`: the names that its texts may use, besides `answer` in
    /// `sessionEnded`.
    pub(crate) fn compile(entry: &TemplateEntry, pointer: String, known: &[&str]) -> Self {
        let mut engine = Engine::new();
        let place = |key: &str| below(&pointer, key);
        let mut compiler = Compiler { engine: &mut engine, known, faults: Faults::default() };
        let waits_for_names = NAMED_LATE
            .iter()
            .any(|name| entry.when.as_ref().is_some_and(|when| when.contains(name)));
        let when = entry.when.as_ref().map(|text| compiler.text(text.trim(), &place("when")));
        let url = entry.url.as_ref().map(|text| {
            if let Err(problem) = target::check(text) {
                compiler.fault(&place("url"), problem);
            }
            compiler.url(text, &place("url"))
        });
        let mut headers = Vec::with_capacity(entry.headers.len());
        for (name, text) in &entry.headers {
            let place = below(&place("headers"), name);
            let text = compiler.text(text, &place);
            match HeaderName::from_bytes(name.as_bytes()) {
                Ok(name) => headers.push((name, text)),
                // The configuration's own check refuses it before.
                Err(_) => compiler.fault(&place, Problem::Header),
            }
        }
        let body =
            entry.body.as_ref().map(|body| Body::compile(body, &place("body"), &mut compiler));
        let with_answer: Vec<&str> = known.iter().copied().chain(["answer"]).collect();
        let Compiler { faults, .. } = compiler;
        let mut compiler = Compiler { engine: &mut engine, known: &with_answer, faults };
        let session_ended = entry.session_ended.as_ref();
        let session_ended =
            session_ended.map(|text| compiler.text(text.trim(), &place("sessionEnded")));
        let faults = compiler.faults;
        let method = entry.method.map(shared::config::TemplateMethod::method);
        Self {
            engine,
            pointer,
            when,
            waits_for_names,
            method,
            url,
            headers,
            body,
            session_ended,
            faults,
        }
    }

    /// The faults that keep it from being compiled.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Whether an event is posted at all.
    ///
    /// # Errors
    /// The entry cannot be compiled, or fails on the event.
    pub fn applies(&self, context: &Context) -> Result<bool, Faults> {
        self.usable()?;
        let Some(when) = &self.when else { return Ok(true) };
        let (absences, context) = (context.absences(), context.value());
        let mut renderer = self.renderer(&context, absences);
        let applies = renderer.condition(when, &self.place("when"));
        renderer.faults.unless_any(applies)
    }

    /// Whether `when` needs the names of the agent and of the queue, which are known only when the
    /// event is sent.
    pub fn waits_for_names(&self) -> bool {
        self.waits_for_names
    }

    /// The request for an event; `None` if `when` is false.
    ///
    /// # Errors
    /// Everything that fails on the event.
    pub fn request(&self, context: &Context) -> Result<Option<Request>, Faults> {
        if !self.applies(context)? {
            return Ok(None);
        }
        let (absences, context) = (context.absences(), context.value());
        let mut renderer = self.renderer(&context, absences);
        let request = Request {
            method: self.method.clone(),
            url: self.url.as_ref().and_then(|url| self.url(url, &mut renderer)),
            headers: self.headers(&mut renderer),
            body: self.body.as_ref().map(|body| self.body(body, &mut renderer)),
        };
        renderer.faults.unless_any(Some(request))
    }

    /// Whether the entry judges answers.
    pub fn tells_session_ended(&self) -> bool {
        self.session_ended.is_some()
    }

    /// Whether an answer says that there is no live session; `None` if the entry does not tell.
    ///
    /// # Errors
    /// The template fails on the answer.
    pub fn session_ended(&self, context: &Context) -> Option<Result<bool, Faults>> {
        let text = self.session_ended.as_ref()?;
        let (absences, context) = (context.absences(), context.value());
        let mut renderer = self.renderer(&context, absences);
        let ended = renderer.condition(text, &self.place("sessionEnded"));
        Some(renderer.faults.unless_any(ended))
    }

    fn url(&self, url: &Text, renderer: &mut Renderer<'_>) -> Option<BaseUrl> {
        let place = self.place("url");
        let before = renderer.faults.0.len();
        let Json::String(text) = renderer.json(url, &place) else { return None };
        if renderer.faults.0.len() > before {
            return None;
        }
        target::read(&text).map_err(|problem| renderer.faults.add(&place, problem)).ok()
    }

    fn headers(&self, renderer: &mut Renderer<'_>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, text) in &self.headers {
            let place = below(&self.place("headers"), name.as_str());
            let value = renderer.json(text, &place);
            match target::header(&value) {
                Ok(Some(value)) => drop(headers.insert(name.clone(), value)),
                Ok(None) => {}
                Err(problem) => renderer.faults.add(&place, problem),
            }
        }
        headers
    }

    fn body(&self, body: &Body, renderer: &mut Renderer<'_>) -> String {
        let place = self.place("body");
        let body = body.render(&place, renderer).to_string();
        if body.len() > LARGEST {
            renderer.faults.add(&place, Problem::TooLarge);
        }
        body
    }

    fn usable(&self) -> Result<(), Faults> {
        self.faults.clone().unless_any(())
    }

    fn place(&self, key: &str) -> String {
        below(&self.pointer, key)
    }

    fn renderer<'a>(&'a self, context: &'a Value, absences: &'a Absences) -> Renderer<'a> {
        let (size_left, faults) = (SizeLeft::new(), Faults::default());
        Renderer { engine: &self.engine, context, absences, size_left, faults }
    }
}
