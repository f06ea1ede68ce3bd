//! The AWS clients, with time limits that fit inside every function's own limit.
//!
//! Rule: an AWS call ends after [`OPERATION`], its retries included. An endpoint usually makes one
//! call. In the minutes after a rotation it may make five in turn, so each request has its own
//! deadline (`http_events.rs`), within the 10 s of its function.

use std::time::Duration;

use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_types::SdkConfig;

use super::environment::Environment;
#[cfg(feature = "links")]
use super::s3::S3Media;

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
    /// Reads region and credentials from the environment, where Lambda puts them, and an emulator's
    /// address. Lambda renews the credentials by starting a new process. The SDK's own search
    /// through profiles and metadata services would lengthen each cold start, and finds nothing.
    pub fn of_lambda() -> Self {
        let read = Environment::of_lambda;
        let credentials = read("AWS_ACCESS_KEY_ID").zip(read("AWS_SECRET_ACCESS_KEY"));
        let credentials = credentials.map(|(id, secret)| {
            let token = read("AWS_SESSION_TOKEN");
            SharedCredentialsProvider::new(Credentials::new(id, secret, token, None, "environment"))
        });
        let region = read("AWS_REGION").or_else(|| read("AWS_DEFAULT_REGION")).map(Region::new);
        let mut config = SdkConfig::builder()
            // A dated version, so that a newer SDK does not silently change timeouts or retries.
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(region);
        config.set_credentials_provider(credentials);
        config.set_endpoint_url(read("AWS_ENDPOINT_URL"));
        Self::of(config.build())
    }

    /// Applies the same limits to a given configuration.
    pub fn of(config: SdkConfig) -> Self {
        let limited = config.into_builder().timeout_config(timeouts()).retry_config(retries());
        Self { config: limited.build() }
    }

    #[cfg(feature = "store")]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }

    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    /// The bucket with copies of files at this domain.
    #[cfg(feature = "links")]
    pub fn copies(&self, domain: &str, clock: std::sync::Arc<dyn shared::ports::Clock>) -> S3Media {
        S3Media::new(self.config.clone(), domain, clock)
    }

    #[cfg(feature = "settings")]
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
