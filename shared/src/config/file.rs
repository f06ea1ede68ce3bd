//! The configuration file of `bridge serve`: where to listen, where to keep data, and the integrations.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::document::{ConfigError, read};
use super::halves::split;
use super::json::Wiped;
use super::{MediaMode, ReceiveConfig, SendConfig, masks};
use crate::ids::IntegrationName;

/// A configuration file that cannot be used; says which file, and which key.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("{} cannot be read; check the path and its permissions", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A key in it is wrong.
    #[error("{}: {error}", path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// Which key.
        error: ConfigError,
    },
}

/// A checked configuration file. The integrations are kept as the two documents that they would be in a secret store.
#[derive(Debug)]
pub struct ConfigFile {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the data lies; a relative path counts from the file's own folder.
    pub data_directory: PathBuf,
    /// The receiving and the sending document of each integration.
    pub integrations: BTreeMap<IntegrationName, (SecretString, SecretString)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Document {
    #[serde(default)]
    listen: Option<String>,
    #[serde(default)]
    data_dir: Option<PathBuf>,
    integrations: Vec<Wiped>,
}

impl ConfigFile {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let bytes = std::fs::read(path)
            .map(Zeroizing::new)
            .map_err(|source| FileError::Unreadable { path: path.to_owned(), source })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        text_of(&bytes)
            .and_then(|text| Self::parse(text, folder))
            .map_err(|error| FileError::Wrong { path: path.to_owned(), error })
    }

    /// Reads and checks a file for `bridge serve`, which needs what a deployed stack knows by itself.
    pub fn read_for_one_machine(path: &Path) -> Result<Self, FileError> {
        let file = Self::read(path)?;
        file.check_for_one_machine()
            .map_err(|error| FileError::Wrong { path: path.to_owned(), error })?;
        Ok(file)
    }

    /// Checks the text of a file that lies in `folder`.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, ConfigError> {
        let document: Document = read(text)?;
        let listen = document.listen.as_deref().unwrap_or("127.0.0.1:8787");
        let listen = listen.parse().map_err(|_| {
            ConfigError::new("listen", "this is not an address and a port such as 127.0.0.1:8787")
        })?;
        if document.integrations.is_empty() {
            return Err(ConfigError::new("integrations", "at least one integration is needed"));
        }
        let mut integrations = BTreeMap::new();
        for (position, entry) in document.integrations.iter().enumerate() {
            let prefix = format!("integrations[{position}]");
            let (name, documents) = integration(&entry.0).map_err(|error| error.inside(&prefix))?;
            if integrations.insert(name, documents).is_some() {
                let problem = "another integration has the same name";
                return Err(ConfigError::new(format!("{prefix}.name"), problem));
            }
        }
        let data_directory =
            folder.join(document.data_dir.unwrap_or_else(|| PathBuf::from("./data")));
        Ok(Self { listen, data_directory, integrations })
    }

    /// On AWS the stack knows its own address.
    fn check_for_one_machine(&self) -> Result<(), ConfigError> {
        for (name, (_, send)) in &self.integrations {
            let media = SendConfig::parse(send)?.media;
            if media.mode == MediaMode::Relay && media.public_base_url.is_none() {
                let problem = "this key is required with mode relay: the URL by which Genesys Cloud and Lynn reach the bridge";
                return Err(ConfigError::new(format!("{name}: media.publicBaseUrl"), problem));
            }
        }
        Ok(())
    }
}

/// A file is UTF-8, whatever an editor calls its text.
fn text_of(bytes: &[u8]) -> Result<&str, ConfigError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(ConfigError::new("", "the file is UTF-16; save it as UTF-8"));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.iter().take(error.valid_up_to());
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        ConfigError::new("", format!("line {line} is not UTF-8; save the file as UTF-8"))
    })
}

/// The name and the two halves of a checked entry.
type Integration = (IntegrationName, (SecretString, SecretString));

