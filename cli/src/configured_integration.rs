//! The facts of a configuration file about an integration, for commands that post to it or sign.

use std::path::{Path, PathBuf};

use anyhow::bail;
use secrecy::SecretString;
use shared::config::{ConfigFile, InboundAuthentication, ReceiveConfig};
use shared::ids::IntegrationName;
use shared::standard_webhooks::SigningSecret;

use crate::failure;
use crate::running_local::RunningLocal;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// A configuration file, whose address and secrets are used unless they are given. Without it,
    /// those of the running `bridge local`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The integration in this file; needed only if it has several.
    #[arg(long)]
    integration: Option<String>,
}

/// An integration of a file.
pub struct ConfiguredIntegration {
    /// The address on which the bridge listens.
    base: String,
    config: ReceiveConfig,
}

impl Arguments {
    /// The integration of the file, or else of the running `bridge local` if something is missing:
    /// then `missing` says what could be given.
    pub fn read(&self, missing: Option<&str>) -> anyhow::Result<Option<ConfiguredIntegration>> {
        let missing = missing.or(self.integration.as_ref().map(|_| "--integration needs --config"));
        let path = match (&self.config, missing) {
            (Some(path), _) => path,
            (None, Some(missing)) => &RunningLocal::use_only(missing)?.config,
            (None, None) => return Ok(None),
        };
        ConfiguredIntegration::read(path, self.integration.as_deref())
            .map_err(failure::misconfigured)
            .map(Some)
    }
}

impl ConfiguredIntegration {
    fn read(path: &Path, name: Option<&str>) -> anyhow::Result<Self> {
        let file = ConfigFile::read(path)?;
        let (_, (receive, _)) = select(&file, path, name)?;
        let base = format!("http://{}", file.listen);
        Ok(Self { base, config: ReceiveConfig::parse(receive)? })
    }

    /// The address for Lynn.
    pub fn lynn_url(&self) -> String {
        format!("{}/lynn/{}", self.base, self.config.name)
    }

    /// The address for Genesys Cloud.
    pub fn genesys_url(&self) -> String {
        format!("{}/genesys/{}", self.base, self.config.name)
    }

    /// The secret of Genesys' webhooks.
    pub fn webhook_secret(&self) -> Option<SecretString> {
        self.config.webhook_secrets.first().cloned()
    }

    /// The key of Lynn.
    pub fn key(&self) -> Option<SecretString> {
        self.config.inbound.iter().find_map(|way| match way {
            InboundAuthentication::ApiKey { key } => Some(key.clone()),
            _ => None,
        })
    }

    /// The secret with which Lynn signs.
    pub fn signing_secret(&self) -> Option<SigningSecret> {
        self.config.inbound.iter().find_map(|way| match way {
            InboundAuthentication::Signature { secret } => Some(secret.0.clone()),
            _ => None,
        })
    }
}

/// The receive and the send configuration of an integration.
type Documents = (SecretString, SecretString);

/// The integration with this name, or the only one of the file.
pub fn select<'a>(
    file: &'a ConfigFile,
    path: &Path,
    name: Option<&str>,
) -> anyhow::Result<(&'a IntegrationName, &'a Documents)> {
    let fits = |(known, _): &(&IntegrationName, _)| name.is_none_or(|name| known.as_str() == name);
    let mut fitting = file.integrations.iter().filter(fits);
    if let (Some(found), None) = (fitting.next(), fitting.next()) {
        return Ok(found);
    }
    let known: Vec<&str> = file.integrations.keys().map(IntegrationName::as_str).collect();
    let (path, known) = (path.display(), known.join(", "));
    match name {
        Some(name) => bail!("--integration {name}: {path} has {known}"),
        None => bail!("{path}: give --integration; it has {known}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn entry(name: &str) -> Value {
        json!({
            "name": name,
            "genesys": { "domain": "mypurecloud.com", "integrationId": name,
                "oauthClients": [ { "clientId": "c", "clientSecret": "s" } ],
                "webhookSecrets": [ format!("{name}-webhook-secret") ] },
            "lynn": { "webhookUrl": "https://lynn.example.com/hook",
                "inboundAuth": [ { "type": "apiKey", "key": "k" } ] } })
    }

    #[test]
    fn one_of_several_integrations_must_be_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bridge.json");
        let write = |entries: &[Value]| {
            let file = json!({ "listen": "127.0.0.1:9", "integrations": entries });
            std::fs::write(&path, file.to_string()).unwrap();
        };
        let error =
            |name| ConfiguredIntegration::read(&path, name).err().map(|error| error.to_string());
        write(&[entry("a")]);
        let known = ConfiguredIntegration::read(&path, None).unwrap();
        assert_eq!(known.lynn_url(), "http://127.0.0.1:9/lynn/a");
        assert_eq!(known.genesys_url(), "http://127.0.0.1:9/genesys/a");
        assert!(known.key().is_some() && known.signing_secret().is_none());
        assert!(error(Some("b")).unwrap().contains("--integration b:"));
        write(&[entry("a"), entry("b")]);
        assert!(error(None).unwrap().contains("give --integration; it has a, b"));
        assert!(error(Some("b")).is_none());
    }
}
