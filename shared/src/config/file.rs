//! The configuration file of `bridge serve`: the address to listen on, the data directory, and the
//! integrations.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;
use zeroize::Zeroizing;

use super::document::DEFAULT_LISTEN;
use super::error::ConfigError;
use super::json::{self, Wiped};
use super::keys::Checker;
use super::split::split;
use super::{ReceiveConfig, SendConfig};
use crate::ids::IntegrationName;

/// A configuration file that cannot be used. The error names the file and the keys.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{} cannot be read; check the path and its permissions", path.display())]
    Unreadable {
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    #[error("{}", lines(path, errors))]
    Wrong {
        path: PathBuf,
        /// At least one.
        errors: Vec<ConfigError>,
    },
}

fn lines(path: &Path, errors: &[ConfigError]) -> String {
    let line = |error: &ConfigError| format!("{}: {error}", path.display());
    errors.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A checked configuration file. Each integration is kept as the two documents that a secret store
/// would contain.
#[derive(Debug)]
pub struct ConfigFile {
    pub listen: SocketAddr,
    /// A relative path in the file is relative to the file's folder.
    pub data_directory: PathBuf,
    /// Where the metrics are served; `None`: nowhere.
    pub metrics_listen: Option<SocketAddr>,
    pub notify: Option<Notify>,
    /// The receive configuration and the send configuration of each integration.
    pub integrations: BTreeMap<IntegrationName, (SecretString, SecretString)>,
}

/// Where to send notifications about problems.
#[derive(Clone, Debug)]
pub struct Notify {
    /// May contain a token, so it is a secret.
    pub url: SecretString,
    /// How long an event may wait.
    pub after: Duration,
}

#[derive(Debug)]
pub struct Checked {
    pub file: ConfigFile,
    /// Settings that will not work, or are weak. An empty key means the file itself.
    pub warnings: Vec<ConfigError>,
}

impl ConfigFile {
    pub fn read(path: &Path) -> Result<Self, FileError> {
        Ok(Self::check(path)?.file)
    }

    /// Reads and checks a file, and collects warnings.
    pub fn check(path: &Path) -> Result<Checked, FileError> {
        Self::checked(path, false)
    }

    /// Like [`ConfigFile::check`], for `bridge serve`, which also needs values that a deployed
    /// stack provides itself.
    pub fn check_for_one_machine(path: &Path) -> Result<Checked, FileError> {
        Self::checked(path, true)
    }

    fn checked(path: &Path, one_machine: bool) -> Result<Checked, FileError> {
        let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
        let wrong = |errors| FileError::Wrong { path: path.to_owned(), errors };
        // A program that serves reads its file again and again: a pipe would make it wait for ever.
        if one_machine && !std::fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(unreadable(io::Error::other("it is no regular file, and is read again")));
        }
        let bytes = std::fs::read(path).map(Zeroizing::new).map_err(unreadable)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let text = text_of(&bytes).map_err(|error| wrong(vec![error]))?;
        let mut checked = parse(text, folder, one_machine).map_err(wrong)?;
        let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let problem = format!("others may read this file, its mode is {mode:03o}: chmod 600");
            checked.warnings.push(ConfigError::new("", problem));
        }
        Ok(checked)
    }

    /// The data directory that a file names, with the file's errors: a file that has become invalid
    /// elsewhere still names it. Fails if the file, or `dataDir` itself, cannot be read.
    pub fn data_directory(path: &Path) -> Result<(PathBuf, Vec<ConfigError>), FileError> {
        let errors = match Self::read(path) {
            Ok(file) => return Ok((file.data_directory, Vec::new())),
            Err(FileError::Wrong { errors, .. }) => errors,
            Err(error) => return Err(error),
        };
        match data_directory(path).filter(|_| errors.iter().all(|error| error.key != DATA)) {
            Some(directory) => Ok((directory, errors)),
            None => Err(FileError::Wrong { path: path.to_owned(), errors }),
        }
    }

    /// Checks the text of a file in `folder`; returns the first error.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, ConfigError> {
        let first = |errors: Vec<ConfigError>| errors.into_iter().next();
        match parse(text, folder, false) {
            Ok(checked) => Ok(checked.file),
            Err(errors) => {
                Err(first(errors).unwrap_or_else(|| ConfigError::new("", "this is not valid")))
            }
        }
    }
}

fn parse(text: &str, folder: &Path, one_machine: bool) -> Result<Checked, Vec<ConfigError>> {
    let mut document = json::parse(text).map_err(|error| vec![error])?;
    let mut checker = Checker::new(folder);
    checker.file(&mut document.0, one_machine);
    let Checker { errors, warnings, .. } = checker;
    if !errors.is_empty() {
        return Err(errors);
    }
    let file = read(&document.0, folder).map_err(|error| vec![error])?;
    Ok(Checked { file, warnings })
}

/// The key that names the data directory, and the directory without it.
const DATA: &str = "dataDir";
const DEFAULT_DATA: &str = "./data";

/// The data directory of a file that may be invalid; `None` if it is no JSON object.
fn data_directory(path: &Path) -> Option<PathBuf> {
    let bytes = std::fs::read(path).map(Zeroizing::new).ok()?;
    let mut document = json::parse(text_of(&bytes).ok()?).ok()?;
    let folder = path.parent().unwrap_or(Path::new(""));
    // It replaces the references to variables and files by their texts.
    Checker::new(folder).file(&mut document.0, false);
    let fields = document.0.as_object()?;
    Some(folder.join(fields.get(DATA).and_then(Value::as_str).unwrap_or(DEFAULT_DATA)))
}

