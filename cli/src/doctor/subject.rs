//! The subject of the checks: a configuration, its data directory, and the address of its bridge.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use aws::operator::Stack;
use secrecy::SecretString;
use shared::config::{ConfigError, ConfigFile, FileError, ReceiveConfig, SendConfig};
use shared::error::chain;
use shared::ids::IntegrationName;
use shared::ports::SecretPart;

use super::disk;
use super::{Check, Finding, Observation, Report};
use crate::account::Account;
use crate::count::counted;
use crate::operator::installation::{self, Installation};

#[derive(Clone, Debug)]
pub struct Examined {
    pub name: IntegrationName,
    /// The document that verifies callers.
    pub receive: ReceiveConfig,
    /// The document that has everything else.
    pub send: SendConfig,
}

/// The path behind the address in a stack's output `LynnUrl`.
const LYNN_PATH: &str = "/lynn/{integration}";

pub struct Subject {
    pub integrations: Vec<Examined>,
    /// The data directory of `bridge serve`; `None` for a stack.
    pub data_directory: Option<PathBuf>,
    /// The place of the data; otherwise why it cannot be opened.
    pub installation: Observation<Installation>,
    /// The address of the bridge, if it is known.
    pub bridge: Option<String>,
    /// Where Lynn posts to, if that is not below the address of the bridge: a stack with function
    /// URLs has an address for each side.
    lynn: Option<String>,
    /// Whether that address is the public one.
    pub bridge_is_public: bool,
}

impl Subject {
    /// The address of the bridge for Lynn.
    pub fn bridge_for_lynn(&self) -> Option<&str> {
        self.lynn.as_deref().or(self.bridge.as_deref())
    }

    pub fn stack(&self) -> Option<&Stack> {
        self.installation.as_ref().ok().and_then(Installation::stack)
    }

    /// Reads a configuration file. `None` if nothing can be checked; the report says why.
    pub async fn of_file(path: &Path, bridge: Option<String>, report: &mut Report) -> Option<Self> {
        let file = match ConfigFile::read(path) {
            Ok(file) => file,
            Err(error) => {
                report.add(unusable(&error));
                return None;
            }
        };
        let integrations = parsed(&file.integrations, report)?;
        report.make_room(integrations.iter().map(|one| one.name.as_str()));
        report.add(held(&path.display().to_string(), integrations.len()));
        report.add(assess_mode(path, mode(path)));
        let listens = (file.listen.port() != 0).then(|| format!("http://{}", file.listen));
        let installation = match installation::visit(&file.data_directory) {
            Ok(installation) => disk::whole(installation, &file.data_directory).await,
            Err(error) => Err(disk::unopened(&error)),
        };
        Some(Self {
            integrations,
            installation,
            data_directory: Some(file.data_directory),
            lynn: None,
            bridge_is_public: bridge.is_some(),
            bridge: bridge.or(listens),
        })
    }

    /// Reads the secrets of a stack. `None` if nothing can be checked; the report says why.
    pub async fn of_stack(
        account: &Account,
        name: &str,
        bridge: Option<String>,
        report: &mut Report,
    ) -> anyhow::Result<Option<Self>> {
        let stack = Stack::open(account.connect().await?, name).await?;
        let mut documents = BTreeMap::new();
        for integration in stack.secrets().integrations().await? {
            let receive = stack.secrets().get(&integration, SecretPart::Receive).await?;
            let send = stack.secrets().get(&integration, SecretPart::Send).await?;
            match (receive, send) {
                (Some(receive), Some(send)) => {
                    documents.insert(integration, (receive, send));
                }
                (receive, _) => report.add(document_missing(&integration, receive.is_some())),
            }
        }
        let Some(integrations) = parsed(&documents, report) else { return Ok(None) };
        report.make_room(integrations.iter().map(|one| one.name.as_str()));
        let says = |key| stack.outputs().get(key).ok().map(str::to_owned);
        let url = says("LynnUrl").filter(|_| bridge.is_none());
        let lynn = url.and_then(|url| Some(url.strip_suffix(LYNN_PATH)?.to_owned()));
        let bridge = bridge.or_else(|| says("ApiUrl"));
        report.add(held(
            &format!("{}/ in Secrets Manager", stack.secrets().prefix()),
            integrations.len(),
        ));
        Ok(Some(Self {
            integrations,
            installation: Ok(Installation::Stack(Box::new(stack))),
            data_directory: None,
            bridge_is_public: true,
            bridge,
            lynn,
        }))
    }
}

