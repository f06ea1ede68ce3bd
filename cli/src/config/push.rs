//! `bridge config push`: a configuration file into the secrets of a stack.
//!
//! Rules: the half that acts is stored before the half that lets callers in, and removed after it,
//! so that nothing is accepted for an integration that cannot be served. What changes is shown,
//! with its secrets masked, and asked before the first change; a file that is older than what is
//! stored changes nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use aws::secret_name;
use secrecy::{ExposeSecret, SecretString};
use shared::config::{Checked, ConfigFile};
use shared::ids::IntegrationName;
use shared::ports::SecretPart;

use super::difference;
use super::kms_key::KmsKey;
use super::pushed::Pushed;
use super::secret_names::word;
use super::secrets_manager::{Became, RECOVERY_DAYS, SecretsManager, Stored};
use super::{Place, show_warnings};
use crate::failure;
use crate::output;

/// The largest value that Secrets Manager takes, in bytes.
const LARGEST: usize = 65_536;

/// What is stored where.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The configuration file.
    #[arg(long)]
    config: PathBuf,
    #[command(flatten)]
    place: Place,
    /// The key of KMS for the secrets, by its ARN or its id; the functions need `kms:Decrypt` on it.
    /// Secrets with another key get this one. alias/aws/secretsmanager is AWS's own, which secrets
    /// have that are created without this option.
    #[arg(long)]
    kms_key: Option<KmsKey>,
    /// Takes an integration away that is stored and not in the file; it can be restored for 30 days
    /// by pushing it again.
    #[arg(long, value_name = "INTEGRATION")]
    remove: Vec<String>,
    /// Does not ask.
    #[arg(long)]
    yes: bool,
    /// Stores the file although what is stored is newer.
    #[arg(long)]
    overwrite: bool,
    /// Ends the secrets that were replaced at once, instead of 10 minutes after they were; also
    /// when the file changes nothing.
    #[arg(long)]
    revoke: bool,
}

/// One integration of the file beside what is stored of it.
struct Change<'a> {
    integration: &'a IntegrationName,
    documents: &'a (SecretString, SecretString),
    /// The halves that are stored, receive and send.
    stored: [Option<Stored>; 2],
    /// What differs, a line each, with its secrets masked.
    lines: Vec<String>,
}

/// Checks everything, then stores one integration after the other.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let Checked { file, warnings } =
        ConfigFile::check(&arguments.config).map_err(failure::misconfigured)?;
    show_warnings(&arguments.config, &warnings);
    check(&file, &arguments.remove).map_err(failure::misconfigured)?;
    let secrets = arguments.place.open().await?;
    let mut changes = Vec::with_capacity(file.integrations.len());
    for (integration, documents) in &file.integrations {
        changes.push(Change::find(&secrets, integration, documents).await?);
    }
    let mut pushed = Pushed::of(&arguments.config);
    if !arguments.overwrite {
        refuse_older(&changes, &pushed, &arguments.config)?;
    }
    ask(&changes, arguments)?;
    for change in &changes {
        let integration = change.integration;
        let version = new_version();
        pushed.begin(&version);
        let Outcome { words, stored } =
            push(&secrets, integration, change.documents, arguments.kms_key.as_ref(), &version)
                .await
                .with_context(|| format!("{integration} is not stored as a whole; run it again"))?;
        pushed.end(&version, &stored);
        let revoked = if arguments.revoke { revoke(&secrets, integration).await? } else { "" };
        output::line(format_args!("{integration}: {words}{revoked}"));
    }
    pushed.forget_begun();
    for integration in &arguments.remove {
        let integration = IntegrationName::new(integration);
        let outcome = remove(&secrets, &integration)
            .await
            .with_context(|| format!("{integration} is not removed as a whole; run it again"))?;
        output::line(format_args!("{integration}: {outcome}"));
    }
    warn_of_others(&secrets, &file, arguments).await;
    Ok(())
}

