//! The bridge on AWS: the ports in DynamoDB, SQS, Secrets Manager and S3, and the code that runs a
//! handler as a Lambda function.
//!
//! Rules: only this crate uses the AWS SDK and the Lambda runtime. Code for the command line's
//! calls to a stack is behind the feature `operator`, and each port behind a feature of its own, so
//! that a function links only what it uses.
//!
//! Place: uses `shared`, `delivery`, `media` and `clients`. The Lambda functions and the command
//! line use it.

#![cfg_attr(not(test), warn(unreachable_pub))]

#[cfg(feature = "sender")]
mod batch;
#[cfg(feature = "store")]
mod dynamodb;
mod environment;
mod events;
mod failure;
mod function;
mod held_metrics;
#[cfg(feature = "endpoint")]
mod http_events;
#[cfg(feature = "store")]
mod keys;
mod log;
mod metrics;
#[cfg(feature = "operator")]
pub mod operator;
mod plain_http;
pub mod requirements;
#[cfg(feature = "links")]
mod s3;
#[cfg(feature = "sender")]
mod s3_copies;
mod sdk_clients;
#[cfg(feature = "settings")]
mod secrets_manager;
#[cfg(feature = "sender")]
mod sender;
mod shutdown;
mod sqs;
mod traces;

#[cfg(feature = "sender")]
pub use batch::{
    FUNCTION_TIMEOUT, QUEUE_VISIBILITY, SHORTEST_VISIBILITY, TIME_FOR_NEW_RECORDS, drain,
};
#[cfg(feature = "store")]
pub use dynamodb::DynamoStore;
pub use environment::{Environment, EnvironmentError};
pub use events::take;
pub use function::Function;
#[cfg(feature = "endpoint")]
pub use http_events::{answer, http_request};
pub use metrics::NAMESPACE as METRICS_NAMESPACE;
#[cfg(feature = "links")]
pub use s3::S3Media;
#[cfg(feature = "sender")]
pub use s3_copies::S3Copies;
pub use sdk_clients::Clients;
#[cfg(feature = "settings")]
pub use secrets_manager::{ListOfNames, SecretsManager, list_name, secret_name};
pub use sqs::{QueueUrls, SqsQueue};

/// The error that ends a function.
pub use lambda_runtime::Error;
