//! Which AWS account and region the commands for a deployed stack use.

use aws::operator::{Connection, OperatorError};

/// They stand last in every help: what is seldom needed.
const HEADING: &str = "AWS";

/// The AWS account and region. Credentials are found in the same places as by the AWS CLI.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Account {
    /// The AWS region; without it, the one that AWS_REGION or the profile names.
    #[arg(long, global = true, help_heading = HEADING)]
    region: Option<String>,
    /// The profile in ~/.aws; without it, the one that AWS_PROFILE names.
    #[arg(long, global = true, help_heading = HEADING)]
    profile: Option<String>,
}

impl Account {
    pub async fn connect(&self) -> Result<Connection, OperatorError> {
        let Self { region, profile } = self.clone();
        aws::operator::Account { region, profile }.connect().await
    }
}