fn integration(entry: &Value) -> Result<Integration, ConfigError> {
    masks::refuse(entry)?;
    let (receive, send) = split(entry)?;
    let (receive, send) = (Wiped(receive), Wiped(send));
    let (receive, send) =
        (SecretString::from(receive.0.to_string()), SecretString::from(send.0.to_string()));
    SendConfig::parse(&send)?;
    let checked = ReceiveConfig::parse(&receive)?;
    Ok((checked.name, (receive, send)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn smallest() -> Value {
        json!({ "integrations": [ {
            "name": "support",
            "genesys": { "domain": "mypurecloud.com", "integrationId": "i-1",
                         "oauthClients": [ { "clientId": "c", "clientSecret": "s" } ],
                         "webhookSecrets": [ "0123456789abcdef" ] },
            "lynn": { "webhookUrl": "https://lynn.example.com/hook",
                      "inboundAuth": [ { "type": "apiKey", "key": "k" } ] } } ] })
    }

    fn parse(value: &Value) -> Result<ConfigFile, ConfigError> {
        ConfigFile::parse(&value.to_string(), Path::new("/etc/bridge"))
    }

    fn error_of(change: impl FnOnce(&mut Value)) -> String {
        let mut value = smallest();
        change(&mut value["integrations"][0]);
        parse(&value).unwrap_err().to_string()
    }

    #[test]
    fn the_smallest_file_gets_the_defaults() {
        let file = parse(&smallest()).unwrap();
        assert_eq!(file.listen.to_string(), "127.0.0.1:8787");
        assert_eq!(file.data_directory, Path::new("/etc/bridge/./data"));
        let (_, send) = &file.integrations[&IntegrationName::new("support")];
        let send = SendConfig::parse(send).unwrap();
        assert_eq!(send.api("/api/v2/x"), "https://api.mypurecloud.com/api/v2/x");
        assert_eq!(send.delivery.max_age_minutes, 240);
        assert_eq!(send.genesys.threading_timeline_minutes, 4320);
        assert!(send.text.strip_html);
    }

    #[test]
    fn the_whole_example_of_the_contract_is_taken() {
        let mut value = smallest();
        let entry = &mut value["integrations"][0];
        entry["genesys"]["apiBaseUrl"] = Value::Null;
        entry["genesys"]["loginBaseUrl"] = Value::Null;
        entry["genesys"]["eventsApiKey"] = Value::Null;
        entry["genesys"]["threadingTimelineMinutes"] = json!(0);
        entry["genesys"]["receipts"] = json!("accepted");
        entry["lynn"]["auth"] = json!({ "type": "bearer", "token": "t" });
        entry["lynn"]["signingSecret"] = json!("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        entry["lynn"]["inboundAuth"] = json!([ { "type": "apiKey", "key": "k" }, { "type": "signature", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" } ]);
        entry["lynn"]["quietSession"] = json!("webhook");
        entry["lynn"]["proactive"] =
            json!({ "url": "https://lynn.example.com/campaign", "campaignId": "7" });
        entry["lynn"]["sessionTimeoutMinutes"] = json!(1440);
        entry["lynn"]["onSessionEnded"] = json!("keep");
        entry["text"] = json!({ "stripHtml": true, "maxLength": 2000 });
        entry["media"] = json!({ "mode": "pass" });
        entry["delivery"] = json!({ "maxAgeMinutes": 240 });
        assert!(parse(&value).is_ok());
        for auth in [
            json!({ "type": "none" }),
            json!({ "type": "header", "name": "x-key", "value": "v" }),
            json!({ "type": "basic", "username": "u", "password": "p" }),
            json!({ "type": "lynnToken", "endpoint": "https://lynn.example.com", "accessToken": "a", "accessTokenSecret": "b", "tenant": 12 }),
        ] {
            value["integrations"][0]["lynn"]["auth"] = auth;
            assert!(parse(&value).is_ok());
        }
    }

    #[test]
    fn every_error_names_its_key_and_no_secret() {
        let cases = [
            (
                error_of(|entry| entry["genesys"]["domian"] = json!("x")),
                "integrations[0].genesys.domian: unknown key",
            ),
            (error_of(|entry| entry["colour"] = json!(1)), "integrations[0].colour: unknown key"),
            (
                error_of(|entry| entry["lynn"]["inboundAuth"][0]["keys"] = json!(1)),
                "integrations[0].lynn.inboundAuth[0]",
            ),
            (
                error_of(|entry| {
                    entry["genesys"].as_object_mut().unwrap().remove("domain");
                }),
                "integrations[0].genesys.domain: this key is required",
            ),
            (
                error_of(|entry| {
                    entry["genesys"].as_object_mut().unwrap().remove("webhookSecrets");
                }),
                "integrations[0].genesys.webhookSecrets: this key is required",
            ),
            (
                error_of(|entry| {
                    entry.as_object_mut().unwrap().remove("lynn");
                }),
                "integrations[0].lynn: this key is required",
            ),
            (
                error_of(|entry| entry["genesys"]["webhookSecrets"] = json!(["too short"])),
                "integrations[0].genesys.webhookSecrets[0]: a webhook secret has",
            ),
            (
                error_of(|entry| entry["genesys"]["webhookSecrets"] = json!("0123456789abcdef")),
                "integrations[0].genesys.webhookSecrets: expected",
            ),
            (
                error_of(|entry| entry["lynn"]["webhookUrl"] = json!("http://lynn.example.com")),
                "integrations[0].lynn.webhookUrl: the URL must start with https://",
            ),
            (
                error_of(|entry| entry["genesys"]["threadingTimelineMinutes"] = json!(5000)),
                "integrations[0].genesys.threadingTimelineMinutes: expected a whole number from 0 to 4320",
            ),
            (
                error_of(|entry| entry["lynn"]["quietSession"] = json!("proactive")),
                "integrations[0].lynn.proactive",
            ),
            (
                error_of(|entry| entry["lynn"]["quietSession"] = json!("loud")),
                "integrations[0].lynn.quietSession: expected one of webhook, proactive, fail",
            ),
            (
                error_of(|entry| entry["genesys"]["oauthClients"] = json!([])),
                "integrations[0].genesys.oauthClients: at least one",
            ),
            (error_of(|entry| entry["name"] = json!("a b")), "integrations[0].name"),
            (
                error_of(|entry| entry["lynn"]["auth"] = json!({ "type": "bearer" })),
                "integrations[0].lynn.auth.token: this key is required",
            ),
            (
                error_of(|entry| {
                    entry["lynn"]["auth"] = json!({ "type": "bearer", "token": "t", "extra": 1 })
                }),
                "integrations[0].lynn.auth",
            ),
            (
                error_of(|entry| entry["lynn"]["auth"] = json!({ "type": "kerberos" })),
                "integrations[0].lynn.auth.type: expected one of none, bearer, header, basic, lynnToken",
            ),
            (
                error_of(|entry| entry["lynn"]["auth"] = json!({ "type": "none", "x": 1 })),
                "integrations[0].lynn.auth.x: unknown key",
            ),
        ];
        for (error, start) in cases {
            assert!(error.starts_with(start), "{error} should start with {start}");
            assert!(!error.contains("0123456789abcdef"), "{error}");
        }
    }

    #[test]
    fn loopback_needs_no_tls() {
        for url in ["http://127.0.0.1:9", "http://localhost:9/x", "http://[::1]:9"] {
            let mut value = smallest();
            value["integrations"][0]["lynn"]["webhookUrl"] = json!(url);
            assert!(parse(&value).is_ok(), "{url}");
        }
    }
}
