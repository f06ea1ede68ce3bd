//! `bridge render`: shows what a template makes of an event, or of a request.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use lynn_sender::{Request, preview, preview_campaign};
use secrecy::SecretString;
use serde_json::{Value, json};
use shared::config::{ConfigFile, Dialect, LynnAuthentication, MASK, ReceiveConfig, SendConfig};
use shared::ids::{IntegrationName, LynnEventId};
use shared::lynn::inbound::{Arrival, Foreign, InboundEvent, Refused};
use shared::standard_webhooks::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use templates::{PROACTIVE, samples};

use crate::config::templates::ended_session;
use crate::config::without_secrets;
use crate::configured_integration::select;
use crate::failure;
use crate::output;
use crate::sign::read_body;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The configuration file.
    #[arg(long)]
    config: PathBuf,
    /// The integration; needed if the file has several.
    #[arg(long)]
    integration: Option<String>,
    #[command(flatten)]
    subject: Subject,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Subject {
    /// A type of event to Lynn, such as message, or proactive: renders a sample.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// A file with an event to Lynn as JSON, or - for standard input.
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
    /// A file with a request to the bridge, `{"method", "query", "headers", "body"}`, or with its
    /// body alone, as JSON; - for standard input.
    #[arg(long, value_name = "FILE")]
    inbound: Option<PathBuf>,
}

/// Prints the request or the events. Whatever fails is a mistake in the configuration or the
/// arguments.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    show(arguments).map_err(failure::misconfigured)
}

fn show(arguments: &Arguments) -> anyhow::Result<()> {
    let file = ConfigFile::read(&arguments.config)?;
    let (name, (receive, send)) =
        select(&file, &arguments.config, arguments.integration.as_deref())?;
    match &arguments.subject {
        Subject { inbound: Some(path), .. } => events(receive, &document(path)?),
        Subject { event: Some(path), .. } => {
            let config = SendConfig::parse(send)?;
            let event = document(path)?;
            if !event["type"].is_string() {
                bail!("{}: the event has no type", path.display());
            }
            posted(&config, event["type"].as_str().unwrap_or_default())?;
            request(&config, &event, preview(&config, &event)?)
        }
        Subject { kind, .. } => {
            let config = SendConfig::parse(send)?;
            sample(&config, name, kind.as_deref().unwrap_or_default())
        }
    }
}

fn document(path: &Path) -> anyhow::Result<Value> {
    let bytes = read_body(Some(path))?;
    serde_json::from_slice(&bytes).with_context(|| format!("read {} as JSON", path.display()))
}

fn sample(config: &SendConfig, name: &IntegrationName, kind: &str) -> anyhow::Result<()> {
    let samples = samples(name.as_str());
    let wanted = if kind == PROACTIVE { "message" } else { kind };
    let Some(sample) = samples.iter().find(|sample| sample.kind == wanted) else {
        let mut kinds: Vec<&str> = samples.iter().map(|sample| sample.kind).collect();
        kinds.dedup();
        bail!("--type {kind}: there are samples of {}, {PROACTIVE}", kinds.join(", "));
    };
    if kind != PROACTIVE {
        posted(config, kind)?;
        return request(config, &sample.event, preview(config, &sample.event)?);
    }
    let campaign = config.lynn.proactive.as_ref();
    let campaign = campaign.ok_or_else(|| anyhow!("lynn.proactive is not configured"))?;
    let event = ended_session(&sample.event);
    request(config, &event, preview_campaign(config, campaign, &event)?)
}

/// Refuses what is not posted as JSON of the bridge.
fn posted(config: &SendConfig, kind: &str) -> anyhow::Result<()> {
    if config.lynn.dialect != Dialect::Genesys {
        return Ok(());
    }
    if !kind.starts_with("conversation.") {
        bail!(
            "{kind}: with dialect genesys, Genesys Cloud's own body is relayed byte for byte, so there is nothing to render"
        );
    }
    if config.lynn.events_url.is_none() {
        bail!("{kind}: with dialect genesys and without lynn.eventsUrl, this type is not posted");
    }
    Ok(())
}