impl<'a> Change<'a> {
    async fn find(
        secrets: &SecretsManager,
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

    /// What is stored and could be lost: what is not valid is not worth keeping.
    fn could_be_lost(&self) -> impl Iterator<Item = &Stored> {
        let [receive, send] = &self.stored;
        let is_valid = |stored: &&Stored, part| super::is_valid(&stored.value, part);
        let receive = receive.as_ref().filter(|it| is_valid(it, SecretPart::Receive));
        let send = send.as_ref().filter(|it| is_valid(it, SecretPart::Send));
        receive.into_iter().chain(send).filter(|_| !self.lines.is_empty())
    }
}

fn refuse_older(changes: &[Change<'_>], pushed: &Pushed, file: &Path) -> anyhow::Result<()> {
    for change in changes {
        let Some(reason) = change.could_be_lost().find_map(|stored| pushed.is_older(stored)) else {
            continue;
        };
        show(change);
        return Err(failure::misconfigured(anyhow!(
            "nothing was changed: {} is older than what is stored for {}: {reason}. Never push the old secrets: copy the new values from its two secrets in Secrets Manager into the file (bridge config pull masks them), then push with --overwrite",
            file.display(),
            change.integration
        )));
    }
    Ok(())
}

fn show(change: &Change<'_>) {
    if change.is_new() {
        output::note(format_args!("{}: is not stored yet", change.integration));
    } else if !change.lines.is_empty() {
        output::note(format_args!("{}:", change.integration));
        change.lines.iter().for_each(|line| output::note(format_args!("  {line}")));
    }
}

/// Shows what is to change, and asks.
fn ask(changes: &[Change<'_>], arguments: &Arguments) -> anyhow::Result<()> {
    changes.iter().for_each(show);
    for name in &arguments.remove {
        output::note(format_args!("{name}: is removed"));
    }
    if arguments.revoke {
        output::note(
            "Secrets that were replaced end at once: callers who still use one are refused.",
        );
    }
    let changes_nothing = changes.iter().all(|change| change.lines.is_empty());
    if arguments.yes || (changes_nothing && arguments.remove.is_empty() && !arguments.revoke) {
        return Ok(());
    }
    output::ask("Store this? [y/N]");
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer).context("read the answer")?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ if read == 0 => {
            output::note("");
            Err(failure::misconfigured(anyhow!(
                "nothing was changed: there is no answer; give --yes, or run it at a terminal"
            )))
        }
        _ => bail!("nothing was changed"),
    }
}

/// Ends what was replaced, in both halves.
async fn revoke(
    secrets: &SecretsManager,
    integration: &IntegrationName,
) -> anyhow::Result<&'static str> {
    let receive = secrets.revoke(integration, SecretPart::Receive).await?;
    let send = secrets.revoke(integration, SecretPart::Send).await?;
    Ok(if receive || send {
        "; the replaced secrets are revoked"
    } else {
        "; no replaced secret was left to revoke"
    })
}

/// What would fail half-way is refused before the beginning.
fn check(file: &ConfigFile, remove: &[String]) -> anyhow::Result<()> {
    for (integration, (receive, send)) in &file.integrations {
        for (part, document) in [(SecretPart::Receive, receive), (SecretPart::Send, send)] {
            let bytes = document.expose_secret().len();
            if bytes > LARGEST {
                bail!(
                    "{integration}: the half {} has {bytes} bytes; Secrets Manager takes {LARGEST}",
                    word(part)
                );
            }
        }
    }
    for name in remove {
        if file.integrations.contains_key(&IntegrationName::new(name)) {
            bail!("{name} is in the file: take it out before you --remove it");
        }
        if !IntegrationName::is_valid(name) {
            return Err(anyhow!("--remove {name}: this is not the name of an integration"));
        }
    }
    Ok(())
}

/// How a push of one integration came out.
pub struct Outcome {
    /// In words: `unchanged` when everything was as it is to be.
    pub words: String,
    /// What is stored now, receive and send.
    stored: [Stored; 2],
}

/// A name for the versions of a push, known before it begins.
pub fn new_version() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Stores one integration as this version, the half that acts first.
pub async fn push(
    secrets: &SecretsManager,
    integration: &IntegrationName,
    (receive, send): &(SecretString, SecretString),
    kms_key: Option<&KmsKey>,
    version: &str,
) -> anyhow::Result<Outcome> {
    let sending = secrets.put(integration, SecretPart::Send, send, kms_key, version).await?;
    let receiving =
        secrets.put(integration, SecretPart::Receive, receive, kms_key, version).await?;
    let rekeyed = secrets.list(Some(integration), None, kms_key).await?;
    // Of pushes at the same time, the one that wrote last sees the other's half here.
    let stored = secrets.written(integration, [receive, send]).await?;
    let stored = stored.ok_or_else(|| anyhow!("another push ran at the same time"))?;
    if let Err(error) = secrets.join(integration, &stored).await {
        output::note(format_args!(
            "warning: it is not noted which halves belong together, so that bridge doctor cannot tell: {}",
            failure::words(&error)
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

/// Takes one integration away, the half that lets callers in first.
pub async fn remove(
    secrets: &SecretsManager,
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

/// What was stored at some time and is not in the file goes on working, which may not be what was
/// meant.
async fn warn_of_others(secrets: &SecretsManager, file: &ConfigFile, arguments: &Arguments) {
    let stored = match secrets.integrations().await {
        Ok(stored) => stored,
        Err(error) => {
            output::note(format_args!(
                "warning: not looked for integrations that are not in the file: {}",
                failure::words(&error)
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
        "warning: {integration} is stored ({}) and not in {}: it goes on as it is. Add it to the file, or take it away with --remove {integration}",
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
        assert!(refused(&good, &["support"]).contains("take it out"));
        assert!(refused(&good, &["a/b"]).contains("not the name"));
        let long = refused(&file("support", &"x".repeat(LARGEST)), &[]);
        assert!(long.contains("the half send has"), "{long}");
        assert!(!long.contains("xxx"));
    }

    #[test]
    fn an_outcome_names_the_half_that_changed() {
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
