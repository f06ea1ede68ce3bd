//! `bridge config push`: stores a configuration file in the secrets of a stack.
//!
//! Rules: the send configuration is stored before the receive configuration, and removed after it,
//! so that nothing is accepted for an integration that cannot be served. The differences are shown
//! with secrets masked, and the operator confirms before the first change. A file that is older
//! than what is stored changes nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use aws::operator::{Became, KmsKey, RECOVERY_DAYS, Stored, StoredConfiguration, same};
use aws::secret_name;
use secrecy::{ExposeSecret, SecretString};
use shared::config::{Checked, ConfigFile};
use shared::ids::IntegrationName;
use shared::ports::SecretPart;
use shared::time::Timestamp;

use super::difference;
use super::pushed::Pushed;
use super::secret_names::word;
use super::{SecretsArguments, show_warnings, templates};
use crate::failure;
use crate::output;

/// The largest value that Secrets Manager accepts, in bytes.
const LARGEST: usize = 65_536;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The configuration file.
    #[arg(long)]
    config: PathBuf,
    #[command(flatten)]
    secrets: SecretsArguments,
    /// The KMS key for the secrets, by its ARN or its id; the functions need `kms:Decrypt` on it.
    /// Secrets with another key are re-encrypted with this one. alias/aws/secretsmanager is AWS's
    /// own key, which secrets have that are created without this option.
    #[arg(long)]
    kms_key: Option<KmsKey>,
    /// Removes an integration that is stored and not in the file. Pushing it again within 30 days
    /// restores it.
    #[arg(long, value_name = "INTEGRATION")]
    remove: Vec<String>,
    /// Skips the confirmation.
    #[arg(long)]
    yes: bool,
    /// Stores the file even if the stored configuration is newer.
    #[arg(long)]
    overwrite: bool,
    /// Ends the replaced secrets at once, instead of after 10 minutes; also if the file changes
    /// nothing.
    #[arg(long)]
    revoke: bool,
}

/// One integration of the file, and what is stored of it.
struct Change<'a> {
    integration: &'a IntegrationName,
    documents: &'a (SecretString, SecretString),
    /// The stored documents: receive, send.
    stored: [Option<Stored>; 2],
    /// The differences, a line each, with secrets masked.
    lines: Vec<String>,
}

/// Checks everything, then stores one integration after the other.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let Checked { file, warnings } =
        ConfigFile::check(&arguments.config).map_err(failure::misconfigured)?;
    show_warnings(&arguments.config, &warnings);
    show_warnings(&arguments.config, &templates::faults(&file));
    check(&file, &arguments.remove).map_err(failure::misconfigured)?;
    let secrets = arguments.secrets.open().await?;
    let mut changes = Vec::with_capacity(file.integrations.len());
    for (integration, documents) in &file.integrations {
        changes.push(Change::find(&secrets, integration, documents).await?);
    }
    let mut pushed = Pushed::of(&arguments.config);
    if !arguments.overwrite {
        for change in &changes {
            refuse_older(change, &pushed, &arguments.config, &secrets).await?;
        }
    }
    ask(&changes, arguments)?;
    for change in &changes {
        let integration = change.integration;
        let version = new_version();
        pushed.begin(&version);
        let Outcome { words, stored } =
            push(&secrets, integration, change.documents, arguments.kms_key.as_ref(), &version)
                .await
                .with_context(|| {
                    format!("{integration} is not stored completely; run this again")
                })?;
        pushed.end(&version, &stored);
        let revoked = if arguments.revoke { revoke(&secrets, integration).await? } else { "" };
        output::line(format_args!("{integration}: {words}{revoked}"));
    }
    pushed.forget_begun();
    for integration in &arguments.remove {
        let integration = IntegrationName::new(integration);
        let outcome = remove(&secrets, &integration)
            .await
            .with_context(|| format!("{integration} is not removed completely; run this again"))?;
        output::line(format_args!("{integration}: {outcome}"));
    }
    warn_of_others(&secrets, &file, arguments).await;
    Ok(())
}