/// Prints a request: its line, its headers, an empty line, its body.
fn request(config: &SendConfig, event: &Value, request: Option<Request>) -> anyhow::Result<()> {
    let Some(request) = request else {
        output::line(format_args!("nothing is posted: the when of the template is false"));
        return Ok(());
    };
    let is_configured =
        [Some(&config.lynn.webhook_url), config.lynn.proactive.as_ref().map(|it| &it.url)]
            .contains(&Some(&request.url));
    // The configured URL may hold a key; a template's query is what is to be seen.
    let url = match is_configured {
        true => without_secrets(request.url.as_str()),
        false => request.url.as_str().to_owned(),
    };
    output::line(format_args!("{} {url}", request.method));
    for (name, value) in headers(config, event, &request) {
        output::line(format_args!("{name}: {value}"));
    }
    if !request.body.is_empty() {
        let body: Value = serde_json::from_str(&request.body).context("read the body")?;
        output::line(format_args!("\n{body:#}"));
    }
    Ok(())
}

fn headers(config: &SendConfig, event: &Value, request: &Request) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
    if !request.body.is_empty() {
        add("content-type", "application/json");
    }
    for header in &config.lynn.headers {
        if !request.headers.contains_key(&header.name) {
            add(&header.name, MASK);
        }
    }
    for (name, value) in &request.headers {
        add(name.as_str(), &shown(name.as_str(), value));
    }
    match &config.lynn.auth {
        LynnAuthentication::None {} => {}
        LynnAuthentication::Header { name, .. } => add(name, MASK),
        LynnAuthentication::Basic { .. } => add("authorization", &format!("Basic {MASK}")),
        LynnAuthentication::Bearer { .. } | LynnAuthentication::LynnToken { .. } => {
            add("authorization", &format!("Bearer {MASK}"));
        }
    }
    add(ID_HEADER, event["id"].as_str().unwrap_or_default());
    add(TIMESTAMP_HEADER, "(the time of the post)");
    if config.lynn.signing_secret.is_some() {
        add(SIGNATURE_HEADER, MASK);
    }
    headers
}

/// A template's header, unless its name says that it holds a secret.
fn shown(name: &str, value: &HeaderValue) -> String {
    const SECRET: [&str; 6] = ["authorization", "cookie", "key", "token", "secret", "password"];
    if SECRET.iter().any(|word| name.contains(word)) {
        return MASK.to_owned();
    }
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// Prints the events that the template makes of a request, and checks them.
fn events(receive: &SecretString, document: &Value) -> anyhow::Result<()> {
    let config = ReceiveConfig::parse(receive)?;
    let template = templates::inbound(&config)
        .ok_or_else(|| anyhow!("lynn.inboundTemplate is not configured"))?;
    let made = template.render(&whole(document))?;
    output::line(format_args!("{made:#}"));
    let events = match &made {
        Value::Array(events) => events.iter().collect(),
        event => vec![event],
    };
    for event in events {
        let arrival = Arrival::of(&HeaderMap::new()).of_made(0);
        let new_id = || LynnEventId::new("new");
        if let Err(refused) = InboundEvent::read(event.to_string().as_bytes(), &arrival, new_id) {
            let Refused::Invalid(errors) = refused else {
                bail!("the event is not JSON");
            };
            let words: Vec<String> =
                errors.iter().map(|error| format!("{} {}", error.field, error.message)).collect();
            bail!("the bridge refuses this event with 400: {}", words.join("; "));
        }
    }
    Ok(())
}

const FORM: &str = "application/x-www-form-urlencoded";

/// The request; of a body alone, a post of it.
fn whole(document: &Value) -> Value {
    const PARTS: [&str; 4] = ["method", "query", "headers", "body"];
    let mut request = json!({ "method": "POST", "query": {}, "headers": {}, "body": null });
    let given = document.as_object().filter(|fields| {
        fields.contains_key("body") && fields.keys().all(|key| PARTS.contains(&key.as_str()))
    });
    match given {
        Some(fields) => fields.iter().for_each(|(key, value)| request[key] = value.clone()),
        None => request["body"] = document.clone(),
    }
    if let Some(text) = request["query"].as_str() {
        request["query"] = lynn_inbound::query(text);
    }
    if let Some(headers) = request["headers"].as_object() {
        let lower = headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone()));
        request["headers"] = Value::Object(lower.collect());
    }
    let is_form = request["headers"]["content-type"]
        .as_str()
        .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with(FORM));
    if let Some(text) = request["body"].as_str().filter(|_| is_form) {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
        if let Ok(form) = Foreign::read(text.as_bytes(), &Arrival::of(&headers)) {
            request["body"] = form.body;
        }
    }
    request
}
