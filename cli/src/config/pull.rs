//! `bridge config pull`: prints what is stored for a stack as a configuration file with every
//! secret masked.

use anyhow::{Context, anyhow, bail};
use aws::operator::StoredConfiguration;
use aws::secret_name;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use shared::config::without_link_key;
use shared::ids::IntegrationName;
use shared::ports::SecretPart;

use super::secret_names::word;
use super::{SecretsArguments, mask};
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    secrets: SecretsArguments,
    /// Only this integration.
    #[arg(long)]
    integration: Option<String>,
}

pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let secrets = arguments.secrets.open().await?;
    let integrations = match &arguments.integration {
        Some(name) => vec![IntegrationName::new(name)],
        None => secrets.integrations().await?.into_iter().collect(),
    };
    if integrations.is_empty() {
        bail!("nothing is stored under {}/: store it with `bridge config push`", secrets.prefix());
    }
    let mut documents = Vec::with_capacity(integrations.len());
    for integration in &integrations {
        let receive = stored_config(&secrets, integration, SecretPart::Receive).await?;
        let send = stored_config(&secrets, integration, SecretPart::Send).await?;
        documents.push(mask::masked(&without_link_key(merge(receive, send))));
    }
    output::line(format_args!("{:#}", json!({ "integrations": documents })));
    Ok(())
}

async fn stored_config(
    secrets: &StoredConfiguration,
    integration: &IntegrationName,
    part: SecretPart,
) -> anyhow::Result<Value> {
    let name = secret_name(secrets.prefix(), integration, part);
    let document: SecretString = secrets.get(integration, part).await?.ok_or_else(|| {
        anyhow!(
            "{integration} has no {} configuration ({name}): run `bridge config push`",
            word(part)
        )
    })?;
    // The parser's error names the position, not the content.
    serde_json::from_str(document.expose_secret())
        .with_context(|| format!("{name} is not JSON: run `bridge config push`"))
}

/// Joins the two documents into the entry of the file from which they were made.
pub fn merge(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) => {
            for (key, value) in other {
                let merged = match one.remove(&key) {
                    Some(first) => merge(first, value),
                    None => value,
                };
                one.insert(key, merged);
            }
            Value::Object(one)
        }
        (_, other) => other,
    }
}

#[cfg(test)]
mod tests {
    use shared::config::split;

    use super::*;

    #[test]
    fn merging_undoes_the_split() {
        let whole = json!({
            "name": "support",
            "genesys": { "domain": "d", "integrationId": "i", "webhookSecrets": ["s"], "eventsApiKey": null },
            "lynn": { "webhookUrl": "u", "inboundAuth": [ { "type": "apiKey", "key": "k" } ] },
            "text": { "maxLength": 5 } });
        let (receive, send) = split(&whole).unwrap();
        assert_eq!(merge(receive, send), whole);
        let mut relaying = whole.clone();
        relaying["media"] = json!({ "mode": "relay" });
        let (receive, send) = split(&relaying).unwrap();
        assert!(send["media"]["linkKey"].is_string());
        assert_eq!(without_link_key(merge(receive, send)), relaying);
    }
}
