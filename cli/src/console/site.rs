//! The routes of the console, and the page's own files.
//!
//! Rules: every route that answers with data needs the key. A request that changes something, or
//! shows personal data, is a POST of JSON, which a foreign page cannot send.

mod assets;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Either;
use serde::Deserialize;
use serde_json::json;
use shared::about::{VERSION, commit};
use shared::problem;

use super::choice::Choice;
use super::index::{self, Index, Search};
use super::key::{HEADER, Key};
use super::observe::Overview;
use super::query::{Answer, Refused, body, query};
use super::state::Console;
use super::{dry_run, history, letters, personal, queue, run_job, stream};
use crate::http_server::{Payload, RequestHandler, whole};
use crate::operator::conversations::by_contact;
use crate::page;

/// Enough for a list of fingerprints.
const BODY_LIMIT: usize = 64 * 1024;

pub struct Site {
    console: Arc<Console>,
    key: Key,
    overview: Overview,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    plan: String,
    count: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cancel {
    job: String,
}

#[async_trait]
impl RequestHandler for Site {
    fn body_limit(&self, _path: &str) -> usize {
        BODY_LIMIT
    }

    async fn answer(&self, request: Request<Bytes>) -> Response<Payload> {
        let is_read = matches!(request.method(), &Method::GET | &Method::HEAD);
        let path = request.uri().path();
        let answer = if !path.starts_with("/api/") {
            let file = page::file(assets::ASSETS, path).filter(|_| is_read);
            file.unwrap_or_else(problem::not_found).map(whole)
        } else if !self.key.opens(request.headers()) {
            no_key().map(whole)
        } else if path == "/api/events" && request.method() == Method::GET {
            let events = stream::open(self.overview.clone(), self.console.jobs.watch());
            events.map(|events| Either::Right(Either::Right(events)))
        } else {
            let answered =
                if is_read { self.read(&request).await } else { self.act(&request).await };
            let answered = answered.map(|body| problem::answer(StatusCode::OK, &body));
            answered.unwrap_or_else(|refused| refused.answer()).map(whole)
        };
        page::protected(answer)
    }
}

impl Site {
    pub fn new(console: Arc<Console>, key: Key, overview: Overview) -> Self {
        Self { console, key, overview }
    }

    async fn read(&self, request: &Request<Bytes>) -> Answer {
        let console = &self.console;
        match request.uri().path() {
            "/api/about" => self.about().await,
            "/api/waiting" => queue::piece(console, &query(request)?).await,
            "/api/conversations" => conversations(console, &query(request)?).await,
            "/api/conversation" => history::one(console, &query(request)?).await,
            "/api/dead-letters" => letters::piece(console, &query(request)?).await,
            "/api/causes" => letters::grouped(console, &query(request)?).await,
            "/api/audit" => Ok(json!({ "lines": console.audit.last()? })),
            _ => Err(Refused::absent("There is nothing at this path.")),
        }
    }

    async fn act(&self, request: &Request<Bytes>) -> Answer {
        if request.method() != Method::POST {
            return Err(Refused::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "Not allowed",
                "Only GET, HEAD and POST are answered.",
            ));
        }
        let is_json = request.headers().get(CONTENT_TYPE).is_some_and(|mime| {
            mime.to_str().is_ok_and(|mime| mime.split(';').next() == Some("application/json"))
        });
        if !is_json {
            return Err(Refused::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Not JSON",
                "Send content-type: application/json.",
            ));
        }
        let (console, text) = (&self.console, request.body());
        match request.uri().path() {
            "/api/show" => personal::show(console, body(text)?).await,
            "/api/redrive/plan" => dry_run::make(console, &body::<Choice>(text)?).await,
            "/api/redrive/start" => {
                let Start { plan, count } = body(text)?;
                run_job::start(console, &plan, count)
            }
            "/api/redrive/cancel" => {
                let Cancel { job } = body(text)?;
                console.jobs.cancel(Some(&job))?;
                Ok(json!({ "cancelling": job }))
            }
            _ => Err(Refused::absent("There is nothing at this path.")),
        }
    }

    /// The facts that do not change while the program runs.
    async fn about(&self) -> Answer {
        let console = &self.console;
        let configured = console.arguments.configured(&console.installation).await;
        let integrations = match configured {
            Some(names) => names,
            None => console.installation.with_conversations().await?,
        };
        Ok(json!({
            "version": VERSION,
            "commit": commit(),
            "bridge": console.place,
            "isStack": console.is_stack(),
            "allowRedrive": console.allow_redrive,
            "auditLog": console.audit.path().display().to_string(),
            "integrations": integrations,
        }))
    }
}

fn no_key() -> Response<Bytes> {
    let detail = format!(
        "Open the address that `bridge console` printed, with its key. A request needs the key in \
         the header {HEADER}."
    );
    problem::problem(StatusCode::UNAUTHORIZED, "No key", &detail)
}

/// A piece of the conversations. For a stack whose table was not read yet, only a conversation
/// whose contact or conversation id is given whole: everything else reads the whole table.
async fn conversations(console: &Console, search: &Search) -> Answer {
    if search.scan.is_some() {
        console.forget_index().await;
    } else if console.is_stack() && console.known_index().await.is_none() {
        return directly(console, search).await;
    }
    let reading = console.index().await?;
    let index: &Index = &reading.value;
    let (rows, total) = index.search(search);
    rows.iter().for_each(|row| {
        console.contacts.keep(&row.key);
    });
    let shown: Vec<_> = rows.iter().map(|row| row.to_json()).collect();
    Ok(json!({ "conversations": shown, "total": total, "all": index.len(), "page": index::PAGE,
               "unreadable": index.unreadable, "asOf": reading.at.to_text(), "scanned": true }))
}

async fn directly(console: &Console, search: &Search) -> Answer {
    let mut rows = Vec::new();
    if let Some(text) = search.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        for integration in console.installation.with_conversations().await? {
            if let Some(entry) = by_contact(&console.installation, &integration, text).await? {
                rows.push(index::Row::of(entry));
            }
        }
        let id = shared::ids::GenesysConversationId::new(text);
        let value = delivery::index::of_conversation(&id);
        for (key, item) in console.installation.store().find(&value).await? {
            rows.extend(
                crate::operator::conversations::entry(&key.partition, &item.body)
                    .map(index::Row::of),
            );
        }
    }
    rows.iter().for_each(|row| {
        console.contacts.keep(&row.key);
    });
    let shown: Vec<_> = rows.iter().map(index::Row::to_json).collect();
    Ok(json!({ "conversations": shown, "total": shown.len(), "page": index::PAGE,
               "scanned": false }))
}