impl<'a> Change<'a> {
    async fn find(
        secrets: &StoredConfiguration,
        integration: &'a IntegrationName,
        documents: &'a (SecretString, SecretString),
    ) -> anyhow::Result<Self> {
        let send = secrets.stored(integration, SecretPart::Send).await?;
        let receive = secrets.stored(integration, SecretPart::Receive).await?;
        let text = |stored: &Option<Stored>| stored.as_ref().map(|it| it.value.clone());
        let lines = difference::lines(
            (text(&receive).as_ref(), text(&send).as_ref()),
            (&documents.0, &documents.1),
        );
        Ok(Self { integration, documents, stored: [receive, send], lines })
    }

    fn is_new(&self) -> bool {
        self.stored.iter().all(Option::is_none)
    }

    /// Why the file is older than what is stored: what it would store was stored before.
    async fn is_what_was_replaced(
        &self,
        secrets: &StoredConfiguration,
    ) -> anyhow::Result<Option<String>> {
        let documents = [&self.documents.0, &self.documents.1];
        let parts = [SecretPart::Receive, SecretPart::Send];
        for ((part, document), stored) in parts.into_iter().zip(documents).zip(&self.stored) {
            let is_current = stored.as_ref().is_some_and(|stored| same(&stored.value, document));
            if is_current {
                continue;
            }
            let replaced = secrets.replaced(self.integration, part).await?;
            if replaced.is_some_and(|replaced| same(&replaced, document)) {
                let made = stored.as_ref().map_or(0, |stored| stored.made);
                let at = Timestamp::from_milliseconds(made).to_text();
                return Ok(Some(format!("what it holds was stored before, and replaced at {at}")));
            }
        }
        Ok(None)
    }

    /// The stored documents that a push would overwrite. An invalid document is not worth keeping.
    fn could_be_lost(&self) -> impl Iterator<Item = &Stored> {
        let [receive, send] = &self.stored;
        let is_valid = |stored: &&Stored, part| super::is_valid(&stored.value, part);
        let receive = receive.as_ref().filter(|it| is_valid(it, SecretPart::Receive));
        let send = send.as_ref().filter(|it| is_valid(it, SecretPart::Send));
        receive.into_iter().chain(send).filter(|_| !self.lines.is_empty())
    }
}

async fn refuse_older(
    change: &Change<'_>,
    pushed: &Pushed,
    file: &Path,
    secrets: &StoredConfiguration,
) -> anyhow::Result<()> {
    let mut older = change.could_be_lost().find_map(|stored| pushed.is_older(stored));
    if older.is_none() && change.could_be_lost().any(|stored| !pushed.is_known(stored)) {
        // A copy of an older file has the time of the copy: what it holds tells its age.
        older = change.is_what_was_replaced(secrets).await?;
    }
    let Some(reason) = older else { return Ok(()) };
    show(change);
    Err(failure::misconfigured(anyhow!(
        "nothing was changed: {} is older than what is stored for {}: {reason}. Never push the old secrets: copy the new values from its two secrets in Secrets Manager into the file (bridge config pull masks them), then push with --overwrite",
        file.display(),
        change.integration
    )))
}

fn show(change: &Change<'_>) {
    if change.is_new() {
        output::note(format_args!("{}: is not stored yet", change.integration));
    } else if !change.lines.is_empty() {
        output::note(format_args!("{}:", change.integration));
        change.lines.iter().for_each(|line| output::note(format_args!("  {line}")));
    }
}

