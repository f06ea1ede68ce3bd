//! The AWS clients, with time limits that fit inside every function's own limit.
//!
//! Rule: an AWS call ends after [`OPERATION`], its retries included. An endpoint usually makes one
//! call. In the minutes after a rotation it may make five in turn, so each request has its own
//! deadline (`http_events.rs`), within the 10 s of its function.

use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use shared::ports::Clock;

use super::S3Media;

/// A connection to a service in the same region takes milliseconds.
const CONNECT: Duration = Duration::from_secs(1);
/// The limit of one attempt. In normal operation the slowest call that the bridge uses answers
/// within a few hundred milliseconds.
const ATTEMPT: Duration = Duration::from_millis(1500);
/// The limit of all attempts of one call together.
const OPERATION: Duration = Duration::from_secs(4);
/// Attempts of one call. Further retries belong to the engine, which knows what a failure means.
const ATTEMPTS: u32 = 3;
/// The longest first pause between two attempts. The SDK's default of one second would use up the
/// time of a request that waits.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Makes clients that share one configuration: region, credentials, HTTP connections, limits.
#[derive(Clone, Debug)]
pub struct Clients {
    config: SdkConfig,
}

impl Clients {
    /// Reads region and credentials from the environment, where Lambda puts them.
    pub async fn connect() -> Self {
        // A dated version, so that a newer SDK does not silently change timeouts or retries.
        let loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .timeout_config(timeouts())
            .retry_config(retries());
        Self { config: loader.load().await }
    }

    /// Applies the same limits to a given configuration.
    pub fn of(config: SdkConfig) -> Self {
        let limited = config.into_builder().timeout_config(timeouts()).retry_config(retries());
        Self { config: limited.build() }
    }

    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }

    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    /// The bucket with copies of files at this domain.
    pub fn copies(&self, domain: &str, clock: Arc<dyn Clock>) -> S3Media {
        S3Media::new(self.config.clone(), domain, clock)
    }

    pub fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.config)
    }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build()
}

fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE)
}
