//! Where the finished configuration is written: a file, or the secrets of a stack.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use aws::operator::{Outputs, StoredConfiguration};
use genesys_admin::write_privately;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use shared::config::{ConfigError, ConfigFile, split};
use shared::ids::IntegrationName;
use shared::ports::SecretPart;

use super::configuration;
use super::lock::Lock;
use crate::account::Account;
use crate::config;
use crate::failure;
use crate::running_local::{self, RunningLocal};

/// The output of a stack with the address that Genesys Cloud posts to.
const WEBHOOK_URL: &str = "GenesysWebhookUrl";
/// The output with the address that Lynn posts to.
const LYNN_URL: &str = "LynnUrl";

#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// The configuration file of `bridge serve`; it is created if it does not exist, and other
    /// integrations in it stay. Without it and --stack: that of the running `bridge local`, whose
    /// organisation, administrator and Lynn are used, too.
    #[arg(long, conflicts_with = "stack")]
    config: Option<PathBuf>,
    /// A deployed stack: the configuration is written to its secrets, and the webhook URL is read
    /// from its outputs.
    #[arg(long)]
    stack: Option<String>,
    /// The file in which setup records what it has created; without it, beside the configuration,
    /// or in the current folder for a stack.
    #[arg(long, value_name = "FILE", help_heading = "Record")]
    record: Option<PathBuf>,
    #[command(flatten)]
    account: Account,
}

pub enum Target {
    File(PathBuf),
    Stack { stack: String, secrets: StoredConfiguration, outputs: Outputs },
}

impl Arguments {
    /// Without a place: the running `bridge local`, whose file then is the place.
    pub fn or_running(&mut self) -> anyhow::Result<Option<&'static RunningLocal>> {
        if self.is_given() || running_local::running().is_empty() {
            return Ok(None);
        }
        let running = RunningLocal::use_only(
            "say where to write the configuration: give one of --config and --stack",
        )?;
        self.config = Some(running.config.clone());
        Ok(Some(running))
    }

    pub fn is_given(&self) -> bool {
        self.config.is_some() || self.stack.is_some()
    }

    pub fn is_stack(&self) -> bool {
        self.stack.is_some()
    }

    pub fn file(&self) -> Option<PathBuf> {
        self.config.clone()
    }

    /// Takes the answer of a person: a file, or `stack:NAME`.
    pub fn choose(&mut self, answer: &str) {
        match answer.strip_prefix("stack:") {
            Some(stack) => self.stack = Some(stack.trim().to_owned()),
            None => self.config = Some(PathBuf::from(answer)),
        }
    }

    pub async fn open(&self) -> anyhow::Result<Target> {
        match (&self.config, &self.stack) {
            (Some(file), None) => Ok(Target::File(file.clone())),
            (None, Some(stack)) => {
                let connection = self.account.connect().await?;
                let outputs = Outputs::read(&connection, stack).await?;
                let prefix = outputs.secret_prefix().to_owned();
                let secrets = StoredConfiguration::new(&connection, prefix);
                Ok(Target::Stack { stack: stack.clone(), secrets, outputs })
            }
            _ => Err(failure::misconfigured(anyhow!(
                "say where to write the configuration: give one of --config and --stack; or start `bridge local` in another terminal, which is used without them"
            ))),
        }
    }

    /// The path of an integration's record.
    pub fn record(&self, integration: &IntegrationName) -> PathBuf {
        let beside = match (&self.record, &self.config, &self.stack) {
            (Some(record), ..) => return record.clone(),
            (None, Some(file), _) => file.with_extension(""),
            (None, None, stack) => PathBuf::from(stack.as_deref().unwrap_or("bridge")),
        };
        let mut name = beside.into_os_string();
        name.push(format!(".{integration}.setup.json"));
        PathBuf::from(name)
    }
}

impl Target {
    /// The address that Genesys Cloud posts to, from the stack's outputs; `None` for a file.
    pub fn webhook_url(&self, integration: &IntegrationName) -> anyhow::Result<Option<String>> {
        self.output(WEBHOOK_URL, integration)
    }

