//! `bridge config`: checks a configuration file, stores it for a deployed stack, and reads it back.

mod difference;
mod kms_key;
mod mask;
mod pull;
mod push;
mod pushed;
mod secret_names;
mod secrets_manager;

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use aws_config::SdkConfig;
use clap::Subcommand;
use secrecy::SecretString;
use shared::config::{Checked, ConfigError, ConfigFile, ReceiveConfig, SendConfig, schema};
use shared::ports::SecretPart;

use crate::aws::Account;
use crate::aws::stack::Outputs;
use crate::count::counted;
use crate::failure;
use crate::output;

pub use push::{new_version, push, remove};
pub use secrets_manager::SecretsManager;

/// What to do with a configuration.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Reads a file as `serve` would, and says what is wrong with it.
    ///
    /// Names every error at once (exit code 2), and warns of what cannot work or is weak (exit code
    /// 0).
    Check {
        /// The configuration file.
        file: PathBuf,
        /// Fails with exit code 1 when there is a warning.
        #[arg(long)]
        strict: bool,
    },
    /// Prints the JSON Schema of the configuration file, for editors and other programs.
    Schema,
    /// Stores each integration of a file in Secrets Manager, where the functions of a stack read it
    /// within 5 minutes.
    ///
    /// Works before the stack exists. What is stored already and equal is left alone; run again
    /// after an interruption, it goes on where it stopped. The file's `listen` and `dataDir` have
    /// no meaning here.
    Push(push::Arguments),
    /// Reads back what is stored for a stack, as a configuration file with every secret masked.
    Pull(pull::Arguments),
}

/// For whom the secrets are.
#[derive(Debug, clap::Args)]
pub struct Place {
    /// The CloudFormation stack.
    #[arg(long, required_unless_present = "prefix")]
    stack: Option<String>,
    /// What the secrets' names start with, as the stack's parameter SecretPrefix; without it, what
    /// the stack says, or its name when it is not deployed yet.
    #[arg(long, value_parser = secret_names::prefix)]
    prefix: Option<String>,
    /// Whose account.
    #[command(flatten)]
    account: Account,
}

impl Place {
    /// Connects, and settles the prefix.
    async fn open(&self) -> anyhow::Result<SecretsManager> {
        let config = self.account.connect().await?;
        let prefix = self.prefix(&config).await?;
        Ok(SecretsManager::new(&config, prefix))
    }

    async fn prefix(&self, config: &SdkConfig) -> anyhow::Result<String> {
        if let Some(prefix) = &self.prefix {
            return Ok(prefix.clone());
        }
        let stack = self.stack.as_deref().ok_or_else(|| {
            failure::misconfigured(anyhow!("say for which stack: --stack or --prefix"))
        })?;
        let outputs = Outputs::find(config, stack).await.map_err(|error| {
            error.context("the prefix is read from the stack; with --prefix it need not be")
        })?;
        match outputs {
            Some(outputs) => Ok(outputs.secret_prefix().to_owned()),
            None => secret_names::prefix(stack)
                .map_err(|problem| failure::misconfigured(anyhow!("--stack {stack}: {problem}"))),
        }
    }
}

/// Whether a document is a valid half.
fn is_valid(document: &SecretString, part: SecretPart) -> bool {
    match part {
        SecretPart::Receive => ReceiveConfig::parse(document).is_ok(),
        SecretPart::Send => SendConfig::parse(document).is_ok(),
    }
}

fn check(path: &Path, strict: bool) -> anyhow::Result<()> {
    let Checked { file, warnings } =
        ConfigFile::check_for_one_machine(path).map_err(failure::misconfigured)?;
    show_warnings(path, &warnings);
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

/// Prints what is no error and yet will not work, a line each.
fn show_warnings(path: &Path, warnings: &[ConfigError]) {
    for warning in warnings {
        output::note(format_args!("warning: {}: {warning}", path.display()));
    }
}

/// Does it.
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