fn read(document: &Value, folder: &Path) -> Result<ConfigFile, ConfigError> {
    let text = |key: &str, default: &'static str| {
        document.get(key).and_then(Value::as_str).unwrap_or(default).to_owned()
    };
    let listen = text("listen", DEFAULT_LISTEN);
    let listen =
        listen.parse().map_err(|_| ConfigError::new("listen", "this is not an address"))?;
    let metrics_listen = match document.get("metricsListen").and_then(Value::as_str) {
        Some(text) => Some(
            text.parse()
                .map_err(|_| ConfigError::new("metricsListen", "this is not an address"))?,
        ),
        None => None,
    };
    let notify = document.pointer("/notify/url").and_then(Value::as_str).map(|url| {
        let minutes = document.pointer("/notify/afterMinutes").and_then(Value::as_u64);
        Notify { url: SecretString::from(url), after: Duration::from_mins(minutes.unwrap_or(5)) }
    });
    let mut integrations = BTreeMap::new();
    let entries = document.get("integrations").and_then(Value::as_array);
    for (position, entry) in entries.into_iter().flatten().enumerate() {
        let prefix = format!("integrations[{position}]");
        let (name, documents) = integration(entry).map_err(|error| error.inside(&prefix))?;
        integrations.insert(name, documents);
    }
    let data_directory = folder.join(text(DATA, DEFAULT_DATA));
    Ok(ConfigFile { listen, data_directory, metrics_listen, notify, integrations })
}

/// Requires UTF-8; an editor may save another encoding.
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

/// The name, the receive configuration and the send configuration of a checked entry.
type Integration = (IntegrationName, (SecretString, SecretString));

fn integration(entry: &Value) -> Result<Integration, ConfigError> {
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
    fn metrics_and_notifications_are_for_one_machine() {
        let file = |key: &str, value: Value| {
            let mut file = smallest();
            file[key] = value;
            parse(&file)
        };
        let url = "https://chat.example.com/hook?token=planted";
        let notify = file("notify", json!({ "url": url })).unwrap().notify.unwrap();
        assert_eq!(notify.after, Duration::from_mins(5));
        assert!(!format!("{notify:?}").contains("planted"));
        let longer = file("notify", json!({ "url": url, "afterMinutes": 30 })).unwrap();
        assert_eq!(longer.notify.unwrap().after, Duration::from_mins(30));
        assert!(file("notify", Value::Null).unwrap().notify.is_none());
        let metrics = file("metricsListen", json!("127.0.0.1:9464")).unwrap().metrics_listen;
        assert_eq!(metrics.map(|address| address.port()), Some(9464));
        for (key, value, wrong) in [
            ("metricsListen", json!("9464"), "metricsListen"),
            ("metricsListen", json!("127.0.0.1:8787"), "metricsListen"),
            ("notify", json!({}), "notify.url"),
            ("notify", json!({ "url": "http://chat.example.com/hook" }), "notify.url"),
            ("notify", json!({ "url": url, "afterMinutes": 0 }), "notify.afterMinutes"),
            ("notify", json!({ "url": url, "afterMinutes": 1.5 }), "notify.afterMinutes"),
            ("notify", json!({ "url": url, "every": 1 }), "notify.every"),
        ] {
            let error = file(key, value).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{wrong}: ")), "{error}");
        }
    }

    #[test]
    fn the_metrics_need_an_address_that_listen_does_not_take() {
        for (listen, metrics, fits) in [
            ("0.0.0.0:8787", "127.0.0.1:8787", false),
            ("127.0.0.1:8787", "0.0.0.0:8787", false),
            ("[::]:8787", "127.0.0.1:8787", false),
            ("[::]:8787", "[::1]:8787", false),
            ("0.0.0.0:8787", "[::1]:8787", true),
            ("127.0.0.1:8787", "127.0.0.2:8787", true),
            ("0.0.0.0:8787", "127.0.0.1:9464", true),
            ("0.0.0.0:0", "127.0.0.1:0", true),
        ] {
            let mut file = smallest();
            (file["listen"], file["metricsListen"]) = (json!(listen), json!(metrics));
            assert_eq!(parse(&file).is_ok(), fits, "{listen} {metrics}");
        }
    }

    #[test]
    fn the_smallest_file_gets_the_defaults() {
        let file = parse(&smallest()).unwrap();
        assert_eq!(file.listen.to_string(), "127.0.0.1:8787");
        assert_eq!(file.data_directory, Path::new("/etc/bridge/./data"));
        assert!(file.metrics_listen.is_none() && file.notify.is_none());
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
                "integrations[0].lynn.inboundAuth[0].keys: unknown key; expected one of type, key",
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
                "integrations[0].lynn.auth.extra: unknown key",
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
    fn a_file_that_has_become_invalid_still_names_its_data_directory() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("bridge.json");
        let of = |file: &str| {
            std::fs::write(&path, file).unwrap();
            ConfigFile::data_directory(&path)
        };
        let mut file = smallest();
        file["dataDir"] = json!("kept");
        assert_eq!(of(&file.to_string()).unwrap(), (folder.path().join("kept"), Vec::new()));
        file["integrations"][0]["lynn"]["webhookUrl"] = json!("ftp://lynn");
        let (directory, errors) = of(&file.to_string()).unwrap();
        assert_eq!((directory, errors.len()), (folder.path().join("kept"), 1));
        std::fs::write(folder.path().join("name"), "elsewhere").unwrap();
        file["dataDir"] = json!({ "file": "name" });
        assert_eq!(of(&file.to_string()).unwrap().0, folder.path().join("elsewhere"));
        assert_eq!(of("{}").unwrap().0, folder.path().join("./data"));
        file["dataDir"] = json!(1);
        assert!(of(&file.to_string()).is_err() && of("{").is_err() && of("[]").is_err());
        assert!(ConfigFile::data_directory(&folder.path().join("absent")).is_err());
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
