//! What the commands need of AWS: a connection with the engineer's own settings, and the outputs of
//! a deployed stack.
//!
//! Rule: every error names the call and its subject, and says what to do; no error contains a
//! secret.

pub mod sdk_error;
pub mod stack;

use std::time::Duration;

use anyhow::anyhow;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};

use crate::failure;

const CONNECT: Duration = Duration::from_secs(5);
const ATTEMPT: Duration = Duration::from_secs(15);
/// The time limit of a call with its retries.
const CALL: Duration = Duration::from_secs(60);

/// The AWS account and region. Credentials are found in the same places as by the AWS CLI.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Account {
    /// The AWS region; without it, the one that AWS_REGION or the profile names.
    #[arg(long, global = true)]
    region: Option<String>,
    /// The profile in ~/.aws; without it, the one that AWS_PROFILE names.
    #[arg(long, global = true)]
    profile: Option<String>,
}

impl Account {
    pub async fn connect(&self) -> anyhow::Result<SdkConfig> {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(CALL)
            .build();
        let mut loader =
            aws_config::defaults(BehaviorVersion::v2026_01_12()).timeout_config(timeouts);
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        let config = loader.load().await;
        if config.region().is_none() {
            return Err(failure::misconfigured(anyhow!(
                "no AWS region is set: give --region, set AWS_REGION, or name one in the profile"
            )));
        }
        Ok(config)
    }
}