/// Shows the changes, and asks.
fn ask(changes: &[Change<'_>], arguments: &Arguments) -> anyhow::Result<()> {
    changes.iter().for_each(show);
    for name in &arguments.remove {
        output::note(format_args!("{name}: is removed"));
    }
    if arguments.revoke {
        output::note("Replaced secrets end at once: callers that still use one are refused.");
    }
    let changes_nothing = changes.iter().all(|change| change.lines.is_empty());
    if arguments.yes || (changes_nothing && arguments.remove.is_empty() && !arguments.revoke) {
        return Ok(());
    }
    match output::ask("Store this? [y/N]", "the answer")? {
        Some(answer) if output::is_yes(&answer) => Ok(()),
        Some(_) => bail!("nothing was changed"),
        None => {
            output::note("");
            Err(failure::misconfigured(anyhow!(
                "nothing was changed: there is no answer; give --yes, or run this at a terminal"
            )))
        }
    }
}

/// Ends the replaced version of both documents.
async fn revoke(
    secrets: &StoredConfiguration,
    integration: &IntegrationName,
) -> anyhow::Result<&'static str> {
    let receive = secrets.revoke(integration, SecretPart::Receive).await?;
    let send = secrets.revoke(integration, SecretPart::Send).await?;
    Ok(if receive || send {
        "; the replaced secrets are revoked"
    } else {
        "; there was no replaced secret to revoke"
    })
}

/// Refuses beforehand what would fail in the middle of the push.
fn check(file: &ConfigFile, remove: &[String]) -> anyhow::Result<()> {
    for (integration, (receive, send)) in &file.integrations {
        for (part, document) in [(SecretPart::Receive, receive), (SecretPart::Send, send)] {
            let bytes = document.expose_secret().len();
            if bytes > LARGEST {
                bail!(
                    "{integration}: the {} configuration has {bytes} bytes; Secrets Manager takes {LARGEST}",
                    word(part)
                );
            }
        }
    }
    for name in remove {
        if file.integrations.contains_key(&IntegrationName::new(name)) {
            bail!("{name} is in the file: delete it there before you use --remove");
        }
        if !IntegrationName::is_valid(name) {
            return Err(anyhow!("--remove {name}: this is not the name of an integration"));
        }
    }
    Ok(())
}

/// The outcome of the push of one integration.
pub struct Outcome {
    /// `unchanged` if everything was already stored.
    pub words: String,
    /// The stored documents: receive, send.
    stored: [Stored; 2],
}

/// A name for the versions of a push, chosen before it begins.
pub fn new_version() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Stores one integration under this version, the send configuration first.
pub async fn push(
    secrets: &StoredConfiguration,
    integration: &IntegrationName,
    (receive, send): &(SecretString, SecretString),
    kms_key: Option<&KmsKey>,
    version: &str,
) -> anyhow::Result<Outcome> {
    let sending = secrets.put(integration, SecretPart::Send, send, kms_key, version).await?;
    let receiving =
        secrets.put(integration, SecretPart::Receive, receive, kms_key, version).await?;
    let rekeyed = secrets.list(Some(integration), None, kms_key).await?;
    // If two pushes run at the same time, the one that wrote last sees the other's document here.
    let stored = secrets.written(integration, [receive, send]).await?;
    let stored = stored.ok_or_else(|| anyhow!("another push ran at the same time"))?;
    if let Err(error) = secrets.join(integration, &stored).await {
        output::note(format_args!(
            "warning: could not record that the two documents belong together, so bridge doctor cannot check it: {error}"
        ));
    }
    let rekeyed = rekeyed || sending.rekeyed || receiving.rekeyed;
    Ok(Outcome { words: words(sending.value, receiving.value, rekeyed), stored })
}

fn words(send: Became, receive: Became, rekeyed: bool) -> String {
    let words = match (send, receive) {
        (Became::Unchanged, Became::Unchanged) if rekeyed => return "key changed".to_owned(),
        (Became::Unchanged, Became::Unchanged) => "unchanged".to_owned(),
        (Became::Created, Became::Created) => "created".to_owned(),
        (Became::Unchanged, _) => format!("changed ({})", word(SecretPart::Receive)),
        (_, Became::Unchanged) => format!("changed ({})", word(SecretPart::Send)),
        _ => "changed".to_owned(),
    };
    if rekeyed { format!("{words}; key changed") } else { words }
}

/// Removes one integration, the receive configuration first.
pub async fn remove(
    secrets: &StoredConfiguration,
    integration: &IntegrationName,
) -> anyhow::Result<String> {
    let receiving = secrets.remove(integration, SecretPart::Receive).await?;
    secrets.list(None, Some(integration), None).await?;
    let sending = secrets.remove(integration, SecretPart::Send).await?;
    Ok(if receiving || sending {
        format!("removed; pushing it again restores it for {RECOVERY_DAYS} days")
    } else {
        "was not stored".to_owned()
    })
}

