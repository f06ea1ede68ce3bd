//! A connection with the engineer's own settings. Credentials are found in the same places as by
//! the AWS CLI.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};

use super::error::OperatorError;

const CONNECT: Duration = Duration::from_secs(5);
const ATTEMPT: Duration = Duration::from_secs(15);
/// The time limit of a call with its retries.
const CALL: Duration = Duration::from_secs(60);

/// The AWS account and region.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Without it, the one that AWS_REGION or the profile names.
    pub region: Option<String>,
    /// The profile in ~/.aws; without it, the one that AWS_PROFILE names.
    pub profile: Option<String>,
}

/// The state that the calls to one account and region share.
pub struct Connection(SdkConfig);

impl Account {
    /// Reads the settings; makes no call. Without a region, the arguments are wrong.
    pub async fn connect(&self) -> Result<Connection, OperatorError> {
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
            return Err(OperatorError::Misconfigured(
                "no AWS region is set: give --region, set AWS_REGION, or name one in the profile"
                    .to_owned(),
            ));
        }
        Ok(Connection(config))
    }
}

impl Connection {
    pub(super) fn config(&self) -> &SdkConfig {
        &self.0
    }

    /// The name of the region.
    pub(super) fn region(&self) -> &str {
        self.0.region().map(Region::as_ref).unwrap_or_default()
    }
}