/// The finding for a file that cannot be used, with what to do about the cause.
fn unusable(error: &FileError) -> Finding {
    let missing = |error: &ConfigError| error.missing_variable().map(str::to_owned);
    let action = match error {
        FileError::Unreadable { source, .. } if source.kind() == ErrorKind::NotFound => {
            "give the path of the configuration file".to_owned()
        }
        FileError::Unreadable { .. } => "run this as the user that the bridge runs as".to_owned(),
        FileError::Wrong { errors, .. } => {
            match errors.iter().map(missing).collect::<Option<Vec<_>>>() {
                Some(names) => format!(
                    "set {} in this shell, or run this where the bridge has it",
                    names.join(" and ")
                ),
                None => "correct the file: `bridge config check` names every error".to_owned(),
            }
        }
    };
    Check::Configuration.fail(chain(error), action)
}

fn held(installation: &str, integrations: usize) -> Finding {
    let number = counted(integrations, "integration");
    Check::Configuration.ok(format!("{installation}: {number}, no error"))
}

fn document_missing(integration: &IntegrationName, has_receive: bool) -> Finding {
    let missing = if has_receive { "send" } else { "receive" };
    let reason = format!("the {missing} configuration is missing in Secrets Manager");
    Check::SecretsReadable.fail(reason, "run `bridge config push`").of(integration)
}

/// Both documents of every valid integration; errors are reported. `None` if none is valid.
fn parsed(
    documents: &BTreeMap<IntegrationName, (SecretString, SecretString)>,
    report: &mut Report,
) -> Option<Vec<Examined>> {
    let mut integrations = Vec::new();
    for (name, (receive, send)) in documents {
        match (ReceiveConfig::parse(receive), SendConfig::parse(send)) {
            (Ok(receive), Ok(send)) => {
                integrations.push(Examined { name: name.clone(), receive, send });
            }
            (Err(error), _) | (_, Err(error)) => {
                let action = "correct the key, then `bridge config push`";
                report.add(Check::Configuration.fail(error.to_string(), action).of(name));
            }
        }
    }
    if integrations.is_empty() {
        let action = "store a configuration with `bridge config push`";
        report.add(Check::Configuration.fail("there is no integration", action));
        return None;
    }
    Some(integrations)
}

fn mode(path: &Path) -> std::io::Result<u32> {
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o777)
}

fn assess_mode(path: &Path, mode: std::io::Result<u32>) -> Finding {
    let check = Check::ConfigurationPrivate;
    let action = format!("chmod 600 {}", path.display());
    match mode {
        Ok(mode) if mode & 0o077 == 0 => check.ok(format!("its mode is {mode:03o}")),
        Ok(mode) if mode & 0o004 != 0 => {
            let reason =
                format!("its mode is {mode:03o}: every user of this machine can read the secrets");
            check.fail(reason, action)
        }
        Ok(mode) => {
            let reason =
                format!("its mode is {mode:03o}: other users of its group can read the secrets");
            check.warn(reason, action)
        }
        Err(error) => check.warn(format!("its mode cannot be read: {error}"), action),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn a_file_is_for_its_owner() {
        let of = |mode| assess_mode(Path::new("bridge.json"), Ok(mode)).outcome;
        assert_eq!([of(0o600), of(0o400)], [Outcome::Ok; 2]);
        assert_eq!([of(0o640), of(0o620)], [Outcome::Warn; 2]);
        assert_eq!([of(0o644), of(0o666)], [Outcome::Fail; 2]);
    }
}
