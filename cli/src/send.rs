//! `bridge send`: signs and posts a sample webhook or a sample Lynn event, and prints the answer.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use clap::Subcommand;
use clients::HttpVendor;
use clients::SystemClock;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use shared::lynn::authentication::KEY_HEADER;
use shared::ports::{Clock, Vendor, VendorRequest};
use uuid::Uuid;

use crate::failure;
use crate::known::{self, Known};
use crate::output;
use crate::sign::{Headers, filled, read_body, signing_secret, webhook_secret};

const TIMEOUT: Duration = Duration::from_secs(15);

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    sender: Sender,
}

#[derive(Debug, Subcommand)]
enum Sender {
    /// Posts an agent's message, as Genesys Cloud would. Its time is the present one, also in a
    /// body's `channel.time`, because a message older than a week may be ignored as a repeat;
    /// `bridge sign` signs a body unchanged.
    Genesys {
        /// The bridge's address for Genesys: …/genesys/{integration}. Without it and --config,
        /// that of the running `bridge local`.
        #[arg(long)]
        url: Option<String>,
        /// The integration's webhook secret.
        #[arg(long)]
        secret: Option<String>,
        #[command(flatten)]
        known: known::Arguments,
        #[command(flatten)]
        message: Message,
    },
    /// Posts a customer's message, as Lynn would.
    Lynn {
        /// The bridge's address for Lynn: …/lynn/{integration}. Without it and --config, that of
        /// the running `bridge local`.
        #[arg(long)]
        url: Option<String>,
        /// The API key; with --url, --key, --secret or --config is needed.
        #[arg(long)]
        key: Option<String>,
        /// The signing secret, whsec_ and base64.
        #[arg(long)]
        secret: Option<String>,
        #[command(flatten)]
        known: known::Arguments,
        #[command(flatten)]
        message: Message,
    },
}

#[derive(Debug, clap::Args)]
struct Message {
    /// The contact's id.
    #[arg(long, default_value = "sample-contact", value_parser = filled)]
    contact: String,
    /// The text of the message.
    #[arg(long, default_value = "Hello from bridge send")]
    text: String,
    /// The message's id; without it, a new one.
    #[arg(long, value_parser = filled)]
    id: Option<String>,
    /// A file with a whole body instead of contact, text and id; - for standard input.
    #[arg(long, conflicts_with_all = ["contact", "text", "id"])]
    body: Option<PathBuf>,
}

/// Posts it and prints the answer; an error unless that is 2xx.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let id = Uuid::now_v7().to_string();
    let (url, headers, body) = match &arguments.sender {
        Sender::Genesys { url, secret, known, message } => {
            let known = known.read(missing(url.as_ref()))?;
            let body = said_now(message.body(|message| message.webhook(&id))?);
            let secret = webhook_secret(secret.as_deref(), known.as_ref())?;
            let url = chosen(url.as_ref(), known.as_ref(), Known::genesys_url)?;
            (url, Headers::Genesys(secret).of(&body), body)
        }
        Sender::Lynn { url, key, secret, known, message } => {
            let known = known.read(missing(url.as_ref()))?;
            let body = message.body(|message| message.event(&id))?;
            let headers = proofs(key.as_deref(), secret.as_deref(), known.as_ref(), &id, &body)?;
            (chosen(url.as_ref(), known.as_ref(), Known::lynn_url)?, headers, body)
        }
    };
    post(&url, &headers, body).await
}

/// What could be given instead of what the running `bridge local` has. Of another bridge, that one
/// has nothing.
fn missing(url: Option<&String>) -> Option<&'static str> {
    url.is_none().then_some("give --url and a key or secret, or --config")
}

/// The address that was given, or else the file's.
fn chosen(
    given: Option<&String>,
    known: Option<&Known>,
    of: fn(&Known) -> String,
) -> anyhow::Result<String> {
    given
        .cloned()
        .or_else(|| known.map(of))
        .ok_or_else(|| failure::misconfigured(anyhow!("give --url or --config")))
}

/// The headers that prove Lynn: what was given, or else what the file has first.
fn proofs(
    key: Option<&str>,
    secret: Option<&str>,
    known: Option<&Known>,
    id: &str,
    body: &[u8],
) -> anyhow::Result<Vec<(&'static str, String)>> {
    let mut secret = secret.map(signing_secret).transpose()?;
    let mut key = key.map(SecretString::from);
    if key.is_none() && secret.is_none() {
        key = known.and_then(Known::key);
        secret = known.filter(|_| key.is_none()).and_then(Known::signing_secret);
    }
    if key.is_none() && secret.is_none() {
        return Err(failure::misconfigured(anyhow!("give --key or --secret")));
    }
    let mut headers = Vec::new();
    headers.extend(key.map(|key| (KEY_HEADER, key.expose_secret().to_owned())));
    if let Some(secret) = secret {
        let seconds = SystemClock.now().seconds();
        headers.extend(Headers::Lynn(secret, id.to_owned(), seconds).of(body));
    }
    Ok(headers)
}

async fn post(url: &str, headers: &[(&'static str, String)], body: Vec<u8>) -> anyhow::Result<()> {
    let mut map = HeaderMap::from_iter([(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    )]);
    for (name, value) in headers {
        let value =
            HeaderValue::from_str(value).with_context(|| format!("send the header {name}"))?;
        map.insert(HeaderName::from_static(name), value);
    }
    let vendor = HttpVendor::new(TIMEOUT).context("prepare the HTTP client")?;
    let request = VendorRequest {
        method: Method::POST,
        url: url.to_owned(),
        headers: map,
        body: Bytes::from(body),
        timeout: TIMEOUT,
    };
    let answer = vendor
        .call(request)
        .await
        .with_context(|| format!("post to {url}; is the bridge running there?"))?;
    let is_accepted = (200..300).contains(&answer.status);
    let words = match String::from_utf8_lossy(&answer.body) {
        // The bridge answers Genesys Cloud without a body.
        body if body.trim().is_empty() && is_accepted => "accepted".into(),
        body => body,
    };
    output::line(format_args!("{} {words}", answer.status));
    if !is_accepted {
        bail!("the bridge did not accept it");
    }
    Ok(())
}

/// A webhook with the present time; a body without a time, or one that cannot be read, is not
/// changed.
fn said_now(body: Vec<u8>) -> Vec<u8> {
    let Ok(mut webhook) = serde_json::from_slice::<Value>(&body) else { return body };
    match webhook.pointer_mut("/channel/time") {
        Some(time) if time.is_string() => {
            *time = Value::from(SystemClock.now().to_text());
            webhook.to_string().into_bytes()
        }
        _ => body,
    }
}

impl Message {
    fn body(&self, sample: impl FnOnce(&Self) -> Value) -> anyhow::Result<Vec<u8>> {
        match &self.body {
            Some(path) => read_body(Some(path)),
            None => Ok(sample(self).to_string().into_bytes()),
        }
    }

    fn webhook(&self, new_id: &str) -> Value {
        let id = self.id.as_deref().unwrap_or(new_id);
        json!({
            "id": id, "type": "Text", "direction": "Outbound", "originatingEntity": "Human",
            "channel": {
                "platform": "Open", "type": "Private", "messageId": id, "time": "",
                "to": { "id": self.contact, "idType": "Opaque" },
            },
            "text": self.text,
        })
    }

    fn event(&self, new_id: &str) -> Value {
        json!({
            "type": "message", "id": self.id.as_deref().unwrap_or(new_id),
            "contact": { "id": self.contact }, "text": self.text,
        })
    }
}
