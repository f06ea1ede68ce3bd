//! `bridge config`: checks a configuration file, stores it for a deployed stack, and reads it back.

mod mask;
mod pull;
mod push;
mod secret_names;
mod secrets_manager;

use std::path::PathBuf;

use anyhow::anyhow;
use aws_config::SdkConfig;
use clap::Subcommand;
use shared::config::ConfigFile;

use crate::aws::Account;
use crate::aws::stack::Outputs;
use crate::count::counted;
use crate::failure;
use crate::output;

pub use push::{push, remove};
pub use secrets_manager::SecretsManager;

/// What to do with a configuration.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Reads a file as `serve` would, and says what is wrong with it.
    Check {
        /// The configuration file.
        file: PathBuf,
    },
    /// Stores each integration of a file in Secrets Manager, where the functions of a stack read it within 5 minutes.
    ///
    /// Works before the stack exists. What is stored already and equal is left alone; run again after an interruption, it
    /// goes on where it stopped. The file's `listen` and `dataDir` have no meaning here.
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
    /// What the secrets' names start with, as the stack's parameter SecretPrefix; without it, what the stack says, or its
    /// name when it is not deployed yet.
    #[arg(long)]
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
        Ok(outputs.map_or_else(|| stack.to_owned(), |outputs| outputs.secret_prefix().to_owned()))
    }
}

/// Does it.
pub async fn run(action: &Action) -> anyhow::Result<()> {
    match action {
        Action::Check { file } => {
            let checked = ConfigFile::read_for_one_machine(file).map_err(failure::misconfigured)?;
            output::line(format_args!(
                "{}: {}, no error",
                file.display(),
                counted(checked.integrations.len(), "integration")
            ));
            Ok(())
        }
        Action::Push(arguments) => push::run(arguments).await,
        Action::Pull(arguments) => pull::run(arguments).await,
    }
}