/// Warns of integrations that are stored and not in the file: they continue to work, which may be a
/// mistake.
async fn warn_of_others(secrets: &StoredConfiguration, file: &ConfigFile, arguments: &Arguments) {
    let stored = match secrets.integrations().await {
        Ok(stored) => stored,
        Err(error) => {
            output::note(format_args!(
                "warning: integrations that are stored and not in the file could not be listed: {error}"
            ));
            return;
        }
    };
    for integration in others(&stored, file, &arguments.remove) {
        output::note(warning(secrets.prefix(), integration, &arguments.config));
    }
}

fn others<'a>(
    stored: &'a BTreeSet<IntegrationName>,
    file: &ConfigFile,
    removed: &[String],
) -> Vec<&'a IntegrationName> {
    let known = |name: &IntegrationName| {
        file.integrations.contains_key(name) || removed.iter().any(|gone| gone == name.as_str())
    };
    stored.iter().filter(|name| !known(name)).collect()
}

fn warning(prefix: &str, integration: &IntegrationName, file: &Path) -> String {
    format!(
        "warning: {integration} is stored ({}) and not in {}: it continues unchanged. Add it to the file, or remove it with --remove {integration}",
        secret_name(prefix, integration, SecretPart::Receive),
        file.display()
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file(name: &str, secret: &str) -> ConfigFile {
        let text = json!({ "integrations": [ { "name": name,
            "genesys": { "domain": "mypurecloud.com", "integrationId": "i-1",
                         "oauthClients": [ { "clientId": "c", "clientSecret": secret } ],
                         "webhookSecrets": [ "0123456789abcdef" ] },
            "lynn": { "webhookUrl": "https://lynn.example.com/hook",
                      "inboundAuth": [ { "type": "apiKey", "key": "k" } ] } } ] });
        ConfigFile::parse(&text.to_string(), Path::new("")).unwrap()
    }

    #[test]
    fn what_cannot_be_stored_is_refused_before_anything_is() {
        let refused = |file: &ConfigFile, remove: &[&str]| {
            let remove: Vec<String> = remove.iter().map(ToString::to_string).collect();
            check(file, &remove).unwrap_err().to_string()
        };
        let good = file("support", "hidden");
        assert!(check(&good, &["old".to_owned()]).is_ok());
        assert!(refused(&good, &["support"]).contains("delete it there"));
        assert!(refused(&good, &["a/b"]).contains("not the name"));
        let long = refused(&file("support", &"x".repeat(LARGEST)), &[]);
        assert!(long.contains("the send configuration has"), "{long}");
        assert!(!long.contains("xxx"));
    }

    #[test]
    fn an_outcome_names_the_document_that_changed() {
        let same_key = |send, receive| words(send, receive, false);
        assert_eq!(same_key(Became::Created, Became::Created), "created");
        assert_eq!(same_key(Became::Unchanged, Became::Unchanged), "unchanged");
        assert_eq!(same_key(Became::Changed, Became::Unchanged), "changed (send)");
        // An earlier run was interrupted between the two.
        assert_eq!(same_key(Became::Unchanged, Became::Created), "changed (receive)");
        assert_eq!(same_key(Became::Changed, Became::Changed), "changed");
        assert_eq!(words(Became::Unchanged, Became::Unchanged, true), "key changed");
        assert_eq!(words(Became::Changed, Became::Unchanged, true), "changed (send); key changed");
    }

    #[test]
    fn others_are_those_neither_in_the_file_nor_removed_just_now() {
        let stored = ["support", "old", "gone"].map(IntegrationName::new).into();
        let file = file("support", "hidden");
        assert_eq!(others(&stored, &file, &["gone".to_owned()]), [&IntegrationName::new("old")]);
        let warning = warning("bridge", &IntegrationName::new("old"), Path::new("bridge.json"));
        assert!(warning.contains("bridge/old/receive") && warning.contains("--remove old"));
    }
}
