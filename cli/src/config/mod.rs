//! `bridge config`: checks a configuration file, stores it for a deployed stack, and reads it back.

mod difference;
mod mask;
mod pull;
mod push;
mod pushed;
mod secret_names;
pub mod templates;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use aws::operator::{Connection, Outputs, StoredConfiguration};
use clap::Subcommand;
use secrecy::SecretString;
use shared::config::{
    Checked, ConfigError, ConfigFile, FileError, ReceiveConfig, SendConfig, schema,
};
use shared::ports::SecretPart;

use crate::account::Account;
use crate::count::counted;
use crate::failure;
use crate::output;

pub use mask::without_secrets;
pub use push::{new_version, push, remove};

#[derive(Debug, Subcommand)]
pub enum Action {
    /// Reads a file as `serve` would, and reports what is wrong with it.
    ///
    /// Names every error at once (exit code 2), and warns of values that cannot work or are weak
    /// (exit code 0). Renders each template of `lynn.templates` with sample events of its type.
    Check {
        /// The configuration file.
        file: PathBuf,
        /// Ends with exit code 1 if there is a warning.
        #[arg(long)]
        strict: bool,
    },
    /// Prints the JSON Schema of the configuration file, for editors and other programs.
    Schema,
    /// Stores each integration of a file in Secrets Manager, where the functions of a stack read it
    /// within 5 minutes.
    ///
    /// Works before the stack exists. Secrets that are already equal are not written. After an
    /// interruption, run the same command again to continue. The file's `listen` and `dataDir` are
    /// ignored.
    Push(push::Arguments),
    /// Reads what is stored for a stack, and prints it as a configuration file with every secret
    /// masked.
    Pull(pull::Arguments),
}

/// Which stack the secrets are for.
#[derive(Debug, clap::Args)]
pub struct SecretsArguments {
    /// The name of the stack in CloudFormation.
    #[arg(long, required_unless_present = "prefix")]
    stack: Option<String>,
    /// The beginning of the secrets' names, as in the stack's parameter SecretPrefix. Without it:
    /// what the stack reports, or its name if it is not deployed yet.
    #[arg(long, value_parser = secret_names::prefix)]
    prefix: Option<String>,
    #[command(flatten)]
    account: Account,
}

impl SecretsArguments {
    /// Connects, and finds the prefix.
    async fn open(&self) -> anyhow::Result<StoredConfiguration> {
        let connection = self.account.connect().await?;
        let prefix = self.prefix(&connection).await?;
        Ok(StoredConfiguration::new(&connection, prefix))
    }

    async fn prefix(&self, connection: &Connection) -> anyhow::Result<String> {
        if let Some(prefix) = &self.prefix {
            return Ok(prefix.clone());
        }
        let stack = self.stack.as_deref().ok_or_else(|| {
            failure::misconfigured(anyhow!("say which stack: give --stack or --prefix"))
        })?;
        let outputs = Outputs::find(connection, stack)
            .await
            .context("read the prefix from the stack; with --prefix this is not needed")?;
        match outputs {
            Some(outputs) => Ok(outputs.secret_prefix().to_owned()),
            None => secret_names::prefix(stack)
                .map_err(|problem| failure::misconfigured(anyhow!("--stack {stack}: {problem}"))),
        }
    }
}

/// Whether a document is a valid half of a configuration.
fn is_valid(document: &SecretString, part: SecretPart) -> bool {
    match part {
        SecretPart::Receive => ReceiveConfig::parse(document).is_ok(),
        SecretPart::Send => SendConfig::parse(document).is_ok(),
    }
}

fn check(path: &Path, strict: bool) -> anyhow::Result<()> {
    let Checked { file, mut warnings } =
        ConfigFile::check_for_one_machine(path).map_err(failure::misconfigured)?;
    warnings.extend(templates::warnings(&file));
    show_warnings(path, &warnings);
    let errors = templates::faults(&file);
    if !errors.is_empty() {
        return Err(failure::misconfigured(FileError::Wrong { path: path.to_owned(), errors }));
    }
    let warned = match warnings.len() {
        0 => String::new(),
        number => format!(", {}", counted(number, "warning")),
    };
    let integrations = counted(file.integrations.len(), "integration");
    output::line(format_args!("{}: {integrations}, no error{warned}", path.display()));
    if strict && !warnings.is_empty() {
        return Err(anyhow!("{}: there are warnings, and --strict allows none", path.display()));
    }
    Ok(())
}

/// Prints a line for each value that is valid and will not work.
fn show_warnings(path: &Path, warnings: &[ConfigError]) {
    for warning in warnings {
        output::note(format_args!("warning: {}: {warning}", path.display()));
    }
}

pub async fn run(action: &Action) -> anyhow::Result<()> {
    match action {
        Action::Check { file, strict } => check(file, *strict),
        Action::Schema => {
            output::line(format_args!("{:#}", schema()));
            Ok(())
        }
        Action::Push(arguments) => push::run(arguments).await,
        Action::Pull(arguments) => pull::run(arguments).await,
    }
}