    /// The address that Lynn posts to, from the stack's outputs; `None` for a file.
    pub fn lynn_url(&self, integration: &IntegrationName) -> anyhow::Result<Option<String>> {
        self.output(LYNN_URL, integration)
    }

    fn output(&self, key: &str, integration: &IntegrationName) -> anyhow::Result<Option<String>> {
        match self {
            Self::File(_) => Ok(None),
            Self::Stack { outputs, .. } => {
                Ok(Some(outputs.get(key)?.replace("{integration}", integration.as_str())))
            }
        }
    }

    /// The name for a person.
    pub fn describe(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stack { secrets, .. } => format!("Secrets Manager, {}/…", secrets.prefix()),
        }
    }

    pub async fn read(&self, integration: &IntegrationName) -> anyhow::Result<Option<Value>> {
        match self {
            Self::File(path) => {
                let file = read_file(path)?;
                let entries = file.as_ref().and_then(|file| file["integrations"].as_array());
                let named = |entry: &&Value| entry["name"].as_str() == Some(integration.as_str());
                Ok(entries.into_iter().flatten().find(named).cloned())
            }
            Self::Stack { secrets, .. } => {
                let send = secrets.get(integration, SecretPart::Send).await?;
                let receive = secrets.get(integration, SecretPart::Receive).await?;
                let parse = |text: Option<SecretString>| -> Value {
                    let text = text.as_ref().map(|text| text.expose_secret());
                    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
                };
                let (send, receive) = (parse(send), parse(receive));
                let joined = match (send.is_object(), receive.is_object()) {
                    (true, true) => configuration::joined(&send, &receive),
                    (true, false) => send,
                    _ => receive,
                };
                Ok(joined.is_object().then_some(joined))
            }
        }
    }

    /// Checks and writes the entry of an integration; returns whether that changed anything. A file
    /// that does not exist yet begins as `new`.
    pub async fn write(
        &self,
        integration: &IntegrationName,
        entry: &Value,
        new: Option<Value>,
    ) -> anyhow::Result<bool> {
        match self {
            Self::File(path) => {
                let _lock = Lock::wait(&resolved(path))?;
                let read = read_file(path)?;
                let is_new = read.is_none();
                let existing = read.or(new);
                let entry = Some(entry.clone());
                let file = configuration::file(existing.as_ref(), integration.as_str(), entry);
                check(&file, path).map_err(|error| wrong(&path.display().to_string(), &error))?;
                if !is_new && existing.as_ref() == Some(&file) {
                    return Ok(false);
                }
                write_file(path, &file)?;
                Ok(true)
            }
            Self::Stack { secrets, .. } => {
                let (receive, send) = split(entry).map_err(|error| anyhow!("{error}"))?;
                check_alone(entry).map_err(|error| wrong("the configuration", &error))?;
                let text = |config: &Value| SecretString::from(config.to_string());
                let configs = (text(&receive), text(&send));
                let version = config::new_version();
                let outcome = config::push(secrets, integration, &configs, None, &version).await?;
                Ok(outcome.words != "unchanged")
            }
        }
    }

    /// Whether the entry of an integration could be written; a file that does not exist yet begins
    /// as `new`.
    pub fn check(
        &self,
        integration: &IntegrationName,
        entry: &Value,
        new: Value,
    ) -> Result<(), ConfigError> {
        match self {
            Self::File(path) => {
                // An unreadable file was reported before.
                let existing = read_file(path).ok().flatten().or(Some(new));
                let entry = Some(entry.clone());
                check(&configuration::file(existing.as_ref(), integration.as_str(), entry), path)
            }
            Self::Stack { .. } => check_alone(entry),
        }
    }

    /// The objects that [`Target::remove`] removes, in words.
    pub fn entry_or_file(&self, integration: &IntegrationName, made_file: bool) -> String {
        let place = self.describe();
        let Self::File(path) = self else { return place };
        let file = read_file(path).ok().flatten();
        let file = configuration::file(file.as_ref(), integration.as_str(), None);
        if is_empty(&file) && made_file { format!("{place}, the file") } else { place }
    }

    /// Removes the entry of an integration; with `made_file`, also a file that has no other entry.
    /// Returns what is then left to do.
    pub async fn remove(
        &self,
        integration: &IntegrationName,
        made_file: bool,
    ) -> anyhow::Result<Vec<String>> {
        match self {
            Self::File(path) => {
                let _lock = Lock::wait(&resolved(path))?;
                let Some(existing) = read_file(path)? else { return Ok(Vec::new()) };
                let file = configuration::file(Some(&existing), integration.as_str(), None);
                let is_last = is_empty(&file);
                if is_last && made_file {
                    std::fs::remove_file(path)
                        .with_context(|| format!("remove {}", path.display()))?;
                } else if file != existing {
                    write_file(path, &file)?;
                }
                Ok(if is_last { left_of_last(path, &existing) } else { Vec::new() })
            }
            Self::Stack { secrets, .. } => {
                config::remove(secrets, integration).await.map(|_| Vec::new())
            }
        }
    }

    pub fn is_new_file(&self) -> bool {
        matches!(self, Self::File(path) if !path.exists())
    }
}

