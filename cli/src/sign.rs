//! `bridge sign`: prints the headers that sign a body, as Genesys or as Lynn would send them.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::Subcommand;
use clients::SystemClock;
use secrecy::SecretString;
use shared::genesys::signature as genesys;
use shared::ports::Clock;
use shared::standard_webhooks::{ID_HEADER, SIGNATURE_HEADER, SigningSecret, TIMESTAMP_HEADER};

use crate::failure::misconfigured;
use crate::known::{self, Known};
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    signer: Signer,
}

#[derive(Debug, Subcommand)]
enum Signer {
    /// Prints the header of a Genesys webhook.
    Genesys {
        /// The integration's webhook secret. Without it and --config, that of the running
        /// `bridge local`.
        #[arg(long)]
        secret: Option<String>,
        #[command(flatten)]
        known: known::Arguments,
        /// The file with the body; without it, or with -, standard input.
        #[arg(long)]
        body: Option<PathBuf>,
    },
    /// Prints the headers of a Lynn event, by Standard Webhooks.
    Lynn {
        /// The signing secret, whsec_ and base64. Without it and --config, that of the running
        /// `bridge local`.
        #[arg(long)]
        secret: Option<String>,
        #[command(flatten)]
        known: known::Arguments,
        /// The event's id.
        #[arg(long, value_parser = filled)]
        id: String,
        /// The time in seconds since 1970; without it, now.
        #[arg(long)]
        timestamp: Option<i64>,
        /// The file with the body; without it, or with -, standard input.
        #[arg(long)]
        body: Option<PathBuf>,
    },
}

/// Prints the headers, one in a line, as `curl -H` takes them.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (body, headers) = match &arguments.signer {
        Signer::Genesys { secret, known, body } => {
            let known = known.read(missing(secret.as_ref()))?;
            (body, Headers::Genesys(webhook_secret(secret.as_deref(), known.as_ref())?))
        }
        Signer::Lynn { secret, known, id, timestamp, body } => {
            let seconds = timestamp.unwrap_or_else(|| SystemClock.now().seconds());
            let secret = match secret {
                Some(secret) => signing_secret(secret)?,
                None => known
                    .read(missing(None))?
                    .and_then(|known| known.signing_secret())
                    .ok_or_else(|| {
                        misconfigured(anyhow!("--config: its lynn.inboundAuth has no signature"))
                    })?,
            };
            (body, Headers::Lynn(secret, id.clone(), seconds))
        }
    };
    let body = read_body(body.as_deref())?;
    for (name, value) in headers.of(&body) {
        output::line(format_args!("{name}: {value}"));
    }
    Ok(())
}

/// What could be given instead of what the running `bridge local` has.
fn missing(secret: Option<&String>) -> Option<&'static str> {
    secret.is_none().then_some("give --secret or --config")
}

pub enum Headers {
    /// Genesys: one header over the body alone.
    Genesys(SecretString),
    /// Lynn: three headers over the id, the time in seconds and the body.
    Lynn(SigningSecret, String, i64),
}

impl Headers {
    pub fn of(&self, body: &[u8]) -> Vec<(&'static str, String)> {
        match self {
            Self::Genesys(secret) => vec![(genesys::HEADER, genesys::sign(secret, body))],
            Self::Lynn(secret, id, seconds) => vec![
                (ID_HEADER, id.clone()),
                (TIMESTAMP_HEADER, seconds.to_string()),
                (SIGNATURE_HEADER, secret.sign(id, *seconds, body)),
            ],
        }
    }
}

/// Reads an argument that must not be empty.
pub fn filled(text: &str) -> anyhow::Result<String> {
    if text.trim().is_empty() {
        bail!("this must not be empty");
    }
    Ok(text.to_owned())
}

/// The secret that was given, or else the file's.
pub fn webhook_secret(given: Option<&str>, known: Option<&Known>) -> anyhow::Result<SecretString> {
    given
        .map(SecretString::from)
        .or_else(|| known?.webhook_secret())
        .ok_or_else(|| misconfigured(anyhow!("give --secret or --config")))
}

pub fn signing_secret(text: &str) -> anyhow::Result<SigningSecret> {
    SigningSecret::parse(text).ok_or_else(|| anyhow!("--secret: {}", SigningSecret::FORM))
}

/// Reads a body unchanged, because a signature is over its bytes.
pub fn read_body(path: Option<&Path>) -> anyhow::Result<Vec<u8>> {
    match path {
        Some(path) if path != Path::new("-") => {
            std::fs::read(path).with_context(|| format!("read the body from {}", path.display()))
        }
        _ => {
            let mut body = Vec::new();
            std::io::stdin()
                .lock()
                .read_to_end(&mut body)
                .context("read the body from standard input")?;
            Ok(body)
        }
    }
}