fn is_empty(file: &Value) -> bool {
    file["integrations"].as_array().is_none_or(Vec::is_empty)
}

fn left_of_last(path: &Path, file: &Value) -> Vec<String> {
    let data = file["dataDir"].as_str().unwrap_or("./data");
    let data = path.parent().unwrap_or(Path::new("")).join(data);
    let mut left = vec!["Stop `bridge serve`: it has no integration left.".to_owned()];
    if data.exists() {
        left.push(format!(
            "{} still has the data, with what customers wrote. Delete it when you do not need it any more.",
            data.display()
        ));
    }
    left
}

fn read_file(path: &Path) -> anyhow::Result<Option<Value>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
    };
    match serde_json::from_str::<Value>(&text) {
        Ok(file) if file.is_object() => Ok(Some(file)),
        // A parser's error may quote a secret.
        _ => Err(failure::misconfigured(anyhow!(
            "{} is not a configuration file; repair it first: bridge config check",
            path.display()
        ))),
    }
}

fn check(file: &Value, path: &Path) -> Result<(), ConfigError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    ConfigFile::parse(&file.to_string(), folder).map(|_| ())
}

/// Checks an entry that is in no file.
fn check_alone(entry: &Value) -> Result<(), ConfigError> {
    check(&serde_json::json!({ "integrations": [entry] }), Path::new(""))
}

fn wrong(place: &str, error: &ConfigError) -> anyhow::Error {
    failure::misconfigured(anyhow!("{place}: {error}"))
}

/// The target of a link, so that it stays a link.
fn resolved(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn write_file(path: &Path, file: &Value) -> anyhow::Result<()> {
    let path = resolved(path);
    let text = serde_json::to_string_pretty(file).context("write the configuration")?;
    write_privately(&path, &text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(name: &str) -> Value {
        json!({ "name": name,
            "genesys": { "domain": "mypurecloud.com", "integrationId": name,
                "oauthClients": [ { "clientId": "c", "clientSecret": "s" } ],
                "webhookSecrets": [ "0123456789abcdef" ] },
            "lynn": { "webhookUrl": "https://lynn.example.com/hook",
                "inboundAuth": [ { "type": "apiKey", "key": "k" } ] } })
    }

    #[test]
    fn runs_for_several_integrations_lose_nothing_of_each_other() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("bridge.json");
        let write = |thread: usize| {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let target = Target::File(path.clone());
            for number in 0..5 {
                let name = format!("integration-{thread}-{number}");
                let new = Some(json!({ "listen": "127.0.0.1:0" }));
                let (entry, name) = (entry(&name), IntegrationName::new(&name));
                assert!(runtime.block_on(target.write(&name, &entry, new)).unwrap());
            }
        };
        std::thread::scope(|scope| {
            for thread in 0..6 {
                scope.spawn(move || write(thread));
            }
        });
        let file = read_file(&path).unwrap().unwrap();
        assert_eq!(file["integrations"].as_array().unwrap().len(), 30);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
